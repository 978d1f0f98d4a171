from __future__ import annotations

from datetime import date

import pytest

from status_service import sample
from tests.status_service.sample.calendar import SlowCalendar

# An ordinary Sunday, a day within a long holiday, a leap day of a year not yet published.
DAYS = (date(2026, 11, 22), date(2025, 10, 3), date(2028, 2, 29))


@pytest.fixture(scope="session")
def calendar() -> SlowCalendar:
    return SlowCalendar()


@pytest.fixture(scope="session", params=DAYS, ids=str)
def today(request: pytest.FixtureRequest) -> date:
    day: date = request.param
    return day


@pytest.fixture(scope="session")
def hall(today: date, calendar: SlowCalendar) -> sample.Hall:
    return sample.load(today, calendar)
