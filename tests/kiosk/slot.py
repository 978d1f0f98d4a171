"""A real pcscd of the test's own with a slot for software cards, and its mishaps.

libpcsclite keeps the socket it found first for the life of a process: what uses the reader
is started as a process of its own with `Reader.environ`.
"""

from __future__ import annotations

import os
import shutil
import signal
import tempfile
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from processes import LONGEST_SOCKET_PATH, PrivateCardService
from tryout.softcard import Image, Slot

DEAD_WITHIN = 10.0  # seconds


class Reader:
    """A card reader: a pcscd, and the slot of its virtual reader."""

    def __init__(self, service: PrivateCardService) -> None:
        self._service = service
        self.slot = Slot("127.0.0.1", service.port)

    @property
    def port(self) -> int:
        """Where the virtual reader waits for a card."""
        return self._service.port

    @property
    def environ(self) -> dict[str, str]:
        """What a program that uses the reader has in its environment, beside its own."""
        return self._service.environ

    def insert(self, image: Mapping[str, Any], fault: str = "") -> None:
        """Put a card in: a card image as JSON has it, and a fault of softcard.FAULTS."""
        self.slot.insert(Image.of(dict(image)), fault)

    def remove(self) -> None:
        """Pull the card out. Harmless when there is none."""
        self.slot.remove()

    def swap(self, image: Mapping[str, Any], fault: str = "") -> None:
        """Another card so fast that the reader's polling (400 ms) does not see the change."""
        self.slot.remove()
        self.slot.insert(Image.of(dict(image)), fault)

    def kill(self) -> None:
        """kill -9 of pcscd; returns when it is dead. A card stays in the slot."""
        os.kill(self._service.pid, signal.SIGKILL)
        tick = threading.Event()
        for _ in range(int(DEAD_WITHIN / 0.01)):
            if self._service.ended is not None:
                return
            tick.wait(0.01)
        raise AssertionError("pcscd outlived a SIGKILL")

    def restart(self) -> None:
        """Start pcscd again, with the same reader at the same socket."""
        self._service.start()


@contextmanager
def card_reader(directory: Path) -> Iterator[Reader]:
    """A reader that works, its files in `directory`, or in a short path where that is too long
    for a socket. All of it is gone afterwards. Raises StartError with what to install."""
    short = None
    if len(os.fsencode(directory / "pcscd.comm")) > LONGEST_SOCKET_PATH:
        short = directory = Path(tempfile.mkdtemp(prefix="hallway-"))
    service = PrivateCardService(directory)
    reader = Reader(service)
    try:
        service.start()
        yield reader
    finally:
        reader.remove()
        service.stop()
        if short:
            shutil.rmtree(short, ignore_errors=True)


AES_CARD = {
    "id": "aes", "label": {"zh-CN": "测试卡", "en": "A test card", "ug": "سىناق كارتىسى"},
    "printed": "269000000017", "atr": "3B6800000073C84013009000", "protocol": "T=0",
    "aid": "D15600012348414C4C574159",
    "files": {"15": "110022003300440001010000A1A2A3A4A5A6A7A820260101209912310000"},
    "keys": {"01": {"algorithm": "aes-cmac", "key": "2B7E151628AED2A6ABF7158809CF4F3C"}},
    "serial": "A1A2A3A4A5A6A7A8",
}
"""A card of this rig's own: its issuer, serial and keys are in no record."""

SM4_CARD = AES_CARD | {
    "id": "sm4", "aid": "A00000000386980701",
    "files": {"15": "110022003300440001010000B1B2B3B4B5B6B7B820260101209912310000"},
    "keys": {"01": {"algorithm": "sm4", "key": "0123456789ABCDEFFEDCBA9876543210"}},
    "serial": "B1B2B3B4B5B6B7B8",
}

OTHER_CARD = AES_CARD | {"id": "other", "aid": "A0000000031010", "files": {}, "keys": {},
                         "serial": "C1C2C3C4C5C6C7C8"}
"""A card of a kind that nobody here knows."""
