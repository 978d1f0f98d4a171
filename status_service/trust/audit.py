"""The audit: every look at a case is a row, and the rows are a chain.

Each row holds an HMAC over the hash of the row before and its own content, under a key from
outside the record; a sealed head says where the chain begins and ends. So a row that was
altered, put in or taken away is found (`auditread.check`), at the end as in the middle.

Who asked is kept as a keyed hash only: neither a phone nor a name nor a number is in here.
What opens something, or tries to, is written before it is answered: no row, no answer. Looks
at level 0, which anybody may have, wait in memory and are written many at once.
"""

from __future__ import annotations

import hmac
import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, Literal, NamedTuple

import msgspec
import sqlalchemy as sa
from sqlalchemy.engine import Engine
from sqlalchemy.exc import SQLAlchemyError

from status_service.cases import number as case_number
from status_service.storage import bulk, tables
from status_service.storage.engine import writing
from status_service.storage.tables import to_micros
from status_service.trust.personal import Vault

Asked = Literal[
    "case", "history", "message",  # read a case, its history; sent in a message that was asked for
    "query-code", "one-time-code", "phone", "card",  # evidence that was shown
    "code-sent", "lost",  # a one-time code asked for; something that is there no longer
    "own-cases", "claim",  # by a proven card; by the number printed on one
    "change",  # of what only level 3 may: phone, consent, representatives
    "gap", "removed", "renewed",  # about the audit itself, see `detail`
]
Outcome = Literal["shown", "proven", "not-proven", "limited", "not-found", "sent", "not-sent",
                  "done"]

GATHERS = 0.5  # seconds in which looks at level 0 come together for one write
MOST_AT_ONCE = 2_000  # of them written in one transaction: others may write in between
MOST_WAITING = 20_000  # of them in memory; more are counted and dropped
MARK = 16  # octets of a keyed hash: enough to tell people apart, however many there are
NO_HASH = bytes(32)  # before the first row

COLUMNS = ("seq", "at", "asked", "outcome", "level", "channel", "program", "case_id", "subject",
           "who", "visit", "amount", "detail", "hash")

log = logging.getLogger("status_service")
_encode = msgspec.msgpack.Encoder().encode
head = tables.audit_head


class AuditAway(Exception):
    """The audit cannot be written now: what must be written before it is answered is not
    answered."""


class Broken(AuditAway):
    """The head is missing or not sealed by us: somebody changed it, or HALLWAY_SECRET is
    another one. Nothing is added, for that would hide it; see `audit check`."""


class Look(NamedTuple):
    """One look. level: of what was shown, 0 where nothing was. channel: "" where the program
    did not say. number: what was asked for. source and visit: as `evidence.Asking` has
    them; like the number they are kept as keyed hashes."""

    asked: Asked
    outcome: Outcome
    level: int = 0
    channel: str = ""
    program: str = ""
    case_id: int | None = None
    number: str = ""
    source: str = ""
    visit: str = ""
    amount: int = 0
    detail: str = ""


class Head(NamedTuple):
    """Where the chain ends, and the last row that was rightly removed from its beginning."""

    seq: int = 0
    hash: bytes = NO_HASH
    base_seq: int = 0
    base_hash: bytes = NO_HASH


def mark(vault: Vault, kind: str, text: str) -> bytes:
    """What a source, a visit or a number is known by in the audit; nothing for nothing."""
    return vault.keyed_hash(f"audit-{kind}", text)[:MARK] if text else b""


def link(vault: Vault, before: bytes, content: tuple[Any, ...]) -> bytes:
    """The hash of a row: `content` is its columns but for the hash, in the order of COLUMNS."""
    return vault.chained(b"row\0" + before + _encode(content))


def seal(vault: Vault, end: Head) -> bytes:
    return vault.chained(b"head\0" + _encode(end))


def held(connection: sa.Connection, vault: Vault, lock: bool = False) -> Head | None:
    """The head; None while nothing was ever written. Raises Broken."""
    wanted = sa.select(head).where(head.c.id == 1)
    wanted = wanted.with_for_update() if lock else wanted
    row = connection.execute(wanted).first()
    if row is None:
        if not connection.execute(sa.select(tables.audit.c.seq).limit(1)).first():
            return None
        row = connection.execute(wanted).first()  # somebody may have begun just now
    if row is None:
        raise Broken("the head is missing")
    found = Head(row.seq, bytes(row.hash), row.base_seq, bytes(row.base_hash))
    if not hmac.compare_digest(seal(vault, found), bytes(row.seal)):
        raise Broken("the head was altered")
    return found


def locked(connection: sa.Connection, vault: Vault) -> Head:
    """The head, for whoever goes on with the chain: one at a time until the transaction ends.
    In SQLite the caller's transaction holds the write lock from its beginning."""
    found = held(connection, vault, lock=True)
    if found is None:
        first = Head()
        bulk.insert(connection, head, ("id", "seq", "hash", "base_seq", "base_hash", "seal"),
                    [(1, *first, seal(vault, first))], skip_known=True)
        found = held(connection, vault, lock=True) or first  # another's, if that was faster
    return found


def move(connection: sa.Connection, vault: Vault, end: Head) -> None:
    connection.execute(head.update().where(head.c.id == 1).values(
        **end._asdict(), seal=seal(vault, end)))


def append(connection: sa.Connection, vault: Vault,
           looks: Sequence[tuple[datetime, Look]]) -> None:
    """Go on with the chain within the caller's transaction, which writes from its beginning
    (`engine.writing`). Take no other lock after this one. Raises Broken."""
    end = locked(connection, vault)
    seq, before = end.seq, end.hash
    rows = []
    for at, look in looks:
        seq += 1
        content = (seq, to_micros(at), look.asked, look.outcome, look.level, look.channel,
                   look.program[:40], look.case_id,
                   mark(vault, "number", look.number and case_number.keys(look.number)[0]),
                   mark(vault, "who", look.source), mark(vault, "visit", look.visit),
                   look.amount, look.detail[:160])
        before = link(vault, before, content)
        rows.append((*content, before))
    bulk.insert(connection, tables.audit, COLUMNS, rows)
    move(connection, vault, end._replace(seq=seq, hash=before))


class Audit:
    """Writes the audit. One per process; safe to use from many threads."""

    def __init__(self, engine: Engine, vault: Vault, now: Callable[[], datetime],
                 dropped: Callable[[int], None] = lambda _: None) -> None:
        """`dropped` is told how many looks at level 0 found no room."""
        self._engine, self._vault, self._now = writing(engine), vault, now
        self._waiting: deque[tuple[datetime, Look]] = deque()
        self._tell_dropped = dropped
        self._dropped = 0
        self._resting = True  # nobody is about to write what waits
        self._rests_until = float("-inf")
        self._lock = threading.Lock()
        self._flushing = threading.Lock()

    def write(self, *looks: Look) -> None:
        """Before anything is answered. Raises AuditAway."""
        at = self._now()
        try:
            with self._engine.begin() as connection:
                append(connection, self._vault, [(at, look) for look in looks])
        except SQLAlchemyError as error:
            raise AuditAway(type(error).__name__) from None

    def add(self, connection: sa.Connection, *looks: Look) -> None:
        """Within the transaction of what is done: neither is without the other."""
        at = self._now()
        append(connection, self._vault, [(at, look) for look in looks])

    def later(self, look: Look) -> None:
        """A look at level 0: written soon, by one thread, together with others."""
        if len(self._waiting) >= MOST_WAITING:
            with self._lock:
                self._dropped += 1
            self._tell_dropped(1)
        else:
            self._waiting.append((self._now(), look))
        if self._resting:
            self._wake()

    def _wake(self) -> None:
        with self._lock:
            if self._resting and time.monotonic() >= self._rests_until:
                self._resting = False
                # No daemon, as the server's own threads are: a process that ends waits until
                # it has written.
                threading.Thread(target=self._write_waiting, name="audit", daemon=False).start()

    def _write_waiting(self) -> None:
        """Write until nothing waits. When it cannot be written, try again with the next look."""
        main = threading.main_thread()
        while True:
            main.join(GATHERS)  # as long, or until the process wants to end
            if not self.flush():
                self._rests_until = time.monotonic() + GATHERS
                self._resting = True
                return
            self._resting = True
            if not self._waiting:
                return
            with self._lock:  # something came while we were about to rest
                if not self._resting:
                    return  # and another thread was woken for it
                self._resting = False

    def flush(self) -> bool:
        """Write what waits, and how many looks found no room. False when it cannot be."""
        with self._flushing:
            return self._flush()

    def _flush(self) -> bool:
        while self._waiting or self._dropped:
            # What is being written stays where it is until it is in the record.
            batch = [self._waiting[at] for at in range(min(len(self._waiting), MOST_AT_ONCE))]
            lost = self._dropped
            gap = [(self._now(), Look("gap", "done", amount=lost))] if lost else []
            try:
                with self._engine.begin() as connection:
                    append(connection, self._vault, batch + gap)
            except (SQLAlchemyError, Broken) as error:
                log.error("looks at level 0 are not written: %s", type(error).__name__)
                return False
            for _ in batch:
                self._waiting.popleft()
            with self._lock:
                self._dropped -= lost
        return True
