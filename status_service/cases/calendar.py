"""Working days (工作日): which they are, and counting in them.

The table `working_days` is the truth; it is seeded from chinesecalendar, which
follows the State Council's yearly notice, and an office may correct it. Years
not published yet are Monday to Friday and provisional: whoever says such a date
says so.
"""

from __future__ import annotations

import bisect
from collections.abc import Iterable
from datetime import date, timedelta
from itertools import accumulate

import chinese_calendar
import sqlalchemy as sa

from status_service.storage import tables

FIRST_YEAR = 2018
YEARS_AHEAD = 3


class Calendar:
    """Counting in working days over a span of known days; outside it, Monday to Friday."""

    def __init__(self, days: Iterable[tuple[date, bool, bool]]) -> None:
        """`days`: (day, is it working, is that provisional), any order, without gaps."""
        known = sorted(days)
        self._base = known[0][0].toordinal() if known else date(FIRST_YEAR, 1, 1).toordinal()
        self._provisional = [p for _, _, p in known]
        # _sum[i]: working days among the first i known days
        self._sum = list(accumulate((int(w) for _, w, _ in known), initial=0))

    def is_working(self, day: date) -> bool:
        return self._count(day) > self._count(day - timedelta(1))

    def is_provisional(self, day: date) -> bool:
        at = day.toordinal() - self._base
        return not 0 <= at < len(self._provisional) or self._provisional[at]

    def between(self, after: date, until: date) -> int:
        """Working days in (after, until]; 0 when `until` is not later."""
        if until <= after:
            return 0
        return self._count(until) - self._count(after)

    def add(self, day: date, working_days: int) -> date:
        """The day on which `working_days` have passed since `day`, which itself does not
        count (行政许可法 § 82; 民法典 § 201)."""
        if working_days <= 0:
            return day
        target = self._count(day) + working_days
        if 0 < target <= self._sum[-1] and day.toordinal() >= self._base:
            return date.fromordinal(self._base + bisect.bisect_left(self._sum, target) - 1)
        while self._count(day) < target:
            day += timedelta(1)
        return day

    def _count(self, day: date) -> int:
        """Working days from the first known day to `day`, both included."""
        at = day.toordinal() - self._base + 1
        if at < 0:
            return -_weekdays(day.toordinal() + 1, self._base)
        if at >= len(self._sum):
            end = self._base + len(self._provisional)
            return self._sum[-1] + _weekdays(end, day.toordinal() + 1)
        return self._sum[at]


def _weekdays(first: int, end: int) -> int:
    """Mondays to Fridays among the ordinals first … end-1."""
    whole, rest = divmod(end - first, 7)
    return whole * 5 + sum(date.fromordinal(first + i).isoweekday() < 6 for i in range(rest))


def published(first_year: int, last_year: int) -> list[tuple[date, bool, bool]]:
    """Every day of these years from chinesecalendar, or provisional where it knows no more."""
    days = []
    day = date(first_year, 1, 1)
    while day.year <= last_year:
        try:
            days.append((day, bool(chinese_calendar.is_workday(day)), False))
        except NotImplementedError:
            days.append((day, day.isoweekday() < 6, True))
        day += timedelta(1)
    return days


def load(connection: sa.Connection) -> Calendar:
    """The calendar of the record."""
    t = tables.working_days
    rows = connection.execute(sa.select(t.c.day, t.c.working, t.c.provisional)).all()
    return Calendar((r.day, r.working, r.provisional) for r in rows)


def seed(connection: sa.Connection, today: date) -> int:
    """Write days that are missing, and make provisional ones final once they are published.
    What an office corrected stays. Returns how many days were written."""
    t = tables.working_days
    have = {r.day: r.provisional
            for r in connection.execute(sa.select(t.c.day, t.c.provisional))}
    new, final = [], []
    for day, working, provisional in published(FIRST_YEAR, today.year + YEARS_AHEAD):
        if day not in have:
            new.append({"day": day, "working": working, "provisional": provisional})
        elif have[day] and not provisional:
            final.append({"at": day, "working": working, "provisional": False})
    if new:
        connection.execute(t.insert(), new)
    if final:
        connection.execute(t.update().where(t.c.day == sa.bindparam("at")), final)
    return len(new) + len(final)
