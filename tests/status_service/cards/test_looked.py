"""What a card opens is written down, and its holder is told who looked."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from flask.testing import FlaskClient
from sqlalchemy import Engine

from status_service.storage import tables
from tests.status_service.api.conftest import Asker
from tests.status_service.cards.conftest import CARDS, OF_WANG
from tests.status_service.cards.kiosk import Visit, chip, said_by


def rows(engine: Engine) -> list[sa.Row[Any]]:
    t = tables.audit
    with engine.connect() as connection:
        return list(connection.execute(sa.select(t).order_by(t.c.seq)))


def looked(got: Any) -> list[Any]:
    return [item.get("looked") for item in got.json["items"]]


def test_each_case_of_a_list_is_a_look(channel: Asker, engine: Engine) -> None:
    first = Visit(channel)
    first.show(chip(CARDS["wang"]))
    assert looked(first.asks()) == [{"days": 30, "times": 0}] * 2
    assert looked(first.asks(OF_WANG[0])) == [{"days": 30, "times": 0}]  # the same card is in
    assert looked(first.asks("nobody's")) == []
    first.close()
    second = Visit(channel, "kiosk-2")
    second.show(chip(CARDS["wang"]))
    assert looked(second.asks()) == [
        {"days": 30, "times": 1, "last_on": "2026-03-16", "channel": "kiosk"}] * 2
    found = rows(engine)
    assert [(r.asked, r.outcome, r.level) for r in found] == [
        ("card", "proven", 2), ("own-cases", "shown", 2), ("own-cases", "shown", 2),
        ("case", "shown", 2), ("case", "not-found", 0),
        ("card", "proven", 2), ("own-cases", "shown", 2), ("own-cases", "shown", 2)]
    assert len({bytes(r.who) for r in found}) == len({bytes(r.visit) for r in found}) == 2


def test_a_card_that_is_not_accepted_is_a_row(channel: Asker, engine: Engine) -> None:
    for name in ("lost", "expired"):
        assert Visit(channel).show(chip(CARDS[name])).json == {"type": "unproven"}
    swapped = Visit(channel)
    swapped.show(chip(CARDS["wang"]))
    assert swapped.cases("00" * 16 + "9000").json == {"type": "unproven"}
    assert [(r.asked, r.outcome, r.level) for r in rows(engine)] == [
        ("card", "not-proven", 0), ("card", "not-proven", 0), ("card", "proven", 2),
        ("card", "not-proven", 0)]


def test_a_printed_number_opens_level_0_only(
        channel: Asker, engine: Engine, client: FlaskClient) -> None:
    got = channel("POST", "/v1/cards/claim", {"number": CARDS["wang"].printed})
    assert got.status_code == 200 and looked(got) == [None, None]
    assert client.application.extensions["hallway"].audit.flush()
    assert [(r.asked, r.outcome, r.level) for r in rows(engine)] == [("claim", "shown", 0)] * 2


def test_without_the_audit_no_card_opens_anything(channel: Asker, engine: Engine) -> None:
    visit = Visit(channel)
    visit.show(chip(CARDS["wang"]))
    with engine.begin() as connection:
        connection.execute(tables.audit_head.update().values(seq=99))
    assert visit.asks().status_code == 503
    other = Visit(channel)
    assert other.decide(chip_answer(other)).status_code == 503


def chip_answer(visit: Visit) -> str:
    card = said_by(chip(CARDS["wang"]))
    return card(visit.read(card))
