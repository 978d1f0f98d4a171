"""The holder's PIN: from the keys to the card, and nowhere else.

The service says how the card wants it (PinWanted.template); filling it in is all that is done
here. What held digits is overwritten as soon as the card has them.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Literal

import msgspec

from kiosk.card import relay
from kiosk.card.relay import Speaks
from status_service.client import PinWanted

VERIFIED = b"\x90\x00"
BLOCKED = (b"\x69\x83", b"\x69\x84")  # ISO 7816-4, table 6: blocked; its reference is void
WRONG = 0x63  # 63Cx: x tries are left

# Wrong PINs in a row at this kiosk, whoever's, before it makes people wait, and how long: as
# VxSuite (15 s, doubled each time). A card blocks itself after three; this slows a thief of many.
FREE = 5
FIRST_PAUSE, LONGEST_PAUSE = 15.0, 240.0  # seconds


class Pin:
    """Digits that nobody prints."""

    def __init__(self, digits: str) -> None:
        self._digits = bytearray(digits.encode("ascii"))

    def __repr__(self) -> str:
        return "Pin(redacted)"

    def filled(self, template: str) -> bytearray | None:
        """The command with the digits in it; None when they are not as many as it takes."""
        if template.count("#") != len(self._digits):
            return None
        filled, at = bytearray(template.encode("ascii")), 0
        for index, char in enumerate(filled):
            if char == ord("#"):
                filled[index] = self._digits[at]
                at += 1
        command = bytearray(len(filled) // 2)
        for index in range(len(command)):
            command[index] = int(filled[2 * index:2 * index + 2], 16)
        wipe(filled)
        return command

    def wipe(self) -> None:
        wipe(self._digits)


def wipe(octets: bytearray) -> None:
    octets[:] = bytes(len(octets))


class PinSaid(msgspec.Struct, frozen=True):
    """What the card said. asked: only how many tries are left. failed: it does not check a PIN
    as it should. later: the kiosk did not ask it. left: tries; None where the card does not say.
    """

    outcome: Literal["asked", "good", "wrong", "blocked", "failed", "later"]
    left: int | None = None
    seconds: int = 0  # until the kiosk asks again


def check(card: Speaks, wanted: PinWanted, pin: Pin | None) -> PinSaid | tuple[str, ...]:
    """Have the card check the PIN, and give its answers that prove it; without a PIN only ask
    how many tries are left. Raises CardLost."""
    left: int | None = None
    if wanted.counter:
        left, blocked = _left(relay.ask(card, bytes.fromhex(wanted.counter)))
        if blocked:
            return PinSaid("blocked", 0)
    if pin is None:
        return PinSaid("asked", left)
    command = pin.filled(wanted.template)
    pin.wipe()
    if command is None:
        return PinSaid("failed")
    try:
        said = relay.ask(card, bytes(command))
    finally:
        wipe(command)
    if said == VERIFIED:
        ran = relay.run(card, (wanted.prove,))
        return ran.answers if ran else PinSaid("failed")
    left, blocked = _left(said)
    if blocked:
        return PinSaid("blocked", 0)
    return PinSaid("wrong" if said[0] == WRONG else "failed", left)


def _left(said: bytes) -> tuple[int | None, bool]:
    """The tries that are left, and whether the PIN is blocked."""
    if said in BLOCKED:
        return 0, True
    if len(said) == 2 and said[0] == WRONG and said[1] & 0xF0 == 0xC0:
        left = said[1] & 0x0F
        return left, left == 0
    return None, False


class Pause:
    """Slows down who tries PINs on one card after another."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._wrong = 0
        self._until = 0.0

    def left(self) -> int:
        """Whole seconds until the next PIN may be tried."""
        return max(0, -int(-(self._until - self._clock()) // 1))

    def heard(self, said: PinSaid) -> None:
        if said.outcome == "good":
            self._wrong, self._until = 0, 0.0
        elif said.outcome == "wrong" or (said.outcome == "blocked" and said.left == 0):
            self._wrong += 1
            if self._wrong >= FREE:
                pause = FIRST_PAUSE * 2 ** min(self._wrong - FREE, 10)
                self._until = self._clock() + min(pause, LONGEST_PAUSE)
