"""Reading the audit: whether it is whole, who looked at a case, and taking away what is old."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.engine import Engine

from status_service.cases.answer import Looked
from status_service.storage import tables
from status_service.storage.engine import writing
from status_service.trust.audit import (
    COLUMNS,
    Broken,
    Head,
    Look,
    append,
    held,
    link,
    locked,
    mark,
    move,
)
from status_service.trust.personal import Vault

TOLD_DAYS = 30  # an applicant is told of the looks within so many days
READ_AT_ONCE = 5_000  # rows
SHOWN_OF_HASH = 16  # hex digits to write down: nobody hits them by chance
REMOVED_AT_ONCE = 50_000  # rows, in one transaction: others wait for its end

t = tables.audit


class Checked(NamedTuple):
    """rows: how many were found whole, up to the first that is not. wrong: what is wrong, in
    one sentence; "" when all of it is whole. head: where the chain ends."""

    rows: int
    wrong: str
    head: Head


def check(engine: Engine, vault: Vault, noted: tuple[int, str] | None = None) -> Checked:
    """Walk the whole chain. `noted`: a row's number and the beginning of its hash in hex, as
    they were written down outside the record: a record that was set back whole is found by
    them, and by nothing else."""
    with _snapshot(engine) as connection:
        try:
            end = held(connection, vault) or Head()
        except Broken as broken:
            return Checked(0, f"It cannot be trusted: {broken}.", Head())
        rows, wrong, hashed = _walk(connection, vault, end, noted[0] if noted else 0)
    if not wrong and noted and end.base_seq < noted[0] and not hashed.startswith(noted[1]):
        wrong = f"Row {noted[0]} is not the one that was noted: the record was set back."
    return Checked(rows, wrong, end)


def noted_as(end: Head) -> str:
    """What to write down outside the record, for `audit check --noted`."""
    return f"{end.seq}:{end.hash.hex()[:SHOWN_OF_HASH]}"


def now_noted(engine: Engine, vault: Vault) -> str:
    with engine.connect() as connection:
        return noted_as(held(connection, vault) or Head())


def _snapshot(engine: Engine) -> sa.Connection:
    """What is written meanwhile is not seen. SQLite's transactions are so by themselves."""
    if engine.dialect.name == "postgresql":
        engine = engine.execution_options(isolation_level="REPEATABLE READ")
    return engine.connect()


def _walk(connection: sa.Connection, vault: Vault, end: Head,
          noted: int) -> tuple[int, str, str]:
    """(rows found whole, what is wrong, the hash of row `noted` in hex)."""
    seq, before = end.base_seq, end.base_hash
    hashed = ""
    for content, given in rows(connection):
        found = content[0]
        if found <= end.base_seq or found > end.seq:
            return seq - end.base_seq, f"Row {found} is not of the chain: it was put in.", ""
        if found != seq + 1:
            return seq - end.base_seq, _missing(seq + 1, found - 1), ""
        if link(vault, before, content) != given:
            return seq - end.base_seq, f"Row {found} was altered.", ""
        seq, before = found, given
        if seq == noted:
            hashed = given.hex()
    if seq != end.seq:
        return seq - end.base_seq, _missing(seq + 1, end.seq), ""
    if before != end.hash:
        return seq - end.base_seq, f"Row {seq} was altered.", ""
    return seq - end.base_seq, "", hashed


def _missing(first: int, last: int) -> str:
    return (f"Row {first} is missing." if first == last else
            f"Rows {first} to {last} are missing.")


def rows(connection: sa.Connection) -> Iterator[tuple[tuple[Any, ...], bytes]]:
    """(content, hash) of each row, in order; times as they are kept."""
    columns = [sa.type_coerce(t.c.at, sa.BigInteger) if name == "at" else t.c[name]
               for name in COLUMNS]
    found = connection.execute(
        sa.select(*columns).order_by(t.c.seq).execution_options(yield_per=READ_AT_ONCE))
    for *content, given in found:
        yield tuple(bytes(value) if isinstance(value, memoryview) else value
                    for value in content), bytes(given)


# -- who looked ----------------------------------------------------------------------------


def looked(connection: sa.Connection, vault: Vault, cases: Iterable[int], visit: str,
           now: datetime, zone: ZoneInfo) -> dict[int, Looked]:
    """For each of the cases: in how many visits its details were opened (level 1 and above) in
    the last TOLD_DAYS, this visit aside, and the last of them."""
    wanted = list(dict.fromkeys(cases))
    opened = sa.select(
        t.c.case_id, sa.func.count(t.c.visit.distinct()).label("times"),
        sa.func.max(t.c.seq).label("last")).where(
            t.c.case_id.in_(wanted), t.c.level > 0, t.c.outcome == "shown",
            t.c.at >= now - timedelta(days=TOLD_DAYS), t.c.visit != mark(vault, "visit", visit),
        ).group_by(t.c.case_id).subquery()
    found = {row.case_id: Looked(
        days=TOLD_DAYS, times=row.times, last_on=row.at.astimezone(zone).date(),
        channel=row.channel or None) for row in connection.execute(
            sa.select(opened.c.case_id, opened.c.times, t.c.at, t.c.channel)
            .join(t, t.c.seq == opened.c.last))}
    return {case: found.get(case, Looked(days=TOLD_DAYS, times=0)) for case in wanted}


def of_case(connection: sa.Connection, vault: Vault, case_id: int | None,
            number: str) -> list[sa.Row[Any]]:
    """All that the audit has of a case, oldest first; also what was tried with its number
    (its key, see cases.number) before there was one."""
    asked = t.c.subject == mark(vault, "number", number)
    return list(connection.execute(sa.select(t).where(
        asked if case_id is None else sa.or_(t.c.case_id == case_id, asked)).order_by(t.c.seq)))


# -- taking away ----------------------------------------------------------------------------


def older_than(connection: sa.Connection, until: datetime, base: int, last: int) -> int:
    """The last row of those at the beginning that are all from before `until`."""
    first_kept = connection.execute(
        sa.select(t.c.seq).where(t.c.seq > base, t.c.at >= until)
        .order_by(t.c.seq).limit(1)).scalar()
    return last if first_kept is None else int(first_kept) - 1


def count_before(engine: Engine, vault: Vault, until: datetime) -> int:
    """How many rows `remove_before` would take away."""
    with engine.connect() as connection:
        end = held(connection, vault) or Head()
        return older_than(connection, until, end.base_seq, end.seq) - end.base_seq


def remove_before(engine: Engine, vault: Vault, until: datetime, now: datetime) -> int:
    """Take away the rows at the beginning that are from before `until`, and say in a new row
    what was taken: how many, up to which, and its hash. The chain stays whole: its head knows
    where it now begins. Gives how many were removed; raises Broken."""
    total = 0
    while True:
        with writing(engine).begin() as connection:
            end = locked(connection, vault)
            upto = min(older_than(connection, until, end.base_seq, end.seq),
                       end.base_seq + REMOVED_AT_ONCE)
            count = upto - end.base_seq
            if count <= 0:
                return total
            last = bytes(connection.execute(
                sa.select(t.c.hash).where(t.c.seq == upto)).scalar_one())
            gone = connection.execute(
                t.delete().where(t.c.seq <= upto, t.c.seq > end.base_seq)).rowcount
            if gone != count:
                raise Broken(f"of rows {end.base_seq + 1} to {upto} some are missing")
            move(connection, vault, end._replace(base_seq=upto, base_hash=last))
            append(connection, vault, [(now, Look(
                "removed", "done", amount=count,
                detail=f"audit: rows up to {upto}, the last with hash {last.hex()}"))])
            total += count
