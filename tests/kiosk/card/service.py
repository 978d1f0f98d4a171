"""A double of `smartcard.scard`: a reader service with one card, for the errors that a real one
gives but once in a year. Constants are the real module's."""

from __future__ import annotations

import threading
from typing import Any

from smartcard import scard

ATR = bytes.fromhex("3B6800000073C84013009000")
PNP = "\\\\?PnP?\\Notification"


class Service:
    """Readers and what is in them; `fails` gives the next calls of a function their code."""

    def __init__(self) -> None:
        self.readers: dict[str, tuple[int, int, bytes]] = {"A": (scard.SCARD_STATE_EMPTY, 0, b"")}
        self.fails: dict[str, list[int]] = {}
        self.answers: list[tuple[int, list[int]]] = []  # of the card, to one command after another
        self.contexts: set[int] = set()
        self.handles: set[int] = set()
        self.commands: list[tuple[int, bytes]] = []  # by which handle
        self._changed = threading.Condition()
        self._cancelled = False
        self._made = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(scard, name)

    def put(self, reader: str, state: int, count: int, atr: bytes = b"") -> None:
        with self._changed:
            self.readers[reader] = (state, count, atr)
            self._changed.notify_all()

    def insert(self, count: int = 1, atr: bytes = ATR) -> None:
        self.put("A", scard.SCARD_STATE_PRESENT, count, atr)

    def unplug(self, reader: str) -> None:
        with self._changed:
            del self.readers[reader]
            self._changed.notify_all()

    def fail(self, function: str, *codes: int) -> None:
        """The next calls of `function`; one that waits now ends so."""
        with self._changed:
            self.fails[function] = list(codes)
            self._changed.notify_all()

    def _code(self, function: str) -> int:
        codes = self.fails.get(function)
        return codes.pop(0) if codes else 0

    # -- as the module ------------------------------------------------------------------

    def SCardEstablishContext(self, scope: int) -> tuple[int, int]:
        code = self._code("SCardEstablishContext")
        self._made += 1
        if not code:
            self.contexts.add(self._made)
        return code, self._made

    def SCardReleaseContext(self, context: int) -> int:
        self.contexts.remove(context)
        return 0

    def SCardListReaders(self, context: int, groups: list[str]) -> tuple[int, list[str]]:
        assert context in self.contexts
        code = self._code("SCardListReaders")
        if not code and not self.readers:
            code = scard.SCARD_E_NO_READERS_AVAILABLE
        return code, list(self.readers)

    def SCardGetStatusChange(self, context: int, milliseconds: int,
                             known: list[tuple[str, int]]) -> tuple[int, list[Any]]:
        assert context in self.contexts
        with self._changed:
            self._changed.wait_for(lambda: self._differs(known), milliseconds / 1000)
            now: list[tuple[str, int, list[int]]] = []
            for name, _ in known:
                state, count, atr = self.readers.get(name, (scard.SCARD_STATE_UNKNOWN, 0, b""))
                now.append((name, state | count << 16 if name != PNP else 0, list(atr)))
            if code := self._code("SCardGetStatusChange"):
                return code, now
            if self._cancelled:
                self._cancelled = False
                return scard.SCARD_E_CANCELLED, now
            return (0 if self._differs(known) else scard.SCARD_E_TIMEOUT), now

    def _differs(self, known: list[tuple[str, int]]) -> bool:
        were = {name: state for name, state in known if name != PNP}
        are = {name: state | count << 16 for name, (state, count, _) in self.readers.items()}
        return bool(were != are or self._cancelled or self.fails.get("SCardGetStatusChange"))

    def SCardCancel(self, context: int) -> int:
        with self._changed:
            self._cancelled = True
            self._changed.notify_all()
        return 0

    def SCardConnect(self, context: int, reader: str, share: int,
                     protocols: int) -> tuple[int, int, int]:
        assert context in self.contexts and share == scard.SCARD_SHARE_EXCLUSIVE
        if code := self._code("SCardConnect"):
            return code, 0, 0
        if self.handles:
            return scard.SCARD_E_SHARING_VIOLATION, 0, 0
        self._made += 1
        self.handles.add(self._made)
        return 0, self._made, scard.SCARD_PROTOCOL_T0

    def SCardDisconnect(self, handle: int, disposition: int) -> int:
        self.handles.remove(handle)
        return 0

    def SCardStatus(self, handle: int) -> tuple[int, str, int, int, list[int]]:
        assert handle in self.handles
        return self._code("SCardStatus"), "A", 0, 0, []

    def SCardTransmit(self, handle: int, header: int,
                      command: list[int]) -> tuple[int, list[int]]:
        assert handle in self.handles
        self.commands.append((handle, bytes(command)))
        return self.answers.pop(0)
