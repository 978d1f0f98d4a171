"""Writing cases: one way in for a PUT, a line of a stream and a line of a file.

`put_many` takes many cases in one transaction of the caller's. Whatever comes
twice changes nothing; an older version is ignored; history is only appended.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple

import msgspec
import sqlalchemy as sa

from status_service.cases import number as case_number
from status_service.cases.write import CaseWrite, Event, Person
from status_service.guides.hall import Hall
from status_service.storage import bulk, tables
from status_service.storage.tables import to_micros
from status_service.tasks import raise_task
from status_service.trust.personal import Vault
from status_service.words import Status

STATUSES = frozenset(s.value for s in Status)

CASE_COLUMNS = ("id", "number", "number_key", "digits_key", "source", "version", "fingerprint",
                "status", "matter", "applicant", "query_code", "updated_at", "body")
HISTORY_COLUMNS = ("case_id", "key", "status", "at", "stage", "phase", "note")

_encode = msgspec.json.Encoder().encode


class Outcome(StrEnum):
    """What became of one case that was sent."""

    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    OLDER = "older"  # its version is behind ours; ignored
    REFUSED = "refused"  # see `problem`


class Written(NamedTuple):
    """The outcome for one case; `problem` is (problem type, sentence) when refused."""

    number: str
    outcome: Outcome
    version: int = 0
    problem: tuple[str, str] | None = None


class Held(NamedTuple):
    """What the record holds of a case before a write."""

    id: int
    source: str
    version: int
    fingerprint: bytes
    status: str


class Writer:
    """Writes the cases of one source. `statuses` maps its own codes to ours; a code that
    is in neither list leaves the case at its last known status, marked as uncertain,
    and makes a task."""

    def __init__(self, source: str, hall: Hall, vault: Vault,
                 statuses: Mapping[str, str] | None = None) -> None:
        self.source = source
        self._hall = hall
        self._vault = vault
        self._statuses = dict(statuses or {})

    def put_many(self, connection: sa.Connection, items: Sequence[tuple[str, CaseWrite]],
                 now: datetime) -> list[Written]:
        """Write `items`; the transaction is the caller's. The order of the outcomes is that
        of the items. A number may come twice: the later item sees the earlier one."""
        outcomes: list[Written] = []
        batch: dict[str, tuple[int, str, CaseWrite]] = {}
        results: dict[int, Written] = {}
        for at, (number, write) in enumerate(items):
            key = case_number.keys(number)[0]
            if key in batch:
                self._flush(connection, batch, results, now)
                batch = {}
            problem = self._problem(number, key, write)
            if problem:
                results[at] = Written(number, Outcome.REFUSED, write.version, problem)
            else:
                batch[key] = (at, number, write)
        self._flush(connection, batch, results, now)
        outcomes.extend(results[at] for at in range(len(items)))
        return outcomes

    def _problem(self, number: str, key: str, write: CaseWrite) -> tuple[str, str] | None:
        """Why this case cannot be written, or None."""
        if not key or len(number) > case_number.LONGEST:
            return "not-a-number", "The case number has no letters or digits, or is too long."
        if write.matter not in self._hall.matters:
            return "unknown-matter", f"There is no matter {write.matter!r}; see GET /v1/matters."
        for office in (write.office, write.pickup and write.pickup.office):
            if office and office not in self._hall.offices:
                return "unknown-office", f"There is no office {office!r}; see GET /v1/offices."
        if len({e.key for e in write.history}) != len(write.history):
            return "history-key-twice", "Two entries of the history have the same key."
        if any(e.at is not None and e.at.tzinfo is None for e in write.history):
            return "time-without-zone", "A time in the history has no zone; write +08:00 or Z."
        return None

    def _flush(self, connection: sa.Connection, batch: dict[str, tuple[int, str, CaseWrite]],
               results: dict[int, Written], now: datetime) -> None:
        if not batch:
            return
        held = self.held(connection, list(batch))
        stamp = to_micros(now)
        new: list[tuple[str, int, str, CaseWrite, bytes]] = []
        events: list[tuple[Any, ...]] = []
        for key, (at, number, sent) in batch.items():
            write = self._in_our_words(sent)
            mark = self._vault.fingerprint(_encode(msgspec.structs.replace(write, version=1)))
            old = held.get(key)
            if old is None:
                new.append((key, at, number, write, mark))
                continue
            verdict = self._compare(old, write, mark)
            if verdict is Outcome.UPDATED:
                self._update(connection, old, number, write, mark, stamp, now)
                events.extend(self._events(old.id, write.history))
            problem = None
            if verdict is Outcome.REFUSED:
                problem = (("number-taken", "Another back office already uses this number.")
                           if old.source != self.source else
                           ("version-conflict", f"Version {write.version} was sent before with "
                            "other content; send the change with a higher version."))
            results[at] = Written(number, verdict, max(old.version, write.version)
                                  if verdict is Outcome.UPDATED else old.version, problem)
        ids = bulk.new_ids(connection, tables.cases, len(new))
        rows = []
        for case_id, (key, at, number, write, mark) in zip(ids, new, strict=True):
            status = self._status(connection, number, write.status, Status.RECEIVED, now)
            rows.append((case_id, number, key, case_number.keys(number)[1], self.source,
                         write.version, mark, status, write.matter,
                         self._applicant(connection, write.applicant),
                         self._code(key, write.query_code), stamp, body(write)))
            events.extend(self._events(case_id, write.history))
            results[at] = Written(number, Outcome.CREATED, write.version)
        bulk.insert(connection, tables.cases, CASE_COLUMNS, rows)
        bulk.insert(connection, tables.history, HISTORY_COLUMNS, events, skip_known=True)

    def held(self, connection: sa.Connection, keys: Sequence[str]) -> dict[str, Held]:
        """What the record holds under these number keys; locked where the database locks rows."""
        t = tables.cases
        found: dict[str, Held] = {}
        for start in range(0, len(keys), 500):
            rows = connection.execute(
                sa.select(t.c.number_key, t.c.id, t.c.source, t.c.version, t.c.fingerprint,
                          t.c.status)
                .where(t.c.number_key.in_(keys[start:start + 500])).with_for_update())
            found.update((r[0], Held(*r[1:])) for r in rows)
        return found

    def _compare(self, old: Held, write: CaseWrite, mark: bytes) -> Outcome:
        if old.source != self.source:
            return Outcome.REFUSED
        if write.version < old.version:
            return Outcome.OLDER
        if mark == bytes(old.fingerprint):
            return Outcome.UNCHANGED
        return Outcome.UPDATED if write.version > old.version else Outcome.REFUSED

    def _update(self, connection: sa.Connection, old: Held, number: str, write: CaseWrite,
                mark: bytes, stamp: int, now: datetime) -> None:
        t = tables.cases
        values: dict[str, Any] = {
            "number": number, "version": write.version, "fingerprint": mark,
            "status": self._status(connection, number, write.status, Status(old.status), now),
            "matter": write.matter, "updated_at": stamp, "body": body(write)}
        if write.applicant is not None:
            values["applicant"] = self._applicant(connection, write.applicant)
        if write.query_code is not None:
            values["query_code"] = self._code(case_number.keys(number)[0], write.query_code)
        connection.execute(t.update().where(t.c.id == old.id).values(**values))

    def _in_our_words(self, write: CaseWrite) -> CaseWrite:
        """With our status in place of the back office's code, where one is known."""
        status = self.status_of(write.status)
        if status is None or status == write.status:
            return write
        return msgspec.structs.replace(write, status=status)

    def status_of(self, code: str) -> str | None:
        """Ours for a back office's code; None for one that nobody knows."""
        found = self._statuses.get(code, code)
        return found if found in STATUSES else None

    def _status(self, connection: sa.Connection, number: str, code: str, known: Status,
                now: datetime) -> str:
        status = self.status_of(code)
        if status is not None:
            return status
        raise_task(connection, "unknown-status", f"unknown-status:{self.source}:{code}",
                   f"{self.source} sent the status {code!r}, which no mapping knows "
                   f"(first seen with case {number}).", now)
        return known.value

    def _events(self, case_id: int, history: Sequence[Event]) -> list[tuple[Any, ...]]:
        return [(case_id, e.key, self.status_of(e.status) or e.status,
                 None if e.at is None else to_micros(e.at), e.stage, e.phase,
                 None if e.note is None else _encode(e.note)) for e in history]

    def _code(self, key: str, code: str | None) -> bytes | None:
        return self._vault.keyed_hash("query-code", f"{key}:{code}") if code else None

    def _applicant(self, connection: sa.Connection, person: Person | None) -> int | None:
        if person is None or not (person.name or person.phone):
            return None
        t = tables.applicants
        identity = self._vault.keyed_hash("applicant", f"{person.name}\0{person.phone}")
        found = connection.execute(
            sa.select(t.c.id).where(t.c.identity_hash == identity)).scalar()
        if found is not None:
            return int(found)
        made = connection.execute(t.insert().values(
            kind=person.kind, language=person.language, identity_hash=identity,
            phone_hash=self._vault.keyed_hash("phone", person.phone) if person.phone else None,
            sealed=self._vault.seal(f"{person.name}\0{person.phone}")))
        key = made.inserted_primary_key
        assert key is not None  # noqa: S101 - an insert without an error has a key
        return int(key[0])


def body(write: CaseWrite) -> bytes:
    """What the record keeps of a case in its own row: all but the person, the code and the
    history, which have tables and forms of their own."""
    if write.history or write.applicant or write.query_code:
        write = msgspec.structs.replace(write, history=(), applicant=None, query_code=None)
    return _encode(write)
