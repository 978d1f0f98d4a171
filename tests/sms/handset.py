"""A person with a mobile: texts the real webhooks with real signatures and reads the reply.

`handset(hall).texts("24019651").reads("审查中")`. Each reply is held against what
Twilio accepts: one document, one message at most, no longer than it takes.
"""

from __future__ import annotations

import time
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count

import msgspec
from flask import Flask
from twilio.request_validator import RequestValidator
from werkzeug.test import TestResponse

from settings import Settings
from sms.aside import Teller
from sms.segments import count as segment_count
from sms.web import create_blueprint
from status_service.client import Client
from tests.servers import Hall, run_service_command
from webhooks import Turns

NOWHERE = "http://127.0.0.1:9"  # the discard port: nothing listens
TOKEN_KNOWN = 10.0  # seconds until a new token counts in every process, at the very most
_bureaus: dict[str, Bureau] = {}
_sids: Iterator[int] = count(1)
_mobiles: Iterator[int] = count(1)


@dataclass
class Handset:
    """One mobile and the line it texts to. Methods return the handset itself."""

    settings: Settings
    client: Client
    number: str = field(default_factory=lambda: f"+86138{next(_mobiles):08d}")
    shift: timedelta = timedelta()
    sid: str = ""
    reply: bytes = b""
    said: str | None = None  # None: no message

    def __post_init__(self) -> None:
        app = Flask("texts")
        turns = Turns(self.settings)
        app.register_blueprint(create_blueprint(
            self.settings, self.client, turns, lambda: datetime.now(UTC) + self.shift))
        self.teller = Teller(self.settings, self.client, turns)
        self.web = app.test_client()

    def texts(self, body: str, sid: str = "", path: str = "/sms/inbound",
              **more: str) -> Handset:
        """Send a text; `sid` to have it delivered once more."""
        self.sid = sid or f"SM{next(_sids):032x}"
        given = {"MessageSid": self.sid, "SmsSid": self.sid, "From": self.number,
                 "AccountSid": self.settings.twilio_account_sid,
                 "To": self.settings.twilio_number, "Body": body, "NumMedia": "0",
                 "NumSegments": "1", "SmsStatus": "received", "ApiVersion": "2010-04-01"}
        answer = self.post(path, given | more)
        assert answer.status_code == 200
        assert answer.mimetype == "text/xml"
        self.reply = answer.data
        self.said = message_of(answer.data)
        return self

    def post(self, path: str, given: dict[str, str], token: str = "") -> TestResponse:
        validator = RequestValidator(token or self.settings.twilio_auth_token)
        signed = validator.compute_signature(self.settings.public_url + path, given)
        return self.web.post(path, data=given, headers={"X-Twilio-Signature": signed})

    def reads(self, *parts: str) -> Handset:
        assert self.said is not None, "no message"
        for part in parts:
            assert part in self.said
        return self

    def reads_no(self, *parts: str) -> Handset:
        assert self.said is not None, "no message"
        for part in parts:
            assert part not in self.said
        return self

    def in_segments(self, most: int) -> Handset:
        assert self.said is not None, "no message"
        assert segment_count(self.said).segments <= most
        return self

    def silent(self) -> Handset:
        assert self.said is None, self.said
        return self

    def later(self, **by: float) -> Handset:
        self.shift += timedelta(**by)
        return self


def message_of(document: bytes) -> str | None:
    """The text of a messaging document; held against the rules (facts, rows 12, 13, 31)."""
    assert document.startswith(b"<?xml")
    root = ET.fromstring(document)  # noqa: S314 - our own document
    assert root.tag == "Response"
    assert not (root.text or "").strip()
    assert len(root) <= 1
    for child in root:
        assert child.tag == "Message"
        assert not child.attrib
        assert len(child) == 0
        assert 0 < len(child.text or "") <= 1600
        return child.text
    return None


def handset(hall: Hall, *, service: str = "", redis: str = "") -> Handset:
    """A new mobile before `hall`; `service` and `redis` to have them somewhere else."""
    settings = hall.settings
    if redis:
        settings = msgspec.structs.replace(settings, redis_url=redis)
    client = hall.client if not service else Client(service, settings.service_token, 0.5)
    return Handset(settings, client)


class Bureau:
    """A back office that writes cases into a hall."""

    def __init__(self, hall: Hall) -> None:
        self._hall = hall
        made = run_service_command(hall.environ, "tokens", "add", "texts-bureau", "--scope",
                                   "cases:write", "--source", "texts-bureau")
        self._token = made.split()[-1]
        self.matter = hall.client.matters()[0]

    def writes(self, number: str, **changes: object) -> str:
        """Write a case in review; returns its number."""
        body = {"version": 1, "matter": self.matter.code, "status": "in_review",
                "received_on": "2026-10-12", "accepted_on": "2026-10-13",
                "since": "2026-10-14"} | changes
        known_by = time.monotonic() + TOKEN_KNOWN
        while True:
            answer = self._hall.ask("PUT", f"/v1/cases/{number}", self._token, json=body)
            if answer.status_code != 401 or time.monotonic() > known_by:
                break
        assert answer.status_code in (200, 201), answer.text
        return number


def bureau(hall: Hall) -> Bureau:
    """The back office of a hall, made once."""
    if hall.url not in _bureaus:
        _bureaus[hall.url] = Bureau(hall)
    return _bureaus[hall.url]
