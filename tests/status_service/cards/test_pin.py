"""The PIN: checked by the card alone, and proven by a key that the card guards by it."""

from __future__ import annotations

import dataclasses
from typing import Any

import msgspec
import pytest
import sqlalchemy as sa
from sqlalchemy import Engine

from status_service.storage import tables
from status_service.storage.engine import writing
from status_service.trust.cards.profiles import Pin, profiles
from tests.status_service.api.conftest import Asker
from tests.status_service.cards.conftest import CARDS
from tests.status_service.cards.kiosk import Visit, chip, image_of
from tryout.softcard.faults import chip as made

RIGHT, WRONG = "246810", "135791"


def proven(channel: Asker, name: str = "wang") -> Visit:
    visit = Visit(channel)
    assert visit.show(chip(CARDS[name])).json["type"] == "proof"
    return visit


@pytest.mark.parametrize("name", ["wang", "company"])
def test_a_right_pin_is_level_3_for_all_that_follows(channel: Asker, name: str) -> None:
    visit = proven(channel, name)
    assert visit.asks().json["items"][0]["level"] == 2
    got = visit.key_in(RIGHT).json
    assert (got["type"], got["level"]) == ("proof", 3)
    for _ in range(2):
        assert visit.asks().json["items"][0]["level"] == 3
    assert "00880002" in visit.challenge[0], "each question is answered with the guarded key"


def test_after_a_wrong_pin_everything_stays_as_it_was_until_it_is_blocked(
        channel: Asker) -> None:
    visit = proven(channel)
    counter = visit.wants_pin().json["counter"]
    assert visit.card(counter) == "63c3"
    assert [visit.key_in(WRONG) for _ in range(3)] == ["63c2", "63c1", "6983"]
    assert visit.card(counter) == "6983" and visit.key_in(RIGHT) == "6983"
    assert visit.asks().json["items"][0]["level"] == 2, "its cases stay open"


def test_the_service_believes_no_kiosk_that_the_pin_was_right(channel: Asker) -> None:
    """A kiosk that says so, one that has the other key answer, one that makes an answer up."""
    for lie in ("challenge", "nothing", "made up"):
        visit = proven(channel)
        wanted = visit.wants_pin().json
        prove = visit.card(wanted["prove"][0])
        assert prove == "6982", "the card guards the key"
        given = {"challenge": [visit.card(wanted["challenge"][0])], "nothing": ["9000"],
                 "made up": ["00" * 16 + "9000"]}[lie]
        assert visit.pin_answers(*given).json == {"type": "unproven"}, lie
        assert visit.asks().status_code == 401, lie


def test_an_answer_with_the_guarded_key_counts_once(channel: Asker) -> None:
    visit = proven(channel)
    wanted = visit.wants_pin().json
    digits = iter(RIGHT)
    assert visit.card("".join(next(digits) if c == "#" else c
                              for c in wanted["template"])) == "9000"
    answer = visit.card(wanted["prove"][0])
    assert visit.pin_answers(answer).json["level"] == 3
    other = proven(channel)
    other.wants_pin()
    assert other.pin_answers(answer).json == {"type": "unproven"}, "of another challenge"


def test_a_card_that_lost_its_power_is_at_level_3_no_more(channel: Asker) -> None:
    card = chip(CARDS["wang"])
    visit = Visit(channel)
    assert visit.show(card).json["level"] == 2
    assert visit.key_in(RIGHT).json["level"] == 3
    card.reset()
    assert visit.asks().json == {"type": "unproven"}


def test_a_card_that_is_reported_lost_before_its_pin_is_over(
        channel: Asker, engine: Engine) -> None:
    visit = proven(channel)
    visit.wants_pin()
    with writing(engine).begin() as connection:
        connection.execute(sa.update(tables.cards).values(state="lost"))
    assert visit.pin_answers("9000").status_code == 401


def test_the_pin_goes_nowhere_but_to_the_card(channel: Asker) -> None:
    """The service gives a form to be filled in, and takes no more than answers."""
    visit = proven(channel)
    assert visit.wants_pin().json["template"] == "0020008106" + "3#" * 6
    got = channel("POST", "/v1/card-session/pin/answers", {"answers": [], "pin": RIGHT},
                  headers=visit.headers)
    assert got.status_code == 422


@pytest.mark.parametrize(("block", "template"), [
    ("ascii", "0020008106" + "3#" * 6),
    ("bcd", "0020008103######"),
    ("iso9564-2", "002000810826######FFFFFFFF"),
])
def test_a_pin_lies_in_verify_as_the_card_wants_it(block: Any, template: str) -> None:
    assert Pin(0x81, 2, 6, 3, block, True).template() == template


def test_a_profile_whose_pin_guards_nothing_is_refused() -> None:
    plain = msgspec.to_builtins(profiles()["fmcos"])
    plain["pin"]["key"] = plain["authenticate"]["key"]
    with pytest.raises(msgspec.ValidationError, match="key of its own"):
        msgspec.convert(plain, type(profiles()["fmcos"]))


def test_a_card_of_a_kind_without_pin_is_told_from_the_rest(channel: Asker) -> None:
    visit = Visit(channel)
    visit.show(made(image_of(CARDS["desfire"])))
    assert visit.wants_pin().json["type"].endswith("/card-without-pin")


def test_the_two_keys_of_a_card_have_nothing_in_common() -> None:
    for name in ("wang", "company"):
        keys = chip(CARDS[name]).image.keys
        assert keys[1].value != keys[2].value
        assert dataclasses.astuple(keys[1])[0] == dataclasses.astuple(keys[2])[0]
