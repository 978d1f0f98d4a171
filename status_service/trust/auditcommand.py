"""`python -m status_service audit check | show NUMBER | renew FILE`."""

from __future__ import annotations

import argparse
import sys
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import msgspec
import sqlalchemy as sa
from sqlalchemy.engine import Engine

from settings import Settings
from status_service.cases import number as case_number
from status_service.storage import tables
from status_service.storage.engine import make_engine, writing
from status_service.trust import auditread
from status_service.trust.audit import Head, Look, append, move
from status_service.trust.personal import Vault

WHOLE, WRONG, REFUSED = 0, 1, 2

t = tables.audit


def add_arguments(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", required=True)
    check = actions.add_parser("check", help="whether no row was altered or taken away")
    check.add_argument("--noted", metavar="ROW:HASH",
                       help="what an earlier check printed: finds a record that was set back")
    show = actions.add_parser("show", help="who looked at a case")
    show.add_argument("number", metavar="CASE_NUMBER")
    renew = actions.add_parser("renew", help="write all rows to a file and begin a new chain, "
                               "when the old one is broken or HALLWAY_SECRET was changed")
    renew.add_argument("file", type=Path, metavar="FILE")


def run(args: argparse.Namespace, settings: Settings) -> int:
    """0: whole, shown, renewed; 1: not whole, no such case; 2: the question makes no sense."""
    engine, vault = make_engine(settings.database_url), Vault(settings.secret)
    if args.action == "check":
        return _check(engine, vault, args.noted)
    if args.action == "show":
        return _show(engine, vault, args.number, ZoneInfo(settings.zone))
    return _renew(engine, vault, args.file)


def _check(engine: Engine, vault: Vault, noted: str | None) -> int:
    known = None
    if noted is not None:
        row, _, hashed = noted.partition(":")
        if not row.isdecimal() or not hashed:
            sys.stderr.write("Say --noted ROW:HASH, as an earlier check printed it.\n")
            return REFUSED
        known = int(row), hashed
    found = auditread.check(engine, vault, known)
    if found.wrong:
        sys.stderr.write(f"{found.wrong} The {found.rows} rows before it are whole.\n"
                         if found.rows else f"{found.wrong}\n")
        return WRONG
    _say(f"{found.rows} rows are whole. Note {auditread.noted_as(found.head)}")
    return WHOLE


def _show(engine: Engine, vault: Vault, typed: str, zone: ZoneInfo) -> int:
    key, _ = case_number.keys(typed)
    c = tables.cases.c
    with engine.connect() as connection:
        case = connection.execute(sa.select(c.id).where(c.number_key == key)).scalar()
        rows = auditread.of_case(connection, vault, case, key)
    if not rows:
        _say("Nobody has looked at it." if case is not None else "There is no such case.")
        return WHOLE if case is not None else WRONG
    for row in rows:
        who = row.who.hex()[:8] if row.who else "-"
        _say(f"{row.at.astimezone(zone):%Y-%m-%d %H:%M:%S}  level {row.level}  "
             f"{row.channel or '-':6} {row.program:16} {row.asked:13} {row.outcome:10} "
             f"by {who}")
    return WHOLE


def _renew(engine: Engine, vault: Vault, file: Path) -> int:
    """All rows go to a file, for whoever looks into it; a new chain says how many they were."""
    if file.exists():
        sys.stderr.write(f"{file} is there already.\n")
        return REFUSED
    with writing(engine).begin() as connection:
        if connection.dialect.name == "postgresql":
            connection.exec_driver_sql("LOCK TABLE audit_head, audit IN EXCLUSIVE MODE")
        count = 0
        with file.open("xb") as out:
            for content, hashed in auditread.rows(connection):
                out.write(msgspec.json.encode((*content, hashed)) + b"\n")
                count += 1
        end = Head(*connection.execute(sa.select(
            sa.func.coalesce(sa.func.max(t.c.seq), 0))).one())
        connection.execute(t.delete())
        connection.execute(tables.audit_head.delete())
        end = end._replace(base_seq=end.seq)
        connection.execute(tables.audit_head.insert().values(id=1, seal=b"", **end._asdict()))
        move(connection, vault, end)
        append(connection, vault, [(datetime.now(UTC), Look(
            "renewed", "done", amount=count, detail="the rows before are in a file"))])
    _say(f"{count} rows were written to {file}; a new chain has begun.")
    return WHOLE


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
