"""Tokens of programs: rotated with an overlap or at once, told when they end, and the commands."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine

from processes import Program
from settings import Settings
from status_service import __main__ as program
from status_service import preflight
from status_service.storage.engine import writing
from status_service.trust import tokens

Types = Callable[..., str]


def works(engine: Engine, token: str) -> bool:
    return tokens.Tokens(engine).find(f"Bearer {token}") is not None


def test_a_rotated_token_works_on_for_a_while_or_not(engine: Engine) -> None:
    now = datetime.now(UTC)
    with writing(engine).begin() as connection:
        first = tokens.add(connection, "door", ("desk",))
        second = tokens.rotate(connection, "door") or ""
    assert works(engine, first) and works(engine, second)
    with writing(engine).begin() as connection:
        third = tokens.rotate(connection, "door", overlap=timedelta()) or ""
        [listed] = tokens.listed(connection)
        assert tokens.rotate(connection, "nobody") is None
    assert [works(engine, one) for one in (first, second, third)] == [False, False, True]
    assert listed.warning(now) == ""
    assert "expires in" in listed.warning(now + timedelta(days=380))
    assert listed.warning(now + timedelta(days=401)) == "expired"


def test_its_use_is_noted(engine: Engine) -> None:
    with writing(engine).begin() as connection:
        token = tokens.add(connection, "door", ("desk",))
        tokens.add(connection, "unused", ("desk",))
    before = datetime.now(UTC)
    assert works(engine, token) and not works(engine, "wrong")

    def used() -> list[datetime | None]:
        with engine.connect() as connection:
            return [one.used_at for one in tokens.listed(connection)]

    Program("the note", [], Path("/dev/null")).wait_ready(lambda: used()[0] is not None, 20)
    noted, other = used()
    assert noted is not None and before <= noted <= datetime.now(UTC) and other is None


# -- as commands ----------------------------------------------------------------------------


@pytest.fixture
def types(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
          capsys: pytest.CaptureFixture[str]) -> Types:
    """`tokens` with these arguments; gives what it said, after it ended as it should."""
    monkeypatch.setenv("HALLWAY_STATE", str(tmp_path))
    monkeypatch.setenv("DATABASE_URL", database_url)

    def type_in(*arguments: str, code: int = 0) -> str:
        assert program.main(["tokens", *arguments]) == code
        out, err = capsys.readouterr()
        return str(out + err).strip()

    return type_in


def test_a_channel_gets_what_it_needs_and_no_more(types: Types, engine: Engine) -> None:
    token = types("add", "door", "--channel", "phone", "--channel", "text")
    types("add", "worker", "--channel", "sender")
    types("add", "kiosk-1", "--channel", "kiosk", "--scope", "metrics")
    with engine.connect() as connection:
        held = {one.name: one.scopes for one in tokens.listed(connection)}
    assert held == {"door": {"public:read", "cases:read", "evidence", "notify"},
                    "worker": {"notify", "send"},
                    "kiosk-1": {"public:read", "cases:read", "evidence", "cards", "metrics"}}
    assert works(engine, token)
    with pytest.raises(SystemExit):
        types("add", "x", "--channel", "fax")


def test_rotated_by_a_command(types: Types, engine: Engine) -> None:
    first = types("add", "door", "--channel", "phone")
    second = types("rotate", "door")
    assert [works(engine, one) for one in (first, second)] == [True, True]
    third = types("rotate", "door", "--now")
    assert [works(engine, one) for one in (first, second, third)] == [False, False, True]
    with engine.connect() as connection:
        [one] = tokens.listed(connection)
    assert one.scopes == set(tokens.PART_SCOPES["phone"])
    assert types("rotate", "nobody", code=1) == "There is no such token."
    listed = types("list")
    assert listed.startswith("door") and not any(t in listed for t in (first, second, third))


def test_what_ends_soon_is_said_and_is_no_failure(
        types: Types, engine: Engine, monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str]) -> None:
    now = datetime.now(UTC)
    with writing(engine).begin() as connection:
        tokens.add(connection, "fresh", ("desk",))
    assert preflight.ending(Settings.load()) == ""
    with writing(engine).begin() as connection:
        tokens.add(connection, "soon", ("desk",),
                   now=now - tokens.LIFETIME + timedelta(days=29, hours=1))
        tokens.add(connection, "over", ("desk",), now=now - timedelta(days=500))
    assert "expires in 29 days" in types("list")
    for name in ("record", "audit", "redis", "card_keys", "service", "public", "twilio", "voice"):
        monkeypatch.setattr(preflight, name, lambda settings: "")
    assert preflight.run(Settings.load()) == 0
    [said] = [line for line in capsys.readouterr().out.splitlines() if line.startswith("soon")]
    assert "over (expired)" in said and "soon (expires in 29 days)" in said
    assert "fresh" not in said and "tokens rotate NAME" in said
