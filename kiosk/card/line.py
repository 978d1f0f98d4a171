"""The line to the service: a thread of its own, so that a removal is seen at once while an
answer is slow."""

from __future__ import annotations

import logging
import queue
import threading
from collections.abc import Callable, Sequence
from typing import Protocol

from kiosk.card.visit import Found, Visit
from status_service.client import Bare, CardSessionOver, PinWanted, Proof, Relay, Unproven

log = logging.getLogger(__name__)


class Cards(Protocol):
    """What is asked of the service (status_service.client.Client)."""

    def card_open(self, kiosk: str) -> Relay: ...

    def card_answer(self, session: str, script: int, answers: list[str]
                    ) -> Relay | Proof | Unproven | Bare: ...

    def card_pin(self, session: str, answers: Sequence[str]
                 ) -> Relay | PinWanted | Unproven: ...

    def card_pin_proven(self, session: str, answers: Sequence[str]) -> Proof | Unproven: ...

    def card_close(self, session: str) -> None: ...


class Line:
    """Asks one question after another. What a visit asks comes back in `answers`."""

    def __init__(self, client: Cards, awaited: Callable[[Visit], bool]) -> None:
        """`awaited`: whether somebody still waits for what a visit asked."""
        self.client = client
        self.answers: queue.SimpleQueue[tuple[Visit, Found]] = queue.SimpleQueue()
        self._awaited = awaited
        self._jobs: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._work, name="card-service", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self, within: float) -> None:
        """End after what was asked before, or after so many seconds."""
        self._jobs.put(None)
        self._thread.join(within)

    def ask(self, visit: Visit, question: Callable[[], Found]) -> None:
        """Under the worker's lock; does not wait."""
        def job() -> None:
            if not self._awaited(visit):  # leave the queue to the next card
                return
            found: Found = None
            try:
                found = question()
            except CardSessionOver as over:
                found = over
                raise
            finally:
                self.answers.put((visit, found))

        visit.asked = True
        self._jobs.put(job)

    def close(self, visit: Visit) -> None:
        """End its session at the service, which forgets it by itself should this be lost."""
        session, visit.session = visit.session, ""
        if session:
            self._jobs.put(lambda: self.client.card_close(session))

    def _work(self) -> None:
        while (job := self._jobs.get()) is not None:
            try:
                job()
            except Exception as error:  # away, session over, refused: all the same to the card
                log.warning("The service could not be asked about a card: %s",
                            type(error).__name__)
            del job  # what it found is not kept until the next card comes
