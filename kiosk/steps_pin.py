"""What the PIN and what it opens come to, as a part of the dialogue."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from msgspec.structs import replace

from kiosk.places import waiting
from kiosk.places_pin import MOST_PIN
from kiosk.talk import CardBare, EnterPin, Input, PhoneTold, PinTold, Session, Step
from kiosk.way import enter, push, same, show

PIN_LEVEL = 3
PIN_PLACES = ("pin_ask", "pin_check")


def wants_phone(session: Session) -> Step:
    """Another phone needs level 3: the PIN is asked only now."""
    if session.card != "proven" or not session.pin:
        return same(session)
    session = replace(session, typed="", wrong=False, left=None)
    return push(session, "new_phone" if session.level >= PIN_LEVEL else "pin_ask")


def confirm(session: Session) -> Step:
    """What was keyed in goes where it belongs, and is forgotten here."""
    typed, session = session.typed, replace(session, typed="")
    if session.place == "pin":
        session = replace(session, place="pin_check")
        return show(session, waiting(session), EnterPin(typed[:MOST_PIN]))
    if session.place == "new_phone":
        return push(session, "phone_ask", typed)
    return enter(replace(session, subject=typed), "phone_check")


def retry(session: Session) -> Step:
    if session.place == "pin_later":
        return enter(session, "pin_ask")
    return enter(replace(session, typed="", subject=""), "phone_code")


def _pin_told(session: Session, given: PinTold) -> Step:
    if session.place not in PIN_PLACES or session.card != "proven":
        return same(session)
    session = replace(session, typed="", wrong=given.outcome == "wrong", left=given.left)
    if given.outcome == "good":
        return enter(replace(session, level=PIN_LEVEL, left=None), "new_phone")
    if given.outcome in ("asked", "wrong"):
        return enter(session, "pin")
    if given.outcome == "later":
        session = replace(session, left=given.seconds)
    return enter(session, f"pin_{given.outcome}")


def _phone_told(session: Session, given: PhoneTold) -> Step:
    if session.place == "phone_ask" and given.what == "sent":
        return enter(replace(session, subject=""),
                     "phone_code" if given.done else "phone_not_sent")
    if session.place == "phone_check" and given.what == "changed":
        return enter(replace(session, subject=""),
                     "phone_changed" if given.done else "phone_wrong")
    return same(session)


def _card_bare(session: Session, given: CardBare) -> Step:
    if session.card == "none":
        return same(session)
    session = replace(session, card="random" if given.random else "bare", bare=given.answers,
                      unlocked=None,
                      trail=(("home", ""),), subject="", typed="")
    return enter(session, f"card_{session.card}")


HANDLERS: dict[type[Input], Callable[[Session, Any], Step]] = {
    PinTold: _pin_told, PhoneTold: _phone_told, CardBare: _card_bare}
