"""Works out what a visit asks for, in the background: the screen never waits for the network.

Every question ends within the client's total deadline with a result; only one about the cases
of a card that is gone has none, for the card's own events say what is to be shown. Guides, notices
and offices are asked for at the start and again every few minutes, so that the client
knows them while the service is away.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from functools import partial
from typing import Generic, Protocol, TypeVar

from kiosk import talk
from kiosk.card.holder import CardHolder
from kiosk.card.pin import Pin
from kiosk.card.visit import CardGone, Question
from kiosk.evidence import by_code
from status_service.client import (
    Answer,
    Client,
    Opened,
    PhoneAsked,
    Refused,
    ServiceAway,
    Several,
    TooMany,
    Unknown,
    Visit,
)

AT_ONCE = 3  # questions at the same time: a visit asks one, a former one may still hang
REFRESH = 240.0  # seconds until guides, notices and offices are asked for again
SOON = 10.0  # seconds until that is tried again after a failure; the printer is looked at as often

logger = logging.getLogger(__name__)

Back = talk.Result
Holder = Callable[[Question], Opened]  # asks as the holder of the card that is in; see CardWorker
Ticket = TypeVar("Ticket")


class Prints(Protocol):
    """What is needed of a printer (see kiosk.printer)."""

    def ready(self) -> bool:
        """Whether a slip would come out now."""

    def print(self, slip: talk.Slip) -> bool:
        """True only when the printer said that it is done."""


def resolve(client: Client, printer: Prints | None, effect: talk.Effect, holder: Holder | None,
            at: datetime, visit: Visit) -> Back:
    """What an effect comes to. `holder`: there when a proven card is in. `visit`: who asks
    without one.

    Never raises for what the service or the printer may do: a service that is away or
    refuses is `Away`. Raises CardGone.
    """
    try:
        return _resolve(client, printer, effect, holder, at, visit)
    except ServiceAway:
        return talk.Away(at=at)
    except Refused as refused:
        logger.warning("%s was refused: %d", type(effect).__name__, refused.status)
        return talk.Away(at=at)


def _resolve(client: Client, printer: Prints | None, effect: talk.Effect, holder: Holder | None,
             at: datetime, visit: Visit) -> Back:
    match effect:
        case talk.FindNumber():
            return _number(client, effect.typed, at, visit)
        case talk.FindCase(own=True):
            own = _own(client, holder, effect.number)
            return _found(client, own[0], at) if own else talk.Gone(at=at)
        case talk.FindCase():
            found = client.case(effect.number, visit)
            if isinstance(found, TooMany):
                return talk.TooManyNumbers(at=at, seconds=found.seconds)
            return _found(client, found, at) if isinstance(found, Answer) else talk.Gone(at=at)
        case talk.ListOwnCases():
            return talk.CasesFound(at=at, answers=_own(client, holder), claimed=False)
        case talk.ListCardCases():
            claimed = client.card_claim(effect.number)
            if isinstance(claimed, Unknown):
                return talk.Gone(at=at)
            return talk.CasesFound(at=at, answers=tuple(claimed), claimed=True)
        case talk.ListCategories():
            return talk.CategoriesFound(at=at, categories=tuple(client.categories()))
        case talk.ListMatters():
            return talk.MattersFound(at=at, matters=tuple(client.matters(effect.category)))
        case talk.SearchMatters():
            return talk.MattersFound(at=at, matters=tuple(client.matters(query=effect.query)))
        case talk.FindMatter():
            matter = client.matter(effect.code)
            return talk.GuideFound(at=at, matter=matter) if matter else talk.Gone(at=at)
        case talk.ListNotices():
            return talk.NoticesFound(at=at, notices=tuple(client.notices()))
        case talk.ListOffices():
            return talk.OfficesFound(at=at, offices=tuple(client.offices()))
        case talk.Print():
            return talk.Printed(at=at, done=printer is not None and printer.print(effect.slip))
        case talk.AskPin() | talk.EnterPin() | talk.SendPhoneCode() | talk.ChangePhone():
            if not isinstance(holder, CardHolder):
                raise CardGone
            return _by_pin(client, holder, effect, at)
        case talk.ShowCode() | talk.SendCode() | talk.TellLost():
            return by_code(client, effect, at, visit)
    raise TypeError(type(effect).__name__)  # a Wipe asks for nothing


def _by_pin(client: Client, holder: CardHolder,
            effect: talk.AskPin | talk.EnterPin | talk.SendPhoneCode | talk.ChangePhone,
            at: datetime) -> Back:
    """What needs the card's PIN, and the PIN itself."""
    match effect:
        case talk.SendPhoneCode(phone=phone, language=language):
            told = holder.about_phone(
                partial(client.card_phone, phone=phone, language=language))
        case talk.ChangePhone(code=code):
            told = holder.about_phone(partial(client.card_phone_code, code=code))
        case _:
            said = holder.pin(Pin(effect.pin) if isinstance(effect, talk.EnterPin) else None)
            return talk.PinTold(at=at, outcome=said.outcome, left=said.left,
                                seconds=said.seconds)
    if isinstance(told, PhoneAsked):
        return talk.PhoneTold(at=at, what="sent", done=told.sent)
    return talk.PhoneTold(at=at, what="changed", done=told.changed)


def _own(client: Client, holder: Holder | None, number: str | None = None) -> tuple[Answer, ...]:
    """All cases of the holder, or the one with this number; a page for each proof of the card."""
    found: list[Answer] = []
    cursor: str | None = None
    while holder:
        opened = holder(partial(client.card_cases, number=number, cursor=cursor))
        found += opened.items
        cursor = opened.next
        if cursor is None:
            break
    return tuple(found)


def _number(client: Client, typed: str, at: datetime, visit: Visit) -> Back:
    """A case number, or else a card's printed number."""
    found = client.case(typed, visit)
    if isinstance(found, Answer):
        return _found(client, found, at)
    if isinstance(found, Several):
        return talk.SeveralFound(at=at, candidates=found.candidates)
    if isinstance(found, TooMany):
        return talk.TooManyNumbers(at=at, seconds=found.seconds)
    claimed = client.card_claim(typed)
    if isinstance(claimed, Unknown):
        return talk.NotFound(at=at, slip=found.slip or claimed.slip)
    return talk.CasesFound(at=at, answers=tuple(claimed), claimed=True)


def _found(client: Client, answer: Answer, at: datetime) -> talk.CaseFound:
    return talk.CaseFound(at=at, answer=answer, history=tuple(client.history(answer.number)))


class Asker(Generic[Ticket]):
    """Asks in the background and gives each result back once, with the ticket it was asked
    under, on a thread of its own."""

    def __init__(self, client: Client, printer: Prints | None, now: Callable[[], datetime],
                 answered: Callable[[Ticket, Back], None],
                 printer_is: Callable[[bool], None]) -> None:
        self._client, self._printer, self._now = client, printer, now
        self._answered, self._printer_is = answered, printer_is
        self._questions = ThreadPoolExecutor(AT_ONCE, "asker")
        self._prints = ThreadPoolExecutor(1, "printing")  # a slow printer holds up no question
        self._ends = threading.Event()
        self._keeper = threading.Thread(target=self._keep, name="keeper", daemon=True)

    def start(self) -> None:
        """Begin to keep the guides, the notices and the offices, and to watch the printer."""
        self._keeper.start()

    def stop(self) -> None:
        """Ask nothing more. Questions under way end by their deadline; nobody waits for them."""
        self._ends.set()
        for pool in (self._questions, self._prints):
            pool.shutdown(wait=False, cancel_futures=True)

    def ask(self, effect: talk.Effect, ticket: Ticket, holder: Holder | None,
            visit: Visit) -> None:
        pool = self._prints if isinstance(effect, talk.Print) else self._questions
        pool.submit(self._work, effect, ticket, holder, visit)

    def _work(self, effect: talk.Effect, ticket: Ticket, holder: Holder | None,
              visit: Visit) -> None:
        try:
            result = resolve(self._client, self._printer, effect, holder, self._now(), visit)
        except CardGone:
            return
        except Exception as error:  # whatever it was, the visitor gets an answer
            logger.error("%s failed: %s", type(effect).__name__, type(error).__name__)
            result = (talk.Printed(at=self._now(), done=False)
                      if isinstance(effect, talk.Print) else talk.Away(at=self._now()))
        self._answered(ticket, result)

    def _keep(self) -> None:
        known = 0.0  # when the last good round was; 0: never
        while not self._ends.is_set():
            try:
                self._printer_is(self._printer is not None and self._printer.ready())
                if not known or time.monotonic() - known > REFRESH:
                    self._fetch()
                    known = time.monotonic()
            except (ServiceAway, Refused) as error:
                logger.info("guides cannot be fetched now: %s", type(error).__name__)
            except Exception as error:  # the keeper must outlive whatever happens
                logger.error("the keeper failed: %s", type(error).__name__)
            self._ends.wait(SOON)

    def _fetch(self) -> None:
        """Ask for all that a visitor may see without a case; the client keeps it."""
        client = self._client
        client.notices()
        client.offices()
        for category in client.categories():
            for matter in client.matters(category.code):
                if self._ends.is_set():
                    return
                client.matter(matter.code)
