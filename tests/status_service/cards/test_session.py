"""A card proves itself through a kiosk and opens its holder's cases: on both records."""

from __future__ import annotations

import threading
from typing import Any

import msgspec
import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from sqlalchemy import Engine

from settings import Settings, SettingsError
from status_service import preflight
from status_service.api import create_app
from status_service.api.cards import masters
from status_service.cardclient import SESSION
from status_service.storage import tables
from status_service.storage.engine import writing
from status_service.trust.cards import register
from status_service.trust.cards.desk import CardDesk
from status_service.trust.cards.sessions import CardSessions
from status_service.trust.cards.verify import kiosk_octets
from status_service.trust.personal import Vault
from tests.status_service.api.conftest import Asker
from tests.status_service.cards.conftest import CARDS, OF_WANG, Clock
from tests.status_service.cards.kiosk import Visit, chip, said_by, sample_card

OVER = "/problems/card-session-over"


def proven(channel: Asker, name: str = "wang") -> Visit:
    visit = Visit(channel)
    assert visit.show(chip(CARDS[name])).json["type"] == "proof"
    return visit


def is_over(got: Any) -> bool:
    return bool(got.status_code == 401 and got.json["type"] == OVER)


@pytest.mark.parametrize(("name", "holder"), [("wang", "王**"), ("company", "云泉**公司")])
def test_a_genuine_card_opens_all_cases_of_its_holder(channel: Asker, name: str,
                                                      holder: str) -> None:
    visit = Visit(channel)
    proof = visit.show(chip(CARDS[name])).json
    assert proof == {"type": "proof", "level": 2, "holder": holder,
                     "challenge": visit.challenge, "pin": True} and len(visit.challenge) == 1
    found: list[Any] = []
    cursor = None
    while not found or cursor:
        got = visit.asks(cursor=cursor).json
        found += got["items"]
        cursor = got["next"]
    assert len(found) == len({f["number"] for f in found}) == (2 if name == "wang" else 120)
    assert [f["received_on"] for f in found] == sorted(
        (f["received_on"] for f in found), reverse=True)
    assert all(f["level"] == 2 and "withheld" not in f for f in found)
    assert {f["number"] for f in found} == set(OF_WANG) or name == "company"


def test_at_level_2_nothing_is_withheld_that_level_0_withholds(channel: Asker) -> None:
    anyone: Any = channel("GET", f"/v1/cases/{OF_WANG[0]}").json
    assert anyone["withheld"] == ["handler_phone"] and "handler_phone" not in anyone
    [mine] = proven(channel).asks(OF_WANG[0]).json["items"]
    assert mine["handler_phone"] == "0991-4810071" and "withheld" not in mine
    assert {**anyone, "level": 2} == {
        k: v for k, v in mine.items() if k not in ("handler_phone", "looked")
    } | {"withheld": ["handler_phone"]}


def test_somebody_elses_case_is_as_one_that_does_not_exist(channel: Asker) -> None:
    visit = proven(channel)
    assert visit.asks("24 019 651").json["items"][0]["number"] == OF_WANG[0]
    for number in ("C-1", "C-999", "---", ""):
        assert visit.asks(number).json | {"challenge": 0} == {
            "type": "opened", "items": [], "next": None, "challenge": 0}
    assert channel("GET", "/v1/cases/C-1").status_code == 200, "it is there, for who asks for it"


def test_before_the_proof_nothing_is_opened(channel: Asker) -> None:
    visit = Visit(channel)
    assert is_over(visit.cases()) and is_over(visit.cases(number=OF_WANG[0]))
    card = said_by(chip(CARDS["wang"]))
    command = visit.read(card)
    assert is_over(visit.cases()) and is_over(visit.cases(card(command)))


def test_a_session_ends_with_the_card(channel: Asker) -> None:
    visit = proven(channel)
    assert visit.close().status_code == visit.close().status_code == 200
    assert is_over(visit.asks())
    closed_early = Visit(channel)
    command = closed_early.read(said_by(chip(CARDS["wang"])))
    closed_early.close()
    assert is_over(closed_early.decide(said_by(chip(CARDS["wang"]))(command)))


@pytest.mark.parametrize("headers", [{}, {SESSION: ""}, {SESSION: "x"}, {SESSION: "x" * 900}])
def test_a_session_nobody_opened_is_over(channel: Asker, headers: dict[str, str]) -> None:
    assert is_over(channel("POST", "/v1/card-session/cases", {}, headers=headers))
    assert is_over(channel("POST", "/v1/card-session/answers", {"script": 0, "answers": []},
                           headers=headers))
    assert channel("DELETE", "/v1/card-session", headers=headers).status_code == 200


def test_a_session_belongs_to_the_program_that_opened_it(client: FlaskClient,
                                                         channel: Asker) -> None:
    visit = proven(channel)
    thief = Asker(client, "other")
    assert is_over(thief("POST", "/v1/card-session/cases", {}, headers=visit.headers))
    thief("DELETE", "/v1/card-session", headers=visit.headers)
    assert visit.asks().status_code == 200


def test_an_answer_given_for_another_kiosk_proves_nothing(channel: Asker) -> None:
    visit, card = Visit(channel, "kiosk-1"), said_by(chip(CARDS["wang"]))
    command = visit.read(card)
    here, there = (kiosk_octets(k).hex().upper() for k in ("kiosk-1", "kiosk-2"))
    assert here in command
    assert visit.decide(card(command.replace(here, there))).json == {"type": "unproven"}


@pytest.mark.parametrize("name", ["wang", "company"])
def test_a_recorded_answer_proves_nothing(channel: Asker, name: str) -> None:
    first, second, card = Visit(channel), Visit(channel), said_by(chip(CARDS[name]))
    recorded = card(first.read(card))
    assert first.decide(recorded).json["type"] == "proof"
    assert second.read(card) and second.decide(recorded).json == {"type": "unproven"}


def test_a_challenge_serves_once(channel: Asker) -> None:
    visit, card = Visit(channel), said_by(chip(CARDS["wang"]))
    right = card(visit.read(card))
    assert visit.decide("AA9000").json == {"type": "unproven"}
    assert is_over(visit.decide(right))
    good = proven(channel)
    assert is_over(good.decide(right)) and good.asks().status_code == 200


def test_of_many_who_take_a_challenge_at_once_one_has_it(settings: Settings,
                                                         clock: Clock) -> None:
    sessions = CardSessions(settings.redis_url, Vault(settings.secret), clock)
    for _ in range(20):
        name = sessions.open("channels", "kiosk-1")
        sessions.challenge(name, b"nonce")
        taken: list[bytes | None] = []
        start = threading.Barrier(4)

        def take(name: str = name, taken: list[bytes | None] = taken,
                 start: threading.Barrier = start) -> None:
            start.wait()
            taken.append(sessions.take_challenge(name))

        threads = [threading.Thread(target=take) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(taken, key=bool) == [None, None, None, b"nonce"]


def only(store: Any, kind: str) -> bytes:
    [key] = store.keys(f"{kind}:*")
    return bytes(key)


def test_a_challenge_and_a_session_run_out(channel: Asker, store: Any,
                                           clock: Clock) -> None:
    visit, card = Visit(channel), said_by(chip(CARDS["wang"]))
    command = visit.read(card)
    nonce, session = only(store, "card-nonce"), only(store, "card-session")
    assert 25 <= store.ttl(nonce) <= 30
    assert 595 <= store.ttl(session) <= 600
    store.expire(nonce, 0)
    assert is_over(visit.decide(card(command)))

    store.flushdb()
    visit = proven(channel)
    session = only(store, "card-session")
    store.expire(session, 20)
    assert visit.asks().status_code == 200
    assert 595 <= store.ttl(session) <= 600, "it lives on with use"
    clock.pass_by(25)
    assert visit.asks().status_code == 200
    assert store.ttl(session) <= 300, "but not for ever"
    clock.pass_by(5)
    assert store.exists(session) and is_over(visit.asks())


def test_a_challenge_for_the_next_question_waits_longer_and_is_replaced(
        channel: Asker, store: Any) -> None:
    """Who reads for minutes costs one question more, not the visit."""
    visit = proven(channel)
    nonce = only(store, "card-nonce")
    assert 115 <= store.ttl(nonce) <= 120
    late = [visit.card(command) for command in visit.challenge]
    store.delete(nonce)
    again = visit.cases(*late).json
    assert again["type"] == "relay" and again["session"] == visit.headers[SESSION]
    [script] = again["scripts"]
    assert script != visit.challenge
    assert visit.cases(*map(visit.card, script)).json["type"] == "opened"


def test_each_question_needs_an_answer_of_its_own(channel: Asker) -> None:
    """Nothing is told without one, and one serves once; what was taken is asked for again."""
    visit = proven(channel)
    given = [visit.card(command) for command in visit.challenge]
    assert visit.cases(*given).json["type"] == "opened"
    assert visit.cases().json["type"] == "relay"
    visit.challenge = []
    assert visit.asks().json["type"] == "opened"
    assert visit.cases(*given).json == {"type": "unproven"} and is_over(visit.asks())


@pytest.mark.parametrize("name", ["wang", "company"])
def test_a_card_that_was_changed_ends_the_session(channel: Asker, name: str) -> None:
    """Same kind, other serial, under the same handle: its answer opens nothing, once and for
    all. So do a clone without the key, an answer that was recorded, and none at all."""
    other = CARDS["company" if name == "wang" else "wang"]
    twin = sample_card("5566778899AABBCC", "0", CARDS[name].holder, CARDS[name].profile)
    for changed in (chip(other), chip(twin), chip(CARDS[name], f"1:{'ab' * 16}")):
        visit = proven(channel, name)
        genuine = visit.card
        for command in read_script(visit):
            changed.answer(bytes.fromhex(command))
        assert visit.cases(*map(said_by(changed), visit.challenge)).json == {"type": "unproven"}
        visit.card = genuine
        assert is_over(visit.asks())
    visit = proven(channel, name)
    recorded = [visit.card(command) for command in visit.challenge]
    assert visit.asks().json["type"] == "opened"
    assert visit.cases(*recorded).json == {"type": "unproven"} and is_over(visit.asks())
    for none in ("6985", "9000", "AA9000"):
        visit = proven(channel, name)
        assert visit.cases(none).json == {"type": "unproven"} and is_over(visit.asks())


def read_script(visit: Visit) -> list[str]:
    """What selects every application there is."""
    return [script[0] for script in visit.relay["scripts"]]


def test_a_card_reported_lost_meanwhile_closes_at_once(channel: Asker, engine: Engine) -> None:
    visit = proven(channel)
    with writing(engine).begin() as connection:
        connection.execute(tables.cards.update().values(state="lost"))
    assert is_over(visit.asks())
    with writing(engine).begin() as connection:
        connection.execute(tables.cards.update().values(state="active"))
    assert is_over(visit.asks()), "and does not open again by itself"


@pytest.mark.parametrize("name", ["wang", "company", "lost"])
def test_redis_sees_nothing_of_the_person(channel: Asker, store: Any, name: str) -> None:
    card = CARDS[name]
    seen = b""

    def look() -> None:
        nonlocal seen
        for key in store.keys("*"):
            seen += key + b"\n" + bytes(store.get(key) or b"") + b"\n"

    visit, answers = Visit(channel), said_by(chip(card))
    look()
    command = visit.read(answers)
    look()
    said = visit.decide(answers(command)).json
    look()
    visit.cases(*map(answers, said.get("challenge", [])))
    look()
    assert len(seen) > 300
    serial = bytes.fromhex(card.serial)
    for secret in (serial, serial.hex().encode(), card.serial.encode(), card.printed.encode(),
                   card.holder.name.encode(), card.holder.phone.encode(), b"kiosk-1",
                   visit.headers[SESSION].encode(), bytes.fromhex(command[10:42]),
                   command[10:42].encode(), command[10:42].lower().encode()):
        assert secret not in seen


def test_a_value_moved_to_another_session_is_not_taken(channel: Asker,
                                                       store: Any) -> None:
    proven(channel)
    key = only(store, "card-session")
    value = store.get(key)
    other = Visit(channel)
    [new] = [k for k in store.keys("card-session:*") if k != key]
    store.set(new, value)
    assert is_over(other.cases())
    store.set(new, b"nonsense of at least twelve octets")
    assert is_over(other.cases())


def test_without_redis_cards_wait_and_the_rest_goes_on(engine: Engine, settings: Settings,
                                                       client: FlaskClient) -> None:
    away = Settings.load({"HALLWAY_STATE": str(settings.state), "HALLWAY_CARD_KEYS": "",
                          "REDIS_URL": f"unix://{settings.state}/nobody.sock"})
    channel = Asker(create_app(away, engine).test_client(), "channel")
    headers = {SESSION: "a" * 43}
    for got in (channel("POST", "/v1/card-sessions", {"kiosk": "k"}),
                channel("POST", "/v1/card-session/answers", {"script": 0, "answers": []},
                        headers=headers),
                channel("POST", "/v1/card-session/cases", {}, headers=headers),
                channel("DELETE", "/v1/card-session", headers=headers)):
        assert got.status_code == 503 and got.json is not None
        assert got.json["type"] == "/problems/not-now"
    assert channel("GET", f"/v1/cases/{OF_WANG[0]}").status_code == 200
    assert channel("POST", "/v1/cards/claim",
                   {"number": CARDS["wang"].printed}).status_code == 200


# -- a printed number, keyed in ------------------------------------------------------


def test_a_claim_tells_what_a_look_up_of_each_case_tells(channel: Asker) -> None:
    for typed in ("269867858630", " 2698 6785-8630", "二六九八六七八五八六三零"):
        got: Any = channel("POST", "/v1/cards/claim", {"number": typed}).json
        assert [item["number"] for item in got["items"]] == list(reversed(OF_WANG))
        for item in got["items"]:
            assert item == channel("GET", f"/v1/cases/{item['number']}").json


def test_a_claim_of_many_cases_gives_the_newest(channel: Asker) -> None:
    got: Any = channel("POST", "/v1/cards/claim", {"number": CARDS["company"].printed}).json
    assert len(got["items"]) == 100 and got["next"] is None
    assert not any("level" in item for item in got["items"]), "level 0 is left out"


def test_a_number_that_claims_nothing(channel: Asker) -> None:
    def claim(number: str) -> Any:
        return channel("POST", "/v1/cards/claim", {"number": number})

    none = claim("261354594570")
    assert none.status_code == 404 and none.json["type"] == "/problems/card-not-found"
    for name in ("lost", "revoked", "expired"):
        assert claim(CARDS[name].printed).data == none.data, name
    slipped = claim("269867858631")
    assert slipped.json["check_digit_wrong"] and not none.json["check_digit_wrong"]
    for odd in ("---", "王", "1", "9" * 80):
        assert claim(odd).status_code == 404, odd
    assert claim("").status_code == 422


# -- what an operator sees -----------------------------------------------------------


def test_production_does_not_start_without_the_keys_of_its_cards(client: FlaskClient,
                                                                 engine: Engine) -> None:
    del client  # it has filled the record
    secrets = dict.fromkeys(("HALLWAY_SECRET", "HALLWAY_SERVICE_TOKEN", "TWILIO_ACCOUNT_SID",
                             "TWILIO_AUTH_TOKEN"), "7" * 40)
    environ = secrets | {
        "HALLWAY_MODE": "production", "DATABASE_URL": "sqlite://", "REDIS_URL": "redis://x",
        "HALLWAY_SERVICE_URL": "https://inner", "PUBLIC_BASE_URL": "https://hall.example",
        "TWILIO_NUMBER": "+8613800000000", "HALLWAY_PERSON_PHONE": "+8613800000000"}
    with pytest.raises(SettingsError, match="HALLWAY_CARD_KEYS with the key of version 1"):
        masters(Settings.load(environ), engine)
    keys = {"HALLWAY_CARD_KEYS": f"1:{'a' * 32}"}
    assert masters(Settings.load(environ | keys), engine).versions == {1}
    with writing(engine).begin() as connection:
        connection.execute(sa.delete(tables.cards))
    assert masters(Settings.load(environ), engine).versions == frozenset()


def test_both_who_count_the_cards_of_a_version_count_the_same(
        client: FlaskClient, engine: Engine, settings: Settings, clock: Clock) -> None:
    del client  # it has filled the record
    desk = CardDesk(engine, Vault(settings.secret), masters(settings, engine),
                    settings.redis_url, b"", b"", clock, lambda: clock().date())
    production = msgspec.structs.replace(settings, mode="production")
    t = tables.cards.c
    with engine.connect() as connection:
        one = connection.execute(sa.select(t.id).limit(1)).scalar_one()
    for state in register.CardState:
        with writing(engine).begin() as connection:
            connection.execute(tables.cards.update().where(t.id == one).values(
                key_version=9, state=state.value))
        could_count = state is not register.CardState.REVOKED
        assert desk.key_counts().get(9, 0) == could_count, state
        if could_count:
            with pytest.raises(SettingsError, match="version 9"):
                masters(production, engine)
        else:
            assert masters(production, engine).versions == {1}
        assert ("version 9" in preflight.card_keys(with_record(settings, engine))) == could_count


def with_record(settings: Settings, engine: Engine) -> Settings:
    url = engine.url.render_as_string(hide_password=False)
    return msgspec.structs.replace(settings, database_url=url)
