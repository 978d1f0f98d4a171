"""Drives one visit after another: hands inputs to the dialogue, shows what it says, has its
effects worked out, and wipes. No Kivy here, and no rules: those are the dialogue's.

Whatever fails in the dialogue or in laying out ends the visit, never the kiosk.
"""

from __future__ import annotations

import logging
import math
import secrets
import time
import traceback
from collections.abc import Callable
from datetime import datetime
from typing import NamedTuple, ParamSpec, Protocol

import msgspec

from kiosk import talk
from kiosk.asker import Back
from kiosk.card import events
from kiosk.look.sheet import Panel, Sheet
from kiosk.screen import Countdown, Screen

WAIT_SHOWN = 0.3  # seconds a look-up may take before its waiting screen appears
TRY_AGAIN = 5.0  # seconds until a home screen that failed is tried again
PAGES = {"page:next": 1, "page:back": -1}  # the only acts that no dialogue hears

logger = logging.getLogger(__name__)

Given = ParamSpec("Given")
Step = Callable[[talk.Session, talk.Input], talk.Step]


class Ticket(NamedTuple):
    """What a question was asked for; its result counts only while that still stands."""

    visit: str  # its name, random: what a code opens is bound to it
    place: str
    subject: str
    trail: tuple[tuple[str, str], ...]
    slip: bool


class LaysOut(Protocol):
    """See kiosk.look.layout.lay_out."""

    def __call__(self, screen: Screen, panel: Panel, page: int = 0, seconds: int = 0) -> Sheet:
        """One page of a screen."""


class Glass(Protocol):
    """What shows a sheet and can forget it."""

    def show(self, sheet: Sheet, same: bool) -> None:
        """`same`: the screen that is there already, drawn anew."""

    def lock(self) -> None:
        """What is shown stays, but its targets mean nothing any more."""

    def forget(self) -> None:
        """Show nothing and keep nothing of what was shown."""


class Driver:
    """All of its methods are called on the one thread that draws."""

    def __init__(self, *, panel: Panel, step: Step, lay_out: LaysOut, glass: Glass,
                 ask: Callable[[talk.Effect, Ticket, int | None], None],
                 end_card: Callable[[int], None], now: Callable[[], datetime],
                 clock: Callable[[], float] = time.monotonic) -> None:
        """`ask` works out an effect, given the generation of the proven card that is in;
        `end_card` ends that card's session at the service."""
        self._panel, self._step, self._lay_out, self._glass = panel, step, lay_out, glass
        self._ask, self._end_card, self._now, self._clock = ask, end_card, now, clock
        self.session = talk.Session()
        self.screen: Screen | None = None  # what is shown
        self._page = 0
        self._pages = 1
        self._visit = _name()  # anew with each wipe: what was asked before is not heard after
        self._generation = 0  # of the card that is in
        self._over = 0  # the generation whose visit has ended, though the card may still be in
        self._printer = False
        self._later: tuple[float, Screen] | None = None  # a waiting screen and when it appears
        self._seconds: float | None = None  # silence that the last step allows
        self._silent_at: float | None = None
        self._said_seconds = 0  # what a countdown shows
        self._retry_at: float | None = None

    # -- what comes in -------------------------------------------------------------

    def begin(self) -> None:
        """The first screen of the day."""
        self.feed(talk.Begin(at=self._now(), printer=self._printer))

    def touched(self, act: str) -> None:
        if act in PAGES:
            self._page = min(max(self._page + PAGES[act], 0), self._pages - 1)
            if self.screen is not None:
                self._guarded(self._draw, self.screen, False)
        else:
            self.feed(talk.Touched(at=self._now(), act=act))

    def touch_began(self) -> None:
        """Somebody is there: the silence begins anew, unless it is being counted down."""
        if self._seconds is not None and not self._counts():
            self._silent_at = self._clock() + self._seconds

    def answered(self, ticket: Ticket, back: Back) -> None:
        """A result; dropped when the visit or the place that asked for it is left."""
        if ticket.visit != self._visit:
            return
        if not ticket.slip and ticket != self._ticket(slip=False):
            return
        self.feed(back)

    def printer_is(self, ready: bool) -> None:
        self._printer = ready

    def card(self, event: events.CardEvent) -> None:
        """What the card worker says; dropped when it is about a card that is no longer in."""
        now = self._now()
        if isinstance(event, events.ReaderIs):
            self.feed(talk.ReaderIs(at=now, state=event.state))
        elif isinstance(event, events.CardIn):
            self._generation = event.generation
            self.feed(talk.CardIn(at=now))
        elif event.generation != self._generation:
            return
        elif isinstance(event, events.CardOut):
            self._over = self._generation
            self.feed(talk.CardOut(at=now))
        elif event.generation == self._over:
            return
        elif isinstance(event, events.CardProven):
            self.feed(talk.CardProven(at=now, holder=event.holder, level=event.level,
                                      pin=event.pin))
        elif isinstance(event, events.CardBare):
            self.feed(talk.CardBare(at=now, random=event.random, answers=event.answers))
        else:
            self.feed(talk.CardFailed(at=now, why=event.why))

    @property
    def awaits(self) -> bool:
        """Whether a visitor waits for something that can come at any moment."""
        return self._later is not None or self._waits() or self.session.card == "reading"

    def tick(self) -> None:
        """Do what is due. Called with every frame."""
        now = self._clock()
        if self._retry_at is not None and now >= self._retry_at:
            self._recover()
        elif self._later is not None and now >= self._later[0]:
            self._guarded(self._display, self._later[1], False)
        elif self._silent_at is not None and now >= self._silent_at:
            self._silent_at = None
            self.feed(talk.Silence(at=self._now()))
        elif (self.screen is not None and self._counts()
              and self._seconds_left() != self._said_seconds):
            self._guarded(self._draw, self.screen, True)

    def feed(self, said: talk.Input) -> None:
        """One input to the dialogue, and all that follows from it."""
        self._guarded(self._feed, said)

    # -- what follows ----------------------------------------------------------------

    def _feed(self, said: talk.Input) -> None:
        before = self.session
        asked = msgspec.structs.replace(before, printer=self._printer)
        step = self._step(asked, said)
        self.session = step.session
        self._seconds = step.seconds
        self._silent_at = None if step.seconds is None else self._clock() + step.seconds
        wipes = isinstance(said, talk.CardOut) or any(
            isinstance(effect, talk.Wipe) for effect in step.effects)
        if wipes:
            # What a card that comes or failed still has to say belongs to this insertion.
            begins = isinstance(said, talk.CardIn | talk.CardFailed)
            self.wipe(self._over if begins else self._generation)
        card = self._generation if step.session.card == "proven" else None
        for effect in step.effects:
            if not isinstance(effect, talk.Wipe):
                self._ask(effect, self._ticket(isinstance(effect, talk.Print)), card)
        same = not wipes and ((before.place, before.subject)
                              == (step.session.place, step.session.subject))
        if step.show.waiting and not wipes:
            if self._later is None and not self._waits():
                self._later = (self._clock() + WAIT_SHOWN, step.show)
                self._glass.lock()
                return
            if self._later is not None:  # said again, in another language perhaps
                self._later = (self._later[0], step.show)
                return
        self._display(step.show, same)

    def _display(self, screen: Screen, same: bool) -> None:
        """`same`: the place that was shown already, so its page stays."""
        self._later = None
        if not same:
            self._page = 0
        self._draw(screen, False)

    def _draw(self, screen: Screen, same: bool) -> None:
        seconds = self._seconds_left()
        sheet = self._lay_out(screen, self._panel, self._page, seconds)
        if self._page >= sheet.pages:
            self._page = max(sheet.pages - 1, 0)
            sheet = self._lay_out(screen, self._panel, self._page, seconds)
        self.screen, self._pages, self._said_seconds = screen, sheet.pages, seconds
        self._glass.show(sheet, same)

    def wipe(self, over: int) -> None:
        """Forget the visitor: what was asked, what is shown; and the right of every card up to
        the generation `over`."""
        self._visit = _name()
        self._later = self.screen = None
        self._page = 0
        self._over = over
        self._end_card(over)
        self._glass.forget()

    def _waits(self) -> bool:
        return self.screen is not None and self.screen.waiting

    def _counts(self) -> bool:
        return self.screen is not None and any(
            isinstance(block, Countdown) for block in self.screen.blocks)

    def _seconds_left(self) -> int:
        if self._silent_at is None:
            return 0
        return max(0, math.ceil(self._silent_at - self._clock()))

    def _ticket(self, slip: bool) -> Ticket:
        now = self.session
        return Ticket(self._visit, now.place, now.subject, now.trail, slip)

    # -- when something fails -----------------------------------------------------------

    def _guarded(self, work: Callable[Given, None], *given: Given.args,
                 **named: Given.kwargs) -> None:
        try:
            work(*given, **named)
        except Exception as error:
            logger.error("the visit ended: %s", where(error))
            self._recover()

    def _recover(self) -> None:
        """A new visit from the home screen; when that fails too, again a little later."""
        self._retry_at = self._silent_at = None
        try:
            self.wipe(self._generation)
            reader = self.session.reader
            self.session = talk.Session(reader=reader, visit=self.session.visit + 1)
            self._feed(talk.Begin(at=self._now(), printer=self._printer))
        except Exception as error:
            logger.error("no home screen: %s", where(error))
            self.session = talk.Session(visit=self.session.visit + 1)
            self._retry_at = self._clock() + TRY_AGAIN


def _name() -> str:
    """What the service knows a visit by."""
    return secrets.token_hex(16)


def where(error: BaseException) -> str:
    """The type of an error and where it came from, without its text, which may name somebody."""
    frames = traceback.extract_tb(error.__traceback__)
    if not frames:
        return type(error).__name__
    last = frames[-1]
    return f"{type(error).__name__} at {last.filename.rpartition('/')[2]}:{last.lineno}"
