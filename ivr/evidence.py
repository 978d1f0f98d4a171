"""The caller shows a code: the one on the acceptance slip, or one that is sent to the registered
phone. Asked for only when the caller wants to hear what needs it.

Whatever a code is refused for, the words are the same; after three the way on is a person.
"""

from __future__ import annotations

from msgspec.structs import replace

from ivr.menu import Menu
from ivr.talk import (
    CodeOnItsWay,
    LostTold,
    NotOpened,
    Opened,
    SendCode,
    Session,
    ShowCode,
    Step,
    TellLost,
)
from ivr.way import TRIES, USUAL, content, enter, missed, person, prompt_again
from status_service.client import Answer
from status_service.wording import answer_speech

PLACES = ("code", "one_time")  # where a code is keyed
BY_TEXT, LOST = "1", "2"  # keyed at "code" by who has none at hand
MOST_CODE = 12  # digits; what is longer is no code
# What nobody asks for on the phone: the applicant knows the project, the office has a phone.
NOT_MISSED = frozenset({"project", "handler_phone", "looked"})


def place_after(answer: Answer) -> str:
    """The menu after an answer: with a way to what is withheld, where something is."""
    return "answer_more" if set(answer.withheld) - NOT_MISSED else "answer"


def keyed(session: Session, menu: Menu, digits: str) -> Step:
    """What was keyed where a code is waited for."""
    settled = replace(session, misses=0)
    if digits == USUAL.person:
        return person(settled, False)
    if digits == USUAL.again:
        return enter(settled, session.place)
    code = digits.replace("*", "")
    if not code and digits:
        return enter(settled, menu.back)
    if session.place == "code" and code == BY_TEXT:
        return Step(settled, effects=(SendCode(session.subject, session.language),))
    if session.place == "code" and code == LOST:
        return Step(settled, effects=(TellLost(session.subject),))
    if not (code.isascii() and code.isdigit()) or len(code) > MOST_CODE:
        return missed(session, menu.wrong)
    return Step(settled, effects=(ShowCode(
        session.subject, code, "query-code" if session.place == "code" else "one-time-code",
        session.grant),))


def opened(session: Session, given: Opened) -> Step:
    session = replace(session, place=place_after(given.answer), subject=given.answer.number,
                      typed=given.answer.number, grant=given.grant, refused=0, unfound=0)
    return content(session, answer_speech(given.answer, session.language, given.at.date()))


def not_opened(session: Session, _: NotOpened) -> Step:
    session = replace(session, refused=session.refused + 1)
    if session.refused >= TRIES:
        return person(replace(session, refused=0), False, "never_opened")
    return prompt_again(session, "code_wrong")


def on_its_way(session: Session, _: CodeOnItsWay) -> Step:
    return enter(session, "one_time", "code_sent")


def lost_told(session: Session, _: LostTold) -> Step:
    return prompt_again(replace(session, place="answer_more"), "lost_told")


def away(session: Session) -> Step:
    return prompt_again(replace(session, place="answer_more"), "code_away")
