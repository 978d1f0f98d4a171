"""`python -m status_service COMMAND`: what an operator does at the record.

Each command says in one line what it did, or in one sentence what is wrong.
"""

from __future__ import annotations

import argparse
import sys
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from settings import Settings, SettingsError
from status_service import preflight, retention, sample, staffcommand
from status_service.cases import calendar
from status_service.cases.store import Writer
from status_service.guides import hall
from status_service.ingest import command as ingest
from status_service.storage import migrate, tables
from status_service.storage.engine import make_engine, writing
from status_service.trust import auditcommand, tokens
from status_service.trust.personal import Vault

SAMPLE_SOURCE = "sample"


def do_migrate(settings: Settings) -> int:
    """Bring the tables up to date and the calendar with them."""
    engine = make_engine(settings.database_url)
    migrate.upgrade(engine)
    with writing(engine).begin() as connection:
        days = calendar.seed(connection, today(settings))
    print(f"The record is up to date; {days} days of the calendar were written.")
    return 0


def do_seed(settings: Settings) -> int:
    """Fill an empty record with the sample hall and its cards. A record with other cases is
    left alone; one that has the sample hall gets the cards that it lacks."""
    engine = make_engine(settings.database_url)
    vault = Vault(settings.secret)
    now = datetime.now(UTC)
    held = tables.cases.c
    with writing(engine).begin() as connection:
        if connection.execute(sa.select(held.id).limit(1)).first():
            ours = connection.execute(
                sa.select(held.id).where(held.source == SAMPLE_SOURCE).limit(1)).first()
            added = sample.cards.seed(connection, vault, now) if ours else 0
            print(f"{added} sample cards were added." if added else
                  "The record has cases already; nothing was changed.")
            return 0
        found = sample.load(today(settings), calendar.load(connection))
        hall.save(connection, found)
        writer = Writer(SAMPLE_SOURCE, hall.load(connection), vault)
        written = writer.put_many(connection, found.cases, now)
        cards = sample.cards.seed(connection, vault, now)
    refused = [w for w in written if w.problem]
    if refused:
        print(f"{len(refused)} cases were refused, the first: {refused[0]}", file=sys.stderr)
        return 1
    print(f"The sample hall is open: {len(found.matters)} matters, {len(found.offices)} offices, "
          f"{len(written)} cases, {cards} cards.")
    return 0


def do_cards(settings: Settings, directory: Path) -> int:
    """Write the sample cards' images for the software card."""
    made = sample.cards.images(settings, directory)
    print(f"{made} card images were written; they hold keys.")
    return 0


def do_tokens(settings: Settings, args: argparse.Namespace) -> int:
    """Add, list or remove the tokens of programs."""
    engine = make_engine(settings.database_url)
    now = datetime.now(UTC)
    with writing(engine).begin() as connection:
        if args.action == "list":
            for token in tokens.listed(connection):
                until = token.expires_at.date().isoformat() if token.expires_at else "-"
                print(f"{token.name:20} until {until}  {' '.join(sorted(token.scopes))}"
                      f"{'  source ' + token.source if token.source else ''}"
                      f"  used {token.used_at.isoformat('T', 'minutes') if token.used_at else '-'}"
                      f"{'  ' + token.warning(now) if token.warning(now) else ''}")
            return 0
        if not args.name:
            print("Say which: tokens add NAME --scope … | tokens remove NAME", file=sys.stderr)
            return 2
        if args.action == "remove":
            gone = tokens.remove(connection, args.name)
            print("Removed." if gone else "There is no such token.")
            return 0 if gone else 1
        if args.action == "rotate":
            new = tokens.rotate(connection, args.name,
                                overlap=timedelta() if args.now else tokens.OVERLAP)
            print(new or "There is no such token.")
            return 0 if new else 1
        parts = [s for part in args.channel or () for s in tokens.PART_SCOPES[part]]
        scopes = tuple(dict.fromkeys([*parts, *(args.scope or ())]))
        try:
            made = tokens.add(
                connection, args.name, scopes or tokens.CHANNEL_SCOPES,
                source=args.source, mapping=args.mapping,
                token=settings.service_token if args.channels else None)
        except ValueError as error:
            print(error, file=sys.stderr)
            return 2
    print("The channels' token is known." if args.channels else made)
    return 0


def today(settings: Settings) -> date:
    return datetime.now(ZoneInfo(settings.zone)).date()


def parser() -> argparse.ArgumentParser:
    top = argparse.ArgumentParser(prog="python -m status_service", description=__doc__)
    commands = top.add_subparsers(dest="command", required=True)
    commands.add_parser("migrate", help="bring the tables and the calendar up to date")
    commands.add_parser("seed", help="fill an empty record with the sample hall")
    commands.add_parser("check", help="try every connection and say what is wrong")
    ingest.add_arguments(commands.add_parser("import", help="read cases from a file"))
    auditcommand.add_arguments(commands.add_parser("audit", help="who looked at which case"))
    retention.add_arguments(commands.add_parser(
        "retention", help="remove what is older than it may be kept"))
    staffcommand.add_tasks(commands.add_parser("tasks", help="what waits for staff"))
    staffcommand.add_desk(commands.add_parser(
        "desk", help="for an applicant whom a clerk sees face to face"))
    card = commands.add_parser("cards", help="cards of the sample hall (development)")
    card.add_argument("action", choices=("images",), help="write them for the software card")
    card.add_argument("directory", type=Path)
    token = commands.add_parser("tokens", help="tokens of channels and back offices")
    token.add_argument("action", choices=("add", "list", "remove", "rotate"))
    token.add_argument("name", nargs="?")
    token.add_argument("--scope", action="append", choices=tuple(tokens.SCOPES))
    token.add_argument("--channel", action="append", choices=tuple(tokens.PART_SCOPES),
                       help="the scopes of this channel, and no more")
    token.add_argument("--now", action="store_true",
                       help="with rotate: the old token stops at once, not in a day")
    token.add_argument("--source", help="the back office whose cases it may write")
    token.add_argument("--mapping", help="the mapping its status codes go through")
    token.add_argument("--channels", action="store_true",
                       help="take HALLWAY_SERVICE_TOKEN instead of making one")
    return top


def main(argv: list[str] | None = None) -> int:
    args = parser().parse_args(argv)
    try:
        settings = Settings.load()
        settings.state.mkdir(parents=True, exist_ok=True)
        if args.command == "migrate":
            return do_migrate(settings)
        if args.command == "seed":
            return do_seed(settings)
        if args.command == "tokens":
            return do_tokens(settings, args)
        if args.command == "cards":
            return do_cards(settings, args.directory)
        if args.command == "audit":
            return auditcommand.run(args, settings)
        if args.command == "retention":
            return retention.run(args, settings)
        if args.command in ("tasks", "desk"):
            return staffcommand.run(args, settings)
        if args.command == "import":
            return ingest.run(args, settings)
        return preflight.run(settings)
    except SettingsError as error:
        print(error, file=sys.stderr)
        return 2
    except sa.exc.OperationalError:
        print("The record cannot be reached: see DATABASE_URL.", file=sys.stderr)
        return 3


if __name__ == "__main__":
    sys.exit(main())
