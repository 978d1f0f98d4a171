"""What the card worker tells: plain data, in the order in which it happened.

A generation counts insertions. What belongs to a generation that is over is to be dropped:
whoever reads these events may be behind the reader.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from status_service.client import Answer

ReaderState = Literal["ready", "no_reader", "no_service"]
Why = Literal["unreadable", "refused", "away"]


class ReaderIs(msgspec.Struct, frozen=True):
    """The reader came or went, or the reader service (pcscd) did. Told on change only."""

    state: ReaderState


class CardIn(msgspec.Struct, frozen=True):
    """A card was inserted and is being read."""

    generation: int


class CardProven(msgspec.Struct, frozen=True):
    """The card answered the service's challenge: until CardOut or CardFailed its holder's cases
    can be asked for. holder: masked by the service. pin: whether its PIN would raise the level."""

    generation: int
    holder: str
    level: int
    pin: bool = False

    def __repr__(self) -> str:  # the holder reaches no log by way of a repr
        return f"CardProven(generation={self.generation}, level={self.level}, redacted)"


class CardBare(msgspec.Struct, frozen=True):
    """The card has nothing but a number that anyone can copy: it opens what a keyed number does.
    random: not even that, for it says another one each time."""

    generation: int
    random: bool
    answers: tuple[Answer, ...]

    def __repr__(self) -> str:
        return f"CardBare(generation={self.generation}, redacted)"


class CardFailed(msgspec.Struct, frozen=True):
    """unreadable: no card we know, or it does not answer. refused: the service does not accept
    it, or it is no longer the card that was proven. away: the service cannot be asked; while the
    card stays in it is asked again, and what it then says follows under the same generation,
    without another CardIn."""

    generation: int
    why: Why


class CardOut(msgspec.Struct, frozen=True):
    """The card was taken out, is another one, or can no longer be watched: its session is
    being closed."""

    generation: int


CardEvent = ReaderIs | CardIn | CardProven | CardBare | CardFailed | CardOut
