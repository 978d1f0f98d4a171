"""Tasks (待办): whatever a person must do because the machine rightly does not."""

from __future__ import annotations

import shlex
from datetime import datetime
from typing import Any, Literal
from urllib.parse import quote

import msgspec
import sqlalchemy as sa

from status_service.storage import tables

TaskState = Literal["open", "done"]
TaskKind = Literal["lost-query-code", "lost-phone", "unknown-status", "send-unknown",
                   "dead-letter", "many-wrong-codes", "audit", "retention"]

# What a clerk does next. {word}: what the task is about, as the command line takes it;
# {part}: the same as a part of an address.
WHAT_TO_DO: dict[TaskKind, str] = {
    "lost-query-code":
        "See who they are, face to face with their identity document. Then give a new code: "
        "`python -m status_service desk code {word} --clerk ID`, or POST "
        "/v1/desk/cases/{part}/query-code. Print it and hand it over; the old one stops at once.",
    "lost-phone":
        "See who they are, face to face with their identity document. Then register the new "
        "phone: `python -m status_service desk phone {word} --clerk ID`, or PUT "
        "/v1/desk/cases/{part}/phone. Tell the back office the new number as well.",
    "unknown-status":
        "Ask the back office what its code means and add it to its mapping (docs/exchange.md). "
        "Until then applicants hear the last known status, and that it is not certain.",
    "send-unknown":
        "Look the message up at the provider, or ask the applicant whether it came; send it "
        "again only by asking for a new one.",
    "dead-letter":
        "Look why the provider refuses it (the account, the number, the network); the applicant "
        "asks again, or is called.",
    "many-wrong-codes":
        "Somebody is guessing codes. Nothing has to be done for it to stop, and what they guess "
        "at stays closed; tell whoever calls because their right code is refused to try again "
        "in an hour or to come to a window. If it comes back every day, tell the police.",
    "audit":
        "Run `python -m status_service audit check` and keep a copy of the record as it is: "
        "somebody may have changed it. See docs/security.md.",
    "retention":
        "Look into the log of the service at the night of this task, then run "
        "`python -m status_service retention` by hand.",
}

t = tables.tasks


class Task(msgspec.Struct, frozen=True, omit_defaults=True):
    """One task. key: its cause. seen: how often the cause came. version: of this task; it
    goes up with every change. done_at, done_by, note: when it was last done, by whom, and
    what they noted; a task whose cause came back is open again and keeps them."""

    id: int
    kind: str
    state: str
    key: str
    detail: str
    what_to_do: str
    seen: int
    version: int
    created_at: datetime
    updated_at: datetime
    done_at: datetime | None = None
    done_by: str | None = None
    note: str | None = None


class NoTask(Exception):
    """There is no such task."""


class TaskChanged(Exception):
    """The task is another than the one that was looked at. `version`: the one it has now."""

    def __init__(self, version: int) -> None:
        super().__init__(version)
        self.version = version


def raise_task(connection: sa.Connection, kind: TaskKind, key: str, detail: str,
               now: datetime) -> None:
    """Make a task for staff, once for each `key` (`kind`, a colon, what it is about); when its
    cause comes back it is counted, and a task that was done is open again. `detail` holds no
    personal data."""
    known = connection.execute(
        t.update().where(t.c.key == key[:160])
        .values(seen=t.c.seen + 1, version=t.c.version + 1, updated_at=now, state="open"))
    if not known.rowcount:
        connection.execute(t.insert().values(
            kind=kind, key=key[:160], detail=detail[:400], state="open", seen=1,
            created_at=now, updated_at=now))


def listed(connection: sa.Connection, *, state: str | None, kind: str | None, after: int,
           most: int) -> list[Task]:
    """Tasks with an id above `after`, the oldest first."""
    wanted = sa.select(t).where(t.c.id > after).order_by(t.c.id).limit(most)
    if state is not None:
        wanted = wanted.where(t.c.state == state)
    if kind is not None:
        wanted = wanted.where(t.c.kind == kind)
    return [_task(row) for row in connection.execute(wanted)]


def one(connection: sa.Connection, task: int) -> Task:
    """Raises NoTask."""
    row = connection.execute(sa.select(t).where(t.c.id == task)).first()
    if row is None:
        raise NoTask
    return _task(row)


def settle(connection: sa.Connection, task: int, state: TaskState, *, version: int, by: str,
           note: str, now: datetime) -> Task:
    """Say that a task is done, or open again. `by`: the token and the clerk. Saying what is so
    already changes nothing, whatever the version. Raises NoTask, or TaskChanged when it is not
    `version` that was looked at, for its cause may have come back meanwhile."""
    found = one(connection, task)
    if found.state == state:
        return found
    values: dict[str, Any] = {"state": state, "version": version + 1, "updated_at": now}
    if state == "done":
        values |= {"done_at": now, "done_by": by[:80], "note": note[:200] or None}
    changed = connection.execute(
        t.update().where(t.c.id == task, t.c.version == version).values(**values))
    if not changed.rowcount:
        raise TaskChanged(one(connection, task).version)
    return one(connection, task)


def seen_to(connection: sa.Connection, kind: TaskKind, subject: str, by: str,
            now: datetime) -> None:
    """The desk did what an open task asked for; harmless where there is none."""
    connection.execute(
        t.update().where(t.c.key == f"{kind}:{subject}"[:160], t.c.state == "open")
        .values(state="done", version=t.c.version + 1, updated_at=now, done_at=now,
                done_by=by[:80], note=None))


def _task(row: Any) -> Task:
    about = row.key.partition(":")[2]
    todo = WHAT_TO_DO.get(row.kind, "").format(word=shlex.quote(about), part=quote(about, safe=""))
    return Task(id=row.id, kind=row.kind, state=row.state, key=row.key, detail=row.detail,
                what_to_do=todo, seen=row.seen, version=row.version, created_at=row.created_at,
                updated_at=row.updated_at, done_at=row.done_at, done_by=row.done_by,
                note=row.note)
