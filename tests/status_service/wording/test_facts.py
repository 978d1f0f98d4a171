"""One answer, three voices: every voice states the record's facts, in every language."""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from status_service.cases.answer import Answer, at_level
from tests.status_service.wording.answers import TODAY, answers
from tests.status_service.wording.facts import assert_same_facts
from tests.status_service.wording.space import everything


@settings(max_examples=200, deadline=None, database=None,
          suppress_health_check=[HealthCheck.too_slow])
@given(answers, st.integers(0, 2))
def test_every_voice_says_what_the_record_says(answer: Answer, level: int) -> None:
    assert_same_facts(at_level(answer, level), TODAY)


def test_every_value_of_every_field_is_said() -> None:
    for answer in everything():
        assert_same_facts(answer, TODAY)
