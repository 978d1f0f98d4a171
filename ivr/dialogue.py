"""The call as a pure function: `step(session, given)` says what comes next.

No clock, no network, no chance in here. A place that needs a look-up is entered
in two steps: the first asks for it as an effect, the second, given its result,
says it. Three silences or wrong keys in a row lead to a person, never to a
hang-up; only after nobody pressed a key and no person is there, or after a
person was spoken to, does the call end, with a goodbye.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from msgspec.structs import replace

from ivr.menu import Menu, load
from ivr.talk import (
    MOST_DIGITS,
    Away,
    CategoriesFound,
    DialEnded,
    Dialled,
    Effect,
    Expect,
    FindCase,
    FindMatter,
    FindPerson,
    Found,
    Gone,
    GuideFound,
    Input,
    Keys,
    Line,
    ListCategories,
    ListMatters,
    ListNotices,
    ListOffices,
    MattersFound,
    Mended,
    NotFound,
    NoticesFound,
    OfficesFound,
    PersonFound,
    SayAgain,
    SendText,
    Session,
    SeveralFound,
    Silence,
    Step,
    TextForbidden,
    TextQueued,
)
from status_service.client import Language, LocalText
from status_service.wording import (
    Said,
    answer_speech,
    guide_speech,
    name,
    notice_speech,
    office_speech,
)

TRIES = 3  # silences, wrong keys or unknown numbers in a row before a person is called
WIDTH = 5  # keys of a list; of more items four are said, and 5 is "more"

_data = load()
MENUS = _data.menus
USUAL = _data.usual

LOOKUPS: dict[str, Callable[[Session], Effect]] = {
    "answer": lambda session: FindCase(session.typed),
    "which": lambda session: FindCase(session.typed),
    "categories": lambda _: ListCategories(),
    "matters": lambda session: ListMatters(session.category),
    "guide": lambda session: FindMatter(session.subject),
    "notices": lambda _: ListNotices(),
    "notice": lambda _: ListNotices(),
    "offices": lambda _: ListOffices(),
    "office": lambda _: ListOffices(),
    "person": lambda _: FindPerson(),
}


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
    return _missed(session, menu.silent, silent=True)


def _keys(session: Session, given: Keys) -> Step:
    menu = MENUS.get(session.place)
    if menu is None:
        return enter(session, "main")
    if menu.kind == "number":
        return _number(session, menu, given.digits)
    key = given.digits
    settled = replace(session, misses=0)
    if key == USUAL.person:
        return _person(settled, False)
    if key == USUAL.again:
        return enter(settled, session.place)
    if key == USUAL.back:
        return enter(replace(settled, page=0), menu.back)
    if menu.kind == "list":
        if key.isascii() and key.isdigit() and 1 <= int(key) <= len(session.choices):
            return _pick(settled, menu, session.choices[int(key) - 1])
        return _missed(session, menu.wrong)
    choice = menu.keys.get(key)
    if choice is None:
        return _missed(session, menu.wrong)
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
        return _person(settled, False)
    if digits == USUAL.again:
        return enter(settled, "number")
    typed = digits.replace("*", "")  # some key it where the slip shows a hyphen
    if not typed and digits:
        return enter(settled, menu.back)
    if not (typed.isascii() and typed.isdigit()) or len(typed) > MOST_DIGITS:
        return _missed(session, menu.wrong)
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
        return _prompt_again(session, "text_hidden")
    wanted = SendText("guide" if session.place == "guide" else "answer",
                      session.subject, session.language)
    return Step(session, effects=(wanted,))


def _dial_ended(session: Session, given: DialEnded) -> Step:
    if given.answered:
        return _goodbye(session)
    return _no_person(session, "nobody_answered")


def _say_again(session: Session, _: SayAgain) -> Step:
    return enter(session, session.place if session.place in MENUS else "main")


def _mended(session: Session, _: Mended) -> Step:
    session = replace(session, broken=session.broken + 1, misses=0, page=0)
    return enter(session, "main", "broken")


# -- results of look-ups ---------------------------------------------------------


def _found(session: Session, given: Found) -> Step:
    session = replace(session, place="answer", subject=given.answer.number, unfound=0)
    return _content(session, answer_speech(given.answer, session.language, given.at.date()))


def _several(session: Session, given: SeveralFound) -> Step:
    session = replace(session, place="which")
    items = [(one.number, one.matter, one.received_on) for one in given.candidates]
    return _list(session, items)


def _not_found(session: Session, given: NotFound) -> Step:
    session = replace(session, place="number", unfound=session.unfound + 1)
    why = "slip" if given.slip else "not_found"
    said = Line(why, session.language, (("number", session.typed),))
    if session.unfound >= TRIES:
        return _person(replace(session, unfound=0), False, "never_found")
    return _say(session, (said, *_lines(session, ("key_again",))), "number")


def _categories(session: Session, given: CategoriesFound) -> Step:
    return _list(replace(session, place="categories"),
                 [(one.code, one.name, "") for one in given.categories])


def _matters(session: Session, given: MattersFound) -> Step:
    return _list(replace(session, place="matters"),
                 [(one.code, one.name, "") for one in given.matters])


def _guide(session: Session, given: GuideFound) -> Step:
    return _content(replace(session, place="guide"),
                    guide_speech(given.matter, session.language))


def _notices(session: Session, given: NoticesFound) -> Step:
    if session.place != "notice":
        return _list(replace(session, place="notices"),
                     [(one.code, one.title, "") for one in given.notices])
    for notice in given.notices:
        if notice.code == session.subject:
            return _content(session, notice_speech(notice, session.language))
    return _gone(session)


def _offices(session: Session, given: OfficesFound) -> Step:
    if session.place != "office":
        return _list(replace(session, place="offices"),
                     [(one.code, one.name, "") for one in given.offices])
    for office in given.offices:
        if office.code == session.subject:
            return _content(session, office_speech(office, session.language))
    return _gone(session)


def _gone(session: Session, _: Gone | None = None) -> Step:
    return enter(session, "main", *session.first, "nothing_here")


def _person_found(session: Session, given: PersonFound) -> Step:
    if given.at_work:
        return _say(session, _lines(session, ("connecting",)), "person")
    return _no_person(session, "person_closed")


def _text_queued(session: Session, _: TextQueued) -> Step:
    return _prompt_again(session, "text_sent")


def _text_forbidden(session: Session, _: TextForbidden) -> Step:
    return _prompt_again(session, "text_forbidden")


def _away(session: Session, given: Away) -> Step:
    if given.what == "text":
        return _prompt_again(session, "text_away")
    return enter(replace(session, after=session.place), "away", *session.first)


# -- saying ----------------------------------------------------------------------


def enter(session: Session, place: str, *first: str) -> Step:
    """Go to a place: ask for what it needs, or say it. `first`: prompts to say before."""
    if place == "main" and not session.chosen:
        place = "language"
    elif place == "language":
        session = replace(session, chosen=False)
    session = replace(session, place=place, first=first)
    lookup = LOOKUPS.get(place)
    if lookup is not None:
        return Step(session, effects=(lookup(session),))
    return _say(session, _lines(session, MENUS[place].says), _expects(place))


def _prompt_again(session: Session, *first: str) -> Step:
    """`first`, and what one can do here; what was already heard in full is not said again."""
    if session.place not in MENUS or MENUS[session.place].kind == "list":
        return enter(session, session.place if session.place in MENUS else "main", *first)
    return _say(replace(session, first=first), _lines(session, MENUS[session.place].says),
                _expects(session.place))


def _content(session: Session, said: Sequence[Said]) -> Step:
    return _say(session, [*said, *_lines(session, MENUS[session.place].says)])


def _list(session: Session, items: Sequence[tuple[str, LocalText, str]]) -> Step:
    """Items (code, name, ISO date or nothing), each with its key."""
    menu = MENUS[session.place]
    if not items:
        return enter(session, menu.back, *session.first, "nothing_here")
    size = WIDTH if len(items) <= WIDTH else WIDTH - 1
    page = session.page if session.page * size < len(items) else 0
    shown = items[page * size : (page + 1) * size]
    language = session.language
    lines: list[Line | Said] = [Line(menu.heading, language)] if not page else []
    for key, (_, local, day) in enumerate(shown, 1):
        said = name(local, language)
        values = (("date", day), ("key", str(key))) if day else (("key", str(key)),)
        prompt = "item_dated" if day else "item"
        if said.language == language:
            lines.append(Line(prompt, language, (("name", said.text), *values)))
        else:  # the name in its own voice, the key in the caller's
            lines += [said, Line(prompt + "_unnamed", language, values)]
    choices = tuple(code for code, _, _ in shown)
    if len(items) > WIDTH:
        # On a short last page "more" moves up, so that the keys have no gap.
        lines.append(Line("more", language, (("key", str(len(shown) + 1)),)))
        choices += ("",)
    lines += _lines(session, menu.says)
    return _say(replace(session, choices=choices, page=page), lines)


def _missed(session: Session, words: Sequence[str], silent: bool = False) -> Step:
    misses = session.misses + 1
    if misses >= TRIES:
        return _person(session, silent, "three_silences" if silent else "three_wrong_keys")
    session = replace(session, misses=misses)
    return _prompt_again(session, words[min(misses, len(words)) - 1])


def _person(session: Session, gave_up: bool, *first: str) -> Step:
    return enter(replace(session, gave_up=gave_up, misses=0), "person", *first)


def _no_person(session: Session, why: str) -> Step:
    """Speak the number to call; whoever still presses keys gets the menu again."""
    if session.gave_up:
        return _goodbye(session, *session.first, why)
    return enter(replace(session, page=0), "main", *session.first, why)


def _goodbye(session: Session, *first: str) -> Step:
    session = replace(session, place="person", first=first)
    return _say(session, _lines(session, ("goodbye",)), "nothing")


def _say(session: Session, lines: Sequence[Line | Said], expect: Expect = "key") -> Step:
    """Put what waited in `session.first` before `lines`."""
    spoken = (*_lines(session, session.first), *lines)
    if not session.chosen:  # each language's sentences together
        order = languages(session.mute)
        spoken = tuple(sorted(spoken, key=lambda piece: order.index(piece.language)))
    return Step(replace(session, first=()), spoken, expect)


def _lines(session: Session, prompts: Sequence[str]) -> list[Line]:
    """The prompts in the caller's language; in every language while it is not yet known."""
    spoken = (session.language,) if session.chosen else languages(session.mute)
    return [Line(prompt, language) for language in spoken for prompt in prompts]


def languages(mute: Sequence[Language]) -> tuple[Language, ...]:
    """Those that can be spoken, in the order of their keys."""
    return tuple(choice.speak for choice in MENUS["language"].keys.values()
                 if choice.speak and choice.speak not in mute)


def _expects(place: str) -> Expect:
    return "number" if MENUS[place].kind == "number" else "key"


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
    Away: _away,
}
