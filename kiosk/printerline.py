"""The two ways to a slip printer, as printers of python-escpos that never wait for ever.

python-escpos can write to both, but reads only from the network and has a time limit for
one octet, not for the whole. Each line here asks `left()` for the seconds before each step;
it raises when there are none. They open and close by themselves, for python-escpos notes
each time in the log, and the kiosk asks every few seconds.

Apart from `printer`, because loading python-escpos takes longer than the kiosk's first screen.
"""

from __future__ import annotations

import os
import select
import socket
from collections.abc import Callable
from typing import Any

from escpos.printer import File, Network

PROFILE = "TM-T20II"  # the profile's one fact that counts here: 576 dots


class NetworkLine(Network):  # type: ignore[misc]  # python-escpos has no types
    """A printer on the network. Give its address in numbers: a name is looked up without
    a time limit."""

    _device: Any  # python-escpos: False before it is open

    def __init__(self, host: str, port: int, left: Callable[[], float]) -> None:
        super().__init__(host, port, timeout=left(), profile=PROFILE)
        self._left = left

    def open(self, raise_not_found: bool = True) -> None:
        self.device = socket.create_connection((self.host, self.port), self._left())

    def close(self) -> None:
        if self._device:
            self._device.close()
        self._device = False

    def wait(self, seconds: float) -> bool:
        """Whether something can be read within the time."""
        return bool(select.select([self.device], [], [], seconds)[0])

    def _raw(self, msg: bytes) -> None:
        self.device.settimeout(self._left())  # for all of sendall, see socket.sendall
        super()._raw(msg)


class DeviceLine(File):  # type: ignore[misc]
    """A printer as a device file that answers too, such as /dev/usb/lp0 (usblp).

    Not blocking: a usblp device that is out of paper takes no more octets."""

    _device: Any

    def __init__(self, path: str, left: Callable[[], float]) -> None:
        super().__init__(path, profile=PROFILE)
        self._left = left

    def open(self, raise_not_found: bool = True) -> None:
        descriptor = os.open(self.devfile, os.O_RDWR | os.O_NONBLOCK | os.O_NOCTTY)
        self.device = os.fdopen(descriptor, "r+b", buffering=0)

    def close(self) -> None:
        if self._device:
            self._device.close()
        self._device = False

    def wait(self, seconds: float) -> bool:
        """Whether something can be read within the time."""
        return bool(select.select([self.device], [], [], seconds)[0])

    def _raw(self, msg: bytes) -> None:
        rest = memoryview(msg)
        while rest:
            if select.select([], [self.device], [], self._left())[1]:
                rest = rest[self.device.write(rest) or 0:]  # None: not now after all

    def _read(self) -> bytes:
        return self.device.read(16) or b""
