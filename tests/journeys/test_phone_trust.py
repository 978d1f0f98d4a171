"""By phone: a number, the code on the slip, a code by text; and the call that ends."""

from __future__ import annotations

import re

import msgspec
import pytest

from ivr.talk import Session
from status_service.client import Visit
from tests.ivr.call import Call
from tests.ivr.hall_line import HallPhone
from tests.journeys.owncase import CODE, MISSING, PROJECT, WRONG, OwnCase
from tests.servers import Hall
from tests.sms.handset import handset


@pytest.fixture
def phone(hall: Hall) -> HallPhone:
    return HallPhone(hall)


@pytest.fixture
def own(hall: Hall) -> OwnCase:
    return OwnCase(hall)


def at_case(phone: HallPhone, own: OwnCase, caller: str = "") -> Call:
    """A caller who has heard what anyone may hear of the case."""
    return phone.call(caller=caller).press("1").enter(f"{own.number}#")


def grant_of(phone: HallPhone, call: Call) -> str:
    stored = phone.turns.recall(phone.turns.key("call", call.sid), "none")[0]
    assert stored is not None
    return msgspec.msgpack.decode(stored, type=Session).grant


def test_who_knows_only_the_number(phone: HallPhone, own: OwnCase) -> None:
    at_case(phone, own).hears("缺哪些材料", "查询码", "请按 3").hears_not(MISSING, PROJECT, "王")


def test_who_adds_the_code_hears_the_rest_and_may_hear_it_again(
        phone: HallPhone, own: OwnCase) -> None:
    call = at_case(phone, own).press("3").hears("查询码").enter(f"{CODE}#")
    call.hears(MISSING, PROJECT).hears_not("王")
    call.press("9").hears(MISSING)
    call.press("2").enter(f"{own.number}#").hears(MISSING)


def test_the_registered_phone_proves_nothing_when_it_calls(
        phone: HallPhone, own: OwnCase) -> None:
    at_case(phone, own, caller=own.phone).hears_not(MISSING, PROJECT)


def test_a_code_opens_its_own_case_only(phone: HallPhone, own: OwnCase, hall: Hall) -> None:
    other = OwnCase(hall)
    call = at_case(phone, own).press("3").enter(f"{CODE}#").hears(MISSING)
    call.press("2").enter(f"{other.number}#").hears_not(MISSING)


def test_wrong_another_ones_and_locked_are_the_same_words(
        phone: HallPhone, own: OwnCase) -> None:
    heard = []
    for code in (WRONG, "186504", WRONG, CODE):  # the last is right, and the case is locked
        heard.append(at_case(phone, own).press("3").enter(f"{code}#").hears_not(MISSING).heard)
    assert all(said == heard[0] for said in heard)


def test_three_wrong_codes_lead_to_a_person(phone: HallPhone, own: OwnCase) -> None:
    call = at_case(phone, own).press("3")
    call.enter(f"{WRONG}#").enter(f"{WRONG}#").enter(f"{WRONG}#").is_put_through()


def test_a_turn_that_comes_twice_is_one_attempt(phone: HallPhone, own: OwnCase) -> None:
    call = at_case(phone, own).press("3").enter(f"{WRONG}#")
    for _ in range(6):
        call.repeat()
    call.enter(f"{CODE}#").hears(MISSING)


def test_a_code_by_text_to_the_registered_phone(phone: HallPhone, own: OwnCase) -> None:
    call = at_case(phone, own).press("3").enter("1#").hears("如果这个办件登记了手机")
    code = own.sent_code().code
    assert re.fullmatch(r"\d{6}", code)
    wrong = f"{(int(code) + 1) % 1_000_000:06d}"
    call.enter(f"{wrong}#").hears_not(MISSING).enter(f"{code}#").hears(MISSING)


def test_a_code_by_text_is_for_the_call_that_asked(phone: HallPhone, own: OwnCase) -> None:
    at_case(phone, own).press("3").enter("1#")
    code = own.sent_code().code
    at_case(phone, own).press("3").enter(f"{code}#").hears_not(MISSING)


def test_a_lost_slip(phone: HallPhone, own: OwnCase) -> None:
    at_case(phone, own).press("3").enter("2#").hears("身份证", "窗口").goes_on()


def test_hanging_up_closes_what_was_opened(phone: HallPhone, own: OwnCase, hall: Hall) -> None:
    call = at_case(phone, own).press("3").enter(f"{CODE}#")
    grant, visit = grant_of(phone, call), Visit("phone", call.sid, call.caller)
    assert grant and hall.client.granted_case(own.number, grant, visit) is not None
    ended = phone.line.post("/ivr/status", {"CallSid": call.sid, "CallStatus": "completed"})
    assert ended.status_code == 204
    assert hall.client.granted_case(own.number, grant, visit) is None
    again = phone.line.post("/ivr/status", {"CallSid": call.sid, "CallStatus": "completed"})
    assert again.status_code == 204


def test_a_grant_is_for_its_call(phone: HallPhone, own: OwnCase, hall: Hall) -> None:
    call = at_case(phone, own).press("3").enter(f"{CODE}#")
    grant = grant_of(phone, call)
    for visit in (Visit("phone", "CA" + "9" * 32, call.caller), Visit("sms", call.sid, "")):
        assert hall.client.granted_case(own.number, grant, visit) is None


@pytest.mark.parametrize("language", ["zh-CN", "ug", "en"])
def test_in_each_language(phone: HallPhone, own: OwnCase, language: str) -> None:
    call = phone.call(language).press("1").enter(f"{own.number}#")  # type: ignore[arg-type]
    call.press("3").enter(f"{WRONG}#").goes_on().enter(f"{CODE}#").goes_on()
    assert any(word in " ".join(call.heard) for word in (MISSING, "Site plan"))


def test_wrong_codes_count_over_phone_and_text(phone: HallPhone, own: OwnCase,
                                               hall: Hall) -> None:
    at_case(phone, own).press("3").enter(f"{WRONG}#")
    handset(hall).texts(f"{own.number} {WRONG}")
    handset(hall).texts(f"{own.number} {WRONG}")
    at_case(phone, own).press("3").enter(f"{CODE}#").hears_not(MISSING)


def test_too_many_numbers_from_one_telephone(phone: HallPhone) -> None:
    caller = "+8613700019999"
    for start in range(0, 32, 2):  # after three unknown numbers a call goes to a person
        call = phone.call(caller=caller).press("1").enter(f"7777{start:04d}#")
        if start < 30:
            call.enter(f"7777{start + 1:04d}#")
    call.hears("编号太多了")
