"""The holder of the card that is in, as a question sees them."""

from __future__ import annotations

from kiosk.card.pin import Pin, PinSaid
from kiosk.card.visit import Asked, Question
from kiosk.card.worker import CardWorker
from status_service.client import Opened, PhoneAsked, PhoneChanged


class CardHolder:
    """Of one insertion: when that card is gone, every question raises CardGone."""

    def __init__(self, worker: CardWorker, generation: int) -> None:
        self._worker, self._generation = worker, generation

    def __call__(self, question: Question) -> Opened:
        return self._worker.ask(self._generation, question)

    def pin(self, pin: Pin | None) -> PinSaid:
        return self._worker.pin(self._generation, pin)

    def about_phone(self, question: Asked) -> PhoneAsked | PhoneChanged:
        return self._worker.about_phone(self._generation, question)
