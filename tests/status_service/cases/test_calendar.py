"""Working days: what the State Council published, and counting that always adds up."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine

from status_service.cases import calendar
from status_service.cases.calendar import Calendar, published
from status_service.storage import tables
from status_service.storage.engine import writing

KNOWN = Calendar(published(2023, 2026))
DAYS = st.dates(date(2022, 6, 1), date(2027, 12, 31))


@pytest.mark.parametrize(("day", "working"), [
    (date(2025, 10, 1), False),  # National Day
    (date(2025, 9, 28), True),  # a Sunday worked instead
    (date(2025, 1, 28), False),  # Spring Festival
    (date(2025, 1, 26), True),  # a Sunday worked instead
    (date(2026, 3, 14), False),  # a Saturday
    (date(2026, 3, 16), True),
])
def test_published_days(day: date, working: bool) -> None:
    assert KNOWN.is_working(day) is working


@given(DAYS, st.integers(0, 300))
def test_adding_and_counting_agree(day: date, days: int) -> None:
    due = KNOWN.add(day, days)
    assert KNOWN.between(day, due) == days
    assert days == 0 or KNOWN.is_working(due)


@given(DAYS, st.integers(0, 200), st.integers(0, 200))
def test_counting_adds_up(day: date, first: int, second: int) -> None:
    middle, end = day + timedelta(first), day + timedelta(first + second)
    assert KNOWN.between(day, middle) + KNOWN.between(middle, end) == KNOWN.between(day, end)
    one_by_one = sum(KNOWN.is_working(day + timedelta(i)) for i in range(1, first + 1))
    assert KNOWN.between(day, middle) == one_by_one


def test_unpublished_years_are_provisional() -> None:
    assert not KNOWN.is_provisional(date(2025, 5, 5))
    assert KNOWN.is_provisional(date(2031, 5, 5))
    assert KNOWN.is_working(date(2031, 5, 5)) and not KNOWN.is_working(date(2031, 5, 4))


def test_seeding_twice_writes_once_and_keeps_what_an_office_corrected(engine: Engine) -> None:
    t = tables.working_days
    with writing(engine).begin() as connection:
        assert calendar.seed(connection, date(2026, 3, 1)) > 3000
    corrected = date(2026, 3, 16)
    with writing(engine).begin() as connection:
        connection.execute(sa.update(t).where(t.c.day == corrected).values(working=False))
        assert calendar.seed(connection, date(2026, 3, 1)) == 0
    with engine.connect() as connection:
        loaded = calendar.load(connection)
    assert not loaded.is_working(corrected)
    assert loaded.is_working(date(2026, 3, 17))
