"""One answer on the glass: what the kiosk draws of every case, read back page by page, is what
the phone says and a text writes. The reader of the facts knows nothing of the screens."""

from __future__ import annotations

from collections import defaultdict
from datetime import date

import pytest
from msgspec.structs import replace

from kiosk import places_case, talk
from kiosk.look.layout import lay_out
from kiosk.look.sheet import Ink, Panel
from kiosk.screen import Screen
from status_service.cases.answer import Answer, Looked, at_level
from status_service.wording import Row, answer_screen, answer_speech
from status_service.words import LANGUAGES, Language, Status
from tests.kiosk.visit import NOW, TODAY, sample_hall
from tests.status_service.wording.facts import core, read_screen, read_speech, read_text

PANEL = Panel.of(1080, 1920, 21.5)
LOOKED = Looked(days=30, times=3, last_on=date(2026, 12, 3), channel="phone")
LEVELS = {0: "case", 2: "own"}  # a number keyed in; a card that has proven itself


def drawn(screen: Screen) -> dict[str, str]:
    """Every text on the glass by its part, over all pages; what goes on overleaf is joined."""
    parts: dict[str, str] = defaultdict(str)
    first = lay_out(screen, PANEL)
    for sheet in (first, *(lay_out(screen, PANEL, page) for page in range(1, first.pages))):
        for mark in sheet.marks:
            if isinstance(mark, Ink) and mark.part.startswith(("label:", "value:")):
                parts[mark.part] += mark.text
    return dict(parts)


def rows_on(screen: Screen) -> tuple[Row, ...]:
    """The facts as a visitor reads them off the glass."""
    parts = drawn(screen)
    keys = [part.removeprefix("value:") for part in parts if part.startswith("value:")]
    return tuple(Row(key, parts[f"label:{key}"], parts[f"value:{key}"], "plain") for key in keys)


def shown(number: str, answer: Answer, language: Language, level: int) -> Screen:
    card: talk.CardState = "proven" if level else "none"
    session = talk.Session(language=language, place=LEVELS[level], subject=number, card=card,
                           level=level)
    return places_case.case(session, answer, sample_hall().histories[number], NOW)


def one_of_each(level: int) -> dict[str, Answer]:
    """Cases of the sample hall that between them fill every combination of lines there is: a
    second one would be drawn by the same way."""
    hall = sample_hall()
    found: dict[frozenset[str], tuple[str, Answer]] = {}
    for number in hall.answers:
        answer = at_level(replace(hall.answers[number], looked=LOOKED), level)
        lines = frozenset(row.key for row in answer_screen(answer, "en", TODAY))
        found.setdefault(lines | {answer.status}, (number, answer))
    return dict(found.values())


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_drawn_is_what_is_said(language: Language, level: int) -> None:
    chosen = one_of_each(level)
    assert {answer.status for answer in chosen.values()} == set(Status)
    for number, answer in chosen.items():
        rows = rows_on(shown(number, answer, language, level))
        glass = read_screen(rows, language, TODAY)
        # Nothing of the answer is left off the glass, nothing is added to it.
        assert glass == read_screen(answer_screen(answer, language, TODAY), language, TODAY)
        must = core(answer, language, TODAY)
        spoken = read_speech(answer_speech(answer, language, TODAY), language, TODAY)
        assert {key: glass[key] for key in must} == must == {key: spoken[key] for key in must}


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_code_for_the_phone_says_it_too(language: Language) -> None:
    """What is taken away by the code: the facts of a text, dated."""
    hall = sample_hall()
    for number in hall.own:
        answer = hall.level(number, 2)
        session = talk.Session(language=language, place="own_qr", subject=number, card="proven")
        screen = places_case.take_away(session, answer, NOW)
        code = next(block.content for block in screen.blocks if hasattr(block, "content"))
        text, _, _ = code.partition("\n")
        must = core(answer, language, TODAY)
        written = read_text(text, language, TODAY)
        assert {key: written.get(key) for key in must} == must
