"""The webhooks of a call: signatures, repeats, lost threads, and what happens when things break."""

from __future__ import annotations

import logging
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import redis

from status_service.client import Refused
from tests.ivr.call import HANDSET, Line
from tests.ivr.conftest import SUNDAY, Desk, english, make_desk, phone_settings
from tests.ivr.service_double import NUMBER

POSTED = ("/ivr/voice", "/ivr/status", "/ivr/fallback")


@pytest.mark.parametrize("path", POSTED)
def test_only_signed_posts_are_heard(desk: Desk, path: str) -> None:
    given = {"CallSid": "CA1", "From": HANDSET, "CallStatus": "completed"}
    assert desk.line.web.post(path, data=given).status_code == 403
    assert desk.line.post(path, given, token="6" * 32).status_code == 403
    assert desk.line.web.get(path).status_code == 405
    assert desk.line.post(path, given).status_code in (200, 204)


def test_a_signature_covers_the_query(desk: Desk) -> None:
    given = {"CallSid": "CA2", "From": HANDSET}
    signed = desk.line.post("/ivr/voice?step=0", given)
    headers = {"X-Twilio-Signature": str(signed.request.headers["X-Twilio-Signature"])}
    assert signed.status_code == 200
    again = desk.line.web.post("/ivr/voice?step=1", data=given, headers=headers)
    assert again.status_code == 403


def test_a_call_without_a_name_is_refused(desk: Desk) -> None:
    assert desk.line.post("/ivr/voice", {"From": HANDSET}).status_code == 400


def test_every_repeat_gets_the_same_bytes_and_one_effect(desk: Desk) -> None:
    call = english(desk)
    call.repeat().press("1").repeat().enter(f"{NUMBER}#").repeat()
    asked = desk.service.asked
    call.press("1").hears("text message is on its way").repeat().repeat()
    assert list(desk.service.texts.values()) == [(HANDSET, "en", "answer", NUMBER)]
    assert desk.service.asked == asked + 1  # the repeats asked nothing
    for path, parameters, before in call.sent:  # also long after, and in any order
        assert desk.line.post(path, parameters).data == before


def test_deliveries_at_the_same_moment_get_the_same_bytes_and_one_text(desk: Desk) -> None:
    call = english(desk).press("1").enter(f"{NUMBER}#")
    url = f"/ivr/voice?step={len(call.sent)}&lang=en"
    parameters = call.sent[-1][1] | {"Digits": "1"}
    together = threading.Barrier(6)

    def deliver(_: int) -> bytes:
        line = Line(desk.line.web.application.test_client(), desk.settings, desk.line.ear)
        together.wait()
        reply: bytes = line.post(url, parameters).data
        return reply

    with ThreadPoolExecutor(6) as pool:
        replies = set(pool.map(deliver, range(6)))
    assert len(replies) == 1 and b"on its way" in replies.pop()
    assert len(desk.service.texts) == 1


def test_a_second_text_needs_a_second_key_press(desk: Desk) -> None:
    english(desk).press("1").enter(f"{NUMBER}#").press("1").press("1")
    assert len(desk.service.texts) == 2


def test_texts_of_other_calls_have_other_keys_that_name_nobody(desk: Desk) -> None:
    first = english(desk).press("1").enter(f"{NUMBER}#").press("1")
    english(desk).press("1").enter(f"{NUMBER}#").press("1")
    assert len(desk.service.texts) == 2
    for key in desk.service.texts:
        assert first.sid not in key and HANDSET not in key and NUMBER not in key


def test_nothing_in_the_store_names_the_call_or_the_caller(desk: Desk) -> None:
    call = english(desk).press("1").enter(f"{NUMBER}#").press("1")
    with redis.Redis.from_url(desk.settings.redis_url) as store:
        for key in store.scan_iter("call:*"):
            assert call.sid.encode() not in key
            everything = key + b"".join(n + v for n, v in store.hgetall(key).items())
            assert HANDSET[1:].encode() not in everything
            assert 0 < store.ttl(key) <= 26 * 3600


def test_a_turn_out_of_order_says_where_the_call_is(desk: Desk) -> None:
    call = english(desk).press("1")
    call.ask("/ivr/voice?step=40&lang=en", Digits="4").hears("key in your case number")
    call.repeat().enter(f"{NUMBER}#").hears("Construction planning permit")


def test_a_call_whose_session_is_gone_starts_again_in_its_language(desk: Desk) -> None:
    call = english(desk).press("1")
    with redis.Redis.from_url(desk.settings.redis_url) as store:
        store.delete(desk.turns.key("call", call.sid))
    call.enter(f"{NUMBER}#").hears("went wrong", "To ask about your application, press 1")
    call.press("1").enter(f"{NUMBER}#").hears("Construction planning permit")


def test_a_session_of_another_version_starts_the_call_again(desk: Desk) -> None:
    call = english(desk)
    with redis.Redis.from_url(desk.settings.redis_url) as store:
        store.hset(desk.turns.key("call", call.sid), "s", b"\x93\x01\x02\x03")
    call.press("1").hears("went wrong", "press 1").press("1").hears("case number")


def test_strange_steps_are_no_error(desk: Desk) -> None:
    for step in ("", "x", "-1", "9999999", "%E4%B8%80", "1&step=2"):
        desk.call().ask(f"/ivr/voice?step={step}&lang=tlh").goes_on()


def test_the_end_of_a_call_forgets_its_session_and_keeps_its_replies(desk: Desk) -> None:
    call = english(desk).press("1")
    ended = {"CallSid": call.sid, "CallStatus": "completed", "CallDuration": "12"}
    for _ in range(2):
        got = desk.line.post("/ivr/status", ended)
        assert (got.status_code, got.data) == (204, b"")
    assert desk.turns.recall(desk.turns.key("call", call.sid), "1")[0] == b""
    call.repeat()


def test_news_of_a_call_under_way_changes_nothing(desk: Desk) -> None:
    call = english(desk)
    got = desk.line.post("/ivr/status", {"CallSid": call.sid, "CallStatus": "in-progress"})
    assert got.status_code == 204
    call.press("1").hears("case number")


def test_the_fallback_apologises_and_leads_back_then_calls_a_person(desk: Desk) -> None:
    call = english(desk).press("1")
    url = desk.settings.public_url + "/ivr/voice?step=3&lang=en"
    call.ask("/ivr/fallback", ErrorCode="11205", ErrorUrl=url)
    call.hears("went wrong", "To ask about your application").repeat()
    call.press("1").enter(f"{NUMBER}#").hears("Construction planning permit")
    url = desk.settings.public_url + "/ivr/voice?step=6&lang=en"
    call.ask("/ivr/fallback", ErrorCode="11205", ErrorUrl=url)
    call.hears("not working", "connecting you").is_put_through().repeat()
    call.speak_to_person("no-answer").hears("0 9 9 1", "press 1").goes_on()


def test_the_fallback_of_a_first_turn_speaks_every_language(desk: Desk) -> None:
    call = desk.call()
    call.sid = "CA" + "f" * 32
    call.ask("/ivr/fallback", ErrorCode="12100", ErrorUrl="")
    call.hears("出了点问题", "普通话请按 1", "كاشىلا", "went wrong", "For English, press 3")
    call.press("3").hears("To ask about")


def test_an_accident_is_spoken_of_and_logged_without_what_was_keyed(
        desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    call = english(desk).press("1")
    desk.service.broken = ValueError(f"cannot read {NUMBER} of {HANDSET}")
    with caplog.at_level(logging.DEBUG):
        call.enter(f"{NUMBER}#").hears("went wrong", "To ask about").repeat()
    assert "ValueError" in caplog.text and "service_double" in caplog.text
    assert NUMBER not in caplog.text and HANDSET[1:] not in caplog.text
    call.press("1").enter(f"{NUMBER}#").hears("not working").is_put_through()


def test_the_store_away_is_a_sentence_and_a_person(tmp_path: Path) -> None:
    nowhere = phone_settings(tmp_path, f"unix://{tmp_path}/no-redis")
    desk = make_desk(nowhere)
    call = desk.call().hears("抱歉，系统", "كەچۈرۈڭ", "Sorry, our system").is_put_through()
    call.speak_to_person("busy").hears("拨打", "Please call").is_over()
    known = desk.call().ask("/ivr/voice?step=4&lang=en", Digits="1")
    known.hears("Sorry, our system", "connecting you").hears_not("抱歉").is_put_through()
    known.speak_to_person("completed").hears("Goodbye").is_over()
    desk.time = SUNDAY
    desk.call().hears("office hours, please call").is_over()
    assert desk.line.post("/ivr/status", {
        "CallSid": "CA3", "CallStatus": "completed"}).status_code == 204
    call.ask("/ivr/fallback", ErrorCode="11200").hears("Sorry, our system").is_over()


def test_the_store_comes_back_within_the_call(desk: Desk, tmp_path: Path) -> None:
    """A person was called without a store; when they hang up it is there again."""
    call = make_desk(phone_settings(tmp_path, f"unix://{tmp_path}/no-redis")).call()
    call.line = desk.line
    call.speak_to_person("no-answer").hears("拨打", "普通话请按 1").goes_on()


def test_the_service_away_keeps_what_is_known_and_offers_a_person(
        desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    call = english(desk).press("1")
    desk.service.away = True
    call.enter(f"{NUMBER}#").hears("cannot look that up", "try again, press 1", "person, press 0")
    call.press("1").hears("cannot look that up").press("9").hears("cannot look that up")
    desk.service.away = False
    call.press("1").hears("Construction planning permit").goes_on()
    assert "service is away" in caplog.text and NUMBER not in caplog.text


def test_a_refusal_of_the_service_is_away_and_logged(
        desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    call = english(desk).press("1")
    desk.service.refuses = Refused(429, {"type": "/problems/too-many-requests"})
    call.enter(f"{NUMBER}#").hears("cannot look that up")
    assert "refused FindCase: 429" in caplog.text and NUMBER not in caplog.text


def test_with_everything_away_a_person_is_still_called(desk: Desk) -> None:
    desk.service.away = True
    english(desk).press("0").is_put_through().speak_to_person("failed").hears("0 9 9 1").goes_on()


def test_a_name_in_another_language_has_its_own_voice(desk: Desk) -> None:
    """A back office may name a matter in one language only."""
    chinese = desk.call().press("1", "1").enter("2401#")
    chinese.hears("建设工程规划许可证，2024年1月9日收件，请按 1",
                  "Deck", "这一项，2026年2月28日收件，请按 2")
    assert chinese.voices() == {"cmn-CN", "en-US"}
    chinese.press("2").hears("Deck", "把结果发到手机")
    uyghur = desk.call().press("2", "1").enter("2401#").hears("Deck", "2-ئاينىڭ 28-كۈنى")
    assert uyghur.voices() == {"play", "en-US"}
    spoken = english(desk).press("1").enter("2401#")
    spoken.hears("For Deck, received on February 28, 2026, press 2")
