"""The service with two applicants, one of them an organisation, and a real Redis."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
import redis
import sqlalchemy as sa
from flask.testing import FlaskClient
from sqlalchemy import Engine
from werkzeug.test import TestResponse

from processes import Program
from settings import Settings
from status_service.api import create_app
from status_service.cases.store import Writer
from status_service.cases.write import Person
from status_service.guides import hall
from status_service.storage import tables
from status_service.storage.engine import writing
from status_service.trust import handlers, tokens
from status_service.trust.personal import Name, Phone, Vault
from status_service.words import LocalText
from tests.status_service.api.conftest import DAYS, Asker
from tests.status_service.cards.conftest import Clock
from tests.status_service.small_hall import NOW, SmallHall, case

WANG = Person("王小明", "+8613800000201")
COMPANY = Person("云泉禾木置业有限公司", "+8613800000202", "organisation")
SECOND = Phone("+8613800000203")  # the company's second handler
HELPER = Phone("+8613800000204")  # Wang's representative, for one case and a term
OURS, OTHERS, PLAIN = "24-019651", "24-019652", "24-019653"
MORE = "24-019654"  # another one of Wang's
CODE, CODE_OF_OTHERS = "402816", "519347"
PROJECT = LocalText(zh="红柳湾住宅楼")


class Visitor:
    """Somebody at one channel. Every question gives the response."""

    def __init__(self, ask: Asker, channel: str = "phone", source: str = "+8613911112222",
                 visit: str = "visit-1") -> None:
        self.ask, self.channel = ask, channel
        self.who = {"channel": channel, "visit": visit, "source": source}

    def shows(self, number: str, code: str, kind: str = "query-code") -> TestResponse:
        return self.ask("POST", "/v1/evidence/code",
                        {"number": number, "code": code, "kind": kind, **self.who})

    def texts_from(self, number: str, phone: str) -> TestResponse:
        return self.ask("POST", "/v1/evidence/phone",
                        {"number": number, "phone": phone, **self.who})

    def wants_code(self, number: str, phone: str = "") -> TestResponse:
        return self.ask("POST", "/v1/one-time-codes",
                        {"number": number, "language": "zh-CN", "phone": phone, **self.who})

    def reads(self, number: str, grant: str, **changed: str) -> TestResponse:
        who = self.who | changed
        return self.ask("GET", f"/v1/grant/cases/{number}", headers={
            "Hallway-Grant": grant, "Hallway-Visit": who["visit"],
            "Hallway-Channel": who["channel"]})


class Outbox:
    """What the text worker would send."""

    def __init__(self, ask: Asker) -> None:
        self._ask = ask
        self._found: list[dict[str, Any]] = []

    def claims(self) -> list[dict[str, Any]]:
        got = self._ask("POST", "/v1/notifications/claim", {"medium": "sms", "worker": "w"})
        return list(got.json["items"])  # type: ignore[index]

    def next(self) -> dict[str, Any]:
        """The next message, as soon as it is there: codes are made behind the answer."""

        def look() -> bool:
            self._found += self.claims()
            return bool(self._found)

        Program("the outbox", [], Path("/dev/null")).wait_ready(look, 20)
        return self._found.pop(0)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def store(clean_redis: str) -> Iterator[redis.Redis]:
    with redis.Redis.from_url(clean_redis) as connection:
        yield connection


@pytest.fixture
def settings(tmp_path: Path, clean_redis: str) -> Settings:
    return Settings.load({"HALLWAY_STATE": str(tmp_path), "REDIS_URL": clean_redis})


@pytest.fixture
def client(engine: Engine, settings: Settings, clock: Clock) -> FlaskClient:
    vault = Vault(settings.secret)
    with writing(engine).begin() as connection:
        connection.execute(tables.working_days.insert(), DAYS)
        hall.save(connection, SmallHall())
        tokens.add(connection, "channels", tokens.CHANNEL_SCOPES, token="channel")
        tokens.add(connection, "others", ("evidence",), token="other")
        tokens.add(connection, "counter-3", ("desk", "tasks"), token="staff")
        tokens.add(connection, "bureau", ("cases:write",), source="bureau", token="bureau")
        writer = Writer("bureau", hall.load(connection), vault)
        written = writer.put_many(connection, [
            (OURS, case(applicant=WANG, query_code=CODE, project=PROJECT,
                        handler_phone="0991-4810071")),
            (MORE, case(applicant=WANG, query_code="111111", project=PROJECT)),
            (OTHERS, case(applicant=COMPANY, query_code=CODE_OF_OTHERS, project=PROJECT)),
            (PLAIN, case()),
        ], datetime.now(UTC))
        assert not any(w.problem for w in written)
        ids = {row.number: row for row in connection.execute(sa.select(
            tables.cases.c.number, tables.cases.c.id, tables.cases.c.applicant))}
        handlers.add(connection, vault, applicant=ids[OTHERS].applicant, role="handler",
                     name=Name("李四"), phone=SECOND, until=None, case_id=None, now=NOW)
        handlers.add(connection, vault, applicant=ids[OURS].applicant, role="representative",
                     name=Name("赵五"), phone=HELPER, until=date(2026, 3, 31),
                     case_id=ids[OURS].id, now=NOW)
    return create_app(settings, engine, clock).test_client()


@pytest.fixture
def channel(client: FlaskClient) -> Asker:
    return Asker(client, "channel")


@pytest.fixture
def visitor(channel: Asker) -> Visitor:
    return Visitor(channel)


@pytest.fixture
def outbox(channel: Asker) -> Outbox:
    return Outbox(channel)
