"""The embedded start: everything on one machine, from one command (`make run`).

Starts a private Redis unless REDIS_URL names one, brings the record up to date,
fills it with the sample hall when it is empty (development only), then keeps the
inner door, the public door, the text worker and, in development, the kiosk running
until it is told to stop.
"""

from __future__ import annotations

import fcntl
import os
import secrets
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import IO
from urllib.parse import urlsplit

import hallway
import processes
from kiosk_start import Corner, Part
from processes import PrivateRedis, Program, StartError
from settings import SECRETS, Settings, SettingsError, kept_secrets

PUBLIC_PORT = 8000  # of the public door, unless PUBLIC_BASE_URL names a port of this machine
FIRST_PAUSE = 1.0  # seconds before a program that ended is started again; doubles each time
LONGEST_PAUSE = 60.0
SETTLED = 60.0  # seconds after which a restarted program counts as healthy again
LOOPBACK = ("127.0.0.1", "localhost", "::1")


def say(text: str = "") -> None:
    """To the person who started us, at once even through a pipe."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def development_secrets(state: Path) -> dict[str, str]:
    """Secrets of a development machine: each made once, kept in `state`, readable by its user only.

    They must outlive a restart, for codes in the record are kept under the first of them.
    """
    made = {"HALLWAY_SECRET": secrets.token_hex(32),
            "HALLWAY_SERVICE_TOKEN": secrets.token_hex(32),
            "TWILIO_AUTH_TOKEN": secrets.token_hex(16),
            "HALLWAY_CARD_KEYS": f"1:{secrets.token_hex(16)}"}
    kept = kept_secrets(state)
    if missing := {name: value for name, value in made.items() if name not in kept}:
        handle = os.open(state / SECRETS, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        with os.fdopen(handle, "a") as file:
            file.writelines(f"{name}={value}\n" for name, value in missing.items())
    return kept_secrets(state)


def public_port(public_url: str) -> int:
    """Where the public door listens: behind a real address it is a proxy that comes to us."""
    parts = urlsplit(public_url)
    return (parts.port or PUBLIC_PORT) if parts.hostname in LOOPBACK else PUBLIC_PORT


def complete(environ: Mapping[str, str]) -> dict[str, str]:
    """The environment with what a development machine need not set. Makes the state directory."""
    full = {name: value for name, value in environ.items() if value.strip()}
    state = Path(full.setdefault("HALLWAY_STATE", "var")).resolve()
    state.mkdir(parents=True, exist_ok=True, mode=0o700)
    full["HALLWAY_STATE"] = str(state)
    if full.get("HALLWAY_MODE", "development") == "development":
        for name, value in development_secrets(state).items():
            if f"{name}_FILE" not in full:  # named by who starts us
                full.setdefault(name, value)
    return full


class Keeper:
    """Keeps programs running: one that ends is started again, later each time."""

    def __init__(self, programs: Sequence[Part],
                 clock: Callable[[], float] = time.monotonic) -> None:
        self._programs = programs
        self._clock = clock
        self._pause = dict.fromkeys(programs, FIRST_PAUSE)
        self._started = dict.fromkeys(programs, clock())
        self._due: dict[Part, float] = {}

    def look(self) -> None:
        """One look at every program; call it often."""
        moment = self._clock()
        for program in self._programs:
            if program in self._due:
                if moment >= self._due[program]:
                    del self._due[program]
                    self._started[program] = moment
                    self._start(program)
                continue
            status = program.ended
            if status is None:
                if moment - self._started[program] > SETTLED:
                    self._pause[program] = FIRST_PAUSE
                continue
            pause = self._pause[program]
            self._due[program] = moment + pause
            self._pause[program] = min(pause * 2, LONGEST_PAUSE)
            say(f"{program.name} ended with status {status}; it starts again in {pause:.0f} s. "
                f"Its log: {program.log}\n{program.last_words()}")


    def _start(self, program: Part) -> None:
        """Again; what does not come up counts as ended, and the others go on."""
        try:
            program.start()
        except StartError as error:
            say(str(error))
            program.stop()


def _locked(state: Path) -> IO[str]:
    """Holds the state directory for this start alone, as long as the file is open."""
    file = (state / "running").open("w")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise StartError(f"Hallway runs already with its files in {state}. Stop it first, "
                         "or set HALLWAY_STATE to another directory.") from None
    return file


def _check_ports(settings: Settings) -> tuple[int, int]:
    inner = urlsplit(settings.service_url)
    if inner.hostname not in LOOPBACK or inner.port is None:
        raise StartError("Set HALLWAY_SERVICE_URL to http://127.0.0.1 and a port: "
                         "this start runs the service on this machine.")
    ports = public_port(settings.public_url), inner.port
    for port, name in zip(ports, ("PUBLIC_BASE_URL", "HALLWAY_SERVICE_URL"), strict=True):
        if not processes.port_is_free(port):
            raise StartError(f"Port {port} is in use by another program. Stop that one, or set "
                             f"{name}=http://127.0.0.1:{port + 10} for another port.")
    return ports


def _record(environ: Mapping[str, str], *task: str) -> None:
    """Run `python -m status_service TASK`; its output is for the person who started us."""
    done = subprocess.run([sys.executable, "-m", "status_service", *task], check=False,
                          env=dict(environ), cwd=processes.ROOT, stdin=subprocess.DEVNULL)
    if done.returncode:
        raise StartError(f"`python -m status_service {' '.join(task)}` failed; see above.")


def _parts(one: Program | PrivateRedis | Corner) -> list[Part]:
    """The programs that it is made of."""
    if isinstance(one, Corner):
        return one.parts
    return [one.program if isinstance(one, PrivateRedis) else one]


def _healthy(url: str, stop: threading.Event) -> bool:
    """It answers, or nobody wants to know any more."""
    return stop.is_set() or processes.answers(url)


def _welcome(settings: Settings, port: int, kiosk: bool) -> None:
    say()
    say("Hallway is running.")
    if not settings.tries:
        say(f"  Public door  {settings.public_url} (listening on 127.0.0.1:{port})")
        say(f"  Inner door   {settings.service_url} - keep it inside")
    else:
        devices = "a phone, a handset and the kiosk" if kiosk else "a phone and a handset"
        say(f"  Open         http://127.0.0.1:{port}/try - {devices} in the browser")
        for example in hallway.showcase()[:3]:
            say(f"  Key or text  {example['number']} (query code {example['code']}) - "
                f"{example['en']}")
        if kiosk:
            say("  Card         drag one into the kiosk's slot, or key in its number")
        say(f"  Our number   {settings.twilio_number}")
        say(f"  The service  {settings.service_url}/openapi.json")
    say("  Stop it with Ctrl-C.")


def run(environ: Mapping[str, str], stop: threading.Event) -> None:
    """Start everything and keep it running until `stop` is set. Raises StartError."""
    full = complete(environ)
    state = Path(full["HALLWAY_STATE"])
    running: list[Program | PrivateRedis | Corner] = []
    corner: Corner | None = None
    with _locked(state):
        try:
            store = None if "REDIS_URL" in full else PrivateRedis(state / "redis")
            if store:
                full["REDIS_URL"] = store.url
            settings = Settings.load(full)
            port, inner_port = _check_ports(settings)
            if store:
                say("Starting a private Redis ...")
                running.append(store)
                store.start()
            say("Bringing the record up to date ...")
            _record(full, "migrate")
            _record(full, "tokens", "add", "channels", "--channels")
            if not settings.production:
                _record(full, "seed")
                corner = Corner(full, state, say)
                running.append(corner)
                full |= corner.environ
            logs = state / "log"
            service = processes.door("The service", processes.SERVICE_APP, inner_port,
                                     log=logs / "service.log", environ=full)
            public = processes.door("The public door", processes.PUBLIC_APP, port,
                                    log=logs / "public.log", environ=full)
            worker = Program("The text worker", [sys.executable, "-m", "sms.worker"],
                             logs / "texts.log", full)
            say("Starting the doors ...")
            for program, health in ((service, f"{settings.service_url}/readyz"),
                                    (public, f"http://127.0.0.1:{port}/healthz")):
                running.append(program)
                program.start()
                program.wait_ready(partial(_healthy, health, stop))
            running.append(worker)
            worker.start()
            if corner and not stop.is_set():
                say("Starting the kiosk ...")
                corner.start(stop)
            if not stop.is_set():
                _welcome(settings, port, kiosk=bool(corner and corner.open))
            keeper = Keeper([part for one in running for part in _parts(one)])
            while not stop.wait(0.5):
                keeper.look()
        finally:
            for part in reversed(running):
                part.stop()


def main() -> int:
    """`python -m hallway`: 0 after an orderly stop, 1 when it cannot start."""
    stop = threading.Event()
    for sign in (signal.SIGINT, signal.SIGTERM):
        signal.signal(sign, lambda *_: stop.set())
    try:
        run(os.environ, stop)
    except (StartError, SettingsError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    say("\nHallway has stopped.")
    return 0
