"""What each answer shows, by its raw octets: no list, search or expansion more than the level.

Every field that is withheld somewhere has a value that stands nowhere else, in three languages.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine
from werkzeug.test import TestResponse

from processes import Program
from settings import Settings
from status_service.api import create_app
from status_service.cases.store import Writer
from status_service.cases.write import CaseWrite, Decision, Event, Extension, Person, Pickup
from status_service.guides import hall
from status_service.storage.engine import writing
from status_service.trust import tokens
from status_service.trust.personal import Vault
from status_service.words import LocalText, ResultClass
from tests.status_service.api.conftest import Asker
from tests.status_service.cards.conftest import CARDS, Clock, fill
from tests.status_service.cards.kiosk import KEYS, Visit, chip, image_of
from tests.status_service.small_hall import case
from tests.status_service.trust.conftest import Outbox, Visitor
from tests.status_service.trust.desk import Clerk
from tryout.softcard.faults import chip as made

NAME, PHONE = "王小明", "+8613800000201"  # as the cards' holder: it is the same person
NUMBERS = ("24-770001", "24-770002")
CODES = ("731946", "731947")
TWINS = ("建24-770003", "规24-770003")  # have the same digits
PIN = "246810"

# What an answer of one or the other case shows, and from which level on.
FIELDS = {"project": 1, "missing": 1, "collection": 1, "handler_phone": 1, "result.reason": 1,
          "deadline.extension_reason": 1}
TIGHT = {"project": 1, "missing": 2, "collection": 3, "handler_phone": 2, "result.reason": 3,
         "deadline.extension_reason": 2}


def marks(field: str) -> list[str]:
    if field == "handler_phone":
        return ["0991-7734421"]
    return [f"planted {field} {language}" for language in ("zh", "en", "ug")]


def words(field: str) -> LocalText:
    return LocalText(*marks(field))


# Shown at no level by any route: who it is, what opens it, what is between offices.
NEVER = [NAME, PHONE, "13800000201", *CODES, "planted reference", *marks("note"), "小明"]


def cases() -> list[tuple[str, CaseWrite]]:
    usual: dict[str, Any] = {
        "applicant": Person(NAME, PHONE), "project": words("project"),
        "handler_phone": marks("handler_phone")[0], "reference": "planted reference",
        "extension": Extension(5, words("deadline.extension_reason")),
        "missing": (words("missing"),), "decision": Decision(
            ResultClass.REFUSED, decided_on=date(2026, 3, 12), reason=words("result.reason")),
        "pickup": Pickup(words("collection"), "plan", date(2026, 3, 13), words("collection")),
        "history": (Event("1", "received", datetime(2026, 2, 27, 2, tzinfo=UTC), "in",
                          note=words("note")),)}
    return [(NUMBERS[0], case(status="collect", query_code=CODES[0], **usual)),
            (NUMBERS[1], case(status="supplement", query_code=CODES[1], **usual)),
            *((twin, case(status="collect", **usual | {"applicant": None})) for twin in TWINS)]


class Office(NamedTuple):
    """An office with its profile of levels."""

    app: Flask
    needs: dict[str, int]

    @property
    def channel(self) -> Asker:
        return Asker(self.app.test_client(), "channel")

    @property
    def client(self) -> FlaskClient:
        return self.app.test_client()

    def may_see(self, level: int, *numbers: str) -> set[str]:
        gone = {NUMBERS[0]: "missing", NUMBERS[1]: "collection"}  # of the other status
        return {mark for number in numbers for field, needed in self.needs.items()
                if needed <= level and field != gone[number] for mark in marks(field)}


@pytest.fixture(params=["default", "tightened"])
def office(request: pytest.FixtureRequest, engine: Engine, tmp_path: Path,
           clean_redis: str) -> Office:
    needs = FIELDS if request.param == "default" else TIGHT
    profile = tmp_path / "levels.yaml"
    profile.write_bytes(msgspec.yaml.encode(needs))
    settings = Settings.load({
        "HALLWAY_STATE": str(tmp_path), "REDIS_URL": clean_redis, "HALLWAY_CARD_KEYS": KEYS,
        "HALLWAY_LEVELS": "" if request.param == "default" else str(profile)})
    fill(engine, settings, CARDS)
    with writing(engine).begin() as connection:
        tokens.add(connection, "counter-3", ("desk", "tasks"), token="staff")
        tokens.add(connection, "figures", ("metrics",), token="metrics")
        tokens.add(connection, "bureau", ("cases:write",), source="bureau", token="bureau")
        written = Writer("bureau", hall.load(connection), Vault(settings.secret)).put_many(
            connection, cases(), datetime.now(UTC))
        assert not any(one.problem for one in written)
    return Office(create_app(settings, engine, Clock()), needs)


def shown(*answers: TestResponse, but: Iterable[str] = ()) -> set[str]:
    """The planted values that stand in the raw answers. but: of those that never should."""
    found = set()
    for got in answers:
        raw = got.get_data().decode() + str(got.headers)
        assert not [mark for mark in NEVER if mark in raw and mark not in but], got.request.path
        found |= {mark for field in FIELDS for mark in marks(field) if mark in raw}
    return found


def good(got: TestResponse) -> TestResponse:
    assert got.status_code in (200, 201), got.text
    return got


# -- anyone ---------------------------------------------------------------------------------


def test_the_number_alone(office: Office) -> None:
    ask = office.channel
    assert not shown(*(good(ask("GET", f"/v1/cases/{number}{what}"))
                       for number in NUMBERS for what in ("", "/history")))
    twins = ask("GET", "/v1/cases/24770003")
    assert twins.status_code == 409 and len(twins.json["candidates"]) == 2  # type: ignore[index]
    assert not shown(twins)
    withheld = ask("GET", f"/v1/cases/{NUMBERS[1]}").json["withheld"]  # type: ignore[index]
    assert {"project", "missing", "handler_phone", "deadline.extension_reason"} <= set(withheld)


def test_a_card_that_proves_nothing(office: Office) -> None:
    claimed = good(office.channel("POST", "/v1/cards/claim", {"number": CARDS["wang"].printed}))
    bare = good(Visit(office.channel).show(made(image_of(CARDS["uid"]))))
    for got in (claimed, bare):
        assert all(number in got.text for number in NUMBERS), "its cases are listed"
        assert not shown(got)


def test_what_is_found_by_words(office: Office) -> None:
    ask = office.channel
    asked = ["/v1/categories", "/v1/offices", "/v1/notices", "/v1/matters",
             "/v1/matters?category=planning", "/v1/matters/permit"]
    asked += [f"/v1/matters?q={word}" for field in FIELDS for word in marks(field)]
    asked += [f"/v1/matters?q={word}" for word in (NAME, *NUMBERS, *CODES)]
    assert not shown(*(good(ask("GET", path)) for path in asked))


def test_a_message_that_somebody_asked_for(office: Office) -> None:
    """It goes to whatever number was keyed in, so it says what anyone may hear."""
    ask = office.channel
    for number in NUMBERS:
        assert not shown(good(ask("POST", "/v1/notifications", {
            "key": number, "medium": "sms", "recipient": "+8613955556666", "language": "en",
            "kind": "answer", "subject": number})))
    claimed = good(ask("POST", "/v1/notifications/claim", {"medium": "sms", "worker": "w"}))
    assert len(claimed.json["items"]) == 2 and not shown(claimed)  # type: ignore[index]


def test_whoever_is_refused(office: Office) -> None:
    visitor = Visitor(office.channel)
    for number in NUMBERS:
        got = [visitor.shows(number, "000000"), visitor.texts_from(number, "+8613955556666"),
               visitor.shows(number, "000000", "one-time-code"), visitor.reads(number, "guess")]
        assert all(one.status_code in (401, 403) for one in got)
        lost = good(visitor.ask("POST", "/v1/evidence/lost",
                                {"number": number, "what": "phone", **visitor.who}))
        assert not shown(*got, lost, good(visitor.wants_code(number)))


# -- level 1 --------------------------------------------------------------------------------


@pytest.mark.parametrize("at", [0, 1])
def test_the_query_code_and_the_registered_phone(office: Office, at: int) -> None:
    number = NUMBERS[at]
    for visitor in (Visitor(office.channel), Visitor(office.channel, "sms", PHONE)):
        got = (good(visitor.shows(number, CODES[at])) if visitor.who["channel"] == "phone"
               else good(visitor.texts_from(number, PHONE)))
        read = good(visitor.reads(number, got.json["grant"]))  # type: ignore[index]
        for one in (got, read):
            assert shown(one) == office.may_see(1, number)
        other = visitor.reads(NUMBERS[1 - at], got.json["grant"])  # type: ignore[index]
        if other.status_code == 200:  # the phone is that of the other case too
            assert shown(other) == office.may_see(1, NUMBERS[1 - at])
        else:
            assert not shown(other)


# -- level 2 and 3 --------------------------------------------------------------------------


@pytest.mark.parametrize("at", [0, 1])
def test_a_one_time_code(office: Office, at: int) -> None:
    visitor = Visitor(office.channel)
    visitor.wants_code(NUMBERS[at])
    sent = Outbox(office.channel).next()
    assert sent["recipient"] == PHONE and "answer" not in sent
    got = good(visitor.shows(NUMBERS[at], sent["code"], "one-time-code"))
    read = good(visitor.reads(NUMBERS[at], got.json["grant"]))  # type: ignore[index]
    for one in (got, read):
        assert shown(one) == office.may_see(2, NUMBERS[at])


def test_what_is_claimed_to_be_sent_names_the_recipient_and_no_more(office: Office) -> None:
    Visitor(office.channel).wants_code(NUMBERS[0])
    claims: list[TestResponse] = []

    def claim() -> bool:
        claims.append(office.channel("POST", "/v1/notifications/claim",
                                     {"medium": "sms", "worker": "w"}))
        return bool(claims[-1].json["items"])  # type: ignore[index]

    Program("the outbox", [], Path("/dev/null")).wait_ready(claim, 20)
    assert not shown(claims[-1], but={PHONE, "13800000201"})


@pytest.mark.parametrize("kind", ["wang", "desfire"])
def test_a_proven_card(office: Office, kind: str) -> None:
    visit = Visit(office.channel)
    proof = good(visit.show(made(image_of(CARDS[kind]))))
    assert not shown(proof), "the holder, masked, and no more"
    assert shown(good(visit.asks())) == office.may_see(2, *NUMBERS)
    for number in NUMBERS:
        assert shown(good(visit.asks(number))) == office.may_see(2, number)


def test_a_proven_card_and_its_pin(office: Office) -> None:
    visit = Visit(office.channel)
    visit.show(chip(CARDS["wang"]))
    assert not shown(good(visit.key_in(PIN)))
    assert shown(good(visit.asks())) == office.may_see(3, *NUMBERS)


def test_somebody_elses_card_opens_nothing_of_it(office: Office) -> None:
    visit = Visit(office.channel)
    visit.show(chip(CARDS["company"]))
    assert not shown(*(visit.asks(number) for number in NUMBERS), visit.asks())


# -- programs of the house ------------------------------------------------------------------


def test_the_desk_and_its_tasks(office: Office) -> None:
    visitor, clerk = Visitor(office.channel), Clerk(office.client)
    for number, what in zip(NUMBERS, ("query-code", "phone"), strict=True):
        visitor.ask("POST", "/v1/evidence/lost", {"number": number, "what": what, **visitor.who})
        assert not shown(good(clerk.asks("GET", f"/v1/desk/cases/{number}")))
    listed = good(clerk.asks("GET", "/v1/tasks"))
    items = listed.json["items"]  # type: ignore[index]
    assert len(items) == 2 and not shown(listed)
    for task in items:
        assert not shown(good(clerk.asks("GET", f"/v1/tasks/{task['id']}")))
        done = good(clerk.asks("POST", f"/v1/tasks/{task['id']}/done", {"version": 1}))
        assert not shown(done)
    handler = {"role": "handler", "name": NAME, "phone": PHONE}
    assert not shown(
        good(clerk.asks("POST", f"/v1/desk/cases/{NUMBERS[0]}/speakers", handler)),
        good(clerk.asks("PUT", f"/v1/desk/cases/{NUMBERS[0]}/phone", {"phone": PHONE})),
        good(clerk.asks("POST", f"/v1/desk/cases/{NUMBERS[0]}/query-code")))


def test_the_back_office_gets_back_nothing_of_what_it_wrote(office: Office) -> None:
    bureau = Asker(office.client, "bureau")
    [(number, write), *_] = cases()
    changed = msgspec.structs.replace(write, status="closed")  # the same version: a conflict
    lines = b"\n".join(msgspec.json.encode({"number": n, "case": w}) for n, w in cases()[:2])
    got = [bureau("PUT", f"/v1/cases/{number}", msgspec.to_builtins(one))
           for one in (write, changed, msgspec.structs.replace(write, version=2))]
    got += [bureau("POST", "/v1/cases/batch", data=lines + b"\n{}\n")]
    got += [bureau("PUT", f"/v1/cases/{number}", msgspec.to_builtins(write) | {"missing": "x"})]
    assert [one.status_code for one in got] == [200, 409, 200, 200, 422]
    assert not shown(*got)


def test_figures(office: Office) -> None:
    office.channel("GET", f"/v1/cases/{NUMBERS[0]}")
    assert not shown(good(Asker(office.client, "metrics")("GET", "/metrics")))
