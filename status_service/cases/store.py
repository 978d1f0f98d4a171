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
from status_service.trust.personal import Phone, Vault
from status_service.words import Status

STATUSES = frozenset(s.value for s in Status)

CASE_COLUMNS = ("id", "number", "number_key", "digits_key", "source", "version", "fingerprint",
                "status", "matter", "applicant", "query_code", "updated_at", "body")
APPLICANT_COLUMNS = ("id", "kind", "language", "identity_hash", "phone_hash", "sealed")
HISTORY_COLUMNS = ("case_id", "key", "status", "at", "stage", "phase", "note")

MOST_KEYS = 500  # asked for in one statement

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


class _Sent(msgspec.Struct, frozen=True, gc=False):
    """One item: its place, its number as written and in digits, and the case."""

    at: int
    number: str
    digits: str
    write: CaseWrite


class _Marked(msgspec.Struct, frozen=True, gc=False):
    """A case in our words with its fingerprint, and what the record holds of it."""

    key: str
    sent: _Sent
    write: CaseWrite
    mark: bytes
    old: Held | None


class Writer:
    """Writes the cases of one source. `statuses` maps its own codes to ours; a code that
    is in neither list leaves the case at its last known status, marked as uncertain,
    and makes a task."""

    keeps_older_events = False  # whether the history of an older write is kept

    def __init__(self, source: str, hall: Hall, vault: Vault,
                 statuses: Mapping[str, str] | None = None) -> None:
        self.source = source
        self._hall = hall
        self._vault = vault
        self._statuses = dict(statuses or {})

    def put_many(self, connection: sa.Connection, items: Sequence[tuple[str, CaseWrite]],
                 now: datetime, dry: bool = False) -> list[Written]:
        """Write `items`; the transaction is the caller's. The order of the outcomes is that
        of the items. A number may come twice: the later item sees the earlier one.

        `dry`: every check and the same outcomes, but nothing is written.
        """
        batch: dict[str, _Sent] = {}
        results: dict[int, Written] = {}
        for at, (number, write) in enumerate(items):
            key, digits = case_number.keys(number)
            if key in batch:
                self._flush(connection, batch, results, now, dry)
                batch = {}
            problem = self._problem(number, key, write)
            if problem:
                results[at] = Written(number, Outcome.REFUSED, write.version, problem)
            else:
                batch[key] = _Sent(at, number, digits, write)
        self._flush(connection, batch, results, now, dry)
        return [results[at] for at in range(len(items))]

    def _problem(self, number: str, key: str, write: CaseWrite) -> tuple[str, str] | None:
        """Why this case cannot be written, or None."""
        if not key or len(number) > case_number.LONGEST:
            return "not-a-number", "The case number has no letters or digits, or is too long."
        if write.matter not in self._hall.matters:
            return "unknown-matter", f"There is no matter {write.matter!r}; see GET /v1/matters."
        if write.office or write.pickup:
            for office in (write.office, write.pickup and write.pickup.office):
                if office and office not in self._hall.offices:
                    return "unknown-office", f"There is no office {office!r}; see GET /v1/offices."
        keys = set()
        for event in write.history:
            keys.add(event.key)
            if event.at is not None and event.at.tzinfo is None:
                return "time-without-zone", "A time in the history has no zone; write +08:00 or Z."
        if len(keys) != len(write.history):
            return "history-key-twice", "Two entries of the history have the same key."
        return None

    def _flush(self, connection: sa.Connection, batch: dict[str, _Sent],
               results: dict[int, Written], now: datetime, dry: bool) -> None:
        if not batch:
            return
        held = self.held(connection, list(batch))
        new: list[_Marked] = []
        known: list[_Marked] = []
        for key, sent in batch.items():
            write = self._in_our_words(sent.write)
            first = write if write.version == 1 else msgspec.structs.replace(write, version=1)
            mark = self._vault.fingerprint(_encode(first))
            old = held.get(key)
            (new if old is None else known).append(_Marked(key, sent, write, mark, old))
        updated, events = self._judge(connection, known, results)
        for case in new:
            results[case.sent.at] = Written(case.sent.number, Outcome.CREATED, case.write.version)
        if not dry:
            self._store(connection, new, updated, events, now)

    def _judge(self, connection: sa.Connection, known: list[_Marked],
               results: dict[int, Written]) -> tuple[list[_Marked], list[tuple[Any, ...]]]:
        """What is to be updated, and the events of cases that the record holds."""
        updated: list[_Marked] = []
        events: list[tuple[Any, ...]] = []
        pairs = [(case.old, case.write, case.mark == case.old.fingerprint)
                 for case in known if case.old is not None]
        for case, (old, write, _), (verdict, version) in zip(
                known, pairs, self._verdicts(connection, pairs), strict=True):
            problem = None
            if verdict is Outcome.UPDATED:
                updated.append(msgspec.structs.replace(
                    case, write=msgspec.structs.replace(write, version=version)))
                events.extend(self._events(old.id, write.history))
            elif verdict is Outcome.OLDER and self.keeps_older_events:
                events.extend(self._events(old.id, write.history))
            elif verdict is Outcome.REFUSED:
                problem = (("number-taken", "Another back office already uses this number.")
                           if old.source != self.source else
                           ("version-conflict", f"Version {write.version} was sent before with "
                            "other content; send the change with a higher version."))
            results[case.sent.at] = Written(case.sent.number, verdict, version, problem)
        return updated, events

    def _store(self, connection: sa.Connection, new: list[_Marked], updated: list[_Marked],
               events: list[tuple[Any, ...]], now: datetime) -> None:
        stamp = to_micros(now)
        people = self._applicants(connection, [
            case.write.applicant for case in (*new, *updated) if case.write.applicant])
        for case in updated:
            self._update(connection, case, people, stamp, now)
        ids = bulk.new_ids(connection, tables.cases, len(new))
        rows = []
        for case_id, case in zip(ids, new, strict=True):
            number, write = case.sent.number, case.write
            status = (write.status if write.status in STATUSES else
                      self._status(connection, number, write.status, Status.RECEIVED, now))
            rows.append((
                case_id, number, case.key, case.sent.digits, self.source, write.version,
                case.mark, status, write.matter,
                people.get(write.applicant) if write.applicant else None,
                self._code(case.key, write.query_code) if write.query_code else None,
                stamp, body(write)))
            events.extend(self._events(case_id, write.history))
        bulk.insert(connection, tables.cases, CASE_COLUMNS, rows)
        bulk.insert(connection, tables.history, HISTORY_COLUMNS, events, skip_known=True)

    def held(self, connection: sa.Connection, keys: Sequence[str]) -> dict[str, Held]:
        """What the record holds under these number keys; locked where the database locks rows."""
        t = tables.cases
        found: dict[str, Held] = {}
        for start in range(0, len(keys), MOST_KEYS):
            rows = connection.execute(
                sa.select(t.c.number_key, t.c.id, t.c.source, t.c.version, t.c.fingerprint,
                          t.c.status)
                .where(t.c.number_key.in_(keys[start:start + MOST_KEYS])).with_for_update())
            for key, case_id, source, version, mark, status in rows:
                found[key] = Held(case_id, source, version, bytes(mark), status)
        return found

    def _verdicts(self, connection: sa.Connection,
                  known: Sequence[tuple[Held, CaseWrite, bool]]) -> list[tuple[Outcome, int]]:
        """For each case that the record holds, what becomes of it and its version then. The
        last of each three: whether it says what the record says."""
        found = []
        for old, write, same in known:
            verdict = self._compare(old, write, same)
            found.append((verdict, write.version if verdict is Outcome.UPDATED else old.version))
        return found

    def _compare(self, old: Held, write: CaseWrite, same: bool) -> Outcome:
        if old.source != self.source:
            return Outcome.REFUSED
        if write.version < old.version:
            return Outcome.OLDER
        if same:
            return Outcome.UNCHANGED
        return Outcome.UPDATED if write.version > old.version else Outcome.REFUSED

    def _update(self, connection: sa.Connection, case: _Marked,
                people: Mapping[Person, int], stamp: int, now: datetime) -> None:
        t = tables.cases
        old, write, number = case.old, case.write, case.sent.number
        assert old is not None  # noqa: S101 - only cases that the record holds are updated
        values: dict[str, Any] = {
            "number": number, "version": write.version, "fingerprint": case.mark,
            "status": self._status(connection, number, write.status, Status(old.status), now),
            "matter": write.matter, "updated_at": stamp, "body": body(write)}
        if write.applicant is not None:
            values["applicant"] = people.get(write.applicant)
        if write.query_code is not None:
            values |= _codes(self._code(case.key, write.query_code))
        connection.execute(t.update().where(t.c.id == old.id).values(**values))

    def _in_our_words(self, write: CaseWrite) -> CaseWrite:
        """With our status in place of the back office's code, where one is known."""
        status = self._statuses.get(write.status, write.status)
        if status == write.status or status not in STATUSES:
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
        theirs = self._statuses
        rows = []
        for e in history:
            status = theirs.get(e.status, e.status)
            rows.append((case_id, e.key, status if status in STATUSES else e.status,
                         None if e.at is None else to_micros(e.at), e.stage, e.phase,
                         None if e.note is None else _encode(e.note)))
        return rows

    def _code(self, key: str, code: str) -> bytes | None:
        return self._vault.keyed_hash("query-code", f"{key}:{code}") if code else None

    def _applicants(self, connection: sa.Connection,
                    people: Sequence[Person]) -> dict[Person, int]:
        """The ids of these people, who are made where the record lacks them."""
        identities = {
            person: identity_hash(self._vault, person)
            for person in dict.fromkeys(people) if person.name or person.phone}
        t = tables.applicants
        ids = known_applicants(connection, list(dict.fromkeys(identities.values())))
        unknown = {}
        for person, identity in identities.items():
            if identity not in ids and identity not in unknown:
                unknown[identity] = (
                    person.kind, person.language, identity,
                    self._vault.keyed_hash("phone", dialled(person.phone))
                    if person.phone else None,
                    self._vault.seal(f"{person.name}\0{dialled(person.phone)}"))
        made = bulk.new_ids(connection, t, len(unknown))
        bulk.insert(connection, t, APPLICANT_COLUMNS, [
            (new, *row) for new, row in zip(made, unknown.values(), strict=True)])
        ids.update(zip(unknown, made, strict=True))
        return {person: ids[identity] for person, identity in identities.items()}


def known_applicants(connection: sa.Connection,
                     identities: Sequence[bytes]) -> dict[bytes, int]:
    """The ids of the applicants that the record knows by these identities: the one under which
    they first came, or one that the desk added (see `trust.registered`)."""
    ids: dict[bytes, int] = {}
    first, added = tables.applicants.c, tables.identities.c
    for identity, found in ((first.identity_hash, first.id),
                            (added.identity_hash, added.applicant)):
        wanted = [one for one in identities if one not in ids]
        for start in range(0, len(wanted), MOST_KEYS):
            rows = connection.execute(
                sa.select(identity, found).where(identity.in_(wanted[start:start + MOST_KEYS])))
            ids.update((bytes(one), applicant) for one, applicant in rows)
    return ids


def identity_hash(vault: Vault, person: Person) -> bytes:
    """What an applicant is found by in the record."""
    return vault.keyed_hash("applicant", f"{person.name}\0{dialled(person.phone)}")


def dialled(phone: str) -> str:
    """A phone in E.164, however the back office writes it; as written when it is none."""
    if phone[:1] == "+" and phone[1:].isascii() and phone[1:].isdecimal():
        return phone  # it is already, as nearly all of many are
    try:
        return Phone.parse(phone).reveal()
    except ValueError:
        return phone


def _codes(sent: bytes | None) -> dict[str, Any]:
    """The query code after an update that states one. Where the desk gave a new one, the
    statement that the back office made before does not bring the old one back; another one
    counts, for then the back office gave a new one too."""
    c = tables.cases.c
    stays = c.reissued_from == (sent or b"")
    return {"query_code": sa.case((stays, c.query_code), else_=sent),
            "reissued_from": sa.case((stays, c.reissued_from), else_=None)}


def body(write: CaseWrite) -> bytes:
    """What the record keeps of a case in its own row: all but the person, the code and the
    history, which have tables and forms of their own."""
    if write.history or write.applicant or write.query_code:
        write = msgspec.structs.replace(write, history=(), applicant=None, query_code=None)
    return _encode(write)
