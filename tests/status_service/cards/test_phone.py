"""The holder of a card who knows its PIN registers another phone."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy import Engine

from settings import Settings
from status_service.cases.store import identity_hash
from status_service.storage import tables
from status_service.trust import handlers
from status_service.trust.personal import Phone, Vault
from tests.status_service.api.conftest import Asker
from tests.status_service.cards.conftest import CARDS
from tests.status_service.cards.kiosk import WANG, Visit, chip

NEW = "+8613800000299"


def at_level_3(channel: Asker) -> Visit:
    visit = Visit(channel)
    visit.show(chip(CARDS["wang"]))
    assert visit.key_in("246810").json["level"] == 3
    return visit


def asks(channel: Asker, visit: Visit, path: str, **body: Any) -> Any:
    got: Any = channel("POST", path, {"answers": [*map(visit.card, visit.challenge)], **body},
                  headers=visit.headers)
    visit.challenge = got.json.get("challenge", [])
    return got


def new(channel: Asker, visit: Visit, phone: str = NEW) -> Any:
    return asks(channel, visit, "/v1/card-session/phone", phone=phone, language="zh-CN")


def code(channel: Asker, visit: Visit, digits: str) -> Any:
    return asks(channel, visit, "/v1/card-session/phone/code", code=digits)


def sent(engine: Engine, settings: Settings) -> list[tuple[str, str]]:
    """(phone, code) of the codes in the outbox."""
    vault, t = Vault(settings.secret), tables.notifications.c
    with engine.connect() as connection:
        rows = connection.execute(sa.select(t.recipient, t.sealed).where(t.kind == "code")).all()
    return [(vault.unseal(row.recipient), vault.unseal(row.sealed)) for row in rows]


def registered(engine: Engine, settings: Settings, phone: str) -> bool:
    vault = Vault(settings.secret)
    t = tables.applicants.c
    with engine.connect() as connection:
        applicant = connection.execute(
            sa.select(t.id).where(t.identity_hash == identity_hash(vault, WANG))).scalar_one()
        reached = handlers.reached(connection, vault, applicant, None, None, _today())
        known = connection.execute(sa.select(t.id).where(
            t.id == applicant, t.phone_hash == vault.keyed_hash("phone", phone))).first()
    return known is not None and reached == (Phone(phone), 0)


def _today() -> Any:
    from tests.status_service.small_hall import NOW
    return NOW.date()


def test_a_new_phone_that_is_in_their_hands(channel: Asker, engine: Engine,
                                            settings: Settings) -> None:
    visit = at_level_3(channel)
    assert new(channel, visit).json["sent"] is True
    [(phone, digits)] = sent(engine, settings)
    assert phone == NEW and registered(engine, settings, WANG.phone)
    assert code(channel, visit, digits).json["changed"] is True
    assert registered(engine, settings, NEW)
    assert code(channel, visit, digits).json["changed"] is False, "a code serves once"
    assert visit.asks().json["items"][0]["level"] == 3, "the visit goes on"


def test_a_wrong_code_changes_nothing(channel: Asker, engine: Engine,
                                      settings: Settings) -> None:
    visit = at_level_3(channel)
    new(channel, visit)
    [(_, digits)] = sent(engine, settings)
    wrong = str((int(digits) + 1) % 1_000_000).zfill(6)
    assert code(channel, visit, wrong).json["changed"] is False
    assert registered(engine, settings, WANG.phone)
    assert code(channel, visit, digits).json["changed"] is True


def test_codes_are_not_sent_without_end(channel: Asker, engine: Engine,
                                        settings: Settings) -> None:
    visit = at_level_3(channel)
    assert [new(channel, visit).json["sent"] for _ in range(3)] == [True, False, False]
    assert new(channel, visit, "12").json["sent"] is False
    assert len(sent(engine, settings)) == 1


def test_a_proven_card_alone_changes_no_phone(channel: Asker, engine: Engine,
                                              settings: Settings) -> None:
    visit = Visit(channel)
    visit.show(chip(CARDS["wang"]))
    assert new(channel, visit).json["type"].endswith("/pin-needed")
    assert sent(engine, settings) == []


def test_a_code_of_another_visit_is_wrong(channel: Asker, engine: Engine,
                                          settings: Settings) -> None:
    first, second = at_level_3(channel), at_level_3(channel)
    new(channel, first)
    [(_, digits)] = sent(engine, settings)
    assert code(channel, second, digits).json["changed"] is False


def test_without_the_card_no_phone_is_changed(channel: Asker) -> None:
    visit = at_level_3(channel)
    visit.card = lambda command: "00" * 16 + "9000"
    assert new(channel, visit).json == {"type": "unproven"}
