"""The requests that are sent, each made and signed beforehand: what Twilio would send."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple
from urllib.parse import urlencode, urlsplit
from xml.sax.saxutils import escape
from zoneinfo import ZoneInfo

import requests

from bench.load import BenchError, wire
from bench.stand import TOKEN, Stand
from status_service.client import Answer, Client
from status_service.wording import answer_speech, answer_text
from webhooks import Turns, signature

HANDSET = "+8613999{:06d}"  # a mobile number of the hall's region


class Ready(NamedTuple):
    """A request ready to be sent: its path and its body, and what an answer to it must hold."""

    path: str
    parameters: dict[str, str]
    number: str


class Requests:
    """Makes requests to the doors of one stand."""

    def __init__(self, stand: Stand) -> None:
        self._stand = stand
        self._settings = stand.settings
        self._turns = Turns(stand.settings)
        self._served = 0
        self._session_at_main = self._session_at_number = b""

    # -- what is measured --------------------------------------------------------

    def lookups(self, count: int) -> Iterator[bytes]:
        """GET /v1/cases/{number} at the inner door, as a channel."""
        host = urlsplit(self._settings.service_url).netloc
        for _ in range(count):
            yield wire("GET", f"/v1/cases/{self._stand.number()}",
                       {"Host": host, "Authorization": f"Bearer {TOKEN}"})

    def menus(self, count: int) -> Iterator[bytes]:
        """A key in the main menu, each in a call of its own."""
        yield from map(self._signed, self._menus(count))

    def answers(self, count: int) -> Iterator[bytes]:
        """A case number keyed, each in a call of its own: look-up, answer, session."""
        yield from map(self._signed, self._answers(count))

    def helps(self, count: int) -> Iterator[bytes]:
        """A text that asks for help, each from another handset: no look-up."""
        yield from map(self._signed, self._helps(count))

    def texts(self, count: int) -> Iterator[bytes]:
        """A text that is a case number, each from another handset."""
        yield from map(self._signed, self._texts(count))

    def _menus(self, count: int) -> Iterator[Ready]:
        for _ in range(count):
            call = self._call_at(self._session_at_main)
            yield Ready("/ivr/voice?step=2&lang=en", self._call(call, "1"), "")

    def _answers(self, count: int) -> Iterator[Ready]:
        for _ in range(count):
            call = self._call_at(self._session_at_number)
            number = self._stand.number()
            yield Ready("/ivr/voice?step=3&lang=en", self._call(call, number), number)

    def _helps(self, count: int) -> Iterator[Ready]:
        for _ in range(count):
            yield Ready("/sms/inbound", self._text("帮助"), "")

    def _texts(self, count: int) -> Iterator[Ready]:
        for _ in range(count):
            number = self._stand.number()
            yield Ready("/sms/inbound", self._text(number), number)

    def _text(self, body: str) -> dict[str, str]:
        self._served += 1
        sid = "SM" + secrets.token_hex(16)
        return {"MessageSid": sid, "SmsSid": sid,
                "AccountSid": self._settings.twilio_account_sid,
                "From": HANDSET.format(self._served % 10**6), "To": self._settings.twilio_number,
                "Body": body, "NumMedia": "0", "NumSegments": "1", "SmsStatus": "received",
                "ApiVersion": "2010-04-01"}

    # -- beforehand --------------------------------------------------------------

    def rehearse(self) -> None:
        """Play one call, one text and one look-up, and see that each is really answered;
        the call's sessions are what the measured calls begin with.

        Raises BenchError when an answer is not what the table says is measured.
        """
        call = "CA" + secrets.token_hex(16)
        key = self._turns.key("call", call)
        self._play("/ivr/voice", self._call(call, ""), "<Gather")
        self._play("/ivr/voice?step=1", self._call(call, "3"), 'language="en-US"')
        self._session_at_main = self._turns.recall(key, "none")[0] or b""
        [menu] = self._menus(1)
        self._play(menu.path, menu.parameters, 'finishOnKey="#"')
        self._play("/ivr/voice?step=2&lang=en", self._call(call, "1"), 'finishOnKey="#"')
        self._session_at_number = self._turns.recall(key, "none")[0] or b""
        [asked] = self._helps(1)
        self._play(asked.path, asked.parameters, "办件编号")
        client = Client(self._settings.service_url, TOKEN)
        today = datetime.now(ZoneInfo(self._settings.zone)).date()
        for ready in (*self._answers(20), *self._texts(20)):
            answer = client.case(ready.number)
            if not isinstance(answer, Answer):
                raise BenchError(f"The record has no case {ready.number}.")
            spoken = [said.text for said in answer_speech(answer, "en", today)]
            sentences = spoken if "Digits" in ready.parameters else [
                answer_text(answer, "zh-CN", today)]
            for sentence in sentences:
                self._play(ready.path, ready.parameters, escape(sentence))

    def _play(self, path: str, parameters: dict[str, str], expected: str) -> None:
        url = self._settings.public_url + path
        headers = {"X-Twilio-Signature": self._signature(path, parameters)}
        got = requests.post(url, data=parameters, headers=headers, timeout=30)
        if got.status_code != 200 or expected not in got.text:
            raise BenchError(f"{path} answered {got.status_code}, without {expected!r}:\n"
                             f"{got.text}")

    def _call_at(self, session: bytes) -> str:
        """A call that stands where `session` stands."""
        call = "CA" + secrets.token_hex(16)
        self._turns.remember(self._turns.key("call", call), "prepared", session, b"-")
        return call

    def _call(self, call: str, digits: str) -> dict[str, str]:
        self._served += 1
        handset = HANDSET.format(self._served % 10**6)
        return {"CallSid": call, "AccountSid": self._settings.twilio_account_sid,
                "From": handset, "Caller": handset, "To": self._settings.twilio_number,
                "Called": self._settings.twilio_number, "CallStatus": "in-progress",
                "Direction": "inbound", "ApiVersion": "2010-04-01",
                **({"Digits": digits} if digits else {})}

    def _signature(self, path: str, parameters: dict[str, str]) -> str:
        return signature(self._settings.twilio_auth_token, self._settings.public_url + path,
                         {name: [value] for name, value in parameters.items()})

    def _signed(self, ready: Ready) -> bytes:
        return wire("POST", ready.path, {
            "Host": urlsplit(self._settings.public_url).netloc,
            "Content-Type": "application/x-www-form-urlencoded",
            "X-Twilio-Signature": self._signature(ready.path, ready.parameters),
        }, urlencode(ready.parameters).encode())
