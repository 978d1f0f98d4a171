"""A caller with a telephone: drives the real webhooks with real signatures.

`call().press("1").enter("240196510009#").hears("已受理")`. Every document is held
against the verb schema; keys can only be pressed where a key is waited for, and
a call can only go on where the last document says so, as on a telephone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import count
from urllib.parse import urljoin

from flask.testing import FlaskClient
from lxml import etree
from twilio.request_validator import RequestValidator
from werkzeug.test import TestResponse

from settings import Settings
from tests.ivr import twiml_schema

HANDSET = "+8613899887766"  # the mobile the callers of these tests hold
_calls = count(1)


@dataclass
class Line:
    """The public door as Twilio reaches it. `ear` reads what an audio address says."""

    web: FlaskClient
    settings: Settings
    ear: Callable[[str], str]

    def post(self, path: str, parameters: dict[str, str], token: str | None = None) -> TestResponse:
        """A signed POST; `path` with its query, as Twilio signs it (by Twilio's own SDK)."""
        validator = RequestValidator(token or self.settings.twilio_auth_token)
        signed = validator.compute_signature(self.settings.public_url + path, parameters)
        return self.web.post(path, data=parameters, headers={"X-Twilio-Signature": signed})


def action(verb: etree._Element) -> str:
    """Where the call goes on after this verb."""
    found = verb.get("action")
    assert found, f"<{verb.tag!r}> leads nowhere"
    return found


@dataclass
class Call:
    """One call. Methods return the call itself, so that a story reads in one line."""

    line: Line
    caller: str = HANDSET
    sid: str = field(default_factory=lambda: f"CA{next(_calls):032x}")
    document: bytes = b""
    heard: list[str] = field(default_factory=list)  # the last turn's sentences
    sent: list[tuple[str, dict[str, str], bytes]] = field(default_factory=list)

    def dial(self, path: str = "/ivr/voice") -> Call:
        """Call the hall."""
        return self.ask(path)

    # -- what a caller can do ------------------------------------------------

    def press(self, *keys: str) -> Call:
        """Press single keys, each at a menu that waits for one."""
        for key in keys:
            gather = self._gather()
            assert gather.get("numDigits") == "1", "here a number is waited for: enter() it"
            finish = gather.get("finishOnKey", "#")
            self.ask(action(gather), Digits="" if key == finish else key)
        return self

    def enter(self, keyed: str) -> Call:
        """Key a number and end it with #."""
        gather = self._gather()
        assert "numDigits" not in gather.attrib, "here one key is waited for: press() it"
        assert gather.attrib["finishOnKey"] == "#" and keyed.endswith("#")
        return self.ask(action(gather), Digits=keyed[:-1])

    def wait(self, times: int = 1) -> Call:
        """Press nothing until the time runs out."""
        for _ in range(times):
            self.ask(action(self._gather()))
        return self

    def speak_to_person(self, status: str) -> Call:
        """The call to a person ends, `status` being Twilio's DialCallStatus."""
        dial = self._root().find("Dial")
        assert dial is not None, f"nobody is called: {self.heard}"
        return self.ask(action(dial), DialCallStatus=status)

    def repeat(self) -> Call:
        """Twilio sends the last request again: the identical bytes come back."""
        path, parameters, before = self.sent[-1]
        again = self.line.post(path, parameters)
        assert again.status_code == 200 and again.data == before, "a repeat was answered otherwise"
        return self

    def ask(self, path: str, **more: str) -> Call:
        """Any turn of this call."""
        parameters = {
            "CallSid": self.sid, "AccountSid": self.line.settings.twilio_account_sid,
            "From": self.caller, "Caller": self.caller, "To": self.line.settings.twilio_number,
            "Called": self.line.settings.twilio_number, "Direction": "inbound",
            "CallStatus": "in-progress" if self.sent else "ringing",
            "ApiVersion": "2010-04-01", "FromCity": "", "SomethingNew": "später & mehr=",
        } | more
        path = urljoin(self.sent[-1][0] if self.sent else "/ivr/voice", path)
        got = self.line.post(path, parameters)
        assert got.status_code == 200, (got.status_code, path)
        assert got.content_type == "text/xml; charset=utf-8"
        self.document = got.data
        self.sent.append((path, parameters, got.data))
        self.heard = list(self._sentences())
        return self

    # -- what a caller hears -----------------------------------------------------

    def hears(self, *words: str) -> Call:
        """Each of `words` was said in the last turn, in this order."""
        said, at = " ".join(self.heard), 0
        for word in words:
            found = said.find(word, at)
            assert found >= 0, f"not heard after {said[:at][-40:]!r}: {word!r} in {said!r}"
            at = found + len(word)
        return self

    def hears_not(self, *words: str) -> Call:
        said = " ".join(self.heard)
        for word in words:
            assert word not in said, f"heard {word!r} in {said!r}"
        return self

    def is_put_through(self, to: str | None = None) -> Call:
        dial = self._root().find("Dial")
        assert dial is not None, f"nobody is called: {self.heard}"
        assert (dial.text or "") == (to or self.line.settings.person_phone)
        return self

    def is_over(self) -> Call:
        assert self._root()[-1].tag == "Hangup", self.document.decode()
        return self

    def goes_on(self) -> Call:
        """A key is waited for."""
        self._gather()
        return self

    def voices(self) -> set[str]:
        """Languages of the voices of the last turn; audio is "play"."""
        return {piece.get("language", "play") for piece in self._root().iter("Say", "Play")}

    def _gather(self) -> etree._Element:
        gather = self._root().find("Gather")
        assert gather is not None, f"no key is waited for: {self.document.decode()}"
        return gather

    def _root(self) -> etree._Element:
        return twiml_schema.check(self.document)

    def _sentences(self) -> Iterator[str]:
        for piece in self._root().iter("Say", "Play"):
            text = piece.text or ""
            yield self.line.ear(text) if piece.tag == "Play" else text
