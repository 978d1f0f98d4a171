"""How a channel shows what somebody has for evidence: a code, or the phone they text from.

A grant is secret: it goes in a header, never into a path. Nothing that these methods return
is kept.
"""

from __future__ import annotations

from typing import Literal
from urllib.parse import quote

import msgspec

from status_service.asking import Asking, Refused, as_part
from status_service.cases.answer import Answer
from status_service.words import Channel, Language

GRANT, VISIT, CHANNEL = "Hallway-Grant", "Hallway-Visit", "Hallway-Channel"
SOURCE = "Hallway-Source"  # percent-encoded: a kiosk may have a name in any script

CodeKind = Literal["query-code", "one-time-code"]


class Visit(msgspec.Struct, frozen=True):
    """Who asks, as the channel knows them. name: the channel's own name for this call,
    conversation or visit, by which a grant is bound to it. source: what wrong attempts are
    counted by over all channels: a telephone number, a kiosk's name."""

    channel: Channel
    name: str
    source: str

    def __repr__(self) -> str:
        return f"Visit(channel={self.channel!r}, redacted)"


class Granted(msgspec.Struct, frozen=True):
    """What the evidence opened: the case with all that `level` shows, and a grant for more
    questions of this visit, good for `seconds`."""

    grant: str
    level: int
    seconds: int
    answer: Answer

    def __repr__(self) -> str:
        return f"Granted(level={self.level}, redacted)"


class EvidenceQuestions(Asking):
    """The part of a `Client` that is about evidence. Every method may raise ServiceAway; so
    do they while the service cannot reach Redis, for then nothing is opened."""

    def show_code(self, number: str, code: str, kind: CodeKind, visit: Visit) -> Granted | None:
        """A code for a case. None when it opens nothing: wrong, somebody else's, no such case,
        or too many attempts; which of them is not told. Never repeated: each one counts."""
        return self._granted("code", {"number": number[:80], "code": code[:80], "kind": kind},
                             visit)

    def show_phone(self, number: str, phone: str, visit: Visit) -> Granted | None:
        """The phone that a text about this case came from. None when it opens nothing."""
        return self._granted("phone", {"number": number[:80], "phone": phone[:80]}, visit)

    def send_code(self, number: str, language: Language, visit: Visit, phone: str = "") -> None:
        """Have a one-time code sent to the registered phone, or to `phone` where that is a
        handler's or a representative's. Whether there is one is not told."""
        self._good(self._ask("POST", "/v1/one-time-codes", {
            "number": number[:80], "language": language, "phone": phone[:80], **_said(visit)}))

    def lost(self, number: str, what: Literal["query-code", "phone"], visit: Visit) -> None:
        """What somebody has no longer: makes a task for staff."""
        self._good(self._ask("POST", "/v1/evidence/lost",
                             {"number": number[:80], "what": what, **_said(visit)},
                             idempotent=True))

    def granted_case(self, number: str, grant: str, visit: Visit) -> Answer | None:
        """A case under a grant of this visit; None when it is not (any more) open under it."""
        got = self._ask("GET", f"/v1/grant/cases/{as_part(number) or '-'}",
                        more=_headers(grant, visit))
        if got.status in (401, 404):
            return None
        return msgspec.json.decode(self._good(got), type=Answer)

    def end_grant(self, grant: str, visit: Visit) -> None:
        """The visit is over; harmless twice."""
        self._good(self._ask("DELETE", "/v1/grant", idempotent=True,
                             more=_headers(grant, visit)))

    def _granted(self, kind: str, body: dict[str, str], visit: Visit) -> Granted | None:
        got = self._ask("POST", f"/v1/evidence/{kind}", body | _said(visit))
        try:
            return msgspec.json.decode(self._good(got), type=Granted)
        except Refused as refused:
            if str(refused.problem.get("type", "")).endswith("/not-proven"):
                return None
            raise


def _said(visit: Visit) -> dict[str, str]:
    return {"channel": visit.channel, "visit": visit.name[:80], "source": visit.source[:80]}


def _headers(grant: str, visit: Visit) -> dict[str, str]:
    return {GRANT: grant, VISIT: visit.name[:80], CHANNEL: visit.channel}


def asks(visit: Visit | None) -> dict[str, str]:
    """Who looks a number up, as headers; nothing for a program of the office."""
    return {CHANNEL: visit.channel, SOURCE: quote(visit.source[:80])} if visit else {}
