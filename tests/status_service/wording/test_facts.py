"""One answer, three voices: every voice states the record's facts, in every language."""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from status_service.cases.answer import CAN_BE_WITHHELD, FIELD_LEVEL, Answer, Levels, at_level
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


tightened = st.dictionaries(st.sampled_from(CAN_BE_WITHHELD), st.integers(1, 3)).map(
    lambda found: Levels({path: max(level, FIELD_LEVEL[path]) for path, level in found.items()}))


@settings(max_examples=200, deadline=None, database=None,
          suppress_health_check=[HealthCheck.too_slow])
@given(answers, st.integers(0, 3), tightened)
def test_nor_does_any_voice_say_what_an_office_has_tightened(answer: Answer, level: int,
                                                             levels: Levels) -> None:
    """What is taken away is not said, neither is "not recorded"; what is left is said whole."""
    assert_same_facts(at_level(answer, level, levels), TODAY)
