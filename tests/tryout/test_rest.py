"""The fake REST API, asked by Twilio's own Python client."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import pytest
import requests
from flask import Flask
from requests.auth import HTTPBasicAuth
from twilio.base.exceptions import TwilioRestException
from twilio.http.http_client import TwilioHttpClient
from twilio.http.response import Response
from twilio.rest import Client
from werkzeug.serving import make_server

from tests.tryout.office import CALLER, HALL, SID, TOKEN, Office
from tryout.account import Account
from tryout.rest import create_rest

LANDLINE = "+869914810034"


class Elsewhere(TwilioHttpClient):  # type: ignore[misc]
    """The SDK's transport, with Twilio's address replaced by ours."""

    def __init__(self, base: str) -> None:
        super().__init__()
        self._base = base

    def request(self, method: str, url: str, *args: Any, **more: Any) -> Response:
        return super().request(method, url.replace("https://api.twilio.com", self._base),
                               *args, **more)


@pytest.fixture
def api(account: Account) -> Iterator[str]:
    app = Flask("api")
    app.register_blueprint(create_rest(account))
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/twilio"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def client(api: str) -> Client:
    return Client(SID, TOKEN, http_client=Elsewhere(api))


def test_a_text_is_sent_and_every_state_is_told_in_order(
        office: Office, account: Account, client: Client) -> None:
    office.twiml("/sms/status")
    sent = client.messages.create(to=CALLER, from_=HALL, body="您好" * 40,
                                  status_callback=office.base + "/sms/status")
    assert (sent.status, sent.direction, sent.num_segments) == ("queued", "outbound-api", "2")
    assert sent.date_created is not None
    account.settle()
    told = office.at("/sms/status")
    assert [t["MessageStatus"] for t in told] == ["sending", "sent", "delivered"]
    assert {t["MessageSid"] for t in told} == {sent.sid}
    assert told[-1]["RawDlrDoneDate"].isdigit()
    assert sent.fetch().status == "delivered"
    (shown,), _ = account.messages.of(CALLER)
    assert shown.body == "您好" * 40


def test_a_text_to_a_landline_is_sent_and_never_arrives(
        office: Office, account: Account, client: Client) -> None:
    office.twiml("/sms/status")
    sent = client.messages.create(to=LANDLINE, from_=HALL, body="x",
                                  status_callback=office.base + "/sms/status")
    account.settle()
    assert [(t["MessageStatus"], t.get("ErrorCode")) for t in office.at("/sms/status")] == [
        ("sending", None), ("sent", None), ("undelivered", "30006")]
    assert sent.fetch().error_code == 30006
    assert account.messages.of(LANDLINE)[0] == []


@pytest.mark.parametrize(("to", "from_", "more", "code"), [
    ("+15005550001", HALL, {}, 21211), ("+15005550002", HALL, {}, 21612),
    ("+15005550003", HALL, {}, 21408), ("+15005550004", HALL, {}, 21610),
    ("+15005550009", HALL, {}, 21614), (CALLER, "+15005550001", {}, 21212),
    (CALLER, "+15005550007", {}, 21606), (CALLER, "+15005550008", {}, 21611),
    (CALLER, "+8613900000000", {}, 21606), ("13812345678", HALL, {}, 21211),
    ("+86", HALL, {}, 21211), ("+1２00555", HALL, {}, 21211), ("", HALL, {}, 21604),
    (CALLER, "", {}, 21603), (CALLER, HALL, {"body": ""}, 21602),
    (CALLER, HALL, {"body": "x" * 1601}, 21617),
    (CALLER, HALL, {"status_callback": "/sms/status"}, 21609),
])
def test_texts_that_are_refused(client: Client, account: Account, to: str, from_: str,
                                more: dict[str, str], code: int) -> None:
    with pytest.raises(TwilioRestException) as refused:
        client.messages.create(to=to, from_=from_, **{"body": "x", **more})
    assert (refused.value.code, refused.value.status) == (code, 400)
    assert account.messages.all == []


def test_the_magic_sender_is_accepted_and_nothing_follows(
        office: Office, account: Account, client: Client) -> None:
    sent = client.messages.create(to=CALLER, from_="+15005550006", body="x",
                                  status_callback=office.base + "/sms/status")
    account.settle()
    assert sent.fetch().status == "queued"
    assert office.seen == []


def test_the_body_of_an_error_is_twilios(api: str) -> None:
    got = requests.post(f"{api}/2010-04-01/Accounts/{SID}/Messages.json", auth=(SID, TOKEN),
                        data={"To": "+15005550001", "From": HALL, "Body": "x"}, timeout=10)
    assert got.json() == {
        "code": 21211, "message": "Invalid 'To' Phone Number: +15005550001", "status": 400,
        "more_info": "https://www.twilio.com/docs/errors/21211"}


@pytest.mark.parametrize("auth", [None, (SID, "wrong"), ("AC0", TOKEN), (SID, "密码")])
def test_nobody_else_comes_in(api: str, auth: tuple[str, str] | None) -> None:
    shown = HTTPBasicAuth(auth[0].encode(), auth[1].encode()) if auth else None
    got = requests.get(f"{api}/2010-04-01/Accounts/{SID}/Messages.json", auth=shown, timeout=10)
    assert (got.status_code, got.json()["code"]) == (401, 20003)
    assert "Basic" in got.headers["WWW-Authenticate"]


@pytest.mark.parametrize("path", [f"Accounts/{SID}/Messages/SM0.json", "Accounts/ACx.json",
                                  f"Accounts/{SID}/Calls/CA0.json", f"Accounts/{SID}/Fax.json",
                                  f"Accounts/{SID}/Recordings/RE0.wav"])
def test_what_does_not_exist_is_20404(api: str, path: str) -> None:
    got = requests.get(f"{api}/2010-04-01/{path}", auth=(SID, TOKEN), timeout=10)
    assert (got.status_code, got.json()["code"]) == (404, 20404)


def test_lists_come_in_pages_newest_first(account: Account, client: Client) -> None:
    for n in range(7):
        client.messages.create(to=CALLER, from_=HALL, body=str(n))
    client.messages.create(to="+8613900000000", from_=HALL, body="another")
    account.settle()
    found = client.messages.list(to=CALLER, page_size=3)
    assert [m.body for m in found] == ["6", "5", "4", "3", "2", "1", "0"]
    assert len(client.messages.list(limit=5)) == 5


def test_the_account_itself(client: Client) -> None:
    assert client.api.accounts(SID).fetch().status == "active"


# -- calls out ------------------------------------------------------------------


def test_a_call_out_rings_is_answered_and_asks_its_document(
        office: Office, account: Account, client: Client) -> None:
    office.twiml("/ivr/out", "<Gather><Say>News for you</Say></Gather>")
    office.twiml("/ivr/status")
    made = client.calls.create(
        to=CALLER, from_=HALL, url=office.base + "/ivr/out",
        status_callback=office.base + "/ivr/status",
        status_callback_event=["initiated", "ringing", "answered", "completed"])
    assert (made.direction, made.status) == ("outbound-api", "queued")
    call = account.ringing_at(CALLER)
    assert call and call.sid == made.sid
    assert office.at("/ivr/out") == []
    call.answer()
    assert office.at("/ivr/out")[0]["CallStatus"] == "in-progress"
    assert call.transcript.said() == "News for you"
    made.update(status="completed")
    account.settle()
    told = office.at("/ivr/status")
    assert [t["CallStatus"] for t in told] == ["queued", "ringing", "in-progress", "completed"]
    assert [t["SequenceNumber"] for t in told] == ["0", "1", "2", "3"]
    assert made.fetch().status == "completed"
    assert [c.sid for c in client.calls.list(status="completed")] == [made.sid]


@pytest.mark.parametrize("how", ["busy", "no-answer"])
def test_a_call_out_that_nobody_takes(office: Office, account: Account, client: Client,
                                      how: str) -> None:
    office.twiml("/ivr/status")
    made = client.calls.create(to=CALLER, from_=HALL, url=office.base + "/ivr/out",
                               status_callback=office.base + "/ivr/status")
    call = account.calls[made.sid]
    if how == "busy":
        call.decline()
    else:
        call.wait()
    account.settle()
    assert [t["CallStatus"] for t in office.at("/ivr/status")] == [how]
    assert office.at("/ivr/out") == []


def test_a_call_out_with_its_own_twiml(account: Account, client: Client) -> None:
    made = client.calls.create(to=CALLER, from_=HALL, twiml="<Response><Say>Hi</Say></Response>")
    call = account.calls[made.sid]
    call.answer()
    assert call.transcript.said() == "Hi"


def test_a_ringing_call_can_be_cancelled_once(client: Client) -> None:
    made = client.calls.create(to=CALLER, from_=HALL, twiml="<Response/>")
    assert made.update(status="canceled").status == "canceled"
    with pytest.raises(TwilioRestException) as refused:
        made.update(status="completed")
    assert refused.value.code == 21220


@pytest.mark.parametrize(("to", "from_", "more", "code"), [
    ("+15005550001", HALL, {}, 21217), ("+15005550002", HALL, {}, 21214),
    ("+15005550003", HALL, {}, 21215), ("+15005550004", HALL, {}, 21216),
    (CALLER, "+15005550001", {}, 21212), (CALLER, "+8613900000000", {}, 21210),
    ("110x", HALL, {}, 21211), ("", HALL, {}, 21201), (CALLER, "", {}, 21213),
    (CALLER, HALL, {"url": "/ivr/out"}, 21205),
    (CALLER, HALL, {"twiml": "<Response/>"}, 21205),  # beside a url
    (CALLER, HALL, {"url": "", "twiml": "<Say/>"}, 12100),
    (CALLER, HALL, {"status_callback_event": ["gone"]}, 20001),
])
def test_calls_that_are_refused(client: Client, account: Account, to: str, from_: str,
                                more: dict[str, Any], code: int) -> None:
    with pytest.raises(TwilioRestException) as refused:
        client.calls.create(to=to, from_=from_, **{"url": "http://127.0.0.1:9/x", **more})
    assert refused.value.code == code
    assert account.calls == {}


def test_a_recording_can_be_fetched_by_the_account_only(
        office: Office, account: Account, api: str) -> None:
    office.twiml("/ivr/voice", "<Record/>")
    call = account.dial(CALLER, HALL)
    call.speak(2)
    call.press("#")
    url = office.at("/ivr/voice")[1]["RecordingUrl"].replace(account.desk.api_url, api)
    assert requests.get(url, timeout=10).status_code == 401
    got = requests.get(url + ".wav", auth=(SID, TOKEN), timeout=10)
    assert got.headers["Content-Type"] == "audio/x-wav"
    assert len(got.content) > 2 * 8000 * 2
