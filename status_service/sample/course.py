"""The course of an invented case: steps with durations, played against the calendar.

A course says what happens and how many working days after the step before. To
play it gives the case as its back office would state it at the end of a day:
what has not happened by then is left out, so one course gives every status.
"""

from __future__ import annotations

import random
from bisect import bisect_left
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta, timezone
from typing import Literal, Protocol

import msgspec

from status_service.cases.write import (
    CaseWrite,
    Decision,
    Event,
    Extension,
    Paused,
    Person,
    Pickup,
)
from status_service.guides.types import Matter, Office
from status_service.words import LocalText, Pause, ResultClass, Status

BEIJING = timezone(timedelta(hours=8))  # one zone, no summer time
SUPPLY_DAYS = 10  # working days an applicant is given to supply what is missing

Does = Literal["receive", "supplement", "supplied", "accept", "review", "hearing",
               "expert_review", "other", "resume", "extend", "decide", "collect", "close",
               "withdraw", "reject"]
ENDS: frozenset[Does] = frozenset({"close", "withdraw", "reject"})
PAUSES: dict[Does, Pause] = {"supplement": Pause.SUPPLEMENT, "hearing": Pause.HEARING,
                             "expert_review": Pause.EXPERT_REVIEW, "other": Pause.OTHER}
STATUS: dict[Does, Status] = {
    "receive": Status.RECEIVED, "supplement": Status.SUPPLEMENT, "accept": Status.ACCEPTED,
    "review": Status.IN_REVIEW, "hearing": Status.SUSPENDED, "expert_review": Status.SUSPENDED,
    "other": Status.SUSPENDED, "resume": Status.IN_REVIEW, "extend": Status.IN_REVIEW,
    "decide": Status.DECIDED, "collect": Status.COLLECT, "close": Status.CLOSED,
    "withdraw": Status.CLOSED, "reject": Status.CLOSED,
}  # "supplied" has none of its own: the case goes back to where it was stopped


class WorkingDays(Protocol):
    """The calendar, as far as the sample needs it."""

    def is_working(self, day: date) -> bool: ...

    def add(self, day: date, working_days: int, /) -> date: ...


class Step(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """One thing that happens, `after` working days since the step before."""

    does: Does
    after: int = 0
    outcome: str | None = None  # of decide, withdraw and reject
    reason: int = 0  # of extend: which of the story's reasons


class Tale(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """What the steps of every course are told with: notes, reasons, documents."""

    notes: dict[str, LocalText]
    extensions: dict[str, int]
    extension_reasons: tuple[LocalText, ...]
    documents: dict[str, LocalText]
    bring: dict[str, LocalText]
    reasons: dict[str, dict[str, LocalText]]

    def reason(self, matter: str, outcome: str) -> LocalText | None:
        """Why it ended so; None where an outcome needs no reason (a full grant)."""
        own = self.reasons.get(matter, {})
        return own.get(outcome) or self.reasons["any"].get(outcome)


class Days:
    """The working days from `first` to the day before `today`, by their position."""

    def __init__(self, first: date, today: date, calendar: WorkingDays) -> None:
        self.calendar = calendar
        span = (first + timedelta(i) for i in range((today - first).days))
        self.all = [day for day in span if calendar.is_working(day)]

    @property
    def last(self) -> int:
        """Position of the last working day that is over: nothing happens later than that."""
        return len(self.all) - 1

    def position(self, day: date) -> int:
        return bisect_left(self.all, day)


def play(matter: Matter, office: Office, steps: Sequence[Step], first: int, days: Days, *,
         tale: Tale, applicant: Person, chance: random.Random) -> CaseWrite:
    """The case of these steps, the first of which happens on `days.all[first]`."""
    player = _Player(matter, office, days.calendar, tale, applicant, chance)
    at = first
    for step in steps:
        at += step.after
        if at > days.last:
            break
        player.take(step, days.all[at])
    return player.case()


class _Player:
    """A case while it is being played: what its back office knows after each step."""

    def __init__(self, matter: Matter, office: Office, calendar: WorkingDays, tale: Tale,
                 applicant: Person, chance: random.Random) -> None:
        self.matter, self.office, self.calendar = matter, office, calendar
        self.tale, self.applicant, self.chance = tale, applicant, chance
        self.clock = OfficeClock(office, chance)
        self.status, self.stage = Status.RECEIVED, 0
        self.stopped_in = Status.RECEIVED
        self.received = self.since = date.min
        self.accepted: date | None = None
        self.paused: list[Paused] = []
        self.extension: Extension | None = None
        self.missing: tuple[LocalText, ...] = ()
        self.supply_by: date | None = None
        self.decision: Decision | None = None
        self.pickup: Pickup | None = None
        self.history: list[Event] = []

    def take(self, step: Step, day: date) -> None:
        before = self.status
        self.status = STATUS.get(step.does, self.stopped_in)
        if step.does == "receive":
            self.received = self.since = day
        elif step.does == "accept":
            self.accepted = day
        elif step.does == "review":
            self.stage = min(self.stage + 1, len(self.matter.stages) - 3)
        elif step.does in PAUSES:
            self.stopped_in = before
            self.paused.append(Paused(since=day, reason=PAUSES[step.does]))
            if step.does == "supplement":
                self._ask_for_materials(day)
        elif step.does in ("resume", "supplied"):
            self._go_on(day)
        elif step.does == "extend":
            self.extension = Extension(days=self.tale.extensions[self.matter.code],
                                       reason=self.tale.extension_reasons[step.reason])
        elif step.does == "decide":
            self.stage = len(self.matter.stages) - 2
            self._decide(step, day)
        elif step.does == "collect":
            self.stage = len(self.matter.stages) - 1
            self.pickup = Pickup(what=self.tale.documents[self.matter.code],
                                 office=self.office.code, ready_on=day,
                                 bring=self.tale.bring[self.applicant.kind])
        elif step.does == "close":
            self.stage = len(self.matter.stages) - 1
        else:  # withdraw, reject: it ends where it stands
            self._go_on(day)
            self._decide(step, day)
        if self.status is not before:
            self.since = day
        self.history.append(Event(
            key=f"{len(self.history) + 1:02d}-{step.does}", status=self.status.value,
            at=self.clock.next(day), stage=self.matter.stages[self.stage].code,
            note=self.tale.notes[step.does]))

    def _ask_for_materials(self, day: date) -> None:
        wanted = [m.name for m in self.matter.guide.materials if m.required]
        if self.accepted:  # form and identity were checked then: what is wanted is a correction
            wanted = wanted[2:]
        self.missing = tuple(self.chance.sample(wanted, min(len(wanted),
                                                            self.chance.choice((1, 1, 2)))))
        self.supply_by = self.calendar.add(day, SUPPLY_DAYS)

    def _go_on(self, day: date) -> None:
        """The clock runs again, if it stood still."""
        if self.paused and self.paused[-1].until is None:
            self.paused[-1] = msgspec.structs.replace(self.paused[-1], until=day)
        self.missing, self.supply_by = (), None

    def _decide(self, step: Step, day: date) -> None:
        outcome = next(o for o in self.matter.outcomes if o.code == step.outcome)
        self.decision = Decision(result=ResultClass(outcome.result), outcome=outcome.code,
                                 decided_on=day,
                                 reason=self.tale.reason(self.matter.code, outcome.code))

    def case(self) -> CaseWrite:
        return CaseWrite(
            version=len(self.history), matter=self.matter.code, status=self.status.value,
            received_on=self.received, since=self.since,
            stage=self.matter.stages[self.stage].code, office=self.office.code,
            accepted_on=self.accepted, paused=tuple(self.paused), extension=self.extension,
            missing=self.missing, supply_by=self.supply_by, decision=self.decision,
            pickup=self.pickup if self.status is Status.COLLECT else None,
            applicant=self.applicant, history=tuple(self.history))


class OfficeClock:
    """Gives moments in an office's hours, each later than the one before."""

    def __init__(self, office: Office, chance: random.Random) -> None:
        self._minutes = {weekday: _open_minutes(office, weekday) for weekday in range(1, 8)}
        self._chance = chance
        self._day, self._taken = date.min, -1

    def next(self, day: date) -> datetime:
        """A moment of `day`. Several on one day leave room for more: none is taken from
        the later half of what is left of the hours."""
        # A weekend day worked in exchange for a holiday keeps the hours of a Monday.
        minutes = self._minutes[day.isoweekday() if day.isoweekday() < 6 else 1]
        start = self._taken + 1 if day == self._day else 0
        room = len(minutes) - start
        self._taken = start + self._chance.randrange(max(1, room // 2))
        self._day = day
        hour, minute = divmod(minutes[self._taken], 60)
        return datetime.combine(day, time(hour, minute), BEIJING)


def _open_minutes(office: Office, weekday: int) -> list[int]:
    """The minutes of a day at which an office is open."""
    found: list[int] = []
    for hours in office.hours:
        if weekday in hours.days:
            opens, closes = _minute(hours.opens), _minute(hours.closes)
            found += range(opens, closes)
    return sorted(found)


def _minute(clock: str) -> int:
    hour, minute = clock.split(":")
    return int(hour) * 60 + int(minute)


def length(steps: Sequence[Step]) -> int:
    """Working days from the first step to the last."""
    return sum(step.after for step in steps[1:])
