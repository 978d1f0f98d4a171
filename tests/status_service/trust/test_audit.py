"""The audit's chain: whole when nobody touched it, found out when somebody did."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine

import processes
from status_service.__main__ import main
from status_service.storage import tables
from status_service.storage.engine import make_engine, writing
from status_service.trust import audit, auditread
from status_service.trust.audit import NO_HASH, Audit, AuditAway, Head, Look
from status_service.trust.personal import Vault
from tests.status_service.small_hall import NOW

SECRET = "a secret of these tests"
ROWS = 10
t, head = tables.audit, tables.audit_head


@pytest.fixture
def vault() -> Vault:
    return Vault(SECRET)


@pytest.fixture
def chain(engine: Engine, vault: Vault) -> Audit:
    """A chain of ROWS looks at two cases."""
    one = Audit(engine, vault, lambda: NOW)
    for at in range(ROWS):
        one.write(Look("query-code", "shown", 1, "phone", "channels", at % 2, "24-019651",
                       "+8613911112222", f"visit-{at}"))
    return one


def change(engine: Engine, *statements: sa.Executable) -> None:
    """What somebody does who has the record and not the secret."""
    with writing(engine).begin() as connection:
        for statement in statements:
            connection.execute(statement)


def wrong(engine: Engine, vault: Vault) -> str:
    return auditread.check(engine, vault).wrong


def row(engine: Engine, seq: int) -> sa.Row[Any]:
    with engine.connect() as connection:
        return connection.execute(sa.select(t).where(t.c.seq == seq)).one()


def test_nothing_is_whole(engine: Engine, vault: Vault) -> None:
    assert auditread.check(engine, vault) == (0, "", Head())


def test_what_nobody_touched_is_whole(engine: Engine, vault: Vault, chain: Audit) -> None:
    found = auditread.check(engine, vault)
    assert (found.rows, found.wrong, found.head.seq) == (ROWS, "", ROWS)
    assert "HALLWAY_SECRET" not in wrong(engine, vault)
    assert wrong(engine, Vault("another secret")) == (
        "It cannot be trusted: the head was altered.")


@pytest.mark.parametrize(("column", "value"), [
    ("at", NOW + timedelta(microseconds=1)), ("asked", "case"), ("outcome", "not-proven"),
    ("level", 2), ("channel", "sms"), ("program", "others"), ("case_id", 7), ("case_id", None),
    ("subject", b"x"), ("who", b"x"), ("visit", b""), ("amount", 1), ("detail", "x"),
    ("hash", bytes(32))])
@pytest.mark.parametrize("seq", [1, 5, ROWS])
def test_an_altered_row_is_found(engine: Engine, vault: Vault, chain: Audit, column: str,
                                 value: object, seq: int) -> None:
    change(engine, t.update().where(t.c.seq == seq).values({column: value}))
    assert wrong(engine, vault) == f"Row {seq} was altered."


def test_a_row_that_was_taken_away_is_found(engine: Engine, vault: Vault, chain: Audit) -> None:
    change(engine, t.delete().where(t.c.seq == 5))
    found = auditread.check(engine, vault)
    assert (found.rows, found.wrong) == (4, "Row 5 is missing.")


def test_rows_taken_from_the_end_are_found(engine: Engine, vault: Vault, chain: Audit) -> None:
    last_left = row(engine, 7)
    change(engine, t.delete().where(t.c.seq > 7))
    assert wrong(engine, vault) == "Rows 8 to 10 are missing."
    # And when the head is set to where the rows now end: that takes the key.
    change(engine, head.update().values(seq=7, hash=last_left.hash))
    assert wrong(engine, vault) == "It cannot be trusted: the head was altered."


def test_rows_taken_from_the_beginning_are_found(
        engine: Engine, vault: Vault, chain: Audit) -> None:
    third = row(engine, 3)
    change(engine, t.delete().where(t.c.seq <= 3))
    assert wrong(engine, vault) == "Rows 1 to 3 are missing."
    change(engine, head.update().values(base_seq=3, base_hash=third.hash))
    assert wrong(engine, vault) == "It cannot be trusted: the head was altered."


def test_two_rows_that_changed_places_are_found(
        engine: Engine, vault: Vault, chain: Audit) -> None:
    change(engine, t.update().where(t.c.seq == 3).values(seq=99),
           t.update().where(t.c.seq == 6).values(seq=3),
           t.update().where(t.c.seq == 99).values(seq=6))
    assert wrong(engine, vault) == "Row 3 was altered."


def test_a_row_that_was_put_in_is_found(engine: Engine, vault: Vault, chain: Audit) -> None:
    forged = row(engine, ROWS)._asdict() | {"seq": ROWS + 1}
    change(engine, t.insert().values(forged))
    assert wrong(engine, vault) == "Row 11 is not of the chain: it was put in."
    with pytest.raises(AuditAway):  # nor can one go on after it
        chain.write(Look("case", "shown", 1))


def test_a_head_that_is_not_ours_is_not_gone_on_with(
        engine: Engine, vault: Vault, chain: Audit) -> None:
    """Or the next look would seal what somebody did to the end."""
    change(engine, t.delete().where(t.c.seq > 7),
           head.update().values(seq=7, hash=row(engine, 7).hash))
    with pytest.raises(AuditAway):
        chain.write(Look("case", "shown", 1))
    change(engine, head.delete())
    assert wrong(engine, vault) == "It cannot be trusted: the head is missing."
    with pytest.raises(AuditAway):
        chain.write(Look("case", "shown", 1))


Kept = tuple[list[dict[str, Any]], dict[str, Any]]


def kept(engine: Engine) -> Kept:
    """The rows and the head, as in a backup."""
    with engine.connect() as connection:
        return ([r._asdict() for r in connection.execute(sa.select(t).order_by(t.c.seq))],
                connection.execute(sa.select(head)).one()._asdict())


def put_back(engine: Engine, old: Kept) -> None:
    change(engine, t.delete(), t.insert().values(old[0]),
           head.delete(), head.insert().values(old[1]))


def test_a_record_that_was_set_back_is_found_by_what_was_noted(
        engine: Engine, vault: Vault, chain: Audit) -> None:
    old = kept(engine)
    chain.write(Look("case", "shown", 1, case_id=77))
    seq, _, hashed = auditread.now_noted(engine, vault).partition(":")
    assert not auditread.check(engine, vault, (int(seq), hashed)).wrong
    put_back(engine, old)  # by itself this is whole, and the docs say so
    assert not wrong(engine, vault)
    assert "set back" in auditread.check(engine, vault, (int(seq), hashed)).wrong
    chain.write(Look("case", "shown", 1, case_id=78))
    assert "set back" in auditread.check(engine, vault, (int(seq), hashed)).wrong


def test_a_row_of_another_history_is_found(engine: Engine, vault: Vault, chain: Audit) -> None:
    """A genuine row with a genuine hash: written here once, before the record was set back."""
    old = kept(engine)
    chain.write(Look("case", "shown", 1, case_id=77))
    other = kept(engine)[0][-1]
    put_back(engine, old)
    for case in (78, 79):
        chain.write(Look("case", "shown", 1, case_id=case))
    assert not wrong(engine, vault)
    change(engine, t.delete().where(t.c.seq == other["seq"]), t.insert().values(other))
    assert wrong(engine, vault) == "Row 12 was altered."  # the one after it shows


# -- any edits at all -----------------------------------------------------------------------

Rows = list[dict[str, Any]]
places = st.integers(0, ROWS - 1)
edits = st.lists(st.one_of(
    st.tuples(st.just("alter"), places, st.sampled_from(
        ["at", "asked", "level", "case_id", "who", "visit", "hash", "seq"]), st.integers(0, 3)),
    st.tuples(st.just("drop"), places), st.tuples(st.just("swap"), places, places),
    st.tuples(st.just("copy"), places, st.integers(0, 15)), st.tuples(st.just("cut"), places),
), min_size=1, max_size=4)


def edited(rows: Rows, steps: list[tuple[Any, ...]]) -> Rows:
    """The rows after some edits, in order of their numbers."""
    found = [dict(r) for r in rows]
    for kind, at, *more in steps:
        if at >= len(found):
            continue
        if kind == "alter":
            column, value = more
            given: Any = {"at": NOW + timedelta(seconds=value), "level": value,
                          "asked": ["case", "card"][value % 2], "case_id": value,
                          "seq": value + 1}.get(column, bytes([value]) * 16)
            found[at] |= {column: given}
        elif kind == "drop":
            del found[at]
        elif kind == "cut":
            del found[at:]
        elif kind == "swap" and more[0] < len(found):
            one, other = found[at], found[more[0]]
            one["seq"], other["seq"] = other["seq"], one["seq"]
        elif kind == "copy":
            found.append(found[at] | {"seq": more[0]})
    by_number = {r["seq"]: r for r in found}  # the table has each number once
    return [by_number[seq] for seq in sorted(by_number)]


@settings(max_examples=80, deadline=None,
          suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=edits)
def test_whatever_is_edited_is_found(engine: Engine, vault: Vault,
                                     steps: list[tuple[Any, ...]]) -> None:
    change(engine, t.delete(), head.delete())
    one = Audit(engine, vault, lambda: NOW)
    one.write(*(Look("card", "proven", at % 4, "kiosk", "channels", at) for at in range(ROWS)))
    with engine.connect() as connection:
        rows = [r._asdict() for r in connection.execute(sa.select(t).order_by(t.c.seq))]
    after = edited(rows, steps)
    change(engine, t.delete(), *([t.insert().values(after)] if after else []))
    assert bool(wrong(engine, vault)) == (after != rows)


# -- many at one time --------------------------------------------------------------------------

WRITES = """
import sys
from datetime import UTC, datetime
from status_service.storage.engine import make_engine
from status_service.trust.audit import Audit, Look
from status_service.trust.personal import Vault
one = Audit(make_engine(sys.argv[1]), Vault(sys.argv[2]), lambda: datetime.now(UTC))
for at in range(25):
    one.write(Look("case", "shown", 1, "phone", sys.argv[3], at))
    one.later(Look("case", "shown", 0, "", sys.argv[3], at))
"""


def test_several_processes_and_threads_make_one_chain(
        engine: Engine, database_url: str, vault: Vault) -> None:
    """Each writes at once and in the background; one that ends has written all it had."""
    started = [subprocess.Popen([sys.executable, "-c", WRITES, database_url, SECRET, name],
                                cwd=processes.ROOT) for name in ("first", "second")]

    def write() -> None:
        mine = make_engine(database_url)
        one = Audit(mine, vault, lambda: datetime.now(UTC))
        for at in range(25):
            one.write(Look("case", "shown", 1, "sms", "third", at))
        mine.dispose()

    threads = [threading.Thread(target=write) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [program.wait(60) for program in started] == [0, 0]
    found = auditread.check(engine, vault)
    assert (found.rows, found.wrong) == (2 * 50 + 3 * 25, "")
    with engine.connect() as connection:
        counts = connection.execute(sa.select(t.c.program, sa.func.count()).group_by(
            t.c.program)).all()
    assert dict(counts) == {"first": 50, "second": 50, "third": 75}


# -- looks at level 0 ----------------------------------------------------------------------------


def test_what_finds_no_room_is_counted_and_said(
        engine: Engine, vault: Vault, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[int] = []
    monkeypatch.setattr(audit, "MOST_WAITING", 5)
    monkeypatch.setattr(audit, "MOST_AT_ONCE", 3)
    monkeypatch.setattr(Audit, "_wake", lambda self: None)  # nobody writes meanwhile
    one = Audit(engine, vault, lambda: NOW, told.append)
    for at in range(8):
        one.later(Look("case", "shown", case_id=at))
    assert told == [1, 1, 1]
    assert one.flush() and one.flush()
    with engine.connect() as connection:
        rows = connection.execute(sa.select(t.c.asked, t.c.case_id, t.c.amount)
                                  .order_by(t.c.seq)).all()
    assert sorted(r.case_id for r in rows if r.asked == "case") == [0, 1, 2, 3, 4]
    assert [r.amount for r in rows if r.asked == "gap"] == [3]
    assert not wrong(engine, vault)


def test_what_cannot_be_written_waits(engine: Engine, vault: Vault, chain: Audit) -> None:
    change(engine, head.update().values(seq=3))
    chain.later(Look("case", "shown", case_id=5))
    assert not chain.flush()
    change(engine, head.update().values(seq=ROWS))
    assert chain.flush()
    assert auditread.check(engine, vault).rows == ROWS + 1


# -- the commands ----------------------------------------------------------------------------------


@pytest.fixture
def operator(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody at the command line, with the secret."""
    for name in list(os.environ):
        if name.startswith(("HALLWAY_", "REDIS_")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("DATABASE_URL", database_url)
    monkeypatch.setenv("HALLWAY_STATE", str(tmp_path / "state"))
    monkeypatch.setenv("HALLWAY_SECRET", SECRET)


@pytest.mark.usefixtures("operator")
def test_check_says_it_in_one_line(
        engine: Engine, chain: Audit, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["audit", "check"]) == 0
    said = capsys.readouterr().out
    assert said.startswith("10 rows are whole. Note 10:") and said.count("\n") == 1
    noted = said.split()[-1]
    assert main(["audit", "check", "--noted", noted]) == 0
    assert main(["audit", "check", "--noted", "9:" + "0" * 16]) == 1
    assert main(["audit", "check", "--noted", "nonsense"]) == 2
    capsys.readouterr()
    change(engine, t.update().where(t.c.seq == 4).values(level=0))
    assert main(["audit", "check"]) == 1
    assert capsys.readouterr().err == "Row 4 was altered. The 3 rows before it are whole.\n"


@pytest.mark.usefixtures("operator")
def test_the_preflight_says_that_one_cannot_go_on(
        chain: Audit, monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check"]) == 1  # nothing but the record is there
    assert "yes  audit" in capsys.readouterr().out
    monkeypatch.setenv("HALLWAY_SECRET", "another secret")
    main(["check"])
    assert "no   audit: the head was altered, or HALLWAY_SECRET was changed" in (
        capsys.readouterr().err)


@pytest.mark.usefixtures("operator")
def test_show_tells_a_clerk_who_looked(
        chain: Audit, capsys: pytest.CaptureFixture[str]) -> None:
    """By the number alone: this record has no such case, and yet it was asked for."""
    assert main(["audit", "show", "24 019651"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == ROWS
    assert lines[0].startswith("2026-03-16 10:00:00  level 1  phone  channels")
    assert "query-code" in lines[0] and "shown" in lines[0]
    assert "13911112222" not in "".join(lines)
    assert main(["audit", "show", "no-such"]) == 1


@pytest.mark.usefixtures("operator")
def test_a_broken_chain_is_put_aside_and_begun_anew(
        engine: Engine, vault: Vault, chain: Audit, tmp_path: Path,
        capsys: pytest.CaptureFixture[str]) -> None:
    change(engine, head.delete())
    aside = tmp_path / "old-rows"
    assert main(["audit", "renew", str(aside)]) == 0
    assert len(aside.read_bytes().splitlines()) == ROWS
    chain.write(Look("case", "shown", 1))
    assert main(["audit", "check"]) == 0
    assert "2 rows are whole" in capsys.readouterr().out
    assert row(engine, ROWS + 1).amount == ROWS
    assert main(["audit", "renew", str(aside)]) == 2  # nothing is overwritten
    change(engine, t.delete().where(t.c.seq == ROWS + 1))
    assert wrong(engine, vault) == "Row 11 is missing."


def test_the_key_is_drawn_apart(vault: Vault) -> None:
    """The audit's hashes are no keyed hashes of anything else."""
    assert vault.chained(b"x") != vault.keyed_hash("", "x")
    assert vault.chained(b"x") != Vault(SECRET + "!").chained(b"x")
    assert len(NO_HASH) == len(vault.chained(b""))
    assert datetime.now(UTC) > NOW - timedelta(days=1)
