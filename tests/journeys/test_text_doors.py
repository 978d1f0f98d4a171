"""By text: signatures, repeats, and what is said when something is away."""

from __future__ import annotations

import base64
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import redis
from hypothesis import given, settings
from hypothesis import strategies as st

from processes import PrivateRedis
from status_service import client as client_module
from status_service.line import Line
from tests.servers import Hall
from tests.sms.handset import NOWHERE, Handset, bureau, handset
from tests.sms.test_grammar import pieces

NO_REDIS = "redis://127.0.0.1:9/0"
ROUTES = ["/sms/inbound", "/sms/fallback", "/sms/status"]


@pytest.fixture
def phone(hall: Hall) -> Handset:
    return handset(hall)


@pytest.fixture(scope="session")
def number(hall: Hall) -> str:
    return bureau(hall).writes("71-440001")


@pytest.mark.parametrize("path", ROUTES)
def test_without_the_right_signature_there_is_no_answer(phone: Handset, path: str) -> None:
    given = {"MessageSid": "SM1", "From": phone.number, "Body": "帮助"}
    assert phone.post(path, given).status_code in (200, 204)
    assert phone.post(path, given, token="another" * 5).status_code == 403
    assert phone.web.post(path, data=given).status_code == 403
    assert phone.web.get(path, query_string=given).status_code == 405


def test_parameters_that_twilio_adds_are_signed_and_ignored(phone: Handset, number: str) -> None:
    phone.texts(number, NewThing="", FromCity="乌鲁木齐").reads("审查中")


@pytest.mark.parametrize("path", ["/sms/inbound", "/sms/fallback"])
def test_a_message_delivered_again_gets_the_same_bytes(phone: Handset, number: str,
                                                       path: str) -> None:
    phone.texts("qwrtz psdfg").reads("HELP")
    first = phone.reply
    phone.texts("HELP").texts("qwrtz psdfg", sid="SM" + "0" * 32).silent()
    again = phone.texts("qwrtz psdfg", sid=f"SM{int(phone.sid[2:], 16):032x}", path=path)
    assert again.reply == phone.reply
    phone.texts(number)
    kept, sid = phone.reply, phone.sid
    assert kept != first
    for _ in range(3):
        assert phone.later(seconds=7).texts(number, sid=sid, path=path).reply == kept


def test_two_deliveries_at_the_same_instant_get_one_answer(phone: Handset, number: str) -> None:
    given = {"MessageSid": "SM" + "a" * 31 + phone.number[-1], "From": phone.number,
             "To": phone.settings.twilio_number, "Body": number}
    with ThreadPoolExecutor(4) as pool:
        replies = list(pool.map(lambda _: phone.post("/sms/inbound", given).data, range(8)))
    assert len(set(replies)) == 1


def test_the_service_away_is_said_with_what_to_do(hall: Hall) -> None:
    phone = handset(hall, service=NOWHERE)
    phone.texts("71-440001").reads("暂时查不到", "再发一次", "0991 481 0012").in_segments(1)
    phone.texts("GUIDE permit").reads("few minutes", "0991 481 0012").in_segments(1)
    phone.texts("HELP").reads("case number")  # this needs no service


def test_guides_are_still_known_while_the_service_is_away(
        hall: Hall, monkeypatch: pytest.MonkeyPatch) -> None:
    phone = handset(hall, service=hall.url)  # with a client of its own
    phone.texts("OFFICE").reads("0991")
    monkeypatch.setattr(client_module, "KEEP", 0.0)  # it would ask again now
    phone.client._line = Line(NOWHERE)  # the service goes away behind a living client
    phone.texts("OFFICE").reads("0991")


def test_redis_away_a_number_is_still_answered(hall: Hall, number: str) -> None:
    phone = handset(hall, redis=NO_REDIS)
    phone.texts(number).reads("审查中")
    phone.texts(f"What about {number}?").reads("review")
    phone.texts("79-999999").reads("没有查到")


def test_redis_comes_back_and_is_used_again(hall: Hall, number: str, tmp_path: Path) -> None:
    store = PrivateRedis(tmp_path)
    store.start()
    try:
        phone = handset(hall, redis=store.url).texts("HELP").reads("case number")
        store.stop()
        phone.texts(number).reads("审查中")  # the language is not remembered now
        store.start()
        phone.texts("HELP").texts(number).reads("review")
        kept, sid = phone.reply, phone.sid
        assert phone.texts("中文").texts(number, sid=sid).reply == kept
    finally:
        store.stop()


def test_no_key_and_no_value_in_redis_names_anybody(phone: Handset, number: str) -> None:
    phone.texts("我叫努尔古丽，请查" + number).reads("审查中")
    handset_digits = phone.number.encode().lstrip(b"+")
    with redis.Redis.from_url(phone.settings.redis_url) as store:
        for key in store.scan_iter():
            assert handset_digits not in key
            if store.type(key) == b"string":
                held = store.get(key) or b""
                assert handset_digits not in held
                assert "努尔古丽".encode() not in held


def test_what_waits_in_redis_is_encrypted(hall: Hall) -> None:
    phone = handset(hall, service=NOWHERE)
    phone.texts("退订").reads("已停发")
    with redis.Redis.from_url(phone.settings.redis_url) as store:
        held = b"".join(store.lrange("queue:sms", 0, -1))
    assert held
    assert phone.number.encode().lstrip(b"+") not in held
    there = handset(hall)
    assert there.teller.catch_up() > 0


def test_a_long_text_in_base64_is_read(phone: Handset, number: str) -> None:
    wrapped = base64.b64encode(f"请问办件{number}办到哪一步了，谢谢".encode()).decode()
    phone.texts(wrapped).reads("审查中")


def test_a_text_without_sender_is_not_answered(phone: Handset) -> None:
    phone.number = ""
    phone.texts("帮助").silent()


@pytest.fixture(scope="session")
def crowd(hall: Hall) -> Handset:
    """One line for many mobiles: an application is made once."""
    return handset(hall)


@settings(max_examples=150, deadline=None)
@given(pieces, st.integers(0, 99_999_999))
def test_whatever_is_typed_the_reply_is_valid(crowd: Handset, typed: str, mobile: int) -> None:
    crowd.number = f"+86139{mobile:08d}"
    assert crowd.texts(typed).reply  # held against the rules by the handset


def test_logs_name_nobody(hall: Hall, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    phone = handset(hall, service=NOWHERE, redis=NO_REDIS)
    phone.texts("71-440001").texts("退订")
    written = caplog.text
    assert "away" in written
    assert phone.number[1:] not in written
    assert "71-440001" not in written
