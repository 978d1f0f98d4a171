"""The ladder of assurance: what each piece of evidence opens, for whom, and for how long."""

from __future__ import annotations

from typing import Any

import pytest
import redis
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.status_service.api.conftest import Asker
from tests.status_service.cards.conftest import Clock
from tests.status_service.trust.conftest import (
    CODE,
    CODE_OF_OTHERS,
    COMPANY,
    HELPER,
    MORE,
    OTHERS,
    OURS,
    PLAIN,
    SECOND,
    WANG,
    Outbox,
    Visitor,
)

NOT_PROVEN = {"type": "/problems/not-proven", "title": "This opens nothing here.", "status": 403}


def opened(got: TestResponse) -> dict[str, Any]:
    assert got.status_code == 200, got.json
    return dict(got.json)  # type: ignore[arg-type]


def refused(got: TestResponse) -> bool:
    return bool(got.status_code == 403 and got.json == NOT_PROVEN)


# -- the number alone, and the code -----------------------------------------------------


def test_only_the_number(channel: Asker) -> None:
    answer = channel("GET", f"/v1/cases/{OURS}").json
    assert answer is not None and "project" not in answer and "project" in answer["withheld"]


@pytest.mark.parametrize("typed", [CODE, " 4028 16", "４０２８１６", "四零二八一六", "402-816"])
def test_the_code_opens_its_case(visitor: Visitor, typed: str) -> None:
    found = opened(visitor.shows(OURS, typed))
    assert found["level"] == found["answer"]["level"] == 1
    assert found["answer"]["project"] and "withheld" not in found["answer"]
    again = visitor.reads(OURS, found["grant"])
    assert again.json == found["answer"]


def test_what_opens_nothing(visitor: Visitor) -> None:
    for number, code in ((OURS, "402817"), (OURS, CODE_OF_OTHERS), (OTHERS, CODE), (PLAIN, ""),
                         (PLAIN, "0"), ("no-such-case", CODE), (OURS, "x")):
        if code:
            assert refused(visitor.shows(number, code)), (number, code)


def test_a_grant_is_for_its_case_channel_visit_and_program(
        visitor: Visitor, client: FlaskClient) -> None:
    grant = opened(visitor.shows(OURS, CODE))["grant"]
    assert visitor.reads(OURS, grant).status_code == 200
    for got in (visitor.reads(MORE, grant), visitor.reads(OTHERS, grant),
                visitor.reads(OURS, grant, visit="visit-2"),
                visitor.reads(OURS, grant, channel="sms"), visitor.reads(OURS, grant + "x"),
                visitor.reads(OURS, ""),
                Visitor(Asker(client, "other")).reads(OURS, grant)):
        assert got.status_code == 401
        assert b"/problems/no-grant" in got.get_data()


def test_a_grant_ends_with_the_visit(visitor: Visitor, channel: Asker) -> None:
    grant = opened(visitor.shows(OURS, CODE))["grant"]
    for _ in range(2):
        assert channel("DELETE", "/v1/grant", headers={"Hallway-Grant": grant}).status_code == 200
    assert visitor.reads(OURS, grant).status_code == 401


# -- a registered phone -------------------------------------------------------------------


def test_a_text_from_the_registered_phone(channel: Asker) -> None:
    texts = Visitor(channel, "sms", WANG.phone)
    assert opened(texts.texts_from(OURS, WANG.phone))["level"] == 1
    assert opened(texts.texts_from(OURS, "13800000201"))["level"] == 1  # as dialled here
    for phone in (COMPANY.phone, "+8613900000000", "not a phone"):
        assert refused(texts.texts_from(OURS, phone))
    assert refused(texts.texts_from(PLAIN, WANG.phone))
    assert refused(texts.texts_from("no-such-case", WANG.phone))


def test_an_organisations_second_handler(channel: Asker, outbox: Outbox) -> None:
    texts = Visitor(channel, "sms", SECOND.reveal())
    assert opened(texts.texts_from(OTHERS, SECOND.reveal()))["answer"]["project"]
    assert refused(texts.texts_from(OURS, SECOND.reveal()))
    texts.wants_code(OTHERS, SECOND.reveal())
    message = outbox.next()
    assert message["recipient"] == SECOND.reveal()
    assert opened(texts.shows(OTHERS, message["code"], "one-time-code"))["level"] == 2


def test_a_representative_has_a_term_and_a_scope(
        channel: Asker, outbox: Outbox, clock: Clock) -> None:
    texts = Visitor(channel, "sms", HELPER.reveal())
    assert opened(texts.texts_from(OURS, HELPER.reveal()))["level"] == 1
    assert refused(texts.texts_from(MORE, HELPER.reveal()))
    texts.wants_code(OURS, HELPER.reveal())
    message = outbox.next()
    grant = opened(texts.shows(OURS, message["code"], "one-time-code"))["grant"]
    assert texts.reads(OURS, grant).status_code == 200
    assert texts.reads(MORE, grant).status_code == 401  # not all of Wang's
    clock.pass_by(60 * 24 * 17)  # into April
    assert refused(texts.texts_from(OURS, HELPER.reveal()))


# -- one-time codes --------------------------------------------------------------------------


def test_a_one_time_code_opens_the_persons_cases(visitor: Visitor, outbox: Outbox) -> None:
    assert visitor.wants_code(OURS).json == {"heard": True}
    message = outbox.next()
    assert (message["kind"], message["recipient"]) == ("code", WANG.phone)
    assert len(message["code"]) == 6
    found = opened(visitor.shows(OURS, message["code"], "one-time-code"))
    assert found["level"] == 2
    assert visitor.reads(MORE, found["grant"]).status_code == 200
    assert visitor.reads(OTHERS, found["grant"]).status_code == 401
    assert refused(visitor.shows(OURS, message["code"], "one-time-code"))  # it serves once


def test_a_one_time_code_is_for_its_visit(
        visitor: Visitor, outbox: Outbox, channel: Asker) -> None:
    visitor.wants_code(OURS)
    code = outbox.next()["code"]
    for other in (Visitor(channel, visit="another"), Visitor(channel, channel="kiosk")):
        assert refused(other.shows(OURS, code, "one-time-code"))
    assert refused(visitor.shows(MORE, code, "one-time-code"))


def test_nobody_is_told_whether_a_phone_is_registered(visitor: Visitor, outbox: Outbox) -> None:
    said = [visitor.wants_code(number, phone).get_data() for number, phone in (
        (PLAIN, ""), ("no-such-case", ""), (OURS, COMPANY.phone), (OURS, "garbage"),
        (MORE, ""))]
    assert len(set(said)) == 1
    assert outbox.next()["subject"] == MORE  # one queue, in order: the others sent nothing
    assert outbox.claims() == []


def test_a_phone_is_not_flooded(visitor: Visitor, outbox: Outbox, channel: Asker) -> None:
    for _ in range(3):
        visitor.wants_code(OURS)
    Visitor(channel, source="+8613922223333").wants_code(OTHERS)
    # Asked for at the same time of this clock, so in either order.
    assert {outbox.next()["subject"], outbox.next()["subject"]} == {OURS, OTHERS}
    assert outbox.claims() == []


def test_what_is_gone_is_a_task(visitor: Visitor, channel: Asker) -> None:
    for what in ("query-code", "phone"):
        got = channel("POST", "/v1/evidence/lost",
                      {"number": OURS, "what": what, **visitor.who})
        assert got.json == {"heard": True}


def test_without_redis_the_door_stays_shut(
        visitor: Visitor, client: FlaskClient, store: redis.Redis,
        monkeypatch: pytest.MonkeyPatch) -> None:
    def gone(*_: object) -> object:
        raise redis.ConnectionError

    monkeypatch.setattr(redis.Redis, "execute_command", gone)
    assert visitor.shows(OURS, CODE).status_code == 503
    assert visitor.reads(OURS, "x").status_code == 503
    assert Asker(client, "channel")("GET", f"/v1/cases/{OURS}").status_code == 200
