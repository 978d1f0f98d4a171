"""A second working-day calendar, straight on chinesecalendar and the slow way, so that the
sample hall is not held against the calendar it was made with."""

from __future__ import annotations

from datetime import date, timedelta

import chinese_calendar


class SlowCalendar:
    def is_working(self, day: date) -> bool:
        try:
            return bool(chinese_calendar.is_workday(day))
        except NotImplementedError:  # a year not yet published
            return day.isoweekday() < 6

    def add(self, day: date, working_days: int) -> date:
        while working_days > 0:
            day += timedelta(1)
            working_days -= self.is_working(day)
        return day

    def between(self, after: date, until: date) -> int:
        """Working days in (after, until]."""
        return sum(self.is_working(after + timedelta(i + 1)) for i in range((until - after).days))
