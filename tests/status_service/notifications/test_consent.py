"""The ledger of consent: appended to, the latest word counts, and nothing names a person."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import sqlalchemy as sa
from sqlalchemy import Engine

from status_service.notifications import consent
from status_service.storage import tables
from status_service.storage.engine import writing
from status_service.trust.personal import Phone, Vault

VAULT = Vault("a secret for the ledger " + "4" * 32)
PHONE, OTHER = Phone("+8613800000001"), Phone("+8613800000002")
NOON = datetime(2026, 3, 16, 4, tzinfo=UTC)


def say(engine: Engine, stopped: bool, proof: str, at: datetime, phone: Phone = PHONE) -> bool:
    with writing(engine).begin() as connection:
        return consent.record(connection, VAULT, phone, stopped=stopped, channel="sms",
                              proof=proof, at=at)


def stopped(engine: Engine, phone: Phone = PHONE) -> bool:
    with engine.connect() as connection:
        return consent.is_stopped(connection, VAULT, phone)


def test_nobody_has_stopped_at_first(engine: Engine) -> None:
    assert not stopped(engine)


def test_the_latest_word_counts(engine: Engine) -> None:
    say(engine, True, "SM1", NOON)
    assert stopped(engine)
    assert not stopped(engine, OTHER)
    say(engine, False, "SM2", NOON + timedelta(minutes=1))
    assert not stopped(engine)
    say(engine, True, "SM3", NOON + timedelta(minutes=1))  # at the same instant, later told
    assert stopped(engine)


def test_a_word_that_comes_late_does_not_undo_a_newer_one(engine: Engine) -> None:
    say(engine, False, "SM2", NOON + timedelta(minutes=1))
    say(engine, True, "SM1", NOON)
    assert not stopped(engine)


def test_the_same_word_twice_is_one_entry(engine: Engine) -> None:
    assert say(engine, True, "SM1", NOON)
    assert not say(engine, True, "SM1", NOON + timedelta(hours=1))
    with engine.connect() as connection:
        assert connection.execute(
            sa.select(sa.func.count()).select_from(tables.consent)).scalar() == 1


def test_the_record_does_not_hold_the_number(engine: Engine) -> None:
    say(engine, True, "SM1", NOON)
    with engine.connect() as connection:
        row = connection.execute(sa.select(tables.consent)).one()
    assert b"13800000001" not in bytes(row.address) + bytes(row.address_hash)
    assert VAULT.unseal(bytes(row.address)) == PHONE.reveal()


def test_many_addresses_at_once(engine: Engine) -> None:
    say(engine, True, "SM1", NOON)
    hashes = [consent.address_hash(VAULT, phone) for phone in (PHONE, OTHER)]
    with engine.connect() as connection:
        assert consent.stopped_among(connection, hashes) == {hashes[0]}
        assert consent.stopped_among(connection, []) == set()
