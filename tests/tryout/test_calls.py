"""Stories of calls, each against a real web server and with no time passing."""

from __future__ import annotations

import io
import re
import threading
import wave
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import pytest
from flask import Response
from hypothesis import given
from hypothesis import strategies as st

from tests.tryout.office import CALLER, HALL, SID, TOKEN, Office, open_account
from tryout.account import AUDIBLE, Account
from tryout.calls import APOLOGY, Call, NotNow
from tryout.desk import Line
from tryout.wire import Exchange, Wire

ASK = '<Gather action="/ivr/step?n=1" timeout="7"><Say language="zh-CN">请按键</Say></Gather>'
MISSED = "<Say>Nothing keyed</Say>"


def kinds(call: Call) -> list[str]:
    return [e.kind for e in call.transcript.entries if e.kind != "exchange"]


def test_a_call_from_greeting_to_goodbye(office: Office, account: Account) -> None:
    office.twiml("/ivr/voice", '<Say language="en-US">Welcome</Say>', ASK, MISSED)
    office.twiml("/ivr/step", "<Say>Thank you</Say><Hangup/>")
    office.twiml("/ivr/status")
    call = account.dial(CALLER, HALL)
    assert call.waiting and call.waiting.kind == "speaking"
    call.wait()
    assert call.waiting and (call.waiting.kind, call.waiting.timeout) == ("keys", 7)
    call.press("12#")
    call.listen()
    assert call.status == "completed"
    assert call.transcript.said() == "Welcome\n请按键\nThank you"
    account.settle()

    first, = office.at("/ivr/voice")
    assert re.fullmatch("CA[0-9a-f]{32}", first["CallSid"])
    assert first.items() >= {
        "AccountSid": SID, "From": CALLER, "To": HALL, "Caller": CALLER, "Called": HALL,
        "CallStatus": "ringing", "Direction": "inbound", "ApiVersion": "2010-04-01",
        "FromCity": "", "ToCountry": ""}.items()
    step, = office.at("/ivr/step")
    assert (step["Digits"], step["CallStatus"], step["FinishedOnKey"]) == ("12", "in-progress", "#")
    status, = office.at("/ivr/status")
    assert status["CallStatus"] == "completed"
    assert {"CallDuration", "Timestamp", "SequenceNumber"} <= status.keys()
    assert account.alerts == []


@pytest.mark.parametrize(("attributes", "keys", "digits", "finish"), [
    ('numDigits="1"', "5", "5", ""),
    ('numDigits="3"', "12#", "12", "#"),
    ('numDigits="3"', "123", "123", ""),
    ('finishOnKey="*"', "1#2*", "1#2", "*"),
    ('finishOnKey="" numDigits="2"', "##", "##", ""),
])
def test_what_ends_a_gather(office: Office, account: Account, attributes: str, keys: str,
                            digits: str, finish: str) -> None:
    office.twiml("/ivr/voice", f'<Gather action="/ivr/step" {attributes}/>', MISSED)
    office.twiml("/ivr/step", "<Hangup/>")
    office.twiml("/ivr/status")
    account.dial(CALLER, HALL).press(keys)
    step, = office.at("/ivr/step")
    assert (step["Digits"], step["FinishedOnKey"]) == (digits, finish)


def test_silence_falls_through(office: Office, account: Account) -> None:
    office.twiml("/ivr/voice", ASK, MISSED)
    office.twiml("/ivr/status")
    call = account.dial(CALLER, HALL)
    call.wait()
    assert call.transcript.said().endswith("Nothing keyed")
    assert office.at("/ivr/step") == []


def test_the_finish_key_alone_is_no_answer(office: Office, account: Account) -> None:
    office.twiml("/ivr/voice", ASK, MISSED)
    office.twiml("/ivr/status")
    call = account.dial(CALLER, HALL)
    call.press("#")
    assert call.transcript.said().endswith("Nothing keyed")


def test_an_empty_result_goes_to_the_action_without_digits(
        office: Office, account: Account) -> None:
    office.twiml("/ivr/voice", '<Gather action="/ivr/step" actionOnEmptyResult="true"/>', MISSED)
    office.twiml("/ivr/step", "<Hangup/>")
    office.twiml("/ivr/status")
    account.dial(CALLER, HALL).wait()
    step, = office.at("/ivr/step")
    assert "Digits" not in step


def test_a_pause_between_keys_ends_the_number(office: Office, account: Account) -> None:
    office.twiml("/ivr/voice", ASK)
    office.twiml("/ivr/step", "<Hangup/>")
    office.twiml("/ivr/status")
    call = account.dial(CALLER, HALL)
    call.press("24")
    assert call.waiting and (call.waiting.seconds, call.waiting.keyed) == (0, 2)
    call.wait()
    assert office.at("/ivr/step")[0]["Digits"] == "24"


def test_a_gather_without_action_asks_the_same_document(office: Office, account: Account) -> None:
    office.twiml("/ivr/status")
    office.answers["/ivr/voice"] = lambda form: (
        "<Response><Hangup/></Response>" if "Digits" in form
        else '<Response><Gather numDigits="1"/></Response>')
    account.dial(CALLER, HALL).press("1")
    assert [form.get("Digits") for form in office.at("/ivr/voice")] == [None, "1"]


def test_keys_are_lost_while_nobody_listens(office: Office, account: Account) -> None:
    office.twiml("/ivr/voice", "<Say>Please wait</Say>", ASK)
    call = account.dial(CALLER, HALL)
    call.press("1")
    assert kinds(call)[-1] == "unheard"
    call.wait()
    assert call.waiting and call.waiting.keyed == 0


def test_a_late_wait_does_not_cut_off_a_key(office: Office, account: Account) -> None:
    office.twiml("/ivr/voice", ASK, MISSED)
    call = account.dial(CALLER, HALL)
    assert call.waiting
    old = call.waiting.turn
    call.press("1")
    call.wait(old)
    assert call.waiting and call.waiting.keyed == 1


def test_hanging_up_tells_only_the_status(office: Office, account: Account) -> None:
    office.twiml("/ivr/voice", ASK)
    office.twiml("/ivr/status")
    call = account.dial(CALLER, HALL)
    call.hang_up()
    account.settle()
    assert [s.path for s in office.seen] == ["/ivr/voice", "/ivr/status"]
    with pytest.raises(NotNow):
        call.press("1")


def test_hanging_up_while_the_hall_thinks(office: Office, account: Account) -> None:
    asked, free = threading.Event(), threading.Event()

    def slow(form: dict[str, str]) -> str:
        asked.set()
        free.wait(20)
        return "<Response><Say>too late</Say></Response>"

    office.answers["/ivr/voice"] = slow
    office.twiml("/ivr/status")
    call = account.ring(CALLER, HALL)
    account.desk.errands.put("drive", call.begin)
    assert asked.wait(20)
    call.hang_up()
    free.set()
    account.settle()
    assert call.transcript.said() == ""
    assert call.status == "completed"


@pytest.mark.parametrize(("broken", "code"), [
    (Response("Internal error", status=500), "11200"),
    (Response("Forbidden", status=403), "11200"),
    (Response('{"a": 1}', content_type="application/json"), "12300"),
    ("<Response><Say>x</Response>", "12100"),
    ("<Response><Say tone='kind'>x</Say></Response>", "12200"),
    ("<Response><Say language='ug'>x</Say></Response>", "13512"),
])
def test_what_fails_goes_to_the_fallback(office: Office, account: Account,
                                         broken: str | Response, code: str) -> None:
    office.answers["/ivr/voice"] = broken
    office.twiml("/ivr/fallback", "<Say>Please call 0991</Say>")
    office.twiml("/ivr/status")
    call = account.dial(CALLER, HALL)
    call.listen()
    told, = office.at("/ivr/fallback")
    assert (told["ErrorCode"], told["ErrorUrl"]) == (code, office.base + "/ivr/voice")
    assert told["CallSid"] == call.sid
    assert call.transcript.said() == "Please call 0991"
    error, = (e for e in call.transcript.entries if e.kind == "error")
    assert str(error.detail["code"]) == code
    assert [str(a.code) for a in account.alerts] == [code]


def test_without_a_good_fallback_twilio_apologises(office: Office, account: Account) -> None:
    office.twiml("/ivr/status")  # /ivr/voice and /ivr/fallback answer 404
    call = account.dial(CALLER, HALL)
    call.listen()
    assert call.transcript.said() == APOLOGY
    assert [a.code for a in account.alerts] == [11200, 11200]
    assert call.status == "completed"


def test_a_webhook_has_its_deadline_and_no_more(office: Office) -> None:
    free = threading.Event()

    def slow(form: dict[str, str]) -> str:
        free.wait(20)
        return "<Response/>"

    office.answers["/ivr/voice"] = slow
    office.twiml("/ivr/fallback", "<Say>Sorry</Say>")
    office.twiml("/ivr/status")
    account = open_account(office, deadline=0.3)
    call = account.dial(CALLER, HALL)
    free.set()
    assert office.at("/ivr/fallback")[0]["ErrorCode"] == "11205"
    call.listen()
    account.settle()
    account.close()
    assert call.transcript.said() == "Sorry"


def test_going_in_circles_ends(office: Office, account: Account) -> None:
    office.twiml("/ivr/voice", "<Redirect>/ivr/voice</Redirect>")
    office.twiml("/ivr/status")
    account.dial(CALLER, HALL).listen()
    assert len(office.at("/ivr/voice")) == 50
    assert account.alerts[0].code == 11215


def test_polling_with_pauses_waits_each_time(office: Office, account: Account) -> None:
    office.answers["/ivr/voice"] = lambda form: (
        '<Response><Pause length="2"/><Redirect method="GET">/ivr/poll?a=b</Redirect></Response>')
    office.answers["/ivr/poll"] = "<Response><Say>There you are</Say></Response>"
    office.twiml("/ivr/status")
    call = account.dial(CALLER, HALL)
    assert call.waiting and (call.waiting.kind, call.waiting.seconds) == ("pause", 2)
    call.wait()
    assert call.transcript.said() == "There you are"
    assert [s.method for s in office.seen] == ["POST", "GET"]


def a_second_of_sound() -> bytes:
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(bytes(24_000))
    return out.getvalue()


def test_play_is_fetched_once_and_timed_by_its_own_length(
        office: Office, account: Account) -> None:
    office.answers["/ivr/audio/a"] = Response(
        a_second_of_sound(), content_type="audio/wav", headers={"Content-Language": "ug"})
    office.twiml("/ivr/voice", "<Gather><Play>audio/a</Play><Play>/ivr/audio/a</Play></Gather>")
    call = account.dial(CALLER, HALL)
    plays = [e for e in call.transcript.entries if e.kind == "play"]
    assert [(e.seconds, e.audio, e.language) for e in plays] == [(1.5, 0, "ug")] * 2
    assert len(office.at("/ivr/audio/a")) == 1
    assert call.waiting and call.waiting.seconds == 3.0
    assert call.audio[0][1] == a_second_of_sound()


@pytest.mark.parametrize(("audio", "code"), [
    (Response("<Response/>", content_type="text/xml"), 12300), (Response(status=404), 11200)])
def test_what_is_not_audio_is_silence_and_an_alert(office: Office, account: Account,
                                                   audio: Response, code: int) -> None:
    office.answers["/ivr/audio/a"] = audio
    office.twiml("/ivr/voice", "<Play>/ivr/audio/a</Play>", ASK)
    call = account.dial(CALLER, HALL)
    call.listen()
    assert [a.code for a in account.alerts] == [code]
    assert call.waiting and call.waiting.kind == "keys"


@pytest.mark.parametrize(("how", "status", "duration"), [
    ("answer", "completed", "0"), ("busy", "busy", None), ("no-answer", "no-answer", None)])
def test_a_person_is_called(office: Office, account: Account, how: str, status: str,
                            duration: str | None) -> None:
    office.twiml("/ivr/voice",
                 '<Dial action="/ivr/after" timeout="20"><Number>+869914810012</Number></Dial>')
    office.twiml("/ivr/after", "<Hangup/>")
    office.twiml("/ivr/status")
    call = account.dial(CALLER, HALL)
    assert call.waiting and (call.waiting.kind, call.waiting.timeout) == ("dial", 20)
    if how == "answer":
        call.answer()
        assert call.waiting.kind == "talk"
    elif how == "busy":
        call.decline("busy")
    if how != "busy":
        call.wait()
    after, = office.at("/ivr/after")
    assert (after["DialCallStatus"], after.get("DialCallDuration")) == (status, duration)
    assert re.fullmatch("CA[0-9a-f]{32}", after["DialCallSid"])


def test_a_dial_without_action_goes_on(office: Office, account: Account) -> None:
    office.twiml("/ivr/voice", '<Dial hangupOnStar="true">+869914810012</Dial>', "<Say>Bye</Say>")
    call = account.dial(CALLER, HALL)
    call.answer()
    call.press("*")
    assert call.transcript.said() == "Bye"


def test_a_message_is_recorded(office: Office, account: Account) -> None:
    office.twiml("/ivr/voice", '<Record action="/ivr/after" recordingStatusCallback="/ivr/rec"/>',
                 "<Say>Nothing heard</Say>")
    office.twiml("/ivr/after", "<Hangup/>")
    office.twiml("/ivr/rec")
    office.twiml("/ivr/status")
    call = account.dial(CALLER, HALL)
    call.speak(4)
    call.press("#")
    account.settle()
    after, = office.at("/ivr/after")
    assert (after["RecordingDuration"], after["Digits"]) == ("4", "#")
    assert f"/2010-04-01/Accounts/{SID}/Recordings/RE" in after["RecordingUrl"]
    assert office.at("/ivr/rec")[0]["RecordingStatus"] == "completed"
    silent = account.dial(CALLER, HALL)
    silent.wait()
    assert silent.transcript.said() == "Nothing heard"


@pytest.mark.parametrize(("reason", "status"), [("busy", "busy"), ("rejected", "no-answer")])
def test_a_call_can_be_rejected_before_it_is_answered(office: Office, account: Account,
                                                      reason: str, status: str) -> None:
    office.twiml("/ivr/voice", f'<Reject reason="{reason}"/>')
    office.twiml("/ivr/status")
    call = account.dial(CALLER, HALL)
    account.settle()
    assert (call.status, call.answered) == (status, None)
    assert office.at("/ivr/status")[0]["CallStatus"] == status


def test_durations_come_from_the_clock(office: Office) -> None:
    now = [datetime(2026, 3, 2, 1, 0, tzinfo=UTC)]
    account = open_account(office)
    account.desk.clock = lambda: now[0]
    office.twiml("/ivr/voice", ASK)
    office.twiml("/ivr/status")
    call = account.dial(CALLER, HALL)
    now[0] += timedelta(seconds=61)
    call.hang_up()
    account.settle()
    account.close()
    status, = office.at("/ivr/status")
    assert (status["CallDuration"], status["Duration"]) == ("61", "2")
    assert status["Timestamp"] == "Mon, 02 Mar 2026 01:01:01 +0000"


@pytest.mark.parametrize("body", ["OK", "<Response><Say>x</Say></Response>"])
def test_a_status_callback_may_not_be_answered_in_words(office: Office, account: Account,
                                                        body: str) -> None:
    office.twiml("/ivr/voice", "<Hangup/>")
    office.answers["/ivr/status"] = Response(body, content_type="text/html")
    account.dial(CALLER, HALL)
    account.settle()
    assert [a.code for a in account.alerts] == [12200]


class Paper(Wire):
    """A wire to an application on paper: one question, then whatever was answered."""

    def __init__(self, gather: str) -> None:
        super().__init__(TOKEN)
        self.question = f"<Response>{gather}<Say>nothing</Say></Response>".encode()
        self.answers: list[Mapping[str, str]] = []

    def send(self, method: str, url: str, parameters: Mapping[str, str]) -> Exchange:
        body = self.question
        if url.endswith("/step"):
            self.answers.append(parameters)
            body = b"<Response><Hangup/></Response>"
        return Exchange(method, url, parameters, 200, "text/xml", "", body)


@given(keys=st.text("0123456789*#", max_size=12), most=st.none() | st.integers(1, 6),
       finish=st.sampled_from(["#", "*", "", "7"]), empty=st.booleans())
def test_a_gather_takes_what_a_plain_reading_of_its_rules_takes(
        keys: str, most: int | None, finish: str, empty: bool) -> None:
    digits, over = "", False
    for key in keys:
        if finish and key == finish:
            over = True
            break
        digits += key
        if len(digits) == most:
            over = True
            break
    limit = f'numDigits="{most}"' if most else ""
    paper = Paper(f'<Gather action="/step" finishOnKey="{finish}" {limit} '
                  f'actionOnEmptyResult="{str(empty).lower()}"/>')
    account = Account(SID, TOKEN, [Line(HALL, "http://a/ask", "", "", "", "")])
    account.desk.wire = paper
    call = account.dial(CALLER, HALL)
    for key in keys:
        if call.waiting and call.waiting.kind == "keys":
            call.press(key)
    if not over:
        call.wait()
    if digits or empty:
        assert [a.get("Digits", "") for a in paper.answers] == [digits]
    else:
        assert paper.answers == []
        assert call.transcript.said() == "nothing"


def test_old_recordings_are_let_go(office: Office, account: Account) -> None:
    office.answers["/ivr/audio/a"] = Response(a_second_of_sound(), content_type="audio/wav")
    office.twiml("/ivr/voice", "<Gather><Play>/ivr/audio/a</Play></Gather>")
    first, second = account.dial(CALLER, HALL), account.dial(CALLER, HALL)
    first.hang_up()
    for _ in range(AUDIBLE):
        account.ring(CALLER, HALL)
    assert first.audio == []
    assert len(second.audio) == 1  # still under way


def test_nothing_but_the_accounts_own_numbers_is_answered(account: Account) -> None:
    with pytest.raises(KeyError):
        account.dial(CALLER, "+15005550006")
