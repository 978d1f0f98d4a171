"""The card in the reader: who it is, proven by the service, until it is taken out.

One thread owns the reader's context and the card's handle; a second one asks the service. A
card that never answers holds up the first thread only: a timer says so, and the thread lives on
when the card is pulled.

A handle is no identity of a card. So every question about its holder's cases goes through here
(`ask`): the card that is in answers the service's latest challenge, and that answer goes along.
"""

from __future__ import annotations

import contextlib
import logging
import math
import queue
import threading
import time
from collections.abc import Callable, Iterator

from kiosk.card import relay
from kiosk.card.events import (
    CardBare,
    CardEvent,
    CardFailed,
    CardIn,
    CardOut,
    CardProven,
    ReaderIs,
    ReaderState,
    Why,
)
from kiosk.card.line import Cards, Line
from kiosk.card.pin import Pause, Pin, PinSaid, check
from kiosk.card.reader import Card, CardBusy, CardLost, Reader, ServiceLost, Slot
from kiosk.card.visit import Answered, Asked, CardGone, Found, Question, Visit, Waiting
from status_service.client import (
    Bare,
    Opened,
    PhoneAsked,
    PhoneChanged,
    PinWanted,
    Proof,
    Relay,
    ServiceAway,
    Unproven,
)

log = logging.getLogger(__name__)

# All in seconds.
MUTE_AFTER = 5.0  # a card that works answers a whole script in one or two
AWAY_RETRY = 5.0  # until the service is asked again about a card that stays in
SETTLE = 0.8  # after a failed command: a removal shows in 0.4 (pcscd's polling)
RETURN_WITHIN = 3.0  # a reader that is back may take a look or two to find the card in it
BUSY_WITHIN = 2.0  # other programs look at a new card and let it go again
LOOK = 1.0  # at the slots, when nothing wakes us
LOOK_OFTEN = 0.05  # while something is awaited besides
BACK_OFF = (0.2, 2.0)  # first and longest pause before the reader service is tried again
STOP_WITHIN = 4.0  # for what is under way: an answer of the service has 3
MOST_ROUNDS = 8  # with the service for one card or one question; two are needed


class CardWorker:
    """Emits what happens to `events`, from its own threads: one at a time, in order."""

    def __init__(self, client: Cards, kiosk: str, events: Callable[[CardEvent], None]) -> None:
        """`kiosk`: the name under which the staff know this kiosk."""
        self._kiosk = kiosk
        self._events = events
        self._lock = threading.RLock()
        self._stopping = threading.Event()
        self._line = Line(client, lambda visit: visit is self._visit)
        self._reader: Reader | None = None
        self._state: ReaderState | None = None  # as told last
        self._visit: Visit | None = None
        self._generation = 0
        self._pause = Pause()
        # Until when a card that shows up is the one of a visit that was ended; None: it is not.
        self._left_until: float | None = None
        self._thread = threading.Thread(target=self._watch, name="card", daemon=True)

    def start(self) -> None:
        self._thread.start()
        self._line.start()

    def stop(self) -> None:
        """End both threads and the card's session. A mute card does not hold this up."""
        self._stopping.set()
        ends = time.monotonic() + STOP_WITHIN
        while self._thread.is_alive() and time.monotonic() < ends:
            reader = self._reader
            if reader:
                reader.wake()
            self._thread.join(LOOK_OFTEN)
        self.end_visit()  # as good as done, unless the card thread hangs
        self._line.stop(STOP_WITHIN)

    def end_visit(self, generation: int | None = None) -> None:
        """The visitor has finished, the card is still in: its session is closed at once, and
        nothing more comes of it but CardOut. It must be taken out before another visit.

        generation: the visit that is meant; when that one is over already, nothing happens.
        Give it wherever an event is answered: the next card may be in by then. Without it the
        card that is in now is meant. From any thread; does not wait.
        """
        with self._lock:
            visit = self._visit
            if visit and visit.phase != "left" and generation in (None, visit.generation):
                visit.turn("over")
                self._line.close(visit)

    def ask(self, generation: int, question: Question) -> Opened:
        """Ask about the cases of the holder of the card that was proven as `generation`, with
        its answer to a fresh challenge. Waits for the answer; from any thread but its own.

        Raises CardGone, of which events tell what is to be shown, and ServiceAway.
        """
        found = self._answer(generation, Waiting(question))
        if not isinstance(found, Opened):
            raise TypeError(type(found).__name__)
        return found

    def about_phone(self, generation: int, question: Asked) -> PhoneAsked | PhoneChanged:
        """As `ask`, about the phone that the card's holder wants registered."""
        found = self._answer(generation, Waiting(question))
        if not isinstance(found, PhoneAsked | PhoneChanged):
            raise TypeError(type(found).__name__)
        return found

    def pin(self, generation: int, pin: Pin | None) -> PinSaid:
        """Have the card that was proven as `generation` check its holder's PIN and prove it to
        the service; without one, ask the card how many tries are left. As `ask`."""
        if pin and (seconds := self._pause.left()):
            pin.wipe()
            return PinSaid("later", seconds=seconds)
        try:
            found = self._answer(generation, Waiting(self._line.client.card_pin, pin))
        finally:
            if pin:
                pin.wipe()
        if not isinstance(found, PinSaid):
            raise TypeError(type(found).__name__)
        if pin:
            self._pause.heard(found)
        return found

    def _answer(self, generation: int, waiting: Waiting) -> Answered | PinSaid:
        with self._lock:
            visit, reader = self._visit, self._reader
            if visit is None or visit.generation != generation or visit.phase != "proven":
                raise CardGone
            visit.questions.append(waiting)
        while reader and not waiting.answer.done():
            reader.wake()  # lost when the card thread is just about to wait
            if waiting.taken.wait(LOOK_OFTEN):
                break
        return waiting.answer.result()

    # -- the card thread -----------------------------------------------------------

    def _watch(self) -> None:
        """Serve one context of the service after another."""
        first, longest = BACK_OFF
        pause = first
        while not self._stopping.is_set():
            began = time.monotonic()
            try:
                reader = Reader()
            except ServiceLost as lost:
                log.info("No reader service: %s", lost)
            else:
                self._reader = reader
                try:
                    self._serve(reader)
                except ServiceLost as lost:
                    log.warning("The reader service is lost: %s", lost)
                except Exception:
                    log.exception("The reader could not be served")
                finally:
                    self._out(seen=False)
                    self._reader = None
                    reader.release()
            if not self._stopping.is_set():
                self._reader_is("no_service")
                if time.monotonic() - began > longest:  # it had worked
                    pause = first
                self._stopping.wait(pause)
                pause = min(2 * pause, longest)

    def _serve(self, reader: Reader) -> None:
        """Wait for the slots to change; or for the service, and look at the slots often."""
        while not self._stopping.is_set():
            awaited = self._visit is not None and self._visit.asked
            with contextlib.suppress(queue.Empty):
                self._take(*self._line.answers.get(awaited, LOOK_OFTEN))
            self._look(reader, reader.wait(0 if awaited else self._patience()))
            if self._visit:
                self._go_on(reader, self._visit)

    def _patience(self) -> float:
        """Seconds until something is to be done even though no slot changes."""
        visit = self._visit
        if visit and visit.questions:
            return 0
        if visit is None or visit.phase in ("proven", "failed", "over", "left"):
            return LOOK
        if visit.phase == "away":
            return max(0.0, min(LOOK, visit.since + AWAY_RETRY - time.monotonic()))
        return LOOK_OFTEN

    def _look(self, reader: Reader, slots: tuple[Slot, ...]) -> None:
        visit = self._visit
        if visit and not visit.is_in(slots):
            self._out(seen=any(slot.reader == visit.slot.reader for slot in slots))
        elif visit and visit.card and not visit.card.still_there():
            # The handle is held open, exclusively, as long as the visit lasts: it tells of a
            # change of cards that was too fast for the slot to show.
            slots = reader.wait(0)  # it may as well be the service that went
            self._out(seen=True)
        if self._left_until is not None and slots and not any(slot.present for slot in slots):
            now = time.monotonic()
            self._left_until = min(self._left_until, now + RETURN_WITHIN)
            if now >= self._left_until:
                self._left_until = None
        self._reader_is("ready" if slots else "no_reader")
        if self._visit is None:
            here = next((slot for slot in slots if slot.present), None)
            if here:
                self._in(reader, here)

    def _in(self, reader: Reader, slot: Slot) -> None:
        with self._lock:
            self._generation += 1
            visit = Visit(self._generation, slot, "reading" if self._left_until is None
                          else "left")
            self._visit = visit
            if visit.phase == "left":
                return
            self._events(CardIn(visit.generation))
            self._open(visit)  # while it powers up
        self._connect(reader, visit)

    def _out(self, *, seen: bool) -> None:
        """The visit's card is gone: it was seen to go, or it cannot be watched any more."""
        with self._lock:
            visit, self._visit = self._visit, None
            if visit is None:
                return
            self._left_until = (math.inf if not seen and visit.phase in ("over", "left")
                                else None)
            if visit.phase != "left":
                self._events(CardOut(visit.generation))
            visit.turn("over")
            self._line.close(visit)
        visit.let_go()

    def _go_on(self, reader: Reader, visit: Visit) -> None:
        """What is to be done now for the card that is in."""
        with self._lock:
            phase, scripts = visit.phase, visit.scripts
            lasted = time.monotonic() - visit.since
            if phase == "doubtful" and lasted >= SETTLE:
                self._fail(visit, "unreadable")
            elif phase == "away" and lasted >= AWAY_RETRY and not visit.asked:
                visit.turn("reading")
                self._open(visit)
        if phase == "reading" and visit.card is None:
            self._connect(reader, visit)
        elif phase == "reading" and visit.card and scripts:
            self._run(visit, visit.card, scripts)
        elif phase == "proven" and visit.card and visit.questions and not visit.asked:
            if visit.wanted:
                self._verify(visit, visit.card, visit.wanted)
            else:
                self._prove_again(visit, visit.card)

    def _connect(self, reader: Reader, visit: Visit) -> None:
        try:
            with self._not_mute(visit):
                visit.card = reader.connect(visit.slot.reader)
        except CardBusy:
            with self._lock:
                if visit.phase == "reading" and time.monotonic() - visit.since > BUSY_WITHIN:
                    self._fail(visit, "unreadable")
        except CardLost as lost:
            self._doubt(visit, lost)

    def _run(self, visit: Visit, card: Card, scripts: tuple[tuple[str, ...], ...]) -> None:
        try:
            with self._not_mute(visit):
                ran = relay.run(card, scripts)
        except CardLost as lost:
            self._doubt(visit, lost)
            return
        with self._lock:
            visit.scripts = ()
            visit.rounds += 1
            if visit.phase != "reading":  # the timer or the visitor was faster
                return
            if ran is None or visit.rounds > MOST_ROUNDS:
                self._fail(visit, "unreadable")
                return
            session, script, answers = visit.session, ran.script, list(ran.answers)
            self._line.ask(visit, lambda: self._line.client.card_answer(session, script, answers))

    def _prove_again(self, visit: Visit, card: Card) -> None:
        """The card answers the latest challenge, if there is one, and the next question goes
        out with that."""
        with self._lock:
            if not visit.questions:
                return
            waiting, challenge = visit.questions[0], visit.challenge
            visit.challenge = ()
        waiting.taken.set()
        try:
            with self._not_mute(visit):
                ran = relay.run(card, (challenge,)) if challenge else relay.Ran(0, ())
        except CardLost as lost:
            self._doubt(visit, lost)
            return
        with self._lock:
            visit.rounds += 1
            if visit.phase != "proven":
                return
            if ran is None or visit.rounds > MOST_ROUNDS:
                self._fail(visit, "refused")
                return
            session, answers = visit.session, ran.answers
            self._line.ask(visit, lambda: waiting.question(session, answers))

    def _verify(self, visit: Visit, card: Card, wanted: PinWanted) -> None:
        """The card checks the PIN of the question under way, and proves it if it was right."""
        with self._lock:
            if not visit.questions:
                return
            waiting = visit.questions[0]
            visit.wanted, visit.challenge = None, wanted.challenge
        try:
            with self._not_mute(visit):
                said = check(card, wanted, waiting.pin)
        except CardLost as lost:
            self._doubt(visit, lost)
            return
        with self._lock:
            if visit.phase != "proven":
                return
            if isinstance(said, PinSaid):
                visit.rounds = 0
                visit.questions.popleft().answer.set_result(said)
                return
            visit.challenge = ()
            session, answers = visit.session, said
            self._line.ask(
                visit, lambda: self._line.client.card_pin_proven(session, answers))

    def _doubt(self, visit: Visit, lost: CardLost) -> None:
        """A command failed: that ends the card's session, whatever the reason. A handle that
        failed may lead to another card, so it is never used again."""
        log.info("A card did not answer: %s", lost)
        with self._lock:
            visit.scripts = ()
            if visit.phase in ("reading", "proven"):
                visit.turn("doubtful")
            self._line.close(visit)
        visit.let_go()

    def _take(self, visit: Visit, found: Found) -> None:
        """An answer of the service."""
        with self._lock:
            visit.asked = False
            if isinstance(found, Relay):
                visit.session = found.session
            if visit is not self._visit or visit.phase not in ("reading", "proven"):
                self._line.close(visit)  # it came too late
            elif visit.phase == "proven":
                self._told(visit, found)
            elif isinstance(found, Relay):
                visit.scripts = found.scripts
            elif isinstance(found, Proof):
                visit.turn("proven")
                visit.rounds, visit.challenge, visit.told_away = 0, found.challenge, False
                self._events(CardProven(visit.generation, found.holder, found.level, found.pin))
            elif isinstance(found, Bare):
                self._fail(visit, None)
                self._events(CardBare(visit.generation, found.random, found.items))
            elif isinstance(found, Unproven):
                self._fail(visit, "refused")
            else:
                self._fail(visit, "away")

    # -- under the lock --------------------------------------------------------------

    def _told(self, visit: Visit, found: Found) -> None:
        """What the service said to the question that is under way."""
        if isinstance(found, Relay):  # the same question again, with the answer to this
            visit.challenge = found.scripts[0]
        elif isinstance(found, Opened | PhoneAsked | PhoneChanged):
            visit.rounds, visit.challenge = 0, found.challenge
            visit.questions.popleft().answer.set_result(found)
        elif isinstance(found, PinWanted):
            visit.wanted = found
        elif isinstance(found, Proof):  # of the PIN
            visit.rounds, visit.challenge = 0, found.challenge
            visit.questions.popleft().answer.set_result(PinSaid("good"))
        elif found is None:
            visit.rounds = 0
            visit.questions.popleft().answer.set_exception(ServiceAway())
        else:
            self._fail(visit, "refused" if isinstance(found, Unproven) else "away")

    def _fail(self, visit: Visit, why: Why | None) -> None:
        """why: told to who listens; None: they are told more than that."""
        away = why == "away"
        visit.turn("away" if away else "failed")
        visit.rounds = 0
        self._line.close(visit)
        if why and not (away and visit.told_away):
            self._events(CardFailed(visit.generation, why))
        visit.told_away = away

    def _open(self, visit: Visit) -> None:
        self._line.ask(visit, lambda: self._line.client.card_open(self._kiosk))

    # -- beside the card thread --------------------------------------------------------

    @contextlib.contextmanager
    def _not_mute(self, visit: Visit) -> Iterator[None]:
        """Give up the card, but not the thread, when it does not answer in time."""
        timer = threading.Timer(MUTE_AFTER, self._mute, (visit,))
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()

    def _mute(self, visit: Visit) -> None:
        with self._lock:
            if visit is self._visit and visit.phase in ("reading", "proven"):
                log.warning("A card is mute")
                self._fail(visit, "unreadable")

    def _reader_is(self, state: ReaderState) -> None:
        with self._lock:
            if state != self._state:
                self._state = state
                self._events(ReaderIs(state))
