"""Where a visit stands and how it moves: places, the way back, how long they wait."""

from __future__ import annotations

from collections.abc import Callable

from msgspec.structs import replace

from kiosk import places, places_code, places_pin
from kiosk.places import waiting
from kiosk.screen import Screen
from kiosk.talk import (
    AskPin,
    ChangePhone,
    Effect,
    FindCase,
    FindMatter,
    FindNumber,
    ListCardCases,
    ListCategories,
    ListMatters,
    ListNotices,
    ListOffices,
    ListOwnCases,
    SearchMatters,
    SendPhoneCode,
    Session,
    Step,
    Wipe,
)
from status_service.client import LANGUAGES

PLAIN = {**places.PLAIN, **places_pin.PLAIN, **places_code.PLAIN}

USUAL_SECONDS = 60.0
# Until `Silence`. Home alone waits for ever, and so does a card that was left in its slot.
SECONDS: dict[str, float | None] = {
    "idle": 25.0,  # a warning of 20 s or more (WCAG 2.2.1)
    "goodbye": 5.0, "take_card": None, "reading": 20.0}

LOOKUPS: dict[str, Callable[[Session], Effect]] = {
    "cases": lambda _: ListOwnCases(),
    "found": lambda session: FindNumber(session.subject),
    "which": lambda session: FindNumber(session.subject),
    "claimed": lambda session: ListCardCases(session.subject),
    "case": lambda session: FindCase(session.subject, own=False),
    "qr": lambda session: FindCase(session.subject, own=False),
    "print": lambda session: FindCase(session.subject, own=False),
    "own": lambda session: FindCase(session.subject, own=True),
    "own_qr": lambda session: FindCase(session.subject, own=True),
    "own_print": lambda session: FindCase(session.subject, own=True),
    "pin_ask": lambda _: AskPin(),
    "pin_check": lambda _: AskPin(),  # gone back to: what was keyed in is gone
    "phone_ask": lambda session: SendPhoneCode(session.subject, session.language),
    "phone_check": lambda session: ChangePhone(session.subject),
    "categories": lambda _: ListCategories(),
    "matters": lambda session: ListMatters(session.subject),
    "results": lambda session: SearchMatters(session.subject),
    "guide": lambda session: FindMatter(session.subject),
    "notices": lambda _: ListNotices(),
    "notice": lambda _: ListNotices(),
    "offices": lambda _: ListOffices(),
    "office": lambda _: ListOffices(),
}


def enter(session: Session, place: str, *effects: Effect) -> Step:
    """Go to a place: show it, or ask for what it needs."""
    session = replace(session, place=place)
    lookup = LOOKUPS.get(place)
    if lookup is not None:
        return show(session, waiting(session), *effects, lookup(session))
    return show(session, PLAIN[place](session), *effects)


def show(session: Session, shown: Screen, *effects: Effect) -> Step:
    return Step(replace(session, shown=shown), shown, seconds(session), effects)


def seconds(session: Session) -> float | None:
    if session.place == "home" and session.card == "none" and session.language == LANGUAGES[0]:
        return None
    return SECONDS.get(session.place, USUAL_SECONDS)


def same(session: Session) -> Step:
    """The screen stays."""
    if session.shown is None:
        return enter(session, session.place if session.place in PLAIN else "home")
    return Step(session, session.shown, seconds(session))


def push(session: Session, place: str, subject: str = "") -> Step:
    """Go on to a place, from where "back" leads here. A place that lies on the way back is
    gone back to, so that no way goes round in circles."""
    trail = session.trail
    if session.place != place:
        trail = (*trail, (session.place, session.subject))
    for at, (passed, _) in enumerate(trail):
        if passed == place:
            trail = trail[:at]
            break
    return enter(replace(session, trail=trail, subject=subject), place)


def back(session: Session, steps: int = 1) -> Step:
    if len(session.trail) < steps:
        return home(session)
    place, subject = session.trail[-steps]
    return enter(replace(session, trail=session.trail[:-steps], subject=subject), place)


def home(session: Session) -> Step:
    """Without a card nobody knows who touches next: what a code opened is over then."""
    if session.card == "none" and climbed(session):
        return enter(Session(language=session.language, reader=session.reader,
                             printer=session.printer, visit=session.visit + 1), "home", Wipe())
    return enter(replace(session, trail=(), subject="", typed="", unlocked=None), "home")


def climbed(session: Session) -> bool:
    """Whether somebody showed a code, right or wrong, in this visit."""
    return session.unlocked is not None or session.tries > 0
