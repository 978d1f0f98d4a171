"""How long what is kept, by kind of data, and the removing of what is older.

`python -m status_service retention` and the nightly job (`nightly`) do the same. What was
removed is a row of the audit for each kind; what cannot be written there is not removed.
Sessions, grants, codes and counts live in Redis and end there by themselves; cases and their
applicants are the back offices' and stay as long as those send them.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.engine import Engine

from settings import Settings
from status_service.notifications.outbox import RANK
from status_service.storage import tables
from status_service.storage.engine import make_engine, writing
from status_service.tasks import raise_task
from status_service.trust import auditread
from status_service.trust.audit import AuditAway, Look, append
from status_service.trust.personal import Vault

# How long audit rows and recipients are kept an office may choose: settings.KEEP_AUDIT and
# KEEP_MESSAGES, with their sources. The others, in days:
MESSAGE_ROWS = 400  # our choice: what was sent when, without to whom, for the year's figures
CONSENT = 3 * 365  # an entry that a newer one undid, as long as one may sue (民法典, article 188)
DONE_TASKS = 365  # our choice: a cause that comes back within a year is seen to come back
SPOKE_FOR = 90  # our choice: after the last day of a representative, for questions about it
NIGHTS = 400  # our choice: the nights of a year

CLOSED = tuple(state for state, rank in RANK.items() if rank >= RANK["unknown"])
DONE, SOME_NOT = 0, 1

n, c, k, h, d = (table.c for table in (tables.notifications, tables.consent, tables.tasks,
                                       tables.handlers, tables.nights))


class Kind(NamedTuple):
    """One kind of data. blanks: what is emptied, where the rest of the row stays."""

    name: str
    what: str
    days: int
    table: sa.Table
    old: sa.ColumnElement[bool]
    blanks: dict[str, Any] | None = None


class Removed(NamedTuple):
    """What was removed of a kind, or would be; wrong: why nothing was."""

    name: str
    what: str
    days: int
    rows: int
    wrong: str = ""


def kinds(settings: Settings, now: datetime, today: date) -> Iterator[Kind]:
    def before(days: int) -> datetime:
        return now - timedelta(days=days)

    closed = sa.and_(n.updated_at < before(settings.keep_messages), sa.or_(
        n.state.in_(CLOSED), n.expires_at < before(settings.keep_messages)))
    yield Kind("recipients", "the recipients of messages", settings.keep_messages,
               tables.notifications, sa.and_(closed, n.recipient != b""),
               {"recipient": b"", "recipient_hash": b"", "sealed": None})
    yield Kind("messages", "messages", MESSAGE_ROWS, tables.notifications,
               sa.and_(closed, n.updated_at < before(MESSAGE_ROWS)))
    newer = tables.consent.alias("newer").c
    yield Kind("consent", "entries of consent that a newer one undid", CONSENT, tables.consent,
               sa.and_(c.at < before(CONSENT), sa.exists().where(
                   newer.address_hash == c.address_hash,
                   sa.or_(newer.at > c.at, sa.and_(newer.at == c.at, newer.id > c.id)))))
    yield Kind("tasks", "tasks that are done", DONE_TASKS, tables.tasks,
               sa.and_(k.state == "done", k.updated_at < before(DONE_TASKS)))
    yield Kind("handlers", "representatives whose term is over", SPOKE_FOR, tables.handlers,
               h.until < today - timedelta(days=SPOKE_FOR))
    yield Kind("nights", "nights of this job", NIGHTS, tables.nights,
               d.day < today - timedelta(days=NIGHTS))


def tidy(engine: Engine, vault: Vault, settings: Settings, now: datetime,
         dry: bool = False) -> list[Removed]:
    """Remove what is older than it may be; `dry`: only count. Raises AuditAway when it cannot
    be written down: then what is not in the audit was not removed."""
    today = now.astimezone(ZoneInfo(settings.zone)).date()
    found = [_of_kind(engine, vault, kind, now, dry) for kind in kinds(settings, now, today)]
    return [*found, _of_audit(engine, vault, settings.keep_audit, now, dry)]


def _of_kind(engine: Engine, vault: Vault, kind: Kind, now: datetime, dry: bool) -> Removed:
    with writing(engine).begin() as connection:
        if dry:
            count = connection.execute(
                sa.select(sa.func.count()).select_from(kind.table).where(kind.old)).scalar_one()
        else:
            change = (kind.table.delete() if kind.blanks is None
                      else kind.table.update().values(**kind.blanks))
            count = connection.execute(change.where(kind.old)).rowcount
            if count:
                append(connection, vault, [(now, Look(
                    "removed", "done", amount=count,
                    detail=f"{kind.name}: older than {kind.days} days"))])
    return Removed(kind.name, kind.what, kind.days, count)


def _of_audit(engine: Engine, vault: Vault, days: int, now: datetime, dry: bool) -> Removed:
    """A chain that is not whole stays as it is, for whoever looks into it, and is a task."""
    until = now - timedelta(days=days)
    what = "rows of the audit"
    if dry:
        return Removed("audit", what, days, auditread.count_before(engine, vault, until))
    wrong = auditread.check(engine, vault).wrong
    if wrong:
        wrong = f"The audit is not whole. {wrong} See `python -m status_service audit check`."
        with writing(engine).begin() as connection:
            raise_task(connection, "audit", "audit", wrong, now)
        return Removed("audit", what, days, 0, wrong)
    return Removed("audit", what, days, auditread.remove_before(engine, vault, until, now))


# -- the command -----------------------------------------------------------------------------


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--dry-run", action="store_true", help="only say what would be removed")


def run(args: argparse.Namespace, settings: Settings) -> int:
    """0: done; 1: something was not removed, it says why."""
    engine, vault = make_engine(settings.database_url), Vault(settings.secret)
    verb = "would be removed" if args.dry_run else "removed"
    try:
        found = tidy(engine, vault, settings, datetime.now(UTC), args.dry_run)
    except AuditAway as away:
        sys.stderr.write(f"Nothing more is removed, for it cannot be written down: {away}. See "
                         "`python -m status_service audit check`.\n")
        return SOME_NOT
    for one in found:
        sys.stdout.write(f"{one.rows:8}  {one.what}, older than {one.days} days, {verb}\n")
    wrong = [one.wrong for one in found if one.wrong]
    for line in wrong:
        sys.stderr.write(line + "\n")
    return SOME_NOT if wrong else DONE
