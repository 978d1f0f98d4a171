"""The sample hall's cases: lawful histories in the calendar, of every kind, well known ones."""

from __future__ import annotations

import re
import time
from collections import Counter, defaultdict
from datetime import date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import phonenumbers
from stdnum.iso7064 import mod_11_10

from status_service import sample
from status_service.cases.write import CaseWrite
from status_service.guides.types import Matter, Office
from status_service.words import Pause, ResultClass, Status
from tests.status_service.sample.calendar import SlowCalendar

BEIJING = ZoneInfo("Asia/Shanghai")
OPEN = {Status.RECEIVED, Status.ACCEPTED, Status.SUPPLEMENT, Status.IN_REVIEW, Status.SUSPENDED}


def matter_of(hall: sample.Hall, case: CaseWrite) -> Matter:
    return next(m for m in hall.matters if m.code == case.matter)


def used(case: CaseWrite, until: date, calendar: SlowCalendar) -> int:
    """Working days on which the clock ran, counted day by day."""
    assert case.accepted_on
    days = 0
    for back in range((until - case.accepted_on).days):
        day = until - timedelta(back)
        still = any(p.since < day <= (p.until or until) for p in case.paused)
        days += calendar.is_working(day) and not still
    return days


def allowance(case: CaseWrite, matter: Matter) -> int:
    limit = case.promised_days or matter.promised_days or matter.statutory_days
    assert limit
    return limit + (case.extension.days if case.extension else 0)


def is_late(case: CaseWrite, matter: Matter, today: date, calendar: SlowCalendar) -> bool:
    if case.accepted_on is None or (Status(case.status) is Status.CLOSED and not case.decision):
        return False
    until = case.decision.decided_on if case.decision else today
    assert until
    return used(case, until, calendar) > allowance(case, matter)


def test_three_years_of_cases_of_every_kind(hall: sample.Hall, today: date,
                                            calendar: SlowCalendar) -> None:
    cases = [case for _, case in hall.cases]
    assert len(cases) >= 240
    received = [case.received_on for case in cases]
    assert received == sorted(received)
    assert 2.8 <= (today - received[0]).days / 365.25 <= 3.01
    assert len({(day.year, day.month) for day in received}) >= 34, "no gap of months"

    statuses = Counter(Status(case.status) for case in cases)
    assert min(statuses[status] for status in Status) >= 8
    results = Counter(ResultClass(c.decision.result) for c in cases if c.decision)
    assert min(results[result] for result in ResultClass) >= 2
    reasons = Counter(p.reason for case in cases for p in case.paused)
    standing = Counter(p.reason for case in cases for p in case.paused if p.until is None)
    assert min(reasons[reason] for reason in Pause) >= 5
    assert min(standing[reason] for reason in Pause) >= 1
    assert sum(case.extension is not None for case in cases) >= 10
    late = [c for c in cases if is_late(c, matter_of(hall, c), today, calendar)]
    assert sum(Status(c.status) in OPEN for c in late) >= 8
    assert sum(Status(c.status) is Status.CLOSED for c in late) >= 5
    assert len(late) < len(cases) / 5, "late is the exception"
    matters = Counter(case.matter for case in cases)
    assert min(matters[m.code] for m in hall.matters) >= 4


def test_nothing_happens_on_a_day_off_or_out_of_hours(hall: sample.Hall, today: date,
                                                      calendar: SlowCalendar) -> None:
    offices = {o.code: o for o in hall.offices}
    for number, case in hall.cases:
        office = offices[case.office or matter_of(hall, case).office]
        moments = []
        for event in case.history:
            assert event.at and event.at.utcoffset() == timedelta(hours=8), number
            local = event.at.astimezone(BEIJING)
            assert local.date() < today, number
            assert calendar.is_working(local.date()), (number, local)
            assert is_open(office, local), (number, local)
            moments.append(event.at)
        assert moments == sorted(set(moments)), number
        assert moments[0].astimezone(BEIJING).date() == case.received_on
        for pause in case.paused:
            assert calendar.is_working(pause.since)
            assert pause.until is None or pause.since < pause.until
        if case.supply_by:
            assert calendar.is_working(case.supply_by)


def is_open(office: Office, local: datetime) -> bool:
    weekday = min(local.isoweekday(), 5)  # a weekend day worked keeps a weekday's hours
    clock = f"{local:%H:%M}"
    return any(weekday in h.days and h.opens <= clock < h.closes for h in office.hours)


def test_histories_follow_the_matters_stages(hall: sample.Hall) -> None:
    for number, case in hall.cases:
        matter = matter_of(hall, case)
        order = [stage.code for stage in matter.stages]
        walked = [order.index(event.stage or "") for event in case.history]
        assert walked == sorted(walked), number
        assert len({event.key for event in case.history}) == len(case.history)
        last = case.history[-1]
        assert (case.status, case.stage) == (last.status, last.stage), number
        assert case.version == len(case.history)
        assert case.history[0].status == Status.RECEIVED
        began = next(e for i, e in enumerate(case.history) if all(
            later.status == case.status for later in case.history[i:]))
        assert began.at and case.since == began.at.astimezone(BEIJING).date(), number


def test_what_a_status_needs_is_there(hall: sample.Hall) -> None:
    offices = {o.code for o in hall.offices}
    for number, case in hall.cases:
        matter = matter_of(hall, case)
        status = Status(case.status)
        standing = [p for p in case.paused if p.until is None]
        materials = {m.name for m in matter.guide.materials}
        assert (status is Status.SUPPLEMENT) == bool(case.missing) == bool(case.supply_by), number
        assert set(case.missing) <= materials
        assert bool(standing) == (status in (Status.SUPPLEMENT, Status.SUSPENDED)), number
        assert len(standing) <= 1
        if standing:
            assert (standing[0].reason is Pause.SUPPLEMENT) == (status is Status.SUPPLEMENT)
        assert bool(case.decision) == (status not in OPEN), number
        assert bool(case.pickup) == (status is Status.COLLECT), number
        if case.pickup:
            assert case.pickup.office in offices
            assert case.pickup.ready_on == case.since
        if case.decision:
            outcome = next(o for o in matter.outcomes if o.code == case.decision.outcome)
            assert outcome.result == case.decision.result
            granted = case.decision.result is ResultClass.GRANTED
            assert granted or case.decision.reason, (number, outcome)
        assert (status is Status.RECEIVED) <= (case.accepted_on is None)
        assert case.applicant and case.applicant.name
        assert re.fullmatch(r"\d{6}", case.query_code or "")
        assert re.fullmatch(r"0991-48100\d\d", case.handler_phone or "")


def test_the_law_is_kept(hall: sample.Hall, calendar: SlowCalendar) -> None:
    for number, case in hall.cases:
        first_asked = next((e for e in case.history if e.status == Status.SUPPLEMENT), None)
        if first_asked and case.accepted_on is None and first_asked.at:
            asked = first_asked.at.date()
            assert calendar.between(case.received_on, asked) <= 5, number  # 许可法 § 32
        if case.matter == "xxgk" and case.accepted_on and not any(
                p.reason is Pause.SUPPLEMENT for p in case.paused):
            assert case.accepted_on == case.received_on, number  # 条例 § 31
        if case.extension:
            most = 20 if case.matter == "xxgk" else 10  # 条例 § 33, 许可法 § 42
            assert case.extension.days <= most
            told = next(e.at for e in case.history if e.key.endswith("extend"))
            limit = allowance(case, matter_of(hall, case)) - case.extension.days
            assert told and used(case, told.date(), calendar) <= limit, "told before it was over"
        if case.decision and case.decision.decided_on:
            handed = next((e.at for e in case.history
                           if e.status in (Status.COLLECT, Status.CLOSED)), None)
            if handed:
                waited = calendar.between(case.decision.decided_on, handed.date())
                assert waited <= 10, number  # 许可法 § 44


def test_numbers_are_valid_and_not_in_sequence(hall: sample.Hall) -> None:
    numbers = [number for number, _ in hall.cases]
    assert len(set(numbers)) == len(numbers)
    ours = [n for n in numbers if n.isdecimal()]
    assert len(ours) == len(numbers) - 2
    for number in ours:
        assert len(number) == 12
        assert mod_11_10.is_valid(number)
    known = {s.number for s in hall.showcase}
    assert all(number[:2] == f"{case.received_on:%y}" for number, case in hall.cases
               if number not in known)
    steps = [abs(int(b[2:11]) - int(a[2:11])) for a, b in pairwise(ours)]
    assert min(steps) > 1
    assert not any(re.fullmatch(r"\d{2}-?\d{6}", number) for number in numbers)
    assert len({case.reference for _, case in hall.cases}) == len(hall.cases)


def test_applicants_are_invented_and_of_every_kind(hall: sample.Hall) -> None:
    people = [case.applicant for _, case in hall.cases if case.applicant]
    assert {p.kind for p in people} == {"person", "organisation"}
    assert {p.language for p in people} == {"zh-CN", "en", "ug"}
    assert sum("·" in p.name for p in people) >= 10
    for person in people:
        assert re.fullmatch(r"\+861\d\d0000\d{4}", person.phone)
        assert phonenumbers.is_valid_number(phonenumbers.parse(person.phone))


def test_the_same_day_gives_the_same_hall(hall: sample.Hall, today: date,
                                          calendar: SlowCalendar) -> None:
    assert sample.load(today, calendar) == hall


def test_another_day_keeps_the_well_known_numbers_and_what_they_show(
        hall: sample.Hall, today: date, calendar: SlowCalendar) -> None:
    cases = dict(hall.cases)
    shown = {s.number: (cases[s.number].status, cases[s.number].matter, cases[s.number].stage,
                        cases[s.number].query_code) for s in hall.showcase}
    for days in (1, 9, 45, 400):
        later = sample.load(today + timedelta(days), calendar)
        then = dict(later.cases)
        assert {s.number: (then[s.number].status, then[s.number].matter, then[s.number].stage,
                           then[s.number].query_code) for s in later.showcase} == shown


def test_the_well_known_cases_show_each_situation(hall: sample.Hall, today: date,
                                                  calendar: SlowCalendar) -> None:
    cases = dict(hall.cases)

    def late(number: str) -> bool:
        return is_late(cases[number], matter_of(hall, cases[number]), today, calendar)

    assert cases["264718305921"].status == Status.IN_REVIEW and not late("264718305921")
    assert cases["261059382740"].missing and not late("261059382740")
    assert cases["268302749163"].status == Status.IN_REVIEW and late("268302749163")
    assert cases["263947201581"].pickup
    assert cases["257193048625"].decision.result is ResultClass.GRANTED  # type: ignore[union-attr]
    assert cases["260528194731"].decision.outcome == "xxbcz"  # type: ignore[union-attr]
    assert cases["269183407256"].paused[-1].reason is Pause.HEARING
    assert cases["266372019845"].extension and not late("266372019845")
    assert cases["267350918421"].paused[-1].reason is Pause.EXPERT_REVIEW
    assert cases["265928403179"].status == Status.IN_REVIEW and not late("265928403179")
    digits = defaultdict(list)
    for number in cases:
        digits["".join(re.findall(r"\d", number))].append(number)
    assert [shared for shared in digits.values() if len(shared) > 1] == [
        [n for n in cases if n in ("建2025-00117", "规2025-00117")]]


def test_loading_is_quick(today: date, calendar: SlowCalendar) -> None:
    started = time.process_time()
    sample.load(today, calendar)
    assert time.process_time() - started < 1.0
