"""The reader service (pcscd) as it is: contexts, slots, one exclusive handle.

On raw `smartcard.scard`, for pyscard's own monitors die with the service and its connections
reset a card when they are collected. One thread owns a Reader and the Card it connected;
only `wake` may be called from another.
"""

from __future__ import annotations

import msgspec
from smartcard import scard

NOTIFICATION = "\\\\?PnP?\\Notification"  # the name under which readers are announced
PROTOCOLS = scard.SCARD_PROTOCOL_T0 | scard.SCARD_PROTOCOL_T1


def _code(hresult: int) -> int:
    """The code as the headers write it, whatever sign the binding gave it."""
    return int(hresult) & 0xFFFFFFFF


OK = _code(scard.SCARD_S_SUCCESS)
CANCELLED = _code(scard.SCARD_E_CANCELLED)
TIMEOUT = _code(scard.SCARD_E_TIMEOUT)
UNKNOWN_READER = _code(scard.SCARD_E_UNKNOWN_READER)
NO_READERS = _code(scard.SCARD_E_NO_READERS_AVAILABLE)
SHARING_VIOLATION = _code(scard.SCARD_E_SHARING_VIOLATION)


class ServiceLost(Exception):
    """The context is of no more use: the service went, or says what it should not."""


class CardLost(Exception):
    """The card did not answer. Its handle must not be used again: after a failed transmit it
    may lead to another card."""


class CardBusy(Exception):
    """Another program holds the card."""


class Slot(msgspec.Struct, frozen=True):
    """One reader. `count` goes up with each insertion and removal: a card that was changed
    between two looks shows by it."""

    reader: str
    present: bool
    count: int
    atr: bytes


class Card:
    """A connected card. Must be disconnected; nothing is left to the collector."""

    def __init__(self, handle: int, protocol: int) -> None:
        self._handle = handle
        self.t0 = protocol == scard.SCARD_PROTOCOL_T0
        self._header = scard.SCARD_PCI_T0 if self.t0 else scard.SCARD_PCI_T1

    def transmit(self, command: bytes) -> bytes:
        """The card's answer with its status word. Waits as long as the card does.

        Raises CardLost. The code alone does not tell: it may say success when nothing came.
        """
        hresult, answer = scard.SCardTransmit(self._handle, self._header, list(command))
        if _code(hresult) != OK or len(answer) < 2:
            raise CardLost(f"0x{_code(hresult):08X}, {len(answer)} octets")
        return bytes(answer)

    def still_there(self) -> bool:
        """False when the service knows that the card was removed or reset under the handle."""
        return _code(scard.SCardStatus(self._handle)[0]) == OK

    def disconnect(self) -> None:
        """Let go of it without a word to it. A card that stays in is powered down by the
        service some seconds later. Done here, at the very moment in which it is pulled, that
        made pcscd 1.9.9 note an empty slot without an event, and it overlooked the next card."""
        scard.SCardDisconnect(self._handle, scard.SCARD_LEAVE_CARD)


class Reader:
    """One context of the service, and what it said of each slot."""

    def __init__(self) -> None:
        """Raises ServiceLost."""
        hresult, self._context = scard.SCardEstablishContext(scard.SCARD_SCOPE_SYSTEM)
        _expect(hresult)
        self._known: dict[str, tuple[int, bytes]] = {}  # reader: its state, its card's ATR

    def wait(self, seconds: float) -> tuple[Slot, ...]:
        """All slots, as soon as one changes, at the latest after `seconds`. Raises ServiceLost."""
        names = self._names()
        changed = set(names) != set(self._known)
        ask = [(name, self._known[name][0] if name in self._known else scard.SCARD_STATE_UNAWARE)
               for name in names]
        self._known = {name: self._known[name] for name in names if name in self._known}
        hresult, states = scard.SCardGetStatusChange(
            self._context, 0 if changed else round(seconds * 1000), [*ask, (NOTIFICATION, 0)])
        if _code(hresult) == OK:
            self._known = {name: (state & ~scard.SCARD_STATE_CHANGED, bytes(atr))
                           for name, state, atr in states
                           if name != NOTIFICATION and not state & GONE}
        else:
            _expect(hresult, TIMEOUT, CANCELLED, UNKNOWN_READER)
        return tuple(Slot(reader=name, present=bool(state & scard.SCARD_STATE_PRESENT),
                          count=state >> 16, atr=atr)
                     for name, (state, atr) in self._known.items())

    def _names(self) -> list[str]:
        hresult, names = scard.SCardListReaders(self._context, [])
        _expect(hresult, NO_READERS)
        return list(names or ())

    def connect(self, reader: str) -> Card:
        """Take the card for ourselves. Raises CardBusy, CardLost."""
        hresult, handle, protocol = scard.SCardConnect(
            self._context, reader, scard.SCARD_SHARE_EXCLUSIVE, PROTOCOLS)
        if _code(hresult) == SHARING_VIOLATION:
            raise CardBusy
        if _code(hresult) != OK:
            raise CardLost(f"0x{_code(hresult):08X}")
        return Card(handle, protocol)

    def wake(self) -> None:
        """End a `wait`; without effect when none is under way just now."""
        scard.SCardCancel(self._context)

    def release(self) -> None:
        scard.SCardReleaseContext(self._context)


GONE = (scard.SCARD_STATE_UNKNOWN | scard.SCARD_STATE_UNAVAILABLE | scard.SCARD_STATE_IGNORE)


def _expect(hresult: int, *also: int) -> None:
    """Whatever is neither success nor one of `also` loses the service: a context that answers
    strangely is best made anew, and no list of codes is ever whole."""
    if _code(hresult) not in (OK, *also):
        raise ServiceLost(f"0x{_code(hresult):08X}")
