"""A clerk at the terminal: what the tasks tell them to type does what it says."""

from __future__ import annotations

import io
import os
import re
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

import pytest
from flask.testing import FlaskClient

import processes
from settings import Settings
from status_service import __main__ as program
from status_service.tasks import WHAT_TO_DO, TaskKind
from tests.status_service.api.conftest import Asker
from tests.status_service.cards.conftest import Clock
from tests.status_service.trust.conftest import (
    CODE,
    COMPANY,
    MORE,
    OTHERS,
    OURS,
    PLAIN,
    WANG,
    Visitor,
)
from tests.status_service.trust.desk import Clerk
from tests.status_service.trust.test_ladder import opened, refused

THIRD, NEW = "+8613800000205", "+8613800000206"
BY = ("--clerk", "1017")


class Typed(io.StringIO):
    """What is typed, at a terminal or into a pipe."""

    terminal = False

    def isatty(self) -> bool:
        return self.terminal


class Said(NamedTuple):
    """What a command said, and how it ended."""

    code: int
    out: str
    err: str


Types = Callable[..., Said]


@pytest.fixture(autouse=True)
def today(clock: Clock) -> None:
    """The service and the commands have the same day."""
    clock.at = datetime.now(UTC)


@pytest.fixture
def environ(client: FlaskClient, settings: Settings, database_url: str,
            monkeypatch: pytest.MonkeyPatch) -> None:
    """That of an operator on the machine of the service."""
    monkeypatch.setenv("HALLWAY_STATE", str(settings.state))
    monkeypatch.setenv("DATABASE_URL", database_url)
    monkeypatch.setenv("REDIS_URL", settings.redis_url)


@pytest.fixture
def types(environ: None, monkeypatch: pytest.MonkeyPatch,
          capsys: pytest.CaptureFixture[str]) -> Types:
    """The command with these arguments; typed: what comes from the pipe."""

    def type_in(*arguments: str, typed: str = "") -> Said:
        monkeypatch.setattr(sys, "stdin", Typed(typed))
        code = program.main(list(arguments))
        return Said(code, *capsys.readouterr())

    return type_in


@pytest.fixture
def runs(environ: None) -> Types:
    """The same in a process of its own."""

    def run(*arguments: str, typed: str = "") -> Said:
        done = subprocess.run([sys.executable, "-m", "status_service", *arguments], input=typed,
                              env=dict(os.environ), cwd=processes.ROOT, capture_output=True,
                              text=True, timeout=60, check=False)
        return Said(done.returncode, done.stdout, done.stderr)

    return run


def loses(visitor: Visitor, what: str) -> None:
    visitor.ask("POST", "/v1/evidence/lost", {"number": OURS, "what": what, **visitor.who})


def told_to_type(said: str) -> list[str]:
    """The command that a task names, by this clerk."""
    [command] = re.findall(r"`python -m status_service (.*?) --clerk ID`", said)
    return [*command.split(), *BY]


@pytest.mark.parametrize("kind", WHAT_TO_DO)
def test_what_a_task_tells_to_type_can_be_typed(kind: TaskKind) -> None:
    for command in re.findall(r"`python -m status_service (.*?)`", WHAT_TO_DO[kind]):
        words = command.format(word=OURS).split()
        assert program.parser().parse_args(words).command == words[0]


def test_a_lost_code(runs: Types, visitor: Visitor) -> None:
    loses(visitor, "query-code")
    listed = runs("tasks", "list")
    assert listed.code == 0 and "lost-query-code" in listed.out
    number = listed.out.split()[0]
    shown = runs("tasks", "show", number)
    made = runs(*told_to_type(shown.out))
    assert made.code == 0 and made.err == ""
    [code] = re.findall(r"\b\d{6}\b", made.out)
    assert refused(visitor.shows(OURS, CODE))
    assert opened(visitor.shows(OURS, code))["level"] == 1
    assert runs("tasks").out == "Nothing waits for anybody.\n"
    assert "Last done by command/1017" in runs("tasks", "show", number).out


def test_a_changed_phone(types: Types, visitor: Visitor) -> None:
    loses(visitor, "phone")
    number = types("tasks").out.split()[0]
    made = types(*told_to_type(types("tasks", "show", number).out), typed="138 0000 0206\n")
    assert made.code == 0 and "0206" not in made.out + made.err
    for case in (OURS, MORE):
        assert refused(visitor.texts_from(case, WANG.phone))
        assert opened(visitor.texts_from(case, NEW))
    assert types("tasks").out == "Nothing waits for anybody.\n"


def test_at_a_terminal_one_is_asked(types: Types, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Typed, "terminal", True)
    made = types("desk", "speaker-add", OTHERS, *BY, "--role", "handler",
                 typed=f"孙六\n{THIRD}\n")
    assert made.code == 0 and made.err == "Name: Phone: "


def test_a_second_handler(types: Types, channel: Asker) -> None:
    visitor = Visitor(channel, "sms", THIRD)
    assert refused(visitor.texts_from(OTHERS, THIRD))
    made = types("desk", "speaker-add", OTHERS, *BY, "--role", "handler",
                 typed=f"孙六\n{THIRD}\n")
    assert made.code == 0 and made.out.startswith("Named") and "孙六" not in made.out
    assert opened(visitor.texts_from(OTHERS, THIRD))["level"] == 1
    assert types("desk", "speaker-add", OTHERS, *BY, "--role", "handler",
                 typed=f"孙六\n{THIRD}\n").out.startswith("Renewed")
    shown = types("desk", "show", OTHERS, *BY).out
    [number] = re.findall(r"(\d+)  handler 孙\*\*, \*\*\*0205", shown)
    assert COMPANY.phone not in shown and COMPANY.name not in shown
    assert types("desk", "speaker-remove", OTHERS, number, *BY).code == 0
    assert refused(visitor.texts_from(OTHERS, THIRD))
    gone = types("desk", "speaker-remove", OTHERS, number, *BY)
    assert (gone.code, gone.out) == (1, "") and "Nobody with this id" in gone.err
    assert "speaker-removed  by command/1017" in types("desk", "show", OTHERS, *BY).out


def test_a_representative_for_a_term(types: Types, channel: Asker, clock: Clock) -> None:
    last = (datetime.now(UTC) + timedelta(days=20)).date()
    made = types("desk", "speaker-add", OURS, *BY, "--role", "representative", "--until",
                 last.isoformat(), "--only-this-case", typed=f"孙六\n{THIRD}\n")
    assert made.code == 0 and f"until {last}" in made.out and "this case only" in made.out
    visitor = Visitor(channel, "sms", THIRD)
    assert opened(visitor.texts_from(OURS, THIRD))
    assert refused(visitor.texts_from(MORE, THIRD))
    clock.at += timedelta(days=22)
    assert refused(visitor.texts_from(OURS, THIRD))


def test_a_task_is_done_and_open_again(types: Types, client: FlaskClient,
                                       visitor: Visitor) -> None:
    loses(visitor, "phone")
    number = types("tasks", "list").out.split()[0]
    done = ("tasks", "done", number, *BY, "--note", "came by")
    assert types(*done).out == f"Task {number} is done.\n"
    assert types(*done).out == f"Task {number} is done already.\n"
    assert " done " in types("tasks", "list", "--all").out
    [task] = Clerk(client).tasks(state="done")
    assert (task["done_by"], task["note"]) == ("command/1017", "came by")
    assert types("tasks", "reopen", number, *BY).out == f"Task {number} is open.\n"
    assert Clerk(client).tasks(state="done") == []


@pytest.mark.parametrize(("arguments", "typed", "code", "sentence"), [
    (("tasks", "show", "99"), "", 1, "no such task"),
    (("tasks", "done", "99", *BY), "", 1, "no such task"),
    (("desk", "code", "no-such", *BY), "", 1, "no such case"),
    (("desk", "phone", PLAIN, *BY), NEW, 1, "did not say whose"),
    (("desk", "phone", OURS, *BY), "12", 2, "not a phone number"),
    (("desk", "phone", OURS, *BY), "", 2, "not a phone number"),
    (("desk", "code", OURS, "--clerk", "王小明"), "", 2, "clerk's number"),
    (("desk", "speaker-add", OURS, *BY, "--role", "representative"), f"孙六\n{THIRD}\n", 2,
     "until which day"),
    (("desk", "speaker-add", OURS, *BY, "--role", "handler", "--until", "2020-01-01"),
     f"孙六\n{THIRD}\n", 2, "is over"),
    (("desk", "speaker-add", OURS, *BY, "--role", "handler", "--until", "soon"), "", 2,
     "as in 2026-12-31"),
    (("desk", "speaker-add", OURS, *BY, "--role", "handler"), "\n", 2, "A name has")])
def test_what_is_wrong_is_one_sentence(types: Types, visitor: Visitor, arguments: tuple[str, ...],
                                       typed: str, code: int, sentence: str) -> None:
    said = types(*arguments, typed=typed)
    assert (said.code, said.out) == (code, "")
    assert sentence in said.err and said.err.count("\n") == 1
    assert opened(visitor.shows(OURS, CODE)) and opened(visitor.texts_from(OURS, WANG.phone))


def test_nothing_is_done_in_nobodys_name(types: Types) -> None:
    for arguments in (("desk", "code", OURS), ("desk", "show", OURS), ("tasks", "done", "1")):
        with pytest.raises(SystemExit) as ended:
            types(*arguments)
        assert ended.value.code == 2


def test_names_and_phones_are_no_arguments(types: Types) -> None:
    with pytest.raises(SystemExit):
        types("desk", "phone", OURS, NEW, *BY)
