"""By text: STOP is recorded and obeyed, START brings texts back."""

from __future__ import annotations

import pytest

from status_service.client import Visit
from tests.servers import Hall
from tests.sms.handset import NOWHERE, Handset, bureau, handset

NO_REDIS = "redis://127.0.0.1:9/0"


@pytest.fixture
def phone(hall: Hall) -> Handset:
    return handset(hall)


def may_write_to(phone: Handset, key: str) -> bool:
    """What the ledger says: asks for a message to this mobile."""
    matter = phone.client.matters()[0].code
    return phone.client.notify(key=f"{key}:{phone.number}", medium="fax", recipient=phone.number,
                               language="en", kind="guide", subject=matter)


@pytest.mark.parametrize("word", ["STOP", "Stop", "UNSUBSCRIBE", "END", "QUIT", "STOPALL", "REVOKE",
                                  "OPTOUT", "CANCEL"])
def test_the_carriers_words_are_recorded_and_nothing_is_said(phone: Handset, word: str) -> None:
    assert may_write_to(phone, "before")
    phone.texts(word).silent()
    assert not may_write_to(phone, "after")


@pytest.mark.parametrize(("word", "confirmed"), [
    ("退订", "已停发"), ("ＴＤ", "已停发"), ("T", "已停发"), ("توختات", "«باشلا»")])
def test_our_own_words_are_recorded_and_confirmed_once(phone: Handset, word: str,
                                                       confirmed: str) -> None:
    phone.texts(word).reads(confirmed).in_segments(1)
    assert not may_write_to(phone, "after")
    phone.texts(word).silent()


def test_after_stop_nothing_is_said_until_start(hall: Hall, phone: Handset) -> None:
    number = bureau(hall).writes("71-330001")
    phone.texts("STOP").silent()
    for typed in (number, "HELP", "指南", "EN", "公示", "1"):
        phone.texts(typed).silent()
    phone.later(days=60).texts(number).silent()
    phone.texts("START").reads("on again")
    assert may_write_to(phone, "again")
    phone.texts(number).reads("review")


def test_stop_within_a_sentence_is_explained_and_not_obeyed(phone: Handset) -> None:
    phone.texts("please stop sending").reads("STOP").in_segments(1)
    assert may_write_to(phone, "still")


def test_one_stop_delivered_twice_is_one_entry(phone: Handset) -> None:
    phone.texts("退订").reads("已停发")
    first = phone.reply
    phone.texts("退订", sid=phone.sid)
    assert phone.reply == first


def test_a_stop_while_the_service_is_away_waits_and_is_handed_on(hall: Hall) -> None:
    phone = handset(hall, service=NOWHERE)
    phone.texts("退订").reads("已停发")
    there = handset(hall)
    there.number = phone.number
    assert may_write_to(there, "not yet told")
    told(there)
    assert not may_write_to(there, "told")


def test_a_stop_that_waited_does_not_undo_the_start_after_it(hall: Hall) -> None:
    away, there = handset(hall, service=NOWHERE), handset(hall)
    there.number = away.number
    away.texts("STOP").silent()
    there.later(seconds=5).texts("START").reads("on again")
    told(there)
    assert may_write_to(there, "start was later")


def test_a_stop_while_all_is_away_is_not_claimed_to_be_kept(hall: Hall) -> None:
    handset(hall, service=NOWHERE, redis=NO_REDIS).texts("退订").reads("没有记下", "0991 481 0012")


def test_a_stop_while_redis_is_away_reaches_the_ledger(hall: Hall) -> None:
    phone = handset(hall, redis=NO_REDIS).texts("退订").reads("已停发")
    assert not may_write_to(phone, "after")


def test_an_opt_out_that_twilio_reports_ends_in_the_ledger(phone: Handset) -> None:
    assert may_write_to(phone, "before")
    answer = phone.post("/sms/status", {
        "MessageSid": "SM" + "1" * 32, "MessageStatus": "undelivered", "ErrorCode": "21610",
        "From": phone.settings.twilio_number, "To": phone.number})
    assert answer.status_code == 204
    assert not may_write_to(phone, "after")


def told(phone: Handset) -> None:
    """What the worker does first in each round."""
    assert phone.teller.catch_up() > 0


def test_a_stop_that_comes_while_another_text_is_answered_is_not_forgotten(
        hall: Hall, monkeypatch: pytest.MonkeyPatch) -> None:
    slow = handset(hall, service=hall.url)  # with a client of its own
    quick = Handset(hall.settings, hall.client, number=slow.number)
    look_up = slow.client.case
    asked: list[str] = []

    def interrupted(typed: str, visit: Visit) -> object:
        if not asked:
            quick.texts("退订").reads("已停发")
        asked.append(typed)
        return look_up(typed, visit)

    monkeypatch.setattr(slow.client, "case", interrupted)
    slow.texts("79-999999").silent()  # worked out again on what the STOP left
    assert asked
    quick.texts("79-999999").silent()
