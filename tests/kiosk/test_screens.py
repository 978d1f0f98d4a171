"""Every screen, in every language: whole, in that language, and never far from home."""

from __future__ import annotations

import re

import pytest

from kiosk.places import NAMES, offers
from kiosk.talk import Session, Touched
from kiosk.way import LOOKUPS, PLAIN
from status_service.words import LANGUAGES, Language
from tests.kiosk.screens import every_screen
from tests.kiosk.visit import NOW, Visit, sample_hall, texts, visit

DEEPEST = 3  # touches from home to a case's or a guide's page, typing not counted


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_place_has_its_screen(language: Language) -> None:
    screens = every_screen(language)
    names = {NAMES.get(place, place) for place in (*PLAIN, *LOOKUPS)}
    assert {screen.name for screen in screens.values()} == names
    assert all(screen.language == language for screen in screens.values())
    statuses = {f"case_{answer.status}" for answer in sample_hall().answers.values()}
    assert statuses <= set(screens)


@pytest.mark.parametrize("language", LANGUAGES)
def test_nothing_is_left_blank_and_nothing_unfilled(language: Language) -> None:
    for name, screen in every_screen(language).items():
        said = texts(screen)
        assert not re.search(r"\{(?!seconds\})", said), name
        assert "None" not in said, name
        assert screen.title and screen.blocks, name
        for button in screen.foot:
            assert button.text, name


def test_screens_of_another_language_differ() -> None:
    made = {language: every_screen(language) for language in LANGUAGES}
    for name in made["en"]:
        said = {texts(made[language][name]) for language in LANGUAGES}
        assert len(said) == len(LANGUAGES), name


def test_nothing_is_far_from_home() -> None:
    """Breadth first over everything that can be touched, without a card."""
    found: dict[str, int] = {}
    hall = sample_hall()
    waiting: list[tuple[Session, int]] = [(visit().session, 0)]
    pages = {f"guide {m.code}" for m in hall.data.matters} | {
        f"office {o.code}" for o in hall.data.offices} | {
        f"notice {n.code}" for n in hall.data.notices}
    while waiting:
        session, depth = waiting.pop(0)
        here = f"{session.place} {session.subject}".strip()
        if here in found:
            continue
        found[here] = depth
        assert session.shown is not None
        for act in offers(session.shown):
            if act.startswith(("go:", "open:")):
                one = _at(session)
                one.give(Touched(NOW, act))
                waiting.append((one.session, depth + 1))
    assert pages <= set(found)
    assert max(found.values()) == DEEPEST


def test_a_case_is_three_touches_from_home_at_most() -> None:
    number = sample_hall().own[0]
    visit().touches("go:number").types(number).touches("find").sees("case")
    visit().inserts().touches(f"open:{number}").sees("case")
    visit().inserts().touches("home", "go:card", f"open:{number}").sees("case")


def _at(session: Session) -> Visit:
    one = visit()
    one.session = session
    return one
