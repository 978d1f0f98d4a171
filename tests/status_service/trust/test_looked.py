"""Every look is written down before it is answered, names nobody, and is told to the applicant."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import redis
import sqlalchemy as sa
from flask.testing import FlaskClient
from sqlalchemy import Engine

from settings import Settings
from status_service.storage import tables
from status_service.storage.engine import writing
from status_service.trust import auditread
from status_service.trust.personal import Vault
from tests.status_service.api.conftest import Asker
from tests.status_service.cards.conftest import Clock
from tests.status_service.trust.conftest import (
    CODE,
    MORE,
    OTHERS,
    OURS,
    PLAIN,
    WANG,
    Outbox,
    Visitor,
)

Written = Callable[[], list[sa.Row[Any]]]


@pytest.fixture
def written(client: FlaskClient, engine: Engine) -> Written:
    """All rows, oldest first, with those that still waited."""

    def read() -> list[sa.Row[Any]]:
        assert client.application.extensions["hallway"].audit.flush()
        with engine.connect() as connection:
            return list(connection.execute(sa.select(tables.audit).order_by(tables.audit.c.seq)))

    return read


def told(got: Any) -> Any:
    """Who looked, as the answer says it."""
    assert got.status_code == 200, got.json
    return got.json.get("answer", got.json).get("looked")


def test_every_attempt_is_a_row_whatever_it_was(
        channel: Asker, store: redis.Redis, written: Written) -> None:
    one = Visitor(channel)
    one.shows(OURS, CODE)
    for number, code in ((OURS, "000000"), (OTHERS, CODE), (PLAIN, CODE), ("no-such", CODE)):
        Visitor(channel, "sms", f"source of {number}").shows(number, code)
    for _ in range(3):
        Visitor(channel, "kiosk").shows(MORE, "000000")
    one.texts_from(OURS, WANG.phone)
    one.texts_from(OURS, "+8613900000000")
    one.texts_from(OURS, "not a phone")
    one.reads(OURS, "no grant")
    rows = written()
    # Who texts from a phone that is not registered is written down a moment later.
    assert sorted((r.asked, r.outcome, r.level, r.channel) for r in rows) == sorted([
        ("query-code", "shown", 1, "phone"), ("query-code", "not-proven", 0, "sms"),
        ("query-code", "not-proven", 0, "sms"), ("query-code", "not-proven", 0, "sms"),
        ("query-code", "not-found", 0, "sms"), ("query-code", "not-proven", 0, "kiosk"),
        ("query-code", "not-proven", 0, "kiosk"), ("query-code", "not-proven", 0, "kiosk"),
        ("phone", "shown", 1, "phone"), ("phone", "not-proven", 0, "phone"),
        ("phone", "not-proven", 0, "phone"), ("case", "not-proven", 0, "phone")])
    assert {r.program for r in rows} == {"channels"}
    assert [r.case_id is None for r in rows].count(True) == 1
    Visitor(channel, "kiosk").shows(MORE, "111111")  # right, and locked by now
    assert (written()[-1].outcome, written()[-1].level) == ("limited", 0)


def test_looks_at_level_0_and_codes_are_rows_too(
        channel: Asker, written: Written, outbox: Outbox) -> None:
    channel("GET", f"/v1/cases/{OURS}")
    channel("GET", f"/v1/cases/{OURS}", headers={"If-None-Match": '"x"'})
    channel("GET", f"/v1/cases/{OURS}/history")
    channel("GET", "/v1/cases/no-such")
    visitor = Visitor(channel)
    visitor.wants_code(OURS)
    outbox.next()
    channel("POST", "/v1/evidence/lost", {"number": OURS, "what": "phone", **visitor.who})
    rows = written()
    assert sorted((r.asked, r.outcome, r.level) for r in rows) == [
        ("case", "not-found", 0), ("case", "shown", 0), ("case", "shown", 0),
        ("code-sent", "sent", 0), ("history", "shown", 0), ("lost", "done", 0)]
    visitor.wants_code("no-such")
    visitor.wants_code(PLAIN)
    visitor.wants_code(OURS)  # too soon
    Visitor(channel, "sms").wants_code(MORE, "garbage")
    Visitor(channel, source="+8613922223333").wants_code(OTHERS)
    outbox.next()  # one queue, in order
    assert [r.outcome for r in written()[len(rows):] if r.asked == "code-sent"] == [
        "not-found", "not-sent", "not-sent", "not-sent", "sent"]


def test_the_rows_name_nobody(channel: Asker, written: Written, outbox: Outbox,
                              engine: Engine, settings: Settings) -> None:
    visitor = Visitor(channel, "phone", WANG.phone, "visit of Wang")
    visitor.shows(OURS, CODE)
    visitor.wants_code(OURS)
    visitor.shows(OURS, outbox.next()["code"], "one-time-code")
    visitor.texts_from(OURS, WANG.phone)
    said = repr([tuple(r) for r in written()]).encode()
    assert len(written()) == 4
    for secret in (WANG.phone, WANG.phone[3:], WANG.name, OURS, "24019651", CODE, "visit of"):
        assert secret.encode() not in said
        assert secret.encode().hex().encode() not in said
    assert len({bytes(r.who) for r in written()}) == 1  # and yet it is one who asked
    assert not auditread.check(engine, Vault(settings.secret)).wrong


def test_no_row_no_answer(channel: Asker, engine: Engine, written: Written) -> None:
    visitor = Visitor(channel)
    grant = visitor.shows(OURS, CODE).json["grant"]  # type: ignore[index]
    with writing(engine).begin() as connection:
        connection.execute(tables.audit_head.update().values(seq=99))
    for got in (visitor.shows(OURS, CODE), visitor.shows(OURS, "000000"),
                visitor.shows("no-such", CODE), visitor.texts_from(OURS, WANG.phone),
                visitor.reads(OURS, grant)):
        assert got.status_code == 503
        assert got.json["type"] == "/problems/not-now"  # type: ignore[index]
    assert channel("GET", f"/v1/cases/{OURS}").status_code == 200  # anybody may have that


# -- what the applicant is told ---------------------------------------------------------------


def proven(channel: Asker, outbox: Outbox, visit: str) -> tuple[Visitor, Any]:
    """Somebody who shows the one-time code; what they are told of OURS."""
    visitor = Visitor(channel, visit=visit)
    visitor.wants_code(OURS)
    got = visitor.shows(OURS, outbox.next()["code"], "one-time-code")
    return visitor, got


def test_level_2_says_who_looked_and_level_1_does_not(
        channel: Asker, outbox: Outbox, clock: Clock) -> None:
    for visit in ("a", "b"):
        caller = Visitor(channel, visit=visit)
        got: Any = caller.shows(OURS, CODE)
        assert told(got) is None and "looked" not in got.json["answer"].get("withheld", ())
        caller.reads(OURS, got.json["grant"])  # the same visit: no second look
    clock.pass_by(60 * 24)
    Visitor(channel, "sms", visit="c").texts_from(OURS, WANG.phone)
    Visitor(channel, "sms", visit="d").shows(OURS, "000000")  # sees nothing, so no look
    channel("GET", f"/v1/cases/{OURS}")  # as anybody may
    visitor, got = proven(channel, outbox, "mine")
    expected = {"days": 30, "times": 3, "last_on": "2026-03-17", "channel": "sms"}
    assert told(got) == expected
    grant = got.json["grant"]
    assert told(visitor.reads(OURS, grant)) == expected  # this very visit does not count
    assert told(visitor.reads(MORE, grant)) == {"days": 30, "times": 0}


def test_a_look_is_told_for_thirty_days(
        channel: Asker, outbox: Outbox, clock: Clock) -> None:
    Visitor(channel, visit="long ago").shows(OURS, CODE)
    clock.pass_by(60 * 24 * 30)
    Visitor(channel, "kiosk", visit="yesterday").shows(OURS, CODE)
    clock.pass_by(1)
    _, got = proven(channel, outbox, "mine")
    assert told(got) == {"days": 30, "times": 1, "last_on": "2026-04-15", "channel": "kiosk"}
