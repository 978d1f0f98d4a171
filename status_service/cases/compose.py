"""From the record to the answer: what is true of a case today.

Nothing here asks a database; the hall and the calendar are given. So the same
function makes the answer for a look-up, a notification and a test.
"""

from __future__ import annotations

from datetime import date, datetime

from status_service.cases.answer import (
    Answer,
    Collection,
    Deadline,
    OfficeLine,
    Result,
)
from status_service.cases.calendar import Calendar
from status_service.cases.write import CaseWrite
from status_service.guides.hall import Hall
from status_service.guides.types import Matter
from status_service.words import Actor, LocalText, Pause, Status

ENDED = frozenset({Status.DECIDED, Status.COLLECT, Status.CLOSED})
MUST_ACT: dict[Status, Actor] = {
    Status.SUPPLEMENT: Actor.APPLICANT,
    Status.COLLECT: Actor.APPLICANT,
    Status.CLOSED: Actor.NOBODY,
}


def compose(number: str, status: Status, body: CaseWrite, updated_at: datetime,
            hall: Hall, calendar: Calendar, today: date) -> Answer:
    """The whole answer; take `answer.at_level` of it before it leaves the service.

    `status` is the record's; when `body.status` is a code that means nothing to
    us they differ, and the answer is not certain.
    """
    matter = hall.matters[body.matter]
    office = hall.lines[body.office or matter.office]
    certain = body.status == status.value
    return Answer(
        number=number,
        matter=matter.name,
        matter_code=matter.code,
        status=status,
        actor=MUST_ACT.get(status, Actor.OFFICE),
        office=office,
        as_of=updated_at,
        received_on=body.received_on,
        certain=certain,
        since=body.since if certain else None,
        stage=_stage(matter, body.stage, 0),
        next=None if status in ENDED else _stage(matter, body.stage, 1),
        deadline=deadline(body, matter, status, calendar, today),
        result=_result(body, matter),
        supply_by=body.supply_by if status is Status.SUPPLEMENT else None,
        project=body.project,
        missing=body.missing if status is Status.SUPPLEMENT else (),
        collection=_collection(body, hall) if status is Status.COLLECT else None,
        handler_phone=body.handler_phone,
    )


def deadline(body: CaseWrite, matter: Matter, status: Status, calendar: Calendar,
             today: date) -> Deadline | None:
    """The limit that binds: the promised one where there is one, else the statutory one.

    The day of acceptance does not count, nor do days on which the clock stood
    still. None before acceptance and where no limit is known.
    """
    promised = matter.promised_days if body.promised_days is None else body.promised_days
    limit = promised or (
        matter.statutory_days if body.statutory_days is None else body.statutory_days)
    start = body.accepted_on
    if not limit or start is None:
        return None
    extension = body.extension
    days = limit + (extension.days if extension else 0)
    ended = status in ENDED
    until = today
    if ended:
        until = (body.decision and body.decision.decided_on) or body.since or today
    standing = next((p for p in body.paused if p.until is None), None)
    stopped = not ended and standing is not None
    pauses = [(p.since, p.until or until) for p in body.paused]
    used = calendar.between(start, until) - _still(pauses, start, until, calendar)
    due = None if stopped else _due(start, days, pauses, calendar)
    return Deadline(
        kind="promised" if promised else "statutory",
        days=days,
        used=used,
        left=days - used,
        clock="ended" if ended else "stopped" if stopped else "running",
        due=due,
        pause=standing.reason if stopped and standing else _pause_of(status, stopped),
        extended_by=extension.days if extension else 0,
        extension_reason=extension.reason if extension else None,
        provisional=due is not None and calendar.is_provisional(due),
    )


def _pause_of(status: Status, stopped: bool) -> Pause | None:
    return Pause.OTHER if stopped and status is Status.SUSPENDED else None


def _due(start: date, days: int, pauses: list[tuple[date, date]], calendar: Calendar) -> date:
    """The last day: `days` working days after `start`, and as many more as the clock stood
    still before it. Each round can only reach further, and pauses are finite."""
    due = calendar.add(start, days)
    while True:
        later = calendar.add(start, days + _still(pauses, start, due, calendar))
        if later == due:
            return due
        due = later


def _still(pauses: list[tuple[date, date]], start: date, until: date, calendar: Calendar) -> int:
    """Working days within (start, until] on which the clock stood still; overlapping
    pauses count once."""
    total = 0
    reached = start
    for since, end in sorted(pauses):
        total += calendar.between(max(since, reached), min(end, until))
        reached = max(reached, end)
    return total


def _stage(matter: Matter, code: str | None, ahead: int) -> LocalText | None:
    """The name of a stage, or of the one `ahead` of it; a code nobody knows has no name."""
    if code is None:
        return None
    for at, stage in enumerate(matter.stages):
        if stage.code == code:
            wanted = at + ahead
            return matter.stages[wanted].name if wanted < len(matter.stages) else None
    return None


def _result(body: CaseWrite, matter: Matter) -> Result | None:
    decision = body.decision
    if decision is None:
        return None
    outcome = next((o.name for o in matter.outcomes if o.code == decision.outcome), None)
    return Result(result=decision.result, outcome=outcome,
                  decided_on=decision.decided_on, reason=decision.reason)


def _collection(body: CaseWrite, hall: Hall) -> Collection | None:
    pickup = body.pickup
    if pickup is None:
        return None
    place: OfficeLine = hall.lines[pickup.office]
    return Collection(what=pickup.what, office=place, ready_on=pickup.ready_on, bring=pickup.bring)
