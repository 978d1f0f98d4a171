"""One card from its insertion to its removal: what the card thread knows of it."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from typing import Literal

from kiosk.card.pin import Pin, PinSaid
from kiosk.card.reader import Card, Slot
from status_service.client import (
    Bare,
    CardSessionOver,
    Opened,
    PhoneAsked,
    PhoneChanged,
    PinWanted,
    Proof,
    Relay,
    Unproven,
)

Phase = Literal["reading", "doubtful", "away", "proven", "failed", "over", "left"]

# What the service said; None: it could not be asked.
Answered = Opened | PhoneAsked | PhoneChanged
Found = (Relay | Proof | Answered | Unproven | Bare | PinWanted | CardSessionOver | None)

# Asked of the service with the card's session and its answers to the latest challenge.
Question = Callable[[str, tuple[str, ...]], Relay | Opened | Unproven]
Asked = Callable[[str, tuple[str, ...]], Relay | Answered | PinWanted | Unproven]


class CardGone(Exception):
    """The card that was proven is not there any more, or not for sure: its visit is over."""


class Waiting:
    """A question about the holder's cases and who waits for its answer."""

    def __init__(self, question: Asked, pin: Pin | None = None) -> None:
        """pin: where the question leads to one; None: only the tries that are left."""
        self.question = question
        self.pin = pin
        self.answer: Future[Answered | PinSaid] = Future()
        self.taken = threading.Event()  # the card thread has begun with it


class Visit:
    """Only the card thread touches `card`; the rest is guarded by the worker's lock.

    doubtful: a command failed, and whether the card was pulled will show in a moment.
    over: the visit was ended with the card still in. left: the same, and it outlasted the
    reader or its service; nobody has been told of this generation.
    """

    def __init__(self, generation: int, slot: Slot, phase: Phase) -> None:
        self.generation = generation
        self.slot = slot
        self.phase: Phase = phase
        self.session = ""
        self.card: Card | None = None
        self.scripts: tuple[tuple[str, ...], ...] = ()  # of the service, not yet run
        self.challenge: tuple[str, ...] = ()  # for a proven card, not yet answered
        self.questions: deque[Waiting] = deque()
        self.wanted: PinWanted | None = None  # for the question under way
        self.asked = False  # an answer of the service is awaited
        self.told_away = False
        self.rounds = 0  # with the service for this card, or for the question under way
        self.since = time.monotonic()  # of this phase

    def is_in(self, slots: tuple[Slot, ...]) -> bool:
        """False when it is out, or another card is in its place."""
        was = self.slot
        return any(slot.present and slot.reader == was.reader and slot.count == was.count
                   and (slot.atr == was.atr or not slot.atr or not was.atr) for slot in slots)

    def turn(self, phase: Phase) -> None:
        """Go on to a phase. Nobody waits for a card that is not proven any more."""
        self.phase = phase
        self.since = time.monotonic()
        self.wanted = None
        while phase != "proven" and self.questions:
            self.questions.popleft().answer.set_exception(CardGone())

    def let_go(self) -> None:
        card, self.card = self.card, None
        if card:
            card.disconnect()
