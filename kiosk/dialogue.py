"""The visit as a pure function: `step(session, given)` says what is shown next.

No clock, no network, no chance in here. A place that needs a look-up is entered in two
steps: the first shows that it is being asked for and asks as an effect, the second, given
the result, shows it. Only what the last screen offers can be touched. Whatever comes in
that no longer belongs here leaves the screen as it is.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from msgspec.structs import replace

from kiosk import results, steps_code, steps_pin
from kiosk.places import OWN, offers
from kiosk.places_pin import MOST_PIN, SECRET
from kiosk.screen import Keys
from kiosk.talk import (
    Begin,
    CardFailed,
    CardIn,
    CardOut,
    CardProven,
    Effect,
    Input,
    ReaderIs,
    Session,
    Silence,
    Step,
    Touched,
    Wipe,
)
from kiosk.way import back, climbed, enter, home, push, same

MOST_TYPED = 40
MOST_STAYS = 10  # without a card; WCAG 2.2.1 asks for at least ten

KEYS = {"digits": frozenset("0123456789"),
        "latin": frozenset("abcdefghijklmnopqrstuvwxyz0123456789 "),
        "uyghur": frozenset("ئابپتجچخدرزژسشغفقكگڭلمنھوۇۆۈۋېىيە0123456789 ")}

# Where a line of a list leads.
OPENS = {"cases": "own", "claimed": "case", "card_bare": "case", "which": "case",
         "categories": "matters", "matters": "guide", "results": "guide", "notices": "notice",
         "offices": "office"}
GOES = {"number": "number", "guides": "categories", "search": "search", "notices": "notices",
        "offices": "offices"}
# Where a card that nobody uses any more may be taken out without another word.
QUIET = ("home", "goodbye", "insert_card", "no_reader", "no_service")


def step(session: Session, given: Input) -> Step:
    """What an input comes to. Raises nothing for any input."""
    return _HANDLERS[type(given)](session, given)


# -- the end of a visit ------------------------------------------------------------


def _end(session: Session) -> Step:
    """The visit is over. Nothing of it is kept but how the kiosk itself is, and the language
    in which to say goodbye."""
    left = session.card != "none"
    fresh = Session(language=session.language, reader=session.reader, printer=session.printer,
                    visit=session.visit + 1)
    return enter(fresh, "take_card" if left else "goodbye", Wipe())


def _fresh(session: Session, *effects: Effect) -> Step:
    """Home for the next visitor."""
    return enter(Session(reader=session.reader, printer=session.printer,
                         visit=session.visit + len(effects)), "home", *effects)


# -- the visitor -------------------------------------------------------------------------


def _begin(session: Session, given: Begin) -> Step:
    return enter(Session(reader=session.reader, printer=given.printer, visit=session.visit),
                 "home")


def _touched(session: Session, given: Touched) -> Step:
    act = given.act
    if act.startswith("key:"):
        return _key(session, act.removeprefix("key:"))
    if act not in offers(session.shown):
        return same(session)
    if act != "stay":
        session = replace(session, stays=0)
    verb, _, what = act.partition(":")
    if session.place in SECRET and verb not in ("confirm", "lang"):
        session = replace(session, typed="")
    if verb == "lang":
        return enter(replace(session, language=what), session.place)
    if verb == "open":
        return push(session, OPENS[session.place], what)
    if verb == "go":
        return _go(session, what)
    return _ACTS[act](session)


def _key(session: Session, key: str) -> Step:
    shown = session.shown
    keys = next((b for b in shown.blocks if isinstance(b, Keys)), None) if shown else None
    if keys is None:
        return same(session)
    typed = session.typed
    if key == "delete":
        typed = typed[:-1]
    elif key == "clear":
        typed = ""
    elif key in KEYS[keys.kind] and len(typed) < (
            MOST_PIN if session.place in SECRET else MOST_TYPED):
        typed += key
    return enter(replace(session, typed=typed, stays=0), session.place)


def _go(session: Session, what: str) -> Step:
    if what == "card":
        return push(session, _card_place(session))
    if what == "phone":
        return steps_pin.wants_phone(session)
    if what in steps_code.GOES:
        return steps_code.GOES[what](session)
    if what in ("number", "search"):
        session = replace(session, typed="")
    return push(session, GOES[what])


def _card_place(session: Session) -> str:
    if session.card == "proven":
        return "cases"
    if session.reader != "ready":
        return session.reader
    if session.card == "none":
        return "insert_card"
    return "reading" if session.card == "reading" else f"card_{session.card}"


def _find(session: Session) -> Step:
    return push(session, "found" if session.place == "number" else "results",
                 session.typed.strip())


def _take(session: Session, what: str) -> Step:
    """To the code or to the printer, with the rights of the page it was touched on."""
    if "unlocked" in (session.place, session.trail[-1][0] if session.trail else ""):
        return steps_code.take(session, what)
    own = session.place in OWN or (bool(session.trail) and session.trail[-1][0] in OWN)
    place = f"own_{what}" if own else what
    if session.place in ("case", "own"):
        return push(session, place, session.subject)
    return enter(session, place)


def _retry(session: Session) -> Step:
    if session.place == "print_failed":
        return _take(session, "print")
    if session.place in ("pin_later", "phone_wrong"):
        return steps_pin.retry(session)
    return back(session)


def _confirm(session: Session) -> Step:
    if session.place in steps_code.KEYED:
        return steps_code.confirm(session)
    return steps_pin.confirm(session)


_ACTS: dict[str, Callable[[Session], Step]] = {
    "back": lambda session: back(session, 2 if session.place == "away" else 1),
    "home": home,
    "finish": _end,
    "stay": back,
    "find": _find,
    "confirm": _confirm,
    "retry": _retry,
    "print": lambda session: _take(session, "print"),
    "qr": lambda session: _take(session, "qr"),
}


def _silence(session: Session, _: Silence) -> Step:
    place, alone = session.place, session.card == "none"
    if place in SECRET:
        session = replace(session, typed="")
    if place == "goodbye":
        return _fresh(session)
    if place == "take_card":
        return same(session)
    if place == "idle":
        return _end(session)
    if place == "reading":
        return enter(replace(session, card="away"), "card_away")
    if place == "printing":
        return enter(session, "print_failed")
    if place in steps_code.WAITS:
        return steps_code.away(session)
    if alone and place in ("home", "no_reader", "no_service"):
        return _fresh(session, Wipe())
    if alone and session.stays >= MOST_STAYS:
        return _end(session)
    return push(replace(session, stays=session.stays + 1), "idle")


# -- the card ------------------------------------------------------------------------------


def _reader_is(session: Session, given: ReaderIs) -> Step:
    lost = given.state != "ready"
    place = session.place
    if lost and session.card != "none":  # nobody can see any more whether the card is still in
        session = Session(language=session.language, reader=given.state, printer=session.printer,
                          visit=session.visit + 1)
        return enter(session, given.state, Wipe())
    session = replace(session, reader=given.state)
    if lost and place in ("insert_card", "take_card", "goodbye", "no_reader", "no_service"):
        return enter(session, given.state)
    if place in ("no_reader", "no_service"):
        return enter(session, "insert_card")
    if place == "home":
        return enter(session, "home")
    return same(session)


def _card_in(session: Session, _: CardIn) -> Step:
    effects = (Wipe(),) if climbed(session) else ()  # it may be somebody else's card
    return enter(Session(language=session.language, reader="ready", printer=session.printer,
                         visit=session.visit + len(effects), card="reading",
                         trail=(("home", ""),)), "reading", *effects)


def _card_proven(session: Session, given: CardProven) -> Step:
    if session.card == "none":
        return same(session)
    session = replace(session, card="proven", holder=given.holder, level=given.level,
                      pin=given.pin, bare=(), unlocked=None, tries=0, wrong=False,
                      trail=(("home", ""),), subject="", typed="")
    return enter(session, "cases")


def _card_failed(session: Session, given: CardFailed) -> Step:
    if session.card == "none":
        return same(session)
    # It had shown its holder's cases, or a code had opened one beside it.
    effects = (Wipe(),) if session.card == "proven" or climbed(session) else ()
    session = replace(session, card=given.why, holder="", level=0, pin=False,
                      bare=(), left=None, wrong=False, tries=0, unlocked=None, stays=0,
                      trail=(("home", ""),),
                      subject="", typed="", visit=session.visit + len(effects))
    return enter(session, f"card_{given.why}", *effects)


def _card_out(session: Session, _: CardOut) -> Step:
    if session.place == "take_card":  # the visit had ended before
        return enter(session, "goodbye")
    if session.card == "none" and session.place in QUIET:
        return same(session)
    return _end(replace(session, card="none"))


_HANDLERS: dict[type[Input], Callable[[Session, Any], Step]] = {
    Begin: _begin,
    Touched: _touched,
    Silence: _silence,
    ReaderIs: _reader_is,
    CardIn: _card_in,
    CardProven: _card_proven,
    CardFailed: _card_failed,
    CardOut: _card_out,
    **results.HANDLERS,
    **steps_pin.HANDLERS,
    **steps_code.HANDLERS,
}
