"""A card that is not accepted learns nothing of why: one word, after the same steps."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import msgspec
import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine, event

from settings import Settings
from status_service.api import create_app
from status_service.trust.cards import verify
from status_service.trust.cards.keys import Masters
from status_service.trust.cards.sessions import CardSessions
from tests.status_service.api.conftest import Asker
from tests.status_service.cards.conftest import CARDS, Clock
from tests.status_service.cards.kiosk import (
    WANG,
    Answers,
    Visit,
    chip,
    said_by,
    sample_card,
    with_data,
)
from tryout.softcard.image import Key

READ = "00B0"
ASK = "0088"


def swap(answers: Answers, begins: str, given: str) -> Answers:
    """A card that gives `given` to commands that begin so."""
    return lambda command: given if command.startswith(begins) else answers(command)


def keyless() -> Answers:
    card = chip(CARDS["wang"])
    keys = {at: Key(key.algorithm, bytes(16)) for at, key in card.image.keys.items()}
    return said_by(type(card)(dataclasses.replace(card.image, keys=keys)))


def other_profile() -> Answers:
    """A genuine key, in a card of another kind than the record says."""
    return said_by(chip(sample_card(CARDS["company"].serial, "0", WANG, "hallway-aes")))


GENUINE = said_by(chip(CARDS["wang"]))
UNACCEPTED: dict[str, Answers] = {
    "lost": said_by(chip(CARDS["lost"])),
    "revoked": said_by(chip(CARDS["revoked"])),
    "expired": said_by(chip(CARDS["expired"])),
    "unknown serial": said_by(chip(sample_card("99" * 8, "0", WANG, "hallway-aes"))),
    "unknown serial, other kind": said_by(chip(sample_card("98" * 8, "0", WANG, "fmcos"))),
    "without its key": keyless(),
    "of another hall's keys": said_by(chip(CARDS["wang"], f"1:{'ab' * 16}")),
    "unknown key version": said_by(with_data(chip(CARDS["wang"]), 8, b"\x09")),
    "another issuer": said_by(with_data(chip(CARDS["wang"]), 0, b"12345678")),
    "another serial": said_by(with_data(chip(CARDS["wang"]), 12, b"12345678")),
    "another kind": other_profile(),
    "garbage as data": swap(GENUINE, READ, "F00D" * 20 + "9000"),
    "no data": swap(GENUINE, READ, "6A82"),
    "half a status word": swap(GENUINE, READ, "90"),
    "garbage as proof": swap(GENUINE, ASK, "F00D" * 20 + "9000"),
    "one octet as proof": swap(GENUINE, ASK, "F09000"),
    "no proof": swap(GENUINE, ASK, "6A88"),
    "nothing at all": swap(GENUINE, ASK, ""),
}


@contextmanager
def steps(engine: Engine, patch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """What the service does for a card: its questions to the record and to Redis, the keys
    it derives, the answers it works out."""
    done: list[str] = []

    def asked(conn: Any, cursor: Any, statement: str, *more: Any) -> None:
        del conn, cursor, more
        if " cards" in statement:
            done.append(statement)

    def noted(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any) -> Any:
            done.append(f"{name} {arguments[1] if name == 'redis' else ''}".strip())
            return function(*arguments)
        return call

    event.listen(engine, "before_cursor_execute", asked)
    with patch.context() as patched:
        patched.setattr(CardSessions, "_ask", noted("redis", CardSessions._ask))
        patched.setattr(Masters, "card_key", noted("key", Masters.card_key))
        patched.setattr(verify, "expected", noted("cipher", verify.expected))
        try:
            yield done
        finally:
            event.remove(engine, "before_cursor_execute", asked)


@pytest.fixture
def usual(channel: Asker, engine: Engine, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The steps for a card that the record has never seen."""
    with steps(engine, monkeypatch) as done:
        visit = Visit(channel)
        answers = UNACCEPTED["unknown serial"]
        visit.decide(answers(visit.read(answers)))
    assert done.count("key") == done.count("cipher") == done.count("redis GETDEL") == 1
    assert sum("SELECT" in step for step in done) == 1
    return done


def test_every_card_that_is_not_accepted_hears_the_same_after_the_same(
        channel: Asker, engine: Engine, usual: list[str],
        monkeypatch: pytest.MonkeyPatch) -> None:
    for why, answers in UNACCEPTED.items():
        visit = Visit(channel)
        with steps(engine, monkeypatch) as done:
            command = visit.read(answers)
            got = visit.decide(answers(command))
        assert (got.status_code, got.json) == (200, {"type": "unproven"}), why
        assert ["redis SET", *done] == usual, why
        assert visit.cases().status_code == 401, why


def test_up_to_the_decision_an_accepted_card_takes_the_same_steps(
        channel: Asker, engine: Engine, usual: list[str],
        monkeypatch: pytest.MonkeyPatch) -> None:
    with steps(engine, monkeypatch) as done:
        visit = Visit(channel)
        assert visit.decide(GENUINE(visit.read(GENUINE))).json["type"] == "proof"
    assert done[:len(usual) - 1] == usual[:-1]


def test_a_kiosk_that_answers_amiss_is_told_so_and_no_more(channel: Asker) -> None:
    visit = Visit(channel)
    for body in ({"script": 4, "answers": []}, {"script": -1, "answers": []},
                 {"script": 0, "answers": ["9"]}, {"script": 0, "answers": ["zz"]},
                 {"script": 0, "answers": ["90"] * 9}, {"script": 0, "answers": ["90" * 600]}):
        got = channel("POST", "/v1/card-session/answers", body, headers=visit.headers)
        assert got.status_code == 422, body
    assert visit.show(chip(CARDS["wang"])).json["type"] == "proof", "the card may go on"


def test_without_keys_no_card_is_proven(client: FlaskClient, engine: Engine,
                                        settings: Settings, clock: Clock) -> None:
    assert Visit(Asker(client, "channel")).show(chip(CARDS["wang"])).json["type"] == "proof"
    bare = create_app(msgspec.structs.replace(settings, card_keys=""), engine, clock)
    visit = Visit(Asker(bare.test_client(), "channel"))
    assert visit.show(chip(CARDS["wang"])).json == {"type": "unproven"}
