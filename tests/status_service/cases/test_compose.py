"""The answer: honest time, who must act, and only what the asker may hear."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import fields, replace

from status_service.cases.answer import (
    CAN_BE_WITHHELD,
    FIELD_LEVEL,
    Answer,
    Levels,
    Looked,
    at_level,
)
from status_service.cases.calendar import Calendar, published
from status_service.cases.compose import compose
from status_service.cases.write import CaseWrite, Decision, Extension, Paused, Pickup
from status_service.guides.hall import make_hall
from status_service.words import Actor, Pause, ResultClass, Status
from tests.status_service.small_hall import NOW, SmallHall, case, said

CALENDAR = Calendar(published(2024, 2027))
SMALL = SmallHall()
HALL = make_hall(list(SMALL.offices), list(SMALL.categories), list(SMALL.matters),
                 list(SMALL.notices))
TODAY = date(2026, 3, 16)


def answer(status: str = "in_review", today: date = TODAY, **changes: Any) -> Answer:
    return compose("1", Status(status), case(status=status, **changes), NOW, HALL, CALENDAR, today)


def test_a_running_clock() -> None:
    # accepted on Monday the 2nd: ten working days later is Monday the 16th
    found = answer().deadline
    assert found is not None
    assert (found.kind, found.days, found.used, found.left) == ("promised", 10, 10, 0)
    assert (found.clock, found.due) == ("running", date(2026, 3, 16))
    late = answer(today=date(2026, 3, 18)).deadline
    assert late is not None and late.left == -2 and late.due == date(2026, 3, 16)


def test_before_acceptance_no_clock_runs() -> None:
    assert answer("received", accepted_on=None).deadline is None


def test_the_statutory_limit_binds_where_nothing_is_promised() -> None:
    found = answer(matter="foi", stage="in").deadline
    assert found is not None and (found.kind, found.days) == ("statutory", 20)


def test_a_standing_clock_has_no_due_day_and_uses_none() -> None:
    # stopped from the end of the 4th: two days used, whatever the day
    stopped = (Paused(since=date(2026, 3, 4), reason=Pause.SUPPLEMENT),)
    for today in (TODAY, TODAY + timedelta(30)):
        found = answer("supplement", today=today, paused=stopped).deadline
        assert found is not None
        assert (found.clock, found.pause, found.due) == ("stopped", Pause.SUPPLEMENT, None)
        assert (found.used, found.left) == (2, 8)


def test_a_clock_that_stood_still_moves_the_due_day() -> None:
    # still on the 5th, 6th, 9th and 10th: four working days
    stood = (Paused(date(2026, 3, 4), Pause.HEARING, until=date(2026, 3, 10)),)
    found = answer(paused=stood).deadline
    assert found is not None and (found.clock, found.used) == ("running", 6)
    assert found.due == date(2026, 3, 20)


def test_an_extension_gives_days_and_a_reason() -> None:
    more = Extension(days=5, reason=said("案情复杂", "complex"))
    found = answer(extension=more).deadline
    assert found is not None and (found.days, found.left, found.extended_by) == (15, 5, 5)
    assert found.due == date(2026, 3, 23)


def test_after_the_decision_the_clock_has_ended() -> None:
    decided = Decision(ResultClass.GRANTED, "ok", date(2026, 3, 9))
    for today in (TODAY, TODAY + timedelta(100)):
        found = answer("closed", today=today, decision=decided)
        assert found.deadline is not None
        assert (found.deadline.clock, found.deadline.used, found.deadline.left) == ("ended", 5, 5)
        assert found.result is not None and found.result.outcome == said("准予许可",
                                                                       "Permit granted")
        assert found.next is None


@given(st.lists(st.tuples(st.integers(0, 60), st.integers(0, 20)), max_size=5),
       st.integers(0, 120), st.integers(1, 30))
def test_the_due_day_is_the_day_on_which_the_allowance_is_used_up(
        spans: list[tuple[int, int]], later: int, days: int) -> None:
    start = date(2026, 3, 2)
    paused = tuple(Paused(start + timedelta(a), Pause.OTHER, start + timedelta(a + n))
                   for a, n in spans)
    body: dict[str, Any] = {"paused": paused, "promised_days": days}
    found = answer(today=start + timedelta(later), **body).deadline
    assert found is not None and found.due is not None
    on_due = answer(today=found.due, **body).deadline
    assert on_due is not None and on_due.left == 0
    before = answer(today=found.due - timedelta(1), **body).deadline
    assert before is not None and before.left >= 0
    assert found.used + found.left == found.days
    assert (found.left < 0) == (CALENDAR.between(found.due, start + timedelta(later)) > 0
                                and found.used > found.days)


@pytest.mark.parametrize(("status", "actor"), [
    ("received", Actor.OFFICE), ("accepted", Actor.OFFICE), ("supplement", Actor.APPLICANT),
    ("in_review", Actor.OFFICE), ("suspended", Actor.OFFICE), ("decided", Actor.OFFICE),
    ("collect", Actor.APPLICANT), ("closed", Actor.NOBODY)])
def test_who_must_act(status: str, actor: Actor) -> None:
    assert answer(status).actor is actor


def test_stage_and_next() -> None:
    found = answer(stage="in")
    assert (found.stage, found.next) == (said("收件", "Intake"), said("审查", "Review"))
    assert answer(stage="sign").next is None
    assert answer(stage="nobody knows").stage is None


def test_an_unknown_code_is_uncertain_and_never_an_error() -> None:
    body: CaseWrite = case(status="X-17")
    found = compose("1", Status.IN_REVIEW, body, NOW, HALL, CALENDAR, TODAY)
    assert not found.certain and found.status is Status.IN_REVIEW and found.since is None


def test_level_0_says_what_it_withholds_and_nothing_of_it() -> None:
    secret = said("秘密工程", "SECRET-PROJECT")
    whole = answer("supplement", project=secret, missing=(said("图纸", "SECRET-PLAN"),),
                   handler_phone="0991-SECRET",
                   extension=Extension(5, said("原因", "SECRET-REASON")))
    low = at_level(whole, 0)
    assert "SECRET" not in repr(low)
    assert set(low.withheld) == {"project", "missing", "handler_phone",
                                 "deadline.extension_reason"}
    assert low.deadline is not None and low.deadline.extended_by == 5
    high = at_level(whole, 1)
    assert high.withheld == () and high.project == secret


FULL = answer("collect", project=said("甲", "A"), handler_phone="1", stage="review",
              extension=Extension(1, said("乙", "B")),
              decision=Decision(ResultClass.REFUSED, reason=said("丙", "C")),
              pickup=Pickup(said("丁", "D"), "plan", TODAY, said("戊", "E")))
FULL = replace(FULL, missing=(said("己", "F"),), supply_by=TODAY, next=said("庚", "G"),
               since=TODAY, looked=Looked(days=30, times=1))


def test_every_field_declares_its_level_and_there_is_no_other() -> None:
    frame = {"number", "level", "withheld"}
    outer = {path for path in FIELD_LEVEL if "." not in path}
    assert outer == {field.name for field in fields(Answer)} - frame
    assert set(CAN_BE_WITHHELD) - outer == {p for p in FIELD_LEVEL if "." in p}


@given(st.dictionaries(st.sampled_from(CAN_BE_WITHHELD), st.integers(1, 3)), st.integers(0, 3))
def test_every_levelled_field_is_taken_away_below_its_level(tightened: dict[str, int],
                                                            level: int) -> None:
    levels = Levels({path: max(needed, FIELD_LEVEL[path]) for path, needed in tightened.items()})
    found = at_level(FULL, level, levels)
    for path, needed in levels.needed.items():
        outer, _, inner = path.partition(".")
        assert getattr(FULL, outer) or inner
        held = getattr(found, outer)
        if inner and held is not None:
            held = getattr(held, inner)
        gone = needed > level or (inner and levels.needed[outer] > level)
        assert (held in (None, ())) == bool(gone)
        whole_gone = inner and levels.needed[outer] > level  # named once, as the whole
        assert (path in found.withheld) == (needed > level and not whole_gone)


@pytest.mark.parametrize("profile", [
    {"matter": 1}, {"number": 1}, {"nothing": 1}, {"missing": 0}, {"stage": -1}, {"stage": 4}])
def test_a_profile_never_loosens_and_never_silences_the_answer(profile: dict[str, int]) -> None:
    with pytest.raises(ValueError, match=r"^'?\w+'? (cannot be withheld|needs level)"):
        Levels(profile)

