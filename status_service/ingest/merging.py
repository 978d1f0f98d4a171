"""All lines of one case become the case.

`states`: each line is a state of the case at a time; the last one in time is the
case as it stands, all are its history. `phases`: each line is a phase (or an
address) of the case; the case is as far as its least finished phase.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from status_service.cases.write import CaseWrite, Decision, Event, Paused
from status_service.ingest.casting import Line
from status_service.words import Pause, Status

RANK = {status.value: rank for rank, status in enumerate(Status)}
UNKNOWN = -1  # rank of a code that nobody knows: not finished, as far as we can say

Tell = Callable[[str], None]


def merge(lines: list[Line], kind: str, tell: Tell) -> CaseWrite:
    """One case of its lines, none of which is bad. `tell` hears of contradictions."""
    if len(lines) > 1:
        _contradictions(lines, kind, tell)
    return _states(lines) if kind == "states" else _phases(lines)


def repeated(lines: list[Line]) -> int:
    """How many of these lines say nothing that an earlier one does not say."""
    return len(lines) - len({msgspec.msgpack.encode(line.write) for line in lines})


def _states(lines: list[Line]) -> CaseWrite:
    last = _write(lines[-1])
    if len(lines) == 1 and last.status not in _STOPPED:
        return last
    ordered = sorted(lines, key=_when)  # stable: at one time the later line counts
    last = _write(ordered[-1])
    changes: dict[str, Any] = {"history": _together(ordered)}
    if not last.paused:
        changes["paused"] = _paused(ordered)
    return msgspec.structs.replace(last, **changes)


def _when(line: Line) -> Any:
    return _write(line).history[0].at


_STOPPED = {Status.SUPPLEMENT.value: Pause.SUPPLEMENT, Status.SUSPENDED.value: Pause.OTHER}


def _paused(ordered: list[Line]) -> tuple[Paused, ...]:
    """The clock stood still from a line that says so until the next that does not."""
    found: list[Paused] = []
    for line in ordered:
        write = _write(line)
        since = write.since or write.received_on
        if found and found[-1].until is None:
            if _STOPPED.get(write.status) is found[-1].reason:
                continue
            found[-1] = msgspec.structs.replace(found[-1], until=since)
        if write.status in _STOPPED:
            found.append(Paused(since=since, reason=_STOPPED[write.status]))
    return tuple(found)


def _phases(lines: list[Line]) -> CaseWrite:
    if len(lines) == 1:
        return _write(lines[0])
    writes = [_write(line) for line in lines]
    ranks = [RANK.get(write.status, UNKNOWN) for write in writes]
    least = min(ranks)
    holding = [write for write, rank in zip(writes, ranks, strict=True) if rank == least]
    first = min(writes, key=lambda w: w.received_on)
    decided = max((w.decision for w in holding if w.decision), key=_decided, default=None)
    return msgspec.structs.replace(
        first, status=holding[0].status, stage=holding[0].stage,
        since=max((w.since for w in holding if w.since), default=None),
        decision=decided, history=_together(lines))


def _decided(decision: Decision) -> str:
    return decision.decided_on.isoformat() if decision.decided_on else ""


def _together(lines: list[Line]) -> tuple[Event, ...]:
    """Every event once, in order of time; those without a time after those with one."""
    events: dict[str, Event] = {}
    for line in lines:
        for event in _write(line).history:
            events.setdefault(event.key, event)
    return tuple(sorted(events.values(),
                        key=lambda e: (e.at is None, e.at.timestamp() if e.at else 0)))


def _contradictions(lines: list[Line], kind: str, tell: Tell) -> None:
    """Lines that cannot both be true are named; see the two ways above for which one counts."""
    seen: dict[Any, Line] = {}
    for line in lines:
        write = _write(line)
        same = _when(line) if kind == "states" else line.phase
        other = seen.setdefault(same, line)
        if other.code != line.code:
            counts = "the later line" if kind == "states" else "the less finished one"
            tell(f"lines {other.line} and {line.line} contradict each other about case "
                 f"{line.number}: {other.code!r} and {line.code!r}; {counts} counts")
    first = _write(lines[0])
    for line in lines[1:]:
        write = _write(line)
        if write.matter != first.matter:
            tell(f"lines {lines[0].line} and {line.line} give case {line.number} to two matters, "
                 f"{first.matter!r} and {write.matter!r}")
        elif kind == "states" and write.received_on != first.received_on:
            tell(f"lines {lines[0].line} and {line.line} let case {line.number} be received on "
                 f"{first.received_on} and on {write.received_on}")


def _write(line: Line) -> CaseWrite:
    assert line.write is not None  # noqa: S101 - cases with a bad line are never merged
    return line.write
