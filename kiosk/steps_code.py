"""What the codes of a case come to, as a part of the dialogue.

A grant does not outlast its answer: what a code opened is kept in the session until the visit
ends or the visitor goes home, and shown from there.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from msgspec.structs import replace

from kiosk import slip
from kiosk.places import waiting
from kiosk.places_code import MOST_TRIES
from kiosk.places_pin import MOST_PIN
from kiosk.talk import (
    CodeKind,
    CodeOnItsWay,
    CodeOpened,
    CodeRefused,
    Effect,
    Input,
    LostTold,
    Print,
    SendCode,
    Session,
    ShowCode,
    Step,
    TellLost,
    Unlocked,
)
from kiosk.way import enter, push, same, show

# The keys, where their code is waited for, and which kind it is.
KEYED: dict[str, tuple[str, CodeKind]] = {
    "code": ("code_check", "query-code"), "sms_code": ("sms_check", "one-time-code")}
CHECKS = {check: keys for keys, (check, _) in KEYED.items()}
WAITS = (*CHECKS, "code_send", "lost_ask")


def _more(session: Session) -> Step:
    """The code is asked only of who wants to see more."""
    place = "code" if session.tries < MOST_TRIES else "code_over"
    return push(replace(session, typed="", wrong=False), place, session.subject)


def _no_code(session: Session) -> Step:
    return push(session, "no_code", session.subject)


def _send(session: Session) -> Step:
    return _ask(session, "code_send", SendCode(session.subject, session.language))


def _lost(session: Session) -> Step:
    return _ask(session, "lost_ask", TellLost(session.subject))


GOES: dict[str, Callable[[Session], Step]] = {
    "more": _more, "no_code": _no_code, "send_code": _send, "lost_code": _lost}


def _ask(session: Session, place: str, effect: Effect) -> Step:
    trail = (*session.trail, (session.place, session.subject))
    session = replace(session, place=place, trail=trail, wrong=False)
    return show(session, waiting(session), effect)


def confirm(session: Session) -> Step:
    """What was keyed in goes to the service, and is forgotten here."""
    place, kind = KEYED[session.place]
    effect = ShowCode(session.subject, session.typed[:MOST_PIN], kind)
    session = replace(session, place=place, typed="", wrong=False)
    return show(session, waiting(session), effect)


def away(session: Session) -> Step:
    """Nothing is opened now; what anyone may see stays. "Try again" means the keys."""
    if session.place in CHECKS:
        session = replace(session, trail=(
            *session.trail, (CHECKS[session.place], session.subject)))
    return enter(session, "code_away")


def take(session: Session, what: str) -> Step:
    """To the printer or the phone, from the page that a code opened."""
    if session.place == "unlocked":
        session = replace(session, trail=(*session.trail, ("unlocked", session.subject)))
    known = session.unlocked
    if what == "qr" or known is None:
        return enter(session, "unlocked_qr")
    return enter(session, "printing", Print(slip.make(known.answer, session.language, known.at)))


def _opened(session: Session, given: CodeOpened) -> Step:
    if session.place not in CHECKS or given.answer.number != session.subject:
        return same(session)
    passed = [place for place, _ in session.trail]
    first = next((at for at, place in enumerate(passed) if place in ("case", "unlocked")),
                 len(passed))
    session = replace(session, trail=session.trail[:first], tries=0, wrong=False,
                      unlocked=Unlocked(given.answer, given.history, given.at))
    return enter(session, "unlocked")


def _refused(session: Session, _: CodeRefused) -> Step:
    if session.place not in CHECKS:
        return same(session)
    session = replace(session, tries=session.tries + 1, wrong=True)
    return enter(session, CHECKS[session.place] if session.tries < MOST_TRIES else "code_over")


def _on_its_way(session: Session, _: CodeOnItsWay) -> Step:
    if session.place != "code_send":
        return same(session)
    return enter(replace(session, typed="", wrong=False), "sms_code")


def _lost_told(session: Session, _: LostTold) -> Step:
    return enter(session, "lost_told") if session.place == "lost_ask" else same(session)


HANDLERS: dict[type[Input], Callable[[Session, Any], Step]] = {
    CodeOpened: _opened, CodeRefused: _refused, CodeOnItsWay: _on_its_way, LostTold: _lost_told}
