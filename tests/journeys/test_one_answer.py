"""One answer, three voices: every case of the sample hall, in every language, spoken, as a
text and on a screen. The facts are read back out of the sentences by a reader that knows
nothing of the catalogues, and proved equal to the record and to each other."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from msgspec.structs import replace

from status_service import sample
from status_service.cases.answer import Answer, Looked, at_level
from status_service.cases.calendar import Calendar, published
from status_service.cases.compose import compose
from status_service.cases.write import CaseWrite
from status_service.guides.hall import make_hall
from status_service.wording import answer_speech
from status_service.words import LANGUAGES, Language, Status
from tests.status_service.wording.facts import assert_same_facts, read_speech

# Some deadlines reach a year whose holidays are not published then.
TODAY = date(2026, 12, 15)

Record = tuple[CaseWrite, Answer]


@pytest.fixture(scope="module")
def records() -> list[Record]:
    calendar = Calendar(published(2018, TODAY.year + 3))
    data = sample.load(TODAY, calendar)
    hall = make_hall(list(data.offices), list(data.categories), list(data.matters),
                     list(data.notices))
    now = datetime(TODAY.year, TODAY.month, TODAY.day, 4, tzinfo=UTC)
    return [(body, compose(number, Status(body.status), body, now, hall, calendar, TODAY))
            for number, body in data.cases]


def test_the_sample_hall_shows_everything(records: list[Record]) -> None:
    """The proof below is worth as much as what it walks through."""
    answers = [answer for _, answer in records]
    deadlines = [answer.deadline for answer in answers if answer.deadline]
    assert len(answers) >= 200
    assert {answer.status for answer in answers} == set(Status)
    assert {deadline.clock for deadline in deadlines} == {"running", "stopped", "ended"}
    assert any(d.left < 0 and d.clock == "running" for d in deadlines)
    assert any(d.extended_by for d in deadlines)
    assert any(d.provisional for d in deadlines)
    assert any(answer.collection for answer in answers)
    assert any(answer.missing and answer.supply_by for answer in answers)
    assert len({answer.result.result for answer in answers if answer.result}) >= 4


@pytest.mark.parametrize("level", [0, 1, 2])
def test_every_case_says_the_same_in_every_voice(records: list[Record], level: int) -> None:
    looked = Looked(days=30, times=3, last_on=date(2026, 12, 3), channel="phone")
    for _, answer in records:
        assert_same_facts(at_level(replace(answer, looked=looked), level), TODAY)


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_said_is_what_the_office_wrote(records: list[Record],
                                                language: Language) -> None:
    """Past the composing too: the sentences against the case as the back office stated it."""
    for body, answer in records:
        said = read_speech(answer_speech(answer, language, TODAY), language, TODAY)
        assert said["status"] == body.status
        assert said.get("since") == body.since
        assert said.get("decided") == (body.decision.decided_on if body.decision else None)
        if body.decision:
            assert said["result"] == body.decision.result
        if body.status == "supplement":
            assert said.get("supply_by") == body.supply_by
