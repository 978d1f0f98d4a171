"""`python -m status_service tasks …` and `desk …`: what waits for staff, and what a clerk does
for an applicant whom they see face to face.

Names and phones are read from the terminal or a pipe, never from the command line: that one
stands in the shell's history and in the list of processes.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy.engine import Engine

from settings import Settings
from status_service import tasks
from status_service.storage.engine import make_engine, writing
from status_service.tasks import NoTask, Task, TaskChanged, TaskState
from status_service.trust.audit import AuditAway
from status_service.trust.desk import CLERK_NUMBER, By, Desk, NoApplicant, NoCase, NoSpeaker
from status_service.trust.handlers import Speaker
from status_service.trust.personal import Name, Phone, Vault
from status_service.trust.shelf import Shelf

DONE, NOT_DONE, REFUSED = 0, 1, 2
PROGRAM = "command"  # who asks, in the record, where a channel has its token
SHOWN = 100  # tasks in a list
LONGEST = 80  # characters of a name

Read = Callable[[str], str]


class Wrong(Exception):
    """What was typed makes no sense; the sentence says why."""


def read_line(prompt: str) -> str:
    """A line from the terminal, prompted, or from a pipe."""
    if sys.stdin.isatty():
        sys.stderr.write(f"{prompt}: ")
        sys.stderr.flush()
    return sys.stdin.readline().strip()


def add_tasks(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action")
    parser.set_defaults(action="list", all=False)
    listed = actions.add_parser("list", help="what is open, the oldest first")
    listed.add_argument("--all", action="store_true", help="also what is done")
    for name, help_ in (("show", "one task, and what to do about it"),
                        ("done", "it is done"), ("reopen", "it is not done after all")):
        one = actions.add_parser(name, help=help_)
        one.add_argument("id", type=int, metavar="ID")
        if name != "show":
            _add_clerk(one)
            one.add_argument("--note", default="", help="for colleagues; no personal data")


def add_desk(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", required=True)
    for name, help_ in (
            ("show", "who may ask about a case, people masked, and what desks did about it"),
            ("code", "a new query code; the old one stops at once"),
            ("phone", "register another phone, which is asked for; the old one stops at once"),
            ("speaker-add", "name a handler or a representative; name and phone are asked for"),
            ("speaker-remove", "end what one may; effective at once")):
        one = actions.add_parser(name, help=help_)
        one.add_argument("number", metavar="CASE_NUMBER")
        _add_clerk(one)
        if name == "speaker-add":
            one.add_argument("--role", choices=("handler", "representative"), required=True)
            one.add_argument("--until", metavar="YYYY-MM-DD", help="the last day; a "
                             "representative needs one")
            one.add_argument("--only-this-case", action="store_true")
        if name == "speaker-remove":
            one.add_argument("id", type=int, metavar="ID", help="as `desk show` lists it")


def _add_clerk(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--clerk", required=True, metavar="ID",
                        help="who does it, by their number: nothing is done in nobody's name")


def run(args: argparse.Namespace, settings: Settings, read: Read = read_line) -> int:
    """0: done or shown; 1: it cannot be done; 2: what was typed makes no sense."""
    engine = make_engine(settings.database_url)
    try:
        clerk = getattr(args, "clerk", None)
        if clerk is not None and not CLERK_NUMBER.fullmatch(clerk):
            raise Wrong("The clerk's number is 1 to 40 letters, digits, dots, lines.")
        if args.command == "tasks":
            return _tasks(args, engine)
        return _desk(args, settings, engine, read)
    except Wrong as wrong:
        return _wrong(str(wrong), REFUSED)
    except NoTask:
        return _wrong("There is no such task.")
    except TaskChanged:
        return _wrong("The task changed just now: look at it again.")
    except NoCase:
        return _wrong("There is no such case.")
    except NoApplicant:
        return _wrong("The back office did not say whose case this is; tell it to.")
    except NoSpeaker:
        return _wrong("Nobody with this id speaks for this applicant; see `desk show`.")
    except AuditAway:
        return _wrong("It cannot be written down who does it, so nothing was done; run "
                      "`python -m status_service audit check`.")


# -- tasks ----------------------------------------------------------------------------------


def _tasks(args: argparse.Namespace, engine: Engine) -> int:
    if args.action == "list":
        return _list(engine, None if args.all else "open")
    if args.action == "show":
        with engine.connect() as connection:
            _show_task(tasks.one(connection, args.id))
        return DONE
    state: TaskState = "done" if args.action == "done" else "open"
    with writing(engine).begin() as connection:
        found = tasks.one(connection, args.id)
        tasks.settle(connection, args.id, state, version=found.version,
                     by=str(By(PROGRAM, args.clerk)), note=args.note, now=datetime.now(UTC))
    already = " already" if found.state == state else ""
    _say(f"Task {args.id} is {state}{already}.")
    return DONE


def _list(engine: Engine, state: TaskState | None) -> int:
    with engine.connect() as connection:
        found = tasks.listed(connection, state=state, kind=None, after=0, most=SHOWN + 1)
    for task in found[:SHOWN]:
        _say(f"{task.id:6}  {task.state:4}  {task.kind:16}  {task.detail}")
    if not found:
        _say("Nothing waits for anybody.")
    if len(found) > SHOWN:
        _say(f"There are more; these are the oldest {SHOWN}.")
    return DONE


def _show_task(task: Task) -> None:
    _say(f"Task {task.id}, {task.kind}, {task.state}, seen {task.seen} times")
    _say(task.detail)
    _say(task.what_to_do)
    if task.done_by:
        _say(f"Last done by {task.done_by}{': ' + task.note if task.note else ''}")


# -- the desk -------------------------------------------------------------------------------


def _desk(args: argparse.Namespace, settings: Settings, engine: Engine, read: Read) -> int:
    zone, vault = ZoneInfo(settings.zone), Vault(settings.secret)
    desk = Desk(engine, vault, Shelf(settings.redis_url, vault), lambda: datetime.now(UTC),
                lambda: datetime.now(zone).date())
    number, by = args.number, By(PROGRAM, args.clerk)
    if args.action == "show":
        _show_case(desk, number, by, zone)
    elif args.action == "code":
        made = desk.issue_code(number, by)
        _say(f"The new query code is {made.code.reveal()}; the old one opens nothing any more.")
        if not made.lockout_over:
            _say("Redis is away: if wrong codes were tried, wait a while before this one.")
    elif args.action == "phone":
        desk.change_phone(number, _phone(read), by)
        _say("The new phone is registered; the old one opens nothing any more.")
    elif args.action == "speaker-add":
        _add_speaker(desk, args, by, read)
    else:
        desk.remove_speaker(number, args.id, by)
        _say("They open nothing any more.")
    return DONE


def _show_case(desk: Desk, number: str, by: By, zone: ZoneInfo) -> None:
    seen = desk.show(number, by)
    _say(f"Case {seen.number}: {seen.applicant or 'no applicant'}, phone {seen.phone or '-'}, "
         f"{'a' if seen.query_code else 'no'} query code")
    for one in seen.speakers:
        _say(f"{one.id:6}  {_described(one)}")
    for done in seen.actions:
        _say(f"{done.at.astimezone(zone):%Y-%m-%d %H:%M}  {done.action}  by {done.by}")


def _add_speaker(desk: Desk, args: argparse.Namespace, by: By, read: Read) -> None:
    until = _day(args.until)
    name = read("Name")
    if not 0 < len(name) <= LONGEST:
        raise Wrong(f"A name has 1 to {LONGEST} characters.")
    try:
        made, new = desk.name_speaker(
            args.number, by, role=args.role, name=Name(name), phone=_phone(read), until=until,
            only_this_case=args.only_this_case)
    except ValueError as error:
        raise Wrong(str(error)) from None
    _say(f"{'Named' if new else 'Renewed'}, with the id {made.id}: {_described(made)}.")


def _described(one: Speaker) -> str:
    return (f"{one.role} {one.name}, {one.phone}"
            f"{', this case only' if one.only_this_case else ''}"
            f"{f', until {one.until}' if one.until else ''}{'' if one.valid else ' (over)'}")


def _phone(read: Read) -> Phone:
    try:
        return Phone.parse(read("Phone"))
    except ValueError:
        raise Wrong("This is not a phone number.") from None


def _day(typed: str | None) -> date | None:
    try:
        return None if typed is None else date.fromisoformat(typed)
    except ValueError:
        raise Wrong("Write the last day as in 2026-12-31.") from None


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")


def _wrong(sentence: str, code: int = NOT_DONE) -> int:
    sys.stderr.write(sentence + "\n")
    return code
