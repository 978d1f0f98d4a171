"""What is taken away: the facts of the answer, and never what could name a person."""

from __future__ import annotations

import pytest

from kiosk import slip
from kiosk.prompts import say
from status_service.client import LANGUAGES, Language
from status_service.wording import Row
from status_service.wording.said import plain_identifier, trimmed
from tests.kiosk.visit import HOLDER, NOW, TODAY, qr_of, sample_hall, visit
from tests.status_service.wording.facts import read_screen, read_text

PARTED = {"zh-CN": "查询。", "en": "State of ", "ug": "ئەھۋال."}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("level", [0, 2])
def test_paper_and_code_say_the_same_and_nothing_of_a_person(language: Language,
                                                             level: int) -> None:
    hall = sample_hall()
    projects = handlers = 0
    for number in hall.answers:
        answer = hall.level(number, level)
        made = slip.make(answer, language, NOW)
        said = "\n".join([made.title, made.foot, made.code, *(f.value for f in made.facts)])
        keys = {fact.key for fact in made.facts}
        assert not keys & {"project", "handler"}
        if answer.project is not None:
            projects += 1
            assert trimmed(answer.project, language).text not in said, number
        if answer.handler_phone is not None:
            handlers += 1
            assert answer.handler_phone not in said
            assert plain_identifier(answer.handler_phone, language) not in made.code
        assert len(made.code.encode()) <= slip.MOST_OCTETS
        text = made.code.split("\n")[0]
        written = read_text(text, language, TODAY)
        shown = read_screen(tuple(Row(f.key, f.label, f.value, f.tone) for f in made.facts),
                            language, TODAY)
        same = set(written) & set(shown) & {"status", "supply_by", "result", "since", "number"}
        assert "status" in same
        assert {key: written[key] for key in same} == {key: shown[key] for key in same}, number
    assert bool(projects) == bool(handlers) == (level > 0), "the hall has some to hide"


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_holder_is_on_neither(language: Language) -> None:
    for number in sample_hall().own:
        one = visit(language).inserts().touches(f"open:{number}", "qr")
        assert HOLDER not in qr_of(one.screen)
        made = slip.make(sample_hall().level(number, 2), language, NOW)
        assert HOLDER not in repr(made)
        assert qr_of(one.screen) == made.code


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_slip_says_of_when_it_is(language: Language) -> None:
    made = slip.make(sample_hall().level(sample_hall().own[0], 2), language, NOW)
    assert "12:00" in made.foot and "2026" in made.foot
    day = made.code.split("\n")[-1]
    assert PARTED[language] in day and "2026" in day
    assert say(language, "slip_day", date="").strip() in day.replace("  ", " ") or "15" in day
