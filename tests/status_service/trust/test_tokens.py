"""Tokens of programs: rotated with an overlap or at once, and told when they end."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sqlalchemy import Engine

from status_service.storage.engine import writing
from status_service.trust import tokens


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
