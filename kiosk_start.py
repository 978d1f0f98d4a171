"""The kiosk beside the embedded start: a card reader and cards where the machine has none,
and the touchscreen, in a window or off screen.

It is for development: a kiosk in a hall is started alone (`python -m kiosk`). Phone and
text do not need it, so whatever is missing here is said in a sentence and goes without.
"""

from __future__ import annotations

import contextlib
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from threading import Event

import processes
from processes import PrivateCardService, Program, StartError

SHOWN_WITHIN = 30.0  # seconds until the kiosk shows its first screen
READER_WITHIN = 10.0  # seconds for the question which readers there are
READERS = """import sys
from smartcard import scard
result, context = scard.SCardEstablishContext(scard.SCARD_SCOPE_USER)
if result != scard.SCARD_S_SUCCESS:
    sys.exit(1)
result, readers = scard.SCardListReaders(context, [])
sys.exit(0 if result == scard.SCARD_S_SUCCESS and readers else 1)
"""

Part = Program | PrivateCardService


def has_reader(environ: Mapping[str, str]) -> bool:
    """Whether the machine's own card service knows a reader. It is asked by another process:
    a driver that hangs or crashes must not take us with it."""
    try:
        asked = subprocess.run([sys.executable, "-c", READERS], env=dict(environ), check=False,
                               stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                               stderr=subprocess.DEVNULL, timeout=READER_WITHIN)
    except subprocess.TimeoutExpired:
        return False
    return asked.returncode == 0


class Corner:
    """Where the kiosk stands: its card service, its cards and its screen."""

    def __init__(self, environ: Mapping[str, str], state: Path,
                 say: Callable[[str], None]) -> None:
        """Makes the directory of the sockets; a socket's path must be short (unix(7)).
        `state` must be ours alone: what a sudden end left behind is removed."""
        self._trace = state / "sockets"
        if self._trace.is_symlink():
            shutil.rmtree(self._trace.readlink(), ignore_errors=True)
            self._trace.unlink()
        self._directory = Path(tempfile.mkdtemp(prefix="hallway-"))  # 0700
        self._trace.symlink_to(self._directory)
        self._environ = {**environ, "HALLWAY_KIOSK_SOCKETS": str(self._directory)}
        self._state = state
        self._say = say
        self.parts: list[Part] = []  # what runs, in the order of its start

    @property
    def environ(self) -> dict[str, str]:
        """What tells the public door where the kiosk is."""
        return {"HALLWAY_KIOSK_SOCKETS": str(self._directory)}

    @property
    def open(self) -> bool:
        """Whether the kiosk is there."""
        return bool(self.parts)

    def start(self, stop: Event) -> None:
        """Start everything and wait for the first screen. What does not come up is said;
        `stop` ends the waiting."""
        if not has_reader(self._environ):
            self._start_cards()
        kiosk = Program("The kiosk", [sys.executable, "-m", "kiosk"],
                        self._state / "log" / "kiosk.log", self._environ)
        self.parts.append(kiosk)
        try:
            kiosk.start()
            kiosk.wait_ready(lambda: stop.is_set() or _listens(self._directory / "kiosk.sock"),
                             SHOWN_WITHIN)
        except StartError as error:
            self._say(f"{_first(error)} Phone and text run without it. Its log: {kiosk.log}")
            self.stop()

    def _start_cards(self) -> None:
        """A reader in software, and the sample hall's cards for it."""
        service = PrivateCardService(self._directory)
        try:
            self.parts.append(service)
            service.start()
            cards = self._images()
            program = Program(
                "The software card",
                [sys.executable, "-m", "tryout.softcard", "--reader", f"127.0.0.1:{service.port}",
                 "--control", str(self._directory / "card.sock"), "--cards", str(cards)],
                self._state / "log" / "cards.log", self._environ)
            self.parts.append(program)
            program.start()
        except StartError as error:
            self._say(f"{_first(error)} The kiosk runs without cards: key in a number there.")
            self._stop_parts()
            return
        self._environ |= service.environ

    def _images(self) -> Path:
        """The directory with the cards of the sample hall, written anew. Raises StartError."""
        cards = self._state / "cards"
        made = subprocess.run(
            [sys.executable, "-m", "status_service", "cards", "images", str(cards)],
            env=self._environ, cwd=processes.ROOT, check=False, stdin=subprocess.DEVNULL,
            capture_output=True, text=True)
        if made.returncode:
            raise StartError("The sample hall's cards cannot be written: "
                             f"{(made.stderr.strip().splitlines() or [''])[-1]}")
        return cards

    def stop(self) -> None:
        """End everything and leave nothing behind."""
        self._stop_parts()
        shutil.rmtree(self._directory, ignore_errors=True)
        self._trace.unlink(missing_ok=True)

    def _stop_parts(self) -> None:
        for part in reversed(self.parts):
            part.stop()
        self.parts.clear()


def _first(error: StartError) -> str:
    """Its sentence, without the log behind it."""
    return str(error).partition("\n")[0]


def _listens(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as probe, contextlib.suppress(OSError):
        probe.connect(str(path))
        return True
    return False
