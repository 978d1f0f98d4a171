"""The slip printer: whether it can print now, and one slip printed.

Any ESC/POS printer of 576 dots a line (80 mm paper, 203 dpi), over the network or as a
device file of the kernel's USB printer class. A slip is one picture.

What is claimed is what the printer said. Ready: it answered all four DLE EOT questions and
no answer names a fault. Printed: after the cut it answered GS r, a question that it
takes up in its turn, after everything before it; and then it is ready.

python-escpos makes the commands. Its own status methods are not used: to them an answer
that does not come is enough paper.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from kiosk import talk
from kiosk.receipt import picture
from settings import SettingsError

if TYPE_CHECKING:
    from PIL import Image

    from kiosk.printerline import DeviceLine, NetworkLine

READY_WITHIN = 2.0  # seconds for all four answers
PRINT_WITHIN = 20.0  # seconds for a slip; slow printers do 50 mm a second
STRIP = 160  # rows sent at once: 20 mm; after each the printer is asked whether it stopped
PATIENCE = 0.5  # seconds without a sign before a printing printer is asked how it is

# DLE EOT n (Epson, ESC/POS command reference): the bits of the answer that mean "cannot
# print". 1 printer: off line. 2 cause: cover open, paper fed by hand, paper end, error.
# 3 error: recoverable, cutter, unrecoverable, recovers by itself. 4 paper: end. Not among
# them: the drawer's pin, and paper near its end.
FAULTS = {1: 0x08, 2: 0x6C, 3: 0x6C, 4: 0x60}
TRANSMIT_STATUS = b"\x1dr\x01"  # GS r 1

READY = "ready"

log = logging.getLogger(__name__)


class PrinterFault(Exception):
    """It cannot print, or does not say that it can. The text quotes nothing of a slip."""


class Deadline:
    """One end for many steps."""

    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds

    def left(self) -> float:
        """Seconds. Raises PrinterFault when there are none."""
        left = self._end - time.monotonic()
        if left <= 0:
            raise PrinterFault("took too long")
        return left


def make_printer(address: str) -> Printer | None:
    """The printer at `address`: tcp://host:port, or the path of a device; none for "".

    Raises SettingsError when it is neither. That nothing is there just now is no error.
    """
    if not address:
        return None
    if address.startswith("/"):
        return Printer(path=address)
    try:
        parts = urlsplit(address)
        host, port = parts.hostname, parts.port
    except ValueError:  # not a port
        host = port = None
    if address.startswith("tcp://") and host and port and parts.netloc == address[6:]:
        return Printer(host=host, port=port)
    raise SettingsError("Set HALLWAY_KIOSK_PRINTER to tcp://host:port, to the path of a "
                        "printer's device such as /dev/usb/lp0, or to nothing.")


class Printer:
    """One printer. Any thread may use it."""

    def __init__(self, *, host: str = "", port: int = 0, path: str = "") -> None:
        self._host = host
        self._port = port
        self._path = path
        self._lock = threading.Lock()
        self._said = ""  # how it was the last time

    def ready(self, within: float = READY_WITHIN) -> bool:
        """Whether it says, now, that it is on line, closed, without error, and has paper.

        While a slip is being printed it is as it was: such a printer has one line only.
        """
        if not self._lock.acquire(blocking=False):
            return self._said == READY
        try:
            with self._talk(within) as conversation:
                conversation.check()
        except Exception as error:
            return self._note(error)
        finally:
            self._lock.release()
        return self._note(None)

    def print(self, slip: talk.Slip, within: float = PRINT_WITHIN) -> bool:
        """Print and cut `slip`. True only when the printer said that it did all and is well.

        False does not mean that no paper came out: it may have stopped in the middle.
        """
        with self._lock:
            try:
                paper = picture(slip)
                with self._talk(within) as conversation:
                    conversation.check()
                    conversation.send(paper)
                    conversation.settle()
                    conversation.check()
            except Exception as error:  # whatever it is: the visitor gets a screen that says so
                return self._note(error)
            return self._note(None)

    @contextmanager
    def _talk(self, within: float) -> Iterator[_Conversation]:
        from kiosk.printerline import DeviceLine, NetworkLine  # noqa: PLC0415 - slow, see there

        deadline = Deadline(within)
        line = (DeviceLine(self._path, deadline.left) if self._path else
                NetworkLine(self._host, self._port, deadline.left))
        try:
            line.open()
            yield _Conversation(line, deadline)
        finally:
            line.close()

    def _note(self, error: Exception | None) -> bool:
        """Whether all was well. One line in the log when that changes; only our own faults
        have a text that surely quotes nothing."""
        said = (READY if error is None else
                str(error) if isinstance(error, PrinterFault) else type(error).__name__)
        if said != self._said:
            log.log(logging.WARNING if error else logging.INFO, "printer: %s", said)
        self._said = said
        return error is None


class _Conversation:
    """Questions, answers and a picture over an open line."""

    def __init__(self, line: NetworkLine | DeviceLine, deadline: Deadline) -> None:
        self._line = line
        self._deadline = deadline
        self._settled = False  # it answered TRANSMIT_STATUS

    def check(self) -> None:
        """Raises PrinterFault unless all four answers come and none names a fault."""
        for kind in FAULTS:
            self._check(kind)

    def send(self, paper: Image.Image) -> None:
        """The picture, the cut and the question that follows them. No more is sent as soon
        as the printer says that it stopped."""
        self._line.hw("INIT")
        for top in range(0, paper.height, STRIP):
            below = min(top + STRIP, paper.height)
            self._line.image(paper.crop((0, top, paper.width, below)), impl="bitImageRaster")
            self._check(2)
        self._line.cut(feed=False)  # GS V 66 0: it feeds to its blade by itself, then cuts
        self._line._raw(TRANSMIT_STATUS)

    def settle(self) -> None:
        """Wait until it has done all that was sent. One that stops for a fault never comes
        to the question, so it is asked between."""
        while not self._settled:
            if not self._listen(PATIENCE) and not self._settled:
                self.check()

    def _check(self, kind: int) -> None:
        self._line._raw(bytes((0x10, 0x04, kind)))  # DLE EOT n, answered at once
        while not (answers := self._listen(self._deadline.left())):
            pass  # the answer to GS r came first, or XON
        if answers[0] & FAULTS[kind]:
            raise PrinterFault(f"status {kind} is {answers[0]:02X}")

    def _listen(self, seconds: float) -> list[int]:
        """The answers to DLE EOT that come first within the time: bits 0 and 7 off, 1 and 4
        on. Bits 4 and 7 off is the one to GS r; whatever it says of the paper, its turn
        has come. XON and XOFF are neither."""
        if not self._line.wait(min(seconds, self._deadline.left())):
            return []
        came = self._line._read()
        if not came:
            raise PrinterFault("hung up")
        self._settled = self._settled or any(octet & 0x90 == 0 for octet in came)
        return [octet for octet in came if octet & 0x93 == 0x12]
