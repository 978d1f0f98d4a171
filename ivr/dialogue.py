"""The call as a pure function: `step(session, given)` says what comes next.

No clock, no network, no chance in here. A place that needs a look-up is entered
in two steps: the first asks for it as an effect, the second, given its result,
says it. Three silences or wrong keys in a row lead to a person, never to a
hang-up; only after nobody pressed a key and no person is there, or after a
person was spoken to, does the call end, with a goodbye.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from msgspec.structs import replace

from ivr import evidence
from ivr.menu import Menu
from ivr.talk import (
    MOST_DIGITS,
    Away,
    CategoriesFound,
    CodeOnItsWay,
    DialEnded,
    Dialled,
    Found,
    Gone,
    GuideFound,
    Input,
    Keys,
    Line,
    LostTold,
    MattersFound,
    Mended,
    NotFound,
    NoticesFound,
    NotOpened,
    OfficesFound,
    Opened,
    PersonFound,
    SayAgain,
    SendText,
    Session,
    SeveralFound,
    Silence,
    Step,
    TextForbidden,
    TextQueued,
    TooMany,
)
from ivr.way import (
    MENUS,
    TRIES,
    USUAL,
    content,
    enter,
    goodbye,
    lines,
    listed,
    missed,
    no_person,
    person,
    prompt_again,
    say,
)
from status_service.client import Language
from status_service.wording import answer_speech, guide_speech, notice_speech, office_speech


def step(session: Session, given: Input) -> Step:
    """What a turn, or the result of a look-up, comes to. Raises nothing for any input."""
    return _HANDLERS[type(given)](session, given)


# -- the caller ----------------------------------------------------------------


def _dialled(session: Session, given: Dialled) -> Step:
    return enter(Session(step=session.step, broken=session.broken,
                         textable=given.textable, mute=given.mute), "language", "hello")


def _silence(session: Session, _: Silence) -> Step:
    menu = MENUS.get(session.place)
    if menu is None:
        return enter(session, "main")
    if menu.silence_opens:
        return enter(replace(session, chosen=True), menu.silence_opens, *menu.silent)
    return missed(session, menu.silent, silent=True)


def _keys(session: Session, given: Keys) -> Step:
    menu = MENUS.get(session.place)
    if menu is None:
        return enter(session, "main")
    if session.place in evidence.PLACES:
        return evidence.keyed(session, menu, given.digits)
    if menu.kind == "number":
        return _number(session, menu, given.digits)
    key = given.digits
    settled = replace(session, misses=0)
    if key == USUAL.person:
        return person(settled, False)
    if key == USUAL.again:
        return enter(settled, session.place)
    if key == USUAL.back:
        return enter(replace(settled, page=0), menu.back)
    if menu.kind == "list":
        if key.isascii() and key.isdigit() and 1 <= int(key) <= len(session.choices):
            return _pick(settled, menu, session.choices[int(key) - 1])
        return missed(session, menu.wrong)
    choice = menu.keys.get(key)
    if choice is None:
        return missed(session, menu.wrong)
    if choice.speak:
        return _speak(settled, choice.speak)
    if choice.do == "text":
        return _text(settled)
    if choice.do == "retry":
        return enter(settled, session.after or "main")
    return enter(replace(settled, page=0, unfound=0), choice.go or "main")


def _number(session: Session, menu: Menu, digits: str) -> Step:
    settled = replace(session, misses=0)
    if digits == USUAL.person:
        return person(settled, False)
    if digits == USUAL.again:
        return enter(settled, "number")
    typed = digits.replace("*", "")  # some key it where the slip shows a hyphen
    if not typed and digits:
        return enter(settled, menu.back)
    if not (typed.isascii() and typed.isdigit()) or len(typed) > MOST_DIGITS:
        return missed(session, menu.wrong)
    return enter(replace(settled, typed=typed, page=0), "answer")


def _pick(session: Session, menu: Menu, code: str) -> Step:
    if not code:  # "more"
        return enter(replace(session, page=session.page + 1), session.place)
    if menu.opens == "answer":
        return enter(replace(session, typed=code), "answer")
    if menu.opens == "matters":
        return enter(replace(session, category=code, page=0), "matters")
    return enter(replace(session, subject=code), menu.opens)


def _speak(session: Session, language: Language) -> Step:
    if language in session.mute:
        return enter(session, "language", "voice_missing")
    return enter(replace(session, language=language, chosen=True), "main")


def _text(session: Session) -> Step:
    if not session.textable:
        return prompt_again(session, "text_hidden")
    wanted = SendText("guide" if session.place == "guide" else "answer",
                      session.subject, session.language)
    return Step(session, effects=(wanted,))


def _dial_ended(session: Session, given: DialEnded) -> Step:
    if given.answered:
        return goodbye(session)
    return no_person(session, "nobody_answered")


def _say_again(session: Session, _: SayAgain) -> Step:
    return enter(session, session.place if session.place in MENUS else "main")


def _mended(session: Session, _: Mended) -> Step:
    session = replace(session, broken=session.broken + 1, misses=0, page=0)
    return enter(session, "main", "broken")


# -- results of look-ups ---------------------------------------------------------


def _found(session: Session, given: Found) -> Step:
    session = replace(session, place=evidence.place_after(given.answer),
                      subject=given.answer.number, unfound=0, refused=0)
    return content(session, answer_speech(given.answer, session.language, given.at.date()))


def _several(session: Session, given: SeveralFound) -> Step:
    session = replace(session, place="which")
    items = [(one.number, one.matter, one.received_on) for one in given.candidates]
    return listed(session, items)


def _not_found(session: Session, given: NotFound) -> Step:
    session = replace(session, place="number", unfound=session.unfound + 1)
    why = "slip" if given.slip else "not_found"
    said = Line(why, session.language, (("number", session.typed),))
    if session.unfound >= TRIES:
        return person(replace(session, unfound=0), False, "never_found")
    return say(session, (said, *lines(session, ("key_again",))), "number")


def _categories(session: Session, given: CategoriesFound) -> Step:
    return listed(replace(session, place="categories"),
                 [(one.code, one.name, "") for one in given.categories])


def _matters(session: Session, given: MattersFound) -> Step:
    return listed(replace(session, place="matters"),
                 [(one.code, one.name, "") for one in given.matters])


def _guide(session: Session, given: GuideFound) -> Step:
    return content(replace(session, place="guide"),
                    guide_speech(given.matter, session.language))


def _notices(session: Session, given: NoticesFound) -> Step:
    if session.place != "notice":
        return listed(replace(session, place="notices"),
                     [(one.code, one.title, "") for one in given.notices])
    for notice in given.notices:
        if notice.code == session.subject:
            return content(session, notice_speech(notice, session.language))
    return _gone(session)


def _offices(session: Session, given: OfficesFound) -> Step:
    if session.place != "office":
        return listed(replace(session, place="offices"),
                     [(one.code, one.name, "") for one in given.offices])
    for office in given.offices:
        if office.code == session.subject:
            return content(session, office_speech(office, session.language))
    return _gone(session)


def _gone(session: Session, _: Gone | None = None) -> Step:
    return enter(session, "main", *session.first, "nothing_here")


def _person_found(session: Session, given: PersonFound) -> Step:
    if given.at_work:
        return say(session, lines(session, ("connecting",)), "person")
    return no_person(session, "person_closed")


def _text_queued(session: Session, _: TextQueued) -> Step:
    return prompt_again(session, "text_sent")


def _text_forbidden(session: Session, _: TextForbidden) -> Step:
    return prompt_again(session, "text_forbidden")


def _too_many(session: Session, _: TooMany) -> Step:
    return enter(session, "main", *session.first, "too_many")


def _away(session: Session, given: Away) -> Step:
    if given.what == "code":
        return evidence.away(session)
    if given.what == "text":
        return prompt_again(session, "text_away")
    return enter(replace(session, after=session.place), "away", *session.first)


_HANDLERS: dict[type[Input], Callable[[Session, Any], Step]] = {
    Dialled: _dialled,
    Keys: _keys,
    Silence: _silence,
    DialEnded: _dial_ended,
    SayAgain: _say_again,
    Mended: _mended,
    Found: _found,
    SeveralFound: _several,
    NotFound: _not_found,
    CategoriesFound: _categories,
    MattersFound: _matters,
    GuideFound: _guide,
    NoticesFound: _notices,
    OfficesFound: _offices,
    Gone: _gone,
    PersonFound: _person_found,
    TextQueued: _text_queued,
    TextForbidden: _text_forbidden,
    TooMany: _too_many,
    Opened: evidence.opened,
    NotOpened: evidence.not_opened,
    CodeOnItsWay: evidence.on_its_way,
    LostTold: evidence.lost_told,
    Away: _away,
}
