#!/usr/bin/env bash
# Prepare this machine for one task: setup/machine.sh run|lint|test|bench
#
# System packages (where this user may install them), a virtual environment in .venv,
# the pinned Python packages. A second run finds everything there, asks no network and
# returns at once. No system service is left running because of us.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

task=${1:?run, lint, test or bench}
case $task in
  run | lint | test | bench) ;;
  *) echo "setup/machine.sh: no such task: $task" >&2; exit 2 ;;
esac

say() { printf '» %s\n' "$*"; }
fail() { printf '\nHallway cannot be set up: %s\n' "$*" >&2; exit 1; }
have() { command -v "$1" >/dev/null 2>&1; }

# -- Python -------------------------------------------------------------------

right_python='import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))'

find_python() { # the first CPython of a right version that can make an environment
  local name
  for name in python3 python3.13 python3.12 python3.11; do
    if have "$name" &&
      "$name" -c "$right_python" 2>/dev/null && "$name" -c 'import ensurepip, venv' 2>/dev/null
    then
      command -v "$name"
      return
    fi
  done
  return 1
}

header_packages() { # what to install for a Python without its headers
  local python packages
  if python=$(find_python); then
    case $(readlink -f "$(command -v "$python")") in
      /usr/bin/python3.*) echo "lib$(basename "$(readlink -f "$(command -v "$python")")")-dev" ;;
    esac
    return
  fi
  for packages in $(python_packages); do
    case $packages in
      python3-venv | python3) echo python3-dev ;;
      python3.*-venv) echo "${packages%-venv}-dev" ;;
    esac
  done
}

venv_is_good() { .venv/bin/python -c "$right_python" 2>/dev/null; }

python_packages() { # what to install when find_python finds none
  local version
  if [ -x /usr/bin/python3 ] && /usr/bin/python3 -c "$right_python" 2>/dev/null; then
    echo python3-venv
    return
  fi
  for version in 3.13 3.12 3.11; do
    if apt-cache show "python$version-venv" >/dev/null 2>&1; then
      echo "python$version python$version-venv"
      return
    fi
  done
  echo "python3 python3-venv"
}

# -- system packages ------------------------------------------------------------

real_browser() { # Ubuntu's chromium is a stub that asks for a snap: it prints no version
  local name
  for name in chromium google-chrome google-chrome-stable chromium-browser; do
    have "$name" && "$name" --version 2>/dev/null | grep -q Chrom && return
  done
  return 1
}

python_headers() { # of the Python that makes, or made, the environment
  local python=.venv/bin/python
  venv_is_good || python=$(find_python) || return 1
  "$python" -c 'import os, sys, sysconfig
sys.exit(not os.path.exists(os.path.join(sysconfig.get_paths()["include"], "Python.h")))'
}

is_ubuntu() { grep -qs '^ID=ubuntu' /etc/os-release; }
installed() { dpkg-query -W -f '${Status}' "$1" 2>/dev/null | grep -q 'install ok installed'; }
have_postgres() { compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null || have initdb; }

wanted=()
venv_is_good || find_python >/dev/null || wanted+=(PYTHON)
# pyscard has no wheel for Linux: it is built here
have swig || wanted+=(swig)
have gcc || wanted+=(gcc libc6-dev)
installed libpcsclite-dev || wanted+=(libpcsclite-dev)
python_headers || wanted+=(HEADERS)
if [ "$task" != lint ]; then
  for name in pcscd vsmartcard-vpcd libfribidi0 libgl1 libegl1 libgles2 libgl1-mesa-dri \
    fonts-noto-cjk fonts-ukij-uyghur; do
    installed "$name" || wanted+=("$name")
  done
  # redis-tools holds the server's program without its system service
  have redis-server || have redis-check-rdb || wanted+=(redis-tools)
fi
if [ "$task" = run ] || [ "$task" = test ]; then
  have espeak-ng || wanted+=(espeak-ng)
fi
if [ "$task" = bench ] || [ "$task" = test ]; then
  have wrk || wanted+=(wrk)
fi
if [ "$task" = test ]; then
  have_postgres || wanted+=(postgresql)
  real_browser || is_ubuntu || wanted+=(chromium)
  installed fonts-noto-core || wanted+=(fonts-noto-core)
fi

as_root() {
  if [ "$(id -u)" = 0 ]; then "$@"; else sudo -n "$@"; fi
}
may_install() {
  have apt-get && { [ "$(id -u)" = 0 ] || { have sudo && sudo -n true 2>/dev/null; }; }
}

if [ ${#wanted[@]} -gt 0 ]; then
  if may_install; then
    say "Fetching the list of system packages"
    as_root apt-get update </dev/null || say "The list could not be fetched; going on with the old one."
  fi
  packages=()
  for name in "${wanted[@]}"; do
    [ "$name" = PYTHON ] && name=$(python_packages)
    [ "$name" = HEADERS ] && name=$(header_packages)
    read -ra words <<<"$name"
    packages+=("${words[@]}")
  done
  if may_install; then
    known=()
    for name in "${packages[@]}"; do
      if apt-cache show "$name" >/dev/null 2>&1; then known+=("$name"); else
        say "No package $name for this system; going on without it."
      fi
    done
    say "Installing system packages: ${known[*]:-none}"
    if [ ${#known[@]} -gt 0 ]; then
      # Runlevel 1: invoke-rc.d starts nothing. systemd does not ask it, hence what follows.
      as_root env DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 NEEDRESTART_SUSPEND=1 \
        apt-get install -y --no-install-recommends "${known[@]}" </dev/null ||
        say "Some packages could not be installed; going on with what is there."
      if [[ " ${known[*]} " == *" postgresql "* ]] && installed postgresql; then
        say "Stopping the system's new PostgreSQL: the tests start their own"
        if [ -d /run/systemd/system ]; then
          as_root systemctl disable --now postgresql </dev/null || true
        else
          as_root service postgresql stop </dev/null || true
        fi
      fi
      if [[ " ${known[*]} " == *" pcscd "* ]] && [ -d /run/systemd/system ]; then
        say "Stopping the system's new pcscd: Hallway starts one with a virtual reader"
        as_root systemctl disable --now pcscd.socket pcscd.service </dev/null || true
      fi
    fi
  else
    say "These system packages are missing and this user may not install them."
    say "An administrator should run:"
    printf '\n    apt-get install --no-install-recommends %s\n\n' "${packages[*]}"
    say "Going on with what is there."
  fi
fi

# -- the virtual environment ------------------------------------------------------

if ! venv_is_good; then
  python=$(find_python) || fail "no CPython 3.11, 3.12 or 3.13 with its venv module was found.
On Debian 12 or 13 and Ubuntu 24.04: apt-get install python3-venv
On Ubuntu 22.04: apt-get install python3.11 python3.11-venv"
  say "Making the environment .venv with $("$python" -V) ($python)"
  "$python" -m venv --clear .venv
fi

files=(requirements.txt)
[ "$task" = run ] || files+=(requirements-dev.txt)
key=$(cat "${files[@]}" setup/machine.sh <(.venv/bin/python -VV) | sha256sum | cut -d' ' -f1)
stamp=.venv/.ready-for-${#files[@]}
if [ "$(cat "$stamp" 2>/dev/null)" != "$key" ]; then
  say "Installing the pinned Python packages (a minute or two the first time)"
  arguments=()
  for file in "${files[@]}"; do arguments+=(-r "$file"); done
  # --no-deps: the files name every package; what they forgot is found by pip check.
  .venv/bin/python -m pip install --no-input --no-deps "${arguments[@]}" </dev/null ||
    fail "pip could not install the packages of ${files[*]}; see above."
  .venv/bin/python -m pip check </dev/null || fail "the pinned packages do not fit together."
  echo "$key" >"$stamp"
fi

# -- a browser where the system has none to offer -----------------------------------

if [ "$task" = test ] && [ -z "${HALLWAY_WITHOUT_CHROMIUM:-}" ] && ! real_browser; then
  if [ "$(cat .venv/.browser 2>/dev/null)" != "$key" ]; then
    say "Fetching a Chromium for the tests (the system has no real one)"
    if may_install; then
      as_root "$PWD/.venv/bin/python" -m playwright install-deps chromium </dev/null ||
        say "Some of its libraries could not be installed; going on."
    fi
    .venv/bin/python -m playwright install chromium </dev/null || fail \
      "no Chromium. Install one (Debian: apt-get install chromium; Ubuntu: Google Chrome's
package), or set HALLWAY_WITHOUT_CHROMIUM=1 to leave out the tests that drive one."
    echo "$key" >.venv/.browser
  fi
fi
