"""Where a call goes and what it says there: the places of menu.yaml, put into words."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from msgspec.structs import replace

from ivr.menu import load
from ivr.talk import (
    Effect,
    Expect,
    FindCase,
    FindMatter,
    FindPerson,
    Line,
    ListCategories,
    ListMatters,
    ListNotices,
    ListOffices,
    Session,
    Step,
)
from status_service.client import Language, LocalText
from status_service.wording import Said, name

TRIES = 3  # silences, wrong keys or unknown numbers in a row before a person is called
WIDTH = 5  # keys of a list; of more items four are said, and 5 is "more"

_data = load()
MENUS = _data.menus
USUAL = _data.usual

LOOKUPS: dict[str, Callable[[Session], Effect]] = {
    "answer": lambda session: FindCase(session.typed, session.grant),
    "answer_more": lambda session: FindCase(session.typed, session.grant),
    "which": lambda session: FindCase(session.typed, session.grant),
    "categories": lambda _: ListCategories(),
    "matters": lambda session: ListMatters(session.category),
    "guide": lambda session: FindMatter(session.subject),
    "notices": lambda _: ListNotices(),
    "notice": lambda _: ListNotices(),
    "offices": lambda _: ListOffices(),
    "office": lambda _: ListOffices(),
    "person": lambda _: FindPerson(),
}


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
    return say(session, lines(session, MENUS[place].says), expects(place))


def prompt_again(session: Session, *first: str) -> Step:
    """`first`, and what one can do here; what was already heard in full is not said again."""
    if session.place not in MENUS or MENUS[session.place].kind == "list":
        return enter(session, session.place if session.place in MENUS else "main", *first)
    return say(replace(session, first=first), lines(session, MENUS[session.place].says),
                expects(session.place))


def content(session: Session, said: Sequence[Said]) -> Step:
    return say(session, [*said, *lines(session, MENUS[session.place].says)])


def listed(session: Session, items: Sequence[tuple[str, LocalText, str]]) -> Step:
    """Items (code, name, ISO date or nothing), each with its key."""
    menu = MENUS[session.place]
    if not items:
        return enter(session, menu.back, *session.first, "nothing_here")
    size = WIDTH if len(items) <= WIDTH else WIDTH - 1
    page = session.page if session.page * size < len(items) else 0
    shown = items[page * size : (page + 1) * size]
    language = session.language
    told: list[Line | Said] = [Line(menu.heading, language)] if not page else []
    for key, (_, local, day) in enumerate(shown, 1):
        said = name(local, language)
        values = (("date", day), ("key", str(key))) if day else (("key", str(key)),)
        prompt = "item_dated" if day else "item"
        if said.language == language:
            told.append(Line(prompt, language, (("name", said.text), *values)))
        else:  # the name in its own voice, the key in the caller's
            told += [said, Line(prompt + "_unnamed", language, values)]
    choices = tuple(code for code, _, _ in shown)
    if len(items) > WIDTH:
        # On a short last page "more" moves up, so that the keys have no gap.
        told.append(Line("more", language, (("key", str(len(shown) + 1)),)))
        choices += ("",)
    told += lines(session, menu.says)
    return say(replace(session, choices=choices, page=page), told)


def missed(session: Session, words: Sequence[str], silent: bool = False) -> Step:
    misses = session.misses + 1
    if misses >= TRIES:
        return person(session, silent, "three_silences" if silent else "three_wrong_keys")
    session = replace(session, misses=misses)
    return prompt_again(session, words[min(misses, len(words)) - 1])


def person(session: Session, gave_up: bool, *first: str) -> Step:
    return enter(replace(session, gave_up=gave_up, misses=0), "person", *first)


def no_person(session: Session, why: str) -> Step:
    """Speak the number to call; whoever still presses keys gets the menu again."""
    if session.gave_up:
        return goodbye(session, *session.first, why)
    return enter(replace(session, page=0), "main", *session.first, why)


def goodbye(session: Session, *first: str) -> Step:
    session = replace(session, place="person", first=first)
    return say(session, lines(session, ("goodbye",)), "nothing")


def say(session: Session, told: Sequence[Line | Said], expect: Expect = "key") -> Step:
    """Put what waited in `session.first` before `told`."""
    spoken = (*lines(session, session.first), *told)
    if not session.chosen:  # each language's sentences together
        order = languages(session.mute)
        spoken = tuple(sorted(spoken, key=lambda piece: order.index(piece.language)))
    return Step(replace(session, first=()), spoken, expect)


def lines(session: Session, prompts: Sequence[str]) -> list[Line]:
    """The prompts in the caller's language; in every language while it is not yet known."""
    spoken = (session.language,) if session.chosen else languages(session.mute)
    return [Line(prompt, language) for language in spoken for prompt in prompts]


def languages(mute: Sequence[Language]) -> tuple[Language, ...]:
    """Those that can be spoken, in the order of their keys."""
    return tuple(choice.speak for choice in MENUS["language"].keys.values()
                 if choice.speak and choice.speak not in mute)


def expects(place: str) -> Expect:
    return "number" if MENUS[place].kind == "number" else "key"
