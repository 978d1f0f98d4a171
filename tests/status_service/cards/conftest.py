"""The service with cards of two applicants, on either record and a real Redis."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import msgspec
import pytest
import redis
import sqlalchemy as sa
from flask.testing import FlaskClient
from sqlalchemy import Engine

from settings import Settings
from status_service.api import create_app
from status_service.cases.store import Writer, identity_hash
from status_service.guides import hall
from status_service.sample.cards import SampleCard
from status_service.storage import tables
from status_service.storage.engine import writing
from status_service.trust import tokens
from status_service.trust.cards import register
from status_service.trust.personal import Vault
from tests.status_service.api.conftest import DAYS, Asker
from tests.status_service.cards.kiosk import COMPANY, ISSUER, KEYS, WANG, sample_card
from tests.status_service.small_hall import NOW, SmallHall, case

CARDS = {
    "wang": sample_card("1122334455667788", "269867858630", WANG, "hallway-aes"),
    "company": sample_card("0102030405060708", "268760263939", COMPANY, "fmcos"),
    "lost": sample_card("1122334455667799", "266060178667", WANG, "hallway-aes"),
    "revoked": sample_card("11223344556677AA", "264557290022", COMPANY, "fmcos"),
    "expired": sample_card("11223344556677BB", "263236190327", WANG, "hallway-aes",
                           date(2026, 3, 15)),
    "desfire": sample_card("2122334455667788", "262072905581", WANG, "desfire"),
    "uid": sample_card("04A1B2C3", "261442725098", WANG, "uid"),
}
STATES = {"lost": register.CardState.LOST, "revoked": register.CardState.REVOKED}
OF_WANG = ("24-019651", "261442725098")


class Clock:
    """The service's time; it moves when told."""

    def __init__(self) -> None:
        self.at = NOW

    def __call__(self) -> datetime:
        return self.at

    def pass_by(self, minutes: float) -> None:
        self.at += timedelta(minutes=minutes)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def store(clean_redis: str) -> Iterator[redis.Redis]:
    with redis.Redis.from_url(clean_redis) as connection:
        yield connection


@pytest.fixture
def settings(tmp_path: Path, clean_redis: str) -> Settings:
    return Settings.load({"HALLWAY_STATE": str(tmp_path), "REDIS_URL": clean_redis,
                          "HALLWAY_CARD_KEYS": KEYS})


def fill(engine: Engine, settings: Settings, cards: dict[str, SampleCard]) -> None:
    vault = Vault(settings.secret)
    with writing(engine).begin() as connection:
        connection.execute(tables.working_days.insert(), DAYS)
        hall.save(connection, SmallHall())
        tokens.add(connection, "channels", tokens.CHANNEL_SCOPES, token="channel")
        tokens.add(connection, "others", ("cards",), token="other")
        writer = Writer("bureau", hall.load(connection), vault)
        written = writer.put_many(connection, [
            (OF_WANG[0], case(applicant=WANG, received_on=date(2026, 2, 2),
                              handler_phone="0991-4810071")),
            (OF_WANG[1], case(applicant=WANG, received_on=date(2026, 2, 20))),
            *((f"C-{at}", case(applicant=COMPANY, received_on=date(2026, 1, 1) + timedelta(at)))
              for at in range(50)),
            *((f"D-{at}", case(applicant=COMPANY)) for at in range(70)),
        ], datetime.now(UTC))
        assert not any(w.problem for w in written)
        for name, card in cards.items():
            applicant = connection.execute(sa.select(tables.applicants.c.id).where(
                tables.applicants.c.identity_hash == identity_hash(vault, card.holder))).scalar()
            assert applicant is not None
            issued = msgspec.structs.replace(card.issued(ISSUER), state=STATES.get(
                name, register.CardState.ACTIVE))
            assert register.add(connection, vault, issued, applicant, NOW)
            assert not register.add(connection, vault, issued, applicant, NOW)


@pytest.fixture
def client(engine: Engine, settings: Settings, clock: Clock) -> FlaskClient:
    fill(engine, settings, CARDS)
    return create_app(settings, engine, clock).test_client()


@pytest.fixture
def channel(client: FlaskClient) -> Asker:
    return Asker(client, "channel")
