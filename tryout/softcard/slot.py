"""The slot of pcscd's virtual reader: a card in it is a connection to the reader's port.

Protocol of vsmartcard-vpcd (virtualsmartcard, doc/api.txt): every message is a length of two
octets, big-endian, and that many octets. The reader sends one octet to govern the power
(00 off, 01 on, 02 reset: no answer) and to ask for the ATR (04: answered); anything else is a
command for the card.
"""

from __future__ import annotations

import contextlib
import logging
import socket
import struct
import threading
from typing import BinaryIO

from tryout.softcard.faults import Chip, Inserted, PulledOut
from tryout.softcard.image import Image

log = logging.getLogger(__name__)

POWER_OFF, POWER_ON, RESET, GIVE_ATR = b"\x00", b"\x01", b"\x02", b"\x04"
AGAIN = 0.1  # seconds between two attempts to reach the reader
CONNECT_WITHIN = 2.0  # seconds


class Occupied(Exception):
    """There is a card in the slot already."""


class Slot:
    """One slot. A card in it stays through a death of pcscd, as a real card would."""

    def __init__(self, host: str, port: int) -> None:
        """`host`, `port`: where vpcd waits for a card."""
        self._where = (host, port)
        self._lock = threading.Lock()
        self._visit: _Visit | None = None

    @property
    def inserted(self) -> Image | None:
        """The card in the slot; None also when it was pulled out by its fault."""
        visit = self._visit
        return visit.image if visit and not visit.over.is_set() else None

    def insert(self, image: Image, fault: str = "", card: Chip | None = None) -> None:
        """Put a card in; the reader meets it as soon as it listens. `card`: its chip, when it is
        one that keeps what is written on it. Raises Occupied, and
        FaultError for a fault there is not."""
        with self._lock:
            if self.inserted:
                raise Occupied("There is a card in the slot already.")
            self._visit = _Visit(self._where, image, fault, card)

    def remove(self) -> None:
        """Pull the card out, whatever it is doing. Harmless when the slot is empty."""
        with self._lock:
            if self._visit:
                self._visit.end()
                self._visit = None


class _Visit:
    """One card from its insertion to its removal, with a thread of its own."""

    def __init__(self, where: tuple[str, int], image: Image, fault: str,
                 card: Chip | None = None) -> None:
        self.image = image
        self.over = threading.Event()
        self._where = where
        self._card = Inserted(image, fault, pause=self.over.wait, card=card)
        self._connection: socket.socket | None = None
        self._thread = threading.Thread(target=self._run, name="softcard", daemon=True)
        self._thread.start()

    def end(self) -> None:
        self.over.set()
        connection = self._connection
        if connection:
            with contextlib.suppress(OSError):  # closed already
                connection.shutdown(socket.SHUT_RDWR)
        self._thread.join()

    def _run(self) -> None:
        waiting = False
        while not self.over.is_set():
            try:
                connection = socket.create_connection(self._where, CONNECT_WITHIN)
            except OSError:
                if not waiting:
                    log.warning("No card reader listens at %s:%d. Waiting for it.", *self._where)
                    waiting = True
                self.over.wait(AGAIN)
                continue
            with connection:
                self._connection = connection
                if self.over.is_set():  # ended while we connected: nobody shut this one down
                    return
                connection.settimeout(None)
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                log.info("The card is in the reader.")
                waiting = False
                try:
                    self._serve(connection)
                except PulledOut:
                    self.over.set()
                    log.info("The card was pulled out in the middle of a command.")
                except OSError:
                    pass  # the reader is gone
            self._card.reset()  # no power without a reader
            if not self.over.is_set():
                log.warning("The card reader is gone.")
                self.over.wait(AGAIN)

    def _serve(self, connection: socket.socket) -> None:
        """Until the reader hangs up."""
        with connection.makefile("rb") as stream:
            while (message := _read(stream)) is not None:
                if message in (POWER_OFF, POWER_ON, RESET):
                    self._card.reset()
                    continue
                answer = (self.image.atr if message == GIVE_ATR
                          else self._card.answer(message))
                if answer is not None and not self.over.is_set():
                    connection.sendall(struct.pack(">H", len(answer)) + answer)


def _read(stream: BinaryIO) -> bytes | None:
    """One message; None at the end of the stream."""
    head = stream.read(2)
    if len(head) < 2:
        return None
    (size,) = struct.unpack(">H", head)
    body = stream.read(size)
    return body if len(body) == size else None
