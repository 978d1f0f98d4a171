"""The screens of the codes: how a visitor sees more of a case without a card."""

from __future__ import annotations

from collections.abc import Callable

from kiosk.places import act_button, screen, waiting
from kiosk.places_case import case, take_away
from kiosk.places_pin import CODE_DIGITS, keyed
from kiosk.prompts import say
from kiosk.screen import Block, Note, Screen, Text, Tiles
from kiosk.talk import Session

MOST_TRIES = 3  # wrong codes in one visit; the service counts by case and by kiosk as well


def _code(session: Session) -> Screen:
    """Why it is asked, and what to do for who has none."""
    return keyed(session, "code_why", "code_hint", CODE_DIGITS, *_wrong(session),
                 below=(Tiles((act_button(session.language, "go:no_code"),)),))


def _sms_code(session: Session) -> Screen:
    """Whether a phone is registered at all is told to nobody."""
    return keyed(session, "sms_code", "code_hint", CODE_DIGITS, *_wrong(session))


def _wrong(session: Session) -> tuple[Block, ...]:
    """One sentence for a wrong code, somebody else's case and a locked one."""
    if not session.wrong:
        return ()
    language = session.language
    return (Note(say(language, "code_wrong"), "bad"),
            Note(say(language, "code_left", count=MOST_TRIES - session.tries)))


def _no_code(session: Session) -> Screen:
    language = session.language
    return screen(session, (
        Text(say(language, "no_code"), lead=True),
        Tiles(tuple(act_button(language, f"go:{act}", detail=say(language, f"{act}_about"))
                    for act in ("send_code", "lost_code")))))


def _code_over(session: Session) -> Screen:
    language = session.language
    return screen(session, (Note(say(language, "code_over"), "bad"),
                            Text(say(language, "code_over_help"))))


def _code_away(session: Session) -> Screen:
    language = session.language
    return screen(session, (Note(say(language, "code_away"), "bad"),
                            Text(say(language, "code_away_help"))),
                  more=(act_button(language, "retry", primary=True),))


def _lost_told(session: Session) -> Screen:
    language = session.language
    return screen(session, (Note(say(language, "lost_told"), "good"),
                            Text(say(language, "lost_told_help"))))


def _unlocked(session: Session) -> Screen:
    """The case as the code opened it, while it is kept."""
    known = session.unlocked
    if known is None or known.answer.number != session.subject:
        return screen(session, (Text(say(session.language, "gone"), lead=True),), named="gone")
    if session.place == "unlocked_qr":
        return take_away(session, known.answer, known.at)
    return case(session, known.answer, known.history, known.at)


PLAIN: dict[str, Callable[[Session], Screen]] = {
    "code": _code,
    "sms_code": _sms_code,
    "no_code": _no_code,
    "code_over": _code_over,
    "code_away": _code_away,
    "lost_told": _lost_told,
    "unlocked": _unlocked,
    "unlocked_qr": _unlocked,
    # Each was asked for when it was entered, once: an attempt counts, a text costs.
    "code_check": waiting,
    "sms_check": waiting,
    "code_send": waiting,
    "lost_ask": waiting,
}
