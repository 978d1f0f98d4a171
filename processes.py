"""Start and stop the programs Hallway runs beside itself: its doors and a private Redis.

Used by the embedded start (`make run`), by the tests and by the bench, so that
all three run the same programs in the same way. A program started here ends
with the one that started it, however that one ends.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import redis
import requests

ROOT = Path(__file__).resolve().parent
PUBLIC_APP = "hallway:create_public_app"
SERVICE_APP = "status_service.api:create_app"
READY_WITHIN = 60.0  # seconds a program may take until it answers, on a slow and busy machine
STOP_WITHIN = 10.0  # seconds a program has to end by itself before it is killed
LONGEST_SOCKET_PATH = 100  # octets; the kernel's limit is 108 (unix(7))
SERVER_PORTS = range(16_384, 32_768)  # below ip_local_port_range, ip(7)
TCP_LISTEN = "0A"  # a state of /proc/net/tcp


class StartError(Exception):
    """A program cannot be started or does not come up. The text says what to do."""


class Program:
    """One program beside us. What it writes goes to `log`, anew at each start."""

    def __init__(self, name: str, argv: Sequence[str], log: Path,
                 environ: Mapping[str, str] | None = None, keep: tuple[int, ...] = ()) -> None:
        """`keep`: descriptors of ours that it inherits, under the same numbers."""
        self._keep = keep
        self.name = name
        self.log = log
        self._argv = list(argv)
        self._environ = dict(os.environ if environ is None else environ)
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self.log.parent.mkdir(parents=True, exist_ok=True)
        # The kernel ends the child when we die, even by SIGKILL: nothing is left behind.
        guard = ["setpriv", "--pdeathsig", "TERM", "--"] if shutil.which("setpriv") else []
        with self.log.open("wb") as out:
            self._process = subprocess.Popen(
                guard + self._argv, stdin=subprocess.DEVNULL, stdout=out, stderr=out,
                cwd=ROOT, env=self._environ, start_new_session=True,
                pass_fds=self._keep)

    @property
    def pid(self) -> int:
        if self._process is None:
            raise StartError(f"{self.name} was not started.")
        return self._process.pid

    @property
    def ended(self) -> int | None:
        """The exit status, None while it runs or before it was started."""
        if self._process is None:
            return None
        if self._process.returncode is None and self._process.poll() is not None:
            self._sweep()
        return self._process.returncode

    def stop(self) -> None:
        """End it: politely, then for certain. Harmless when it is not running."""
        if self._process is None or self.ended is not None:
            return
        self._process.terminate()
        try:
            self._process.wait(STOP_WITHIN)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._sweep()

    def _sweep(self) -> None:
        """End what it left behind: the worker of a door that was killed would keep its port."""
        with contextlib.suppress(ProcessLookupError):  # nothing left, as usual
            os.killpg(self.pid, signal.SIGKILL)

    def wait_ready(self, ready: Callable[[], bool], seconds: float = READY_WITHIN) -> None:
        """Return as soon as `ready()` is true. Raises StartError with the end of the log."""
        ends = time.monotonic() + seconds
        while not ready():
            status = self.ended
            if status is not None:
                raise StartError(f"{self.name} ended with status {status}.\n{self.last_words()}")
            if time.monotonic() > ends:
                raise StartError(f"{self.name} gave no answer within {seconds:.0f} seconds.\n"
                                 f"{self.last_words()}")
            time.sleep(0.05)

    def last_words(self, lines: int = 15) -> str:
        """The end of its log."""
        try:
            text = self.log.read_text(errors="replace")
        except FileNotFoundError:
            return ""
        return "\n".join(text.splitlines()[-lines:])


VPCD = "/usr/lib/pcsc/drivers/serial/libifdvpcd.so*"  # vsmartcard-vpcd, Debian and Ubuntu
SPAWN_PCSCD = """import os, sys
listener, argv = int(sys.argv[1]), sys.argv[2:]
if listener == 3:
    os.set_inheritable(3, True)
else:
    os.dup2(listener, 3)
os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS="1")
os.execvp(argv[0], argv)
"""


class PrivateCardService:
    """A pcscd of our own with a virtual reader, beside whatever the machine runs.

    pcscd's socket has a fixed path, but it takes a listening socket that is handed to it, as
    systemd does (sd_listen_fds(3)); its clients find ours by PCSCLITE_CSOCK_NAME. It needs no
    rights, only a /run/pcscd that it may write to; where it may not, it gets a /run of its own
    (unshare(1)). Cards are inserted by connecting to `port` (vsmartcard's protocol).
    """

    def __init__(self, directory: Path) -> None:
        """`directory` becomes private; its path must be short, for the socket is in it."""
        directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.socket = directory / "pcscd.comm"
        self.port = free_port()
        self.name = "The card service"
        self.log = directory / "pcscd.log"
        self._directory = directory
        self._program: Program | None = None

    @property
    def environ(self) -> dict[str, str]:
        """What a program that uses the reader is started with."""
        return {"PCSCLITE_CSOCK_NAME": str(self.socket)}

    @property
    def pid(self) -> int:
        if self._program is None:
            raise StartError(f"{self.name} was not started.")
        return self._program.pid

    def start(self) -> None:
        """Start and wait until it answers. Raises StartError with what to install."""
        drivers = sorted(Path("/").glob(VPCD[1:]))
        daemon = shutil.which("pcscd", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
        if not drivers or not daemon:
            raise StartError("Install pcscd and vsmartcard-vpcd "
                             "(apt-get install pcscd vsmartcard-vpcd).")
        conf = self._directory / "reader.conf.d"
        conf.mkdir(exist_ok=True)
        (conf / "reader.conf").write_text(
            f'FRIENDLYNAME "Software Card Reader"\nDEVICENAME /dev/null:0x{self.port:X}\n'
            f"LIBPATH {drivers[-1]}\nCHANNELID 0x{self.port:X}\n")
        argv = [daemon, "--foreground", "--config", str(conf)]
        if os.geteuid() != 0 and not os.access("/run/pcscd", os.W_OK):
            argv = ["unshare", "--map-root-user", "--mount", "sh", "-c",
                    'mount -t tmpfs tmpfs /run && exec "$@"', "sh", *argv]
        self.socket.unlink(missing_ok=True)
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(str(self.socket))
            listener.listen(16)
            self._program = Program(
                self.name, [sys.executable, "-c", SPAWN_PCSCD, str(listener.fileno()), *argv],
                self.log, keep=(listener.fileno(),))
            self._program.start()
        # Our copy is closed: when it dies, its clients are refused at once instead of waiting.
        self._program.wait_ready(self._ready)

    def _ready(self) -> bool:
        """The virtual reader listens: readers are made after the daemon answers."""
        return is_listened_to(self.port)

    @property
    def ended(self) -> int | None:
        return self._program.ended if self._program else None

    def last_words(self, lines: int = 15) -> str:
        return self._program.last_words(lines) if self._program else ""

    def stop(self) -> None:
        if self._program:
            self._program.stop()


def free_port() -> int:
    """A TCP port of the loopback address that nobody uses just now.

    It is none that the system gives to connections: between this answer and the server that
    is to listen there, any connection of the machine could get such a port.
    """
    while True:
        port = SERVER_PORTS.start + secrets.randbelow(len(SERVER_PORTS))
        if port_is_free(port):
            return port


def port_is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


def is_listened_to(port: int) -> bool:
    """True when a server waits at `port` (IPv4). It is not connected to."""
    lines = Path("/proc/net/tcp").read_text(encoding="ascii").splitlines()[1:]  # proc(5)
    return any(local.endswith(f":{port:04X}") and state == TCP_LISTEN
               for _, local, _, state, *_ in map(str.split, lines))


def answers(url: str) -> bool:
    """True when a GET of `url` gives 200."""
    try:
        with requests.Session() as session:
            session.trust_env = False
            return session.get(url, timeout=2).status_code == 200
    except requests.RequestException:
        return False


def door(name: str, app: str, port: int, *, log: Path, environ: Mapping[str, str],
         threads: int = 16) -> Program:
    """A WSGI app factory behind granian: one worker with `threads` blocking threads."""
    argv = [sys.executable, "-m", "granian", "--interface", "wsgi", "--factory", "--http", "1",
            "--no-ws", "--host", "127.0.0.1", "--port", str(port), "--workers", "1",
            "--blocking-threads", str(threads), "--respawn-failed-workers",
            "--log-level", "warning", app]
    return Program(name, argv, log, environ)


def _redis_binary(directory: Path) -> str:
    """redis-server, or the same program as Debian's redis-tools brings it: there it is
    called redis-check-rdb and becomes the server when it is started by the server's name.
    That package starts no system service, so it is the one the set-up installs."""
    found = shutil.which("redis-server")
    if found:
        return found
    same = shutil.which("redis-check-rdb")
    if not same:
        raise StartError("Install redis-tools (apt-get install redis-tools), "
                         "or set REDIS_URL to a Redis that runs already.")
    link = directory / "redis-server"
    link.unlink(missing_ok=True)
    link.symlink_to(same)
    return str(link)


class PrivateRedis:
    """A Redis of our own: reached over a socket that only this user can open,
    every write on disk within a second."""

    def __init__(self, directory: Path) -> None:
        directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        directory.chmod(0o700)
        self._short: Path | None = None
        path = directory / "redis.sock"
        if len(os.fsencode(path)) > LONGEST_SOCKET_PATH:
            self._short = Path(tempfile.mkdtemp(prefix="hallway-"))
            path = self._short / "redis.sock"
        self.url = f"unix://{path}?db=0"
        self.program = Program("Redis", [
            _redis_binary(directory), "--port", "0", "--unixsocket", str(path),
            "--unixsocketperm", "700", "--dir", str(directory), "--appendonly", "yes",
            "--save", "", "--daemonize", "no",
        ], directory / "redis.log")

    def ready(self) -> bool:
        try:
            with redis.Redis.from_url(self.url) as connection:
                return bool(connection.ping())
        except redis.RedisError:  # not up yet, or still reading its file
            return False

    def start(self) -> None:
        """Start and wait until it answers. Raises StartError."""
        self.program.start()
        self.program.wait_ready(self.ready)

    def stop(self) -> None:
        self.program.stop()
        if self._short:
            shutil.rmtree(self._short, ignore_errors=True)
