"""The ways through at the desk: a forgotten code, a changed phone, an organisation's second
handler, a representative; and that each ends when it is said to."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
import redis
import sqlalchemy as sa
from flask.testing import FlaskClient
from sqlalchemy import Engine
from werkzeug.test import TestResponse

from status_service.cases.write import CaseWrite, Person
from status_service.storage import tables
from tests.status_service.api.conftest import Asker
from tests.status_service.cards.conftest import Clock
from tests.status_service.small_hall import case
from tests.status_service.trust.conftest import (
    CODE,
    COMPANY,
    MORE,
    OTHERS,
    OURS,
    PLAIN,
    PROJECT,
    SECOND,
    WANG,
    Outbox,
    Visitor,
)
from tests.status_service.trust.desk import BackOffice, Clerk
from tests.status_service.trust.test_ladder import opened, refused

THIRD = "+8613800000205"
NEW = "+8613800000206"
OTHER_OF_COMPANY = "24-019660"


@pytest.fixture
def clerk(client: FlaskClient) -> Clerk:
    return Clerk(client)


@pytest.fixture
def bureau(client: FlaskClient) -> BackOffice:
    return BackOffice(client)


def level_2(visitor: Visitor, outbox: Outbox, number: str, phone: str) -> str:
    """A grant by a one-time code that reached `phone`."""
    visitor.wants_code(number, phone)
    message = outbox.next()
    assert message["recipient"] == phone
    found = opened(visitor.shows(number, message["code"], "one-time-code"))
    assert found["level"] == 2
    return str(found["grant"])


def closed(got: TestResponse) -> bool:
    return bool(got.status_code == 401 and b"/problems/no-grant" in got.data)


# -- an organisation's second handler -------------------------------------------------------


def test_a_second_handler(clerk: Clerk, bureau: BackOffice, channel: Asker,
                          outbox: Outbox) -> None:
    bureau.states(OTHER_OF_COMPANY, case(applicant=COMPANY, project=PROJECT))
    caller = Visitor(channel, source=THIRD)
    caller.wants_code(OTHERS, THIRD)  # not yet
    made = clerk.names(OTHERS, "handler", "138 0000 0205")
    assert (made["role"], made["name"], made["phone"]) == ("handler", "孙**", "***0205")

    grant = level_2(caller, outbox, OTHERS, THIRD)
    for number in (OTHERS, OTHER_OF_COMPANY):  # all that is the organisation's
        assert caller.reads(number, grant).json["project"]  # type: ignore[index]
    assert closed(caller.reads(OURS, grant))

    assert clerk.removes(OTHERS, made["id"]).status_code == 200
    for number in (OTHERS, OTHER_OF_COMPANY):  # at once, also with the grant that they have
        assert closed(caller.reads(number, grant))
    assert refused(caller.texts_from(OTHERS, THIRD))
    assert clerk.removes(OTHERS, made["id"]).status_code == 404


def test_a_code_on_its_way_to_a_removed_handler_opens_nothing(
        clerk: Clerk, channel: Asker, outbox: Outbox) -> None:
    made = clerk.names(OTHERS, "handler", THIRD)
    caller = Visitor(channel)
    caller.wants_code(OTHERS, THIRD)
    code = outbox.next()["code"]
    clerk.removes(OTHERS, made["id"])
    assert refused(caller.shows(OTHERS, code, "one-time-code"))


def test_the_first_handler_keeps_what_is_theirs(clerk: Clerk, channel: Asker,
                                                outbox: Outbox) -> None:
    owner = Visitor(channel)
    grant = level_2(owner, outbox, OTHERS, COMPANY.phone)
    [second] = clerk.sees(OTHERS)["speakers"]
    clerk.removes(OTHERS, second["id"])
    assert owner.reads(OTHERS, grant).status_code == 200
    assert refused(owner.texts_from(OTHERS, SECOND.reveal()))


def test_naming_somebody_twice_renews_them(clerk: Clerk) -> None:
    clerk.names(OTHERS, "representative", THIRD, until="2026-03-20")
    clerk.names(OTHERS, "representative", THIRD, until="2026-05-20")
    named = [one for one in clerk.sees(OTHERS)["speakers"] if one["phone"] == "***0205"]
    assert [one["until"] for one in named] == ["2026-05-20"]


# -- a representative -----------------------------------------------------------------------


def test_a_representative_for_one_case_until_a_day(
        clerk: Clerk, channel: Asker, outbox: Outbox, clock: Clock) -> None:
    clerk.names(OURS, "representative", THIRD, until="2026-03-18", only_this_case=True)
    texts = Visitor(channel, "sms", THIRD)
    grant = level_2(texts, outbox, OURS, THIRD)  # before the last day
    assert texts.reads(OURS, grant).status_code == 200
    assert closed(texts.reads(MORE, grant))
    assert refused(texts.texts_from(MORE, THIRD))

    clock.at = datetime(2026, 3, 18, 15, 59, tzinfo=UTC)  # the last minute of the last day
    assert opened(texts.texts_from(OURS, THIRD))["level"] == 1
    assert texts.reads(OURS, grant).status_code == 200

    clock.at = datetime(2026, 3, 18, 16, 0, tzinfo=UTC)  # the day after, in Beijing
    assert refused(texts.texts_from(OURS, THIRD))
    assert closed(texts.reads(OURS, grant))
    [seen] = [one for one in clerk.sees(OURS)["speakers"] if one["phone"] == "***0205"]
    assert seen["valid"] is False


def test_a_representative_for_everything(clerk: Clerk, channel: Asker, outbox: Outbox) -> None:
    clerk.names(OURS, "representative", THIRD, until="2026-03-18")
    caller = Visitor(channel)
    grant = level_2(caller, outbox, OURS, THIRD)
    assert caller.reads(MORE, grant).status_code == 200


@pytest.mark.parametrize(("role", "until", "why"), [
    ("representative", None, "until which day"),
    ("representative", "2026-03-15", "over"),
    ("handler", "2026-03-15", "over"),
])
def test_a_term_that_cannot_be(clerk: Clerk, role: str, until: str | None, why: str) -> None:
    got = clerk.asks("POST", f"/v1/desk/cases/{OURS}/speakers", {
        "role": role, "name": "孙六", "phone": THIRD, "until": until})
    assert got.status_code == 422 and why in got.json["detail"]  # type: ignore[index]


# -- a forgotten code -----------------------------------------------------------------------


def test_a_forgotten_code(clerk: Clerk, visitor: Visitor, channel: Asker) -> None:
    old = opened(visitor.shows(OURS, CODE))["grant"]
    channel("POST", "/v1/evidence/lost", {"number": OURS, "what": "query-code", **visitor.who})
    [task] = clerk.tasks(kind="lost-query-code", state="open")
    assert f"desk code {OURS}" in task["what_to_do"]
    assert f"/v1/desk/cases/{OURS}/query-code" in task["what_to_do"]

    code = clerk.new_code(OURS)
    assert len(code) == 6 and code != CODE
    assert refused(visitor.shows(OURS, CODE))
    assert closed(visitor.reads(OURS, old))
    assert opened(visitor.shows(OURS, code))["level"] == 1
    [task] = clerk.tasks(kind="lost-query-code")
    assert (task["state"], task["done_by"]) == ("done", "counter-3/1017")


def test_a_new_code_lifts_the_lockout_of_its_case(clerk: Clerk, channel: Asker) -> None:
    for attempt in range(4):
        Visitor(channel, source=f"+86139222200{attempt}").shows(OURS, "000000")
    fresh = Visitor(channel, source="+8613933334444")
    assert refused(fresh.shows(OURS, CODE))  # locked out
    assert opened(fresh.shows(OURS, clerk.new_code(OURS)))


def test_the_back_office_does_not_bring_the_old_code_back(
        clerk: Clerk, bureau: BackOffice, visitor: Visitor) -> None:
    def states(version: int, code: str | None) -> None:
        write = case(applicant=WANG, query_code=code, project=PROJECT, version=version)
        assert bureau.states(OURS, write) == "updated"

    new = clerk.new_code(OURS)
    states(2, CODE)  # it knows of nothing
    states(3, None)
    assert opened(visitor.shows(OURS, new))
    assert refused(visitor.shows(OURS, CODE))
    newer = clerk.new_code(OURS)
    states(4, CODE)
    assert opened(visitor.shows(OURS, newer))
    states(5, "771100")  # a slip of its own: that one counts
    assert opened(visitor.shows(OURS, "771100"))
    assert refused(visitor.shows(OURS, newer))


def test_a_code_where_the_back_office_gives_none(
        clerk: Clerk, bureau: BackOffice, visitor: Visitor) -> None:
    code = clerk.new_code(PLAIN)
    bureau.states(PLAIN, case(version=2, query_code=""))
    assert opened(visitor.shows(PLAIN, code))["level"] == 1


def test_a_code_is_given_while_redis_is_away(
        clerk: Clerk, visitor: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
    def gone(*_: object) -> object:
        raise redis.ConnectionError

    with monkeypatch.context() as away:
        away.setattr(redis.Redis, "execute_command", gone)
        made = clerk.good("POST", f"/v1/desk/cases/{OURS}/query-code")
    assert made["lockout_over"] is False
    assert opened(visitor.shows(OURS, made["code"]))


# -- a changed phone ------------------------------------------------------------------------


def stated(version: int, phone: str) -> CaseWrite:
    return case(applicant=Person(WANG.name, phone), project=PROJECT, version=version)


def everybody(engine: Engine) -> int:
    with engine.connect() as connection:
        return len(connection.execute(sa.select(tables.applicants.c.id)).all())


def test_a_changed_phone(clerk: Clerk, visitor: Visitor, channel: Asker, outbox: Outbox) -> None:
    old = level_2(visitor, outbox, OURS, WANG.phone)
    channel("POST", "/v1/evidence/lost", {"number": OURS, "what": "phone", **visitor.who})
    [task] = clerk.tasks(state="open")
    assert f"desk phone {OURS}" in task["what_to_do"]

    assert clerk.new_phone(OURS, "138 0000 0206").status_code == 200
    assert clerk.tasks(state="open") == []
    assert closed(visitor.reads(OURS, old))
    for number in (OURS, MORE):  # for all of their cases
        assert refused(visitor.texts_from(number, WANG.phone))
        assert opened(visitor.texts_from(number, NEW))
    grant = level_2(Visitor(channel, visit="v2", source=NEW), outbox, MORE, NEW)
    assert Visitor(channel, visit="v2").reads(OURS, grant).status_code == 200


def test_a_code_on_its_way_to_the_old_phone_opens_nothing(
        clerk: Clerk, visitor: Visitor, outbox: Outbox) -> None:
    visitor.wants_code(OURS)
    code = outbox.next()["code"]
    clerk.new_phone(OURS, NEW)
    assert refused(visitor.shows(OURS, code, "one-time-code"))


def test_the_back_office_neither_undoes_nor_doubles_a_changed_phone(
        clerk: Clerk, bureau: BackOffice, visitor: Visitor, engine: Engine) -> None:
    before = everybody(engine)
    clerk.new_phone(OURS, NEW)
    bureau.states(OURS, stated(2, WANG.phone))  # it knows of nothing
    assert refused(visitor.texts_from(OURS, WANG.phone))
    bureau.states(MORE, stated(2, NEW))  # it was told
    bureau.states("24-019661", stated(1, "13800000206"))  # a new case, as one dials here
    bureau.states("24-019662", stated(1, WANG.phone))  # and one with the old phone
    for number in (OURS, MORE, "24-019661", "24-019662"):
        assert opened(visitor.texts_from(number, NEW))
    assert everybody(engine) == before


def test_who_came_with_the_new_phone_before_is_the_same_person(
        clerk: Clerk, bureau: BackOffice, visitor: Visitor, outbox: Outbox,
        engine: Engine) -> None:
    before = everybody(engine)
    bureau.states("24-019663", stated(1, NEW))
    clerk.names("24-019663", "representative", THIRD, until="2026-04-01")
    assert everybody(engine) == before + 1
    clerk.new_phone(OURS, NEW)
    assert everybody(engine) == before
    assert opened(visitor.texts_from(OURS, THIRD))  # named for the person, not for the number
    grant = level_2(visitor, outbox, "24-019663", NEW)
    for number in (OURS, MORE, "24-019663"):
        assert visitor.reads(number, grant).status_code == 200
    bureau.states("24-019663", stated(2, NEW))
    clerk.new_phone(OURS, WANG.phone)  # and back again
    clerk.new_phone(OURS, NEW)
    assert everybody(engine) == before


def test_another_person_of_that_name_keeps_their_own(
        clerk: Clerk, bureau: BackOffice, visitor: Visitor) -> None:
    bureau.states("24-019664", stated(1, "+8613800000299"))
    clerk.new_phone(OURS, NEW)
    assert refused(visitor.texts_from("24-019664", NEW))
    assert opened(visitor.texts_from("24-019664", "+8613800000299"))


# -- who did it -----------------------------------------------------------------------------


def test_nothing_is_done_in_nobodys_name(client: FlaskClient, clerk: Clerk) -> None:
    for wrong in ("", "王小明", "a b", "x" * 41, "1017\u00e9"):
        nobody = Clerk(client, wrong.encode().decode("latin-1"))
        for method, path, body in (
                ("GET", "", None), ("POST", "/query-code", None),
                ("PUT", "/phone", {"phone": NEW}), ("DELETE", "/speakers/1", None),
                ("POST", "/speakers", {"role": "handler", "name": "孙六", "phone": THIRD})):
            got = nobody.asks(method, f"/v1/desk/cases/{OURS}{path}", body)
            assert got.json["type"] == "/problems/no-clerk"  # type: ignore[index]
    assert [one["action"] for one in clerk.sees(OURS)["actions"]] == ["shown"]


def test_what_the_desk_did_is_in_the_record(client: FlaskClient, clerk: Clerk) -> None:
    made = clerk.names(OURS, "handler", THIRD)
    clerk.new_code(OURS)
    Clerk(client, "2044").new_phone(OURS, NEW)
    clerk.removes(OURS, made["id"])
    told = [(one["action"], one["by"]) for one in clerk.sees(OURS)["actions"]]
    assert told == [("shown", "counter-3/1017"), ("speaker-removed", "counter-3/1017"),
                    ("phone-changed", "counter-3/2044"), ("code-issued", "counter-3/1017"),
                    ("speaker-named", "counter-3/1017")]


def test_people_are_masked(clerk: Clerk) -> None:
    seen = clerk.sees(OTHERS)
    assert (seen["applicant"], seen["phone"], seen["query_code"]) == (
        "云泉**公司", "***0202", True)
    assert [(one["name"], one["phone"]) for one in seen["speakers"]] == [("李**", "***0203")]
    plain = clerk.sees(PLAIN)
    assert not plain.keys() & {"applicant", "phone"} and plain["query_code"] is False


def test_what_the_desk_cannot_do(clerk: Clerk) -> None:
    handler = {"role": "handler", "name": "孙六", "phone": THIRD}
    for method, path, body, problem in (
            ("GET", "no-such", None, "case-not-found"),
            ("POST", f"{PLAIN}/speakers", handler, "no-applicant"),
            ("PUT", f"{PLAIN}/phone", {"phone": NEW}, "no-applicant"),
            ("PUT", f"{OURS}/phone", {"phone": "12"}, "invalid-address"),
            ("POST", f"{OURS}/speakers", handler | {"phone": "x"}, "invalid-address"),
            ("DELETE", f"{OURS}/speakers/999999", None, "speaker-not-found"),
            ("DELETE", f"{OURS}/speakers/x", None, "speaker-not-found")):
        got = clerk.asks(method, f"/v1/desk/cases/{path}", body)
        assert got.json["type"] == f"/problems/{problem}", path  # type: ignore[index]


def test_nobody_removes_another_applicants_handler(clerk: Clerk) -> None:
    [second] = clerk.sees(OTHERS)["speakers"]
    assert clerk.removes(OURS, second["id"]).status_code == 404
    assert clerk.sees(OTHERS)["speakers"] == [second]


def test_a_last_day_is_a_day_here(clerk: Clerk, clock: Clock) -> None:
    clock.at = datetime(2026, 3, 17, 16, 30, tzinfo=UTC)  # the 18th has begun in Beijing
    got = clerk.asks("POST", f"/v1/desk/cases/{OURS}/speakers", {
        "role": "handler", "name": "孙六", "phone": THIRD,
        "until": date(2026, 3, 17).isoformat()})
    assert got.status_code == 422
