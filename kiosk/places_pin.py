"""The screens of a card's PIN and of what needs it, and of cards that prove nothing."""

from __future__ import annotations

from collections.abc import Callable

from kiosk.places import act_button, screen
from kiosk.places_case import choices
from kiosk.prompts import say
from kiosk.screen import Block, Button, Keys, Note, Picture, Screen, Text, Tiles
from kiosk.talk import Session

LEAST_PIN, MOST_PIN = 4, 12  # digits; which of them a card takes, it says itself
CODE_DIGITS = 6
LEAST_PHONE = 7
# Where what is keyed in is nobody's to see or to keep.
SECRET = ("pin", "code", "sms_code")


def keyed(session: Session, lead: str, hint: str, least: int, *notes: Block,
          below: tuple[Block, ...] = ()) -> Screen:
    """Keys for digits, `below` them what else can be done."""
    language = session.language
    shown = session.typed
    if session.place in SECRET:
        shown = "*" * len(shown)
    return screen(session, (
        *notes, Text(say(language, lead), lead=True), Keys("digits", shown, say(language, hint)),
        *below),
        more=(_confirm(session, least),))


def _confirm(session: Session, least: int) -> Button:
    return act_button(session.language, "confirm", primary=True,
                      enabled=len(session.typed) >= least)


def _pin(session: Session) -> Screen:
    """Why it is asked, how many tries are left, and that nobody else gets it."""
    language = session.language
    notes: list[Block] = []
    if session.wrong:
        notes.append(Note(say(language, "pin_wrong"), "bad"))
    if session.left is not None:
        notes.append(Note(say(language, "pin_left", count=session.left),
                          "bad" if session.left == 1 else "note"))
    return keyed(session, "pin_why", "pin_hint", LEAST_PIN, *notes)


def _told(session: Session) -> Screen:
    """What cannot be done, and what one does then."""
    language, place = session.language, session.place
    return screen(session, (Note(say(language, place), "bad"),
                            Text(say(language, f"{place}_help"))))


def _pin_later(session: Session) -> Screen:
    language = session.language
    return screen(session, (Note(say(language, "pin_later", seconds=session.left or 0), "bad"),
                            Text(say(language, "pin_later_help"))),
                  more=(act_button(language, "retry", primary=True),))


def _new_phone(session: Session) -> Screen:
    return keyed(session, "new_phone", "new_phone_hint", LEAST_PHONE)


def _phone_code(session: Session) -> Screen:
    return keyed(session, "phone_code", "phone_code_hint", CODE_DIGITS)


def _phone_wrong(session: Session) -> Screen:
    language = session.language
    return screen(session, (Note(say(language, "phone_wrong"), "bad"),
                            Text(say(language, "phone_wrong_help"))),
                  more=(act_button(language, "retry", primary=True),))


def _phone_changed(session: Session) -> Screen:
    return screen(session, (Note(say(session.language, "phone_changed"), "good"),))


def _bare(session: Session) -> Screen:
    """Said honestly: anyone can copy this number, so it opens nothing personal."""
    language, place = session.language, session.place
    blocks: list[Block] = [Picture("remove_card"), Note(say(language, place), "note"),
                           Text(say(language, f"{place}_help"))]
    if session.bare:
        blocks.append(choices(session.bare, language))
    blocks.append(Tiles((act_button(language, "go:number"), act_button(language, "go:guides"))))
    return screen(session, blocks)


PLAIN: dict[str, Callable[[Session], Screen]] = {
    "pin": _pin,
    "pin_blocked": _told,
    "pin_failed": _told,
    "pin_later": _pin_later,
    "new_phone": _new_phone,
    "phone_not_sent": _told,
    "phone_code": _phone_code,
    "phone_wrong": _phone_wrong,
    "phone_changed": _phone_changed,
    "card_bare": _bare,
    "card_random": _bare,
}
