"""The card desk, with a reader that only relays: what it does to a card and to the record."""

from __future__ import annotations

import dataclasses
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import msgspec
import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from sqlalchemy import Engine

from settings import Settings
from status_service.api import create_app
from status_service.cardclient import SESSION
from status_service.cases import number as case_number
from status_service.storage import tables
from status_service.storage.engine import writing
from status_service.trust import tokens
from status_service.trust.cards import personalise
from status_service.trust.cards.profiles import profiles
from tests.status_service.api.conftest import Asker
from tests.status_service.cards.conftest import CARDS, OF_WANG, Clock, fill
from tests.status_service.cards.kiosk import KEYS, Visit, chip
from tryout.softcard.blank import BlankCard

TRANSPORT = "F0E1D2C3B4A5968778695A4B3C2D1E0F"
TWO = KEYS + ",2:FFEEDDCCBBAA99887766554433221100"
PIN = "135792"


class Pulled(Exception):
    """The card is not in any more."""


def blank(kind: str = "fmcos", transport: str = TRANSPORT) -> BlankCard:
    how = profiles()[kind].personalise
    assert how is not None
    return BlankCard(bytes.fromhex(transport), profiles()[kind].algorithm,
                     changes=how.change_pin, protocol="T=1")


class Clerk:
    """At a reader."""

    def __init__(self, asker: Asker) -> None:
        self._ask = asker
        self.sent: list[str] = []

    def does(self, action: str, card: Any, number: str = "", kind: str = "",
             pulled_at: int = 10**6) -> dict[str, Any]:
        card.reset()
        got: Any = self._ask("POST", "/v1/cards/desk", {
            "clerk": "c-17", "action": action, "number": number, "kind": kind})
        assert got.status_code == 200, got.text
        while got.json["type"] == "step":
            answers: list[str] = []
            for command in got.json["commands"]:
                pulled_at -= 1
                if pulled_at < 0:
                    raise Pulled
                self.sent.append(command)
                answers.append(card.answer(bytes.fromhex(command)).hex().upper())
                if not answers[-1].endswith("9000"):
                    break
            got = self._ask("POST", "/v1/cards/desk/answers", {"answers": answers},
                            headers={SESSION: got.json["session"]})
            assert got.status_code == 200, got.text
        done: dict[str, Any] = got.json
        return done

    def says(self, what: str, number: str) -> dict[str, Any]:
        got: Any = self._ask("POST", f"/v1/cards/{what}", {"clerk": "c-17", "number": number})
        assert got.status_code == 200, got.text
        done: dict[str, Any] = got.json
        return done


def filled(template: str, pin: str = PIN) -> bytes:
    digits = iter(pin)
    return bytes.fromhex("".join(next(digits) if c == "#" else c for c in template))


def issued(clerk: Clerk, kind: str = "fmcos", number: str = OF_WANG[0]) -> tuple[Any, Any]:
    card = blank(kind)
    done = clerk.does("issue", card, number, kind)
    assert (done["outcome"], done["state"], done["proven"]) == ("issued", "active", True)
    assert card.answer(filled(done["pin"])) == b"\x90\x00"
    card.reset()
    return card, done


@contextmanager
def service(engine: Engine, settings: Settings, clock: Clock, keys: str) -> Iterator[FlaskClient]:
    yield create_app(msgspec.structs.replace(
        settings, card_keys=keys, card_transport_key=TRANSPORT,
        card_issuer="5955515541480001"), engine, clock).test_client()


@pytest.fixture
def client(engine: Engine, settings: Settings, clock: Clock) -> Iterator[FlaskClient]:
    fill(engine, settings, CARDS)
    with writing(engine).begin() as connection:
        tokens.add(connection, "desk", ("card-desk",), token="desk")
        tokens.add(connection, "desk2", ("card-desk",), token="desk2")
    with service(engine, settings, clock, KEYS) as made:
        yield made


@pytest.fixture
def clerk(client: FlaskClient) -> Clerk:
    return Clerk(Asker(client, "desk"))


@pytest.mark.parametrize("kind", ["fmcos", "hallway-aes"])
def test_a_card_that_was_issued_opens_its_holders_cases_and_knows_its_pin(
        clerk: Clerk, channel: Asker, kind: str) -> None:
    card, done = issued(clerk, kind)
    assert len(done["printed"]) == 12 and not case_number.check_digit_wrong(done["printed"])
    assert done["holder"] == "王**" or ("*" in done["holder"] and "小明" not in done["holder"])
    visit = Visit(channel)
    assert visit.show(card).json["type"] == "proof"
    assert {one["number"] for one in visit.asks().json["items"]} == set(OF_WANG)
    assert visit.key_in(PIN).json["level"] == 3
    claimed: Any = channel("POST", "/v1/cards/claim", {"number": done["printed"]})
    assert len(claimed.json["items"]) == 2


def test_pulled_at_any_moment_it_counts_for_nothing_and_can_be_issued_again(
        clerk: Clerk, channel: Asker) -> None:
    whole = Clerk(clerk._ask)
    whole.does("issue", blank(), OF_WANG[0])
    assert len(whole.sent) > 15
    for at in range(1, len(whole.sent)):
        card = blank()
        with pytest.raises(Pulled):
            clerk.does("issue", card, OF_WANG[0], pulled_at=at)
        card.reset()
        if card.image.files:
            try:
                assert Visit(channel).show(card).json["type"] == "unproven", at
            except AssertionError as wrong:
                assert "no script" in str(wrong)
        done = clerk.does("issue", card, OF_WANG[0])
        assert done["outcome"] == "issued", at
        card.reset()
        assert Visit(channel).show(card).json["type"] == "proof", at
        assert clerk.says("revoke", done["printed"])["outcome"] == "revoked"


def test_two_blanks_of_one_applicant_never_get_the_same_keys(clerk: Clerk) -> None:
    whole = Clerk(clerk._ask)
    whole.does("issue", blank(), OF_WANG[0])
    one, other = blank(), blank()
    with pytest.raises(Pulled):
        clerk.does("issue", one, OF_WANG[0], pulled_at=len(whole.sent) - 1)
    clerk.does("issue", other, OF_WANG[0])
    assert one.image.serial != other.image.serial
    assert one.image.keys[1].value != other.image.keys[1].value


def test_another_makers_card_and_one_in_use_are_not_written(clerk: Clerk) -> None:
    assert clerk.does("issue", blank(transport="00" * 16), OF_WANG[0])["outcome"] == "not-blank"
    card, _ = issued(clerk)
    before = card.image
    assert clerk.does("issue", card, OF_WANG[1])["outcome"] == "not-blank"
    assert card.image is before
    assert clerk.does("issue", blank(), "99-1")["outcome"] == "no-holder"


def test_lost_counts_at_once_and_is_lifted_only_with_the_card_proven(
        clerk: Clerk, channel: Asker) -> None:
    card, done = issued(clerk)
    visit = Visit(channel)
    assert visit.show(card).json["type"] == "proof"
    assert clerk.says("lost", done["printed"])["outcome"] == "lost"
    assert clerk.says("lost", done["printed"])["outcome"] == "lost", "harmless twice"
    assert visit.asks().status_code == 401, "an open session ends at its next question"
    assert channel("POST", "/v1/cards/claim", {"number": done["printed"]}).status_code == 404
    forged = chip(CARDS["company"])
    forged.image = dataclasses.replace(forged.image, files=card.image.files)
    assert clerk.does("found", forged)["outcome"] == "unproven"
    assert Visit(channel).show(card).json["type"] == "unproven"
    assert clerk.does("found", card)["outcome"] == "found"
    assert Visit(channel).show(card).json["type"] == "proof"
    assert clerk.does("found", card)["outcome"] == "wrong-state"


def test_a_case_number_finds_the_card_only_where_there_is_one(clerk: Clerk) -> None:
    assert clerk.says("lost", "24-999999")["outcome"] == "no-card"
    assert clerk.says("lost", OF_WANG[0])["outcome"] == "several"


def test_a_replaced_card_is_revoked_when_the_new_one_has_proven_itself(
        clerk: Clerk, channel: Asker) -> None:
    old, done = issued(clerk)
    clerk.says("lost", done["printed"])
    new = blank()
    with pytest.raises(Pulled):
        clerk.does("replace", new, done["printed"], pulled_at=9)
    assert clerk.does("show", old)["state"] == "lost", "not before"
    made = clerk.does("replace", new, done["printed"])
    assert made["outcome"] == "issued" and made["printed"] != done["printed"]
    assert clerk.does("show", old)["state"] == "revoked"
    new.reset()
    assert Visit(channel).show(new).json["type"] == "proof"
    assert clerk.does("found", old)["outcome"] == "wrong-state", "revoked for good"


@pytest.mark.parametrize("kind", ["fmcos", "hallway-aes"])
def test_a_blocked_pin_is_replaced_by_one_that_only_the_holder_knows(
        clerk: Clerk, channel: Asker, kind: str) -> None:
    card, _ = issued(clerk, kind)
    visit = Visit(channel)
    visit.show(card)
    assert [visit.key_in("000000") for _ in range(3)][-1] == "6983"
    done = clerk.does("unblock", card)
    assert done["outcome"] == "unblocked"
    assert card.answer(filled(done["pin"], "864209")) == b"\x90\x00"
    card.reset()
    visit = Visit(channel)
    visit.show(card)
    assert visit.key_in("864209").json["level"] == 3
    assert clerk.does("unblock", chip(CARDS["wang"]))["outcome"] in ("card-failed", "unproven")


@pytest.mark.parametrize("kind", ["fmcos", "hallway-aes"])
def test_an_old_card_works_beside_the_newest_keys_and_gets_them_at_the_desk(
        clerk: Clerk, engine: Engine, settings: Settings, clock: Clock, kind: str) -> None:
    card, _ = issued(clerk, kind)
    with service(engine, settings, clock, TWO) as later:
        channel, clerk = Asker(later, "channel"), Clerk(Asker(later, "desk"))
        assert Visit(channel).show(card).json["type"] == "proof"
        whole = Clerk(Asker(later, "desk"))
        other, _ = issued_with_first(engine, settings, clock, kind)
        assert whole.does("rekey", other)["outcome"] == "rekeyed"
        for at in range(1, len(whole.sent)):
            torn, _ = issued_with_first(engine, settings, clock, kind)
            with pytest.raises(Pulled):
                clerk.does("rekey", torn, pulled_at=at)
            assert clerk.does("rekey", torn)["outcome"] == "rekeyed", at
        done = clerk.does("rekey", card)
        assert (done["outcome"], done["key_version"], done["proven"]) == ("rekeyed", 2, True)
        assert clerk.does("rekey", card)["outcome"] == "current"
        card.reset()
        visit = Visit(channel)
        assert visit.show(card).json["type"] == "proof"
        assert visit.key_in(PIN).json["level"] == 3, "its PIN stayed"
        counted = {v["version"]: v for v in versions(later)}
        assert counted[2]["newest"] and counted[2]["cards"] == 1 + len(whole.sent)
        assert counted[1]["held"] and counted[1]["cards"] > 0, "the sample's"
        _, done = issued(clerk, kind)
        assert done["key_version"] == 2


def issued_with_first(engine: Engine, settings: Settings, clock: Clock,
                      kind: str) -> tuple[Any, Any]:
    with service(engine, settings, clock, KEYS) as first:
        return issued(Clerk(Asker(first, "desk")), kind)


def versions(client: FlaskClient) -> list[dict[str, Any]]:
    got: Any = Asker(client, "desk")("GET", "/v1/cards/keys")
    found: list[dict[str, Any]] = got.json["versions"]
    return found


def test_the_desk_is_for_its_own_token_and_for_a_clerk_who_is_named(
        client: FlaskClient, channel: Asker) -> None:
    for method, path in (("POST", "desk"), ("POST", "desk/answers"), ("POST", "lost"),
                         ("POST", "revoke"), ("GET", "keys")):
        assert channel(method, f"/v1/cards/{path}", {}).status_code == 403
    desk = Asker(client, "desk")
    for clerk in (None, "", " "):
        said = desk("POST", "/v1/cards/lost", {"clerk": clerk, "number": "269867858630"})
        assert said.status_code == 422
    begun: Any = desk("POST", "/v1/cards/desk", {"clerk": "c", "action": "show"})
    headers = {SESSION: begun.json["session"]}
    assert Asker(client, "desk2")("POST", "/v1/cards/desk/answers", {"answers": []},
                                  headers=headers).status_code == 401
    assert desk("POST", "/v1/cards/desk/answers", {"answers": []},
                headers=headers).status_code == 401, "each step is taken once"


def test_no_key_and_no_pin_goes_in_clear_or_stays(
        clerk: Clerk, engine: Engine, caplog: pytest.LogCaptureFixture, store: Any) -> None:
    caplog.set_level(logging.DEBUG)
    card, done = issued(clerk)
    secrets = [key.value.hex() for key in card.image.keys.values()]
    secrets += [card._master.hex(), TRANSPORT.lower()]
    assert len(set(secrets)) == 4
    with engine.connect() as connection:
        kept = repr(connection.execute(sa.select(tables.cards)).all()).lower()
    kept += "".join(repr(store.get(key)) for key in store.scan_iter()).lower()
    for secret in secrets:
        assert secret not in " ".join(clerk.sent).lower(), "in clear to the desk"
        assert secret not in caplog.text.lower() + kept
        assert repr(bytes.fromhex(secret))[2:-1] not in kept
    for named in ("c-17", done["printed"], card.image.serial.hex(), PIN):
        assert named not in caplog.text.lower()


def test_the_card_refuses_a_wrong_mac_an_old_challenge_and_a_wrong_order() -> None:
    profile, key = profiles()["fmcos"], bytes.fromhex(TRANSPORT)
    write = personalise.Secured(bytes([0xD4, 0x39, 0]), b"\x39\0" + bytes(16))

    def challenge() -> bytes:
        return card.answer(bytes.fromhex("0084000008"))[:-2]

    card = blank()
    assert card.answer(bytes.fromhex(personalise.ERASE)).hex() == "6982"
    good = bytes.fromhex(personalise.authenticate(profile, key, challenge()))
    assert card.answer(good).hex() == "9000"
    assert card.answer(good).hex() == "6985", "a challenge serves once"
    at = bytes.fromhex(personalise.secured(profile, key, write, challenge()))
    challenge()
    assert card.answer(at).hex() == "6988", "of another challenge"
    at = bytes.fromhex(personalise.secured(profile, bytes(16), write, challenge()))
    assert card.answer(at).hex() == "6988", "under another key"
    card.reset()
    at = bytes.fromhex(personalise.secured(profile, key, write, challenge()))
    assert card.answer(at).hex() == "6982", "not before it knows who writes"
