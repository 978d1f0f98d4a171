"""How a channel asks the service: a kept connection, a total deadline, typed answers.

Every call ends within `deadline` seconds with an answer or with `ServiceAway`;
the channel then says so politely. Guides, offices and notices are kept from
the last good answer, so that a channel still knows them while the service is
away. Only reads and idempotent writes are ever repeated.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import datetime
from typing import Any, Literal, TypeVar, cast
from urllib.parse import quote

import msgspec

from status_service.asking import (
    DEADLINE,
    Items,
    Refused,
    ServiceAway,
    as_part,
    read_problem,
)
from status_service.cardclient import (
    Bare,
    CardQuestions,
    CardSessionOver,
    Opened,
    PhoneAsked,
    PhoneChanged,
    PinWanted,
    Proof,
    Relay,
    Unknown,
    Unproven,
)
from status_service.carddeskclient import CardDesk, DeskDone, DeskStep, KeyCount
from status_service.cases.answer import (
    Answer,
    Collection,
    Deadline,
    HistoryEntry,
    Looked,
    OfficeLine,
    Result,
)
from status_service.evidenceclient import EvidenceQuestions, Granted, Visit, asks
from status_service.guides.types import (
    Category,
    Guide,
    Material,
    Matter,
    MatterDetail,
    MatterSummary,
    Notice,
    Office,
)
from status_service.words import LANGUAGES, Actor, Language, LocalText, Pause, ResultClass, Status

__all__ = [
    "LANGUAGES",
    "Actor",
    "Answer",
    "Bare",
    "Candidate",
    "CardDesk",
    "CardSessionOver",
    "Category",
    "Client",
    "Collection",
    "Deadline",
    "DeskDone",
    "DeskStep",
    "Granted",
    "Guide",
    "HistoryEntry",
    "KeyCount",
    "Language",
    "LocalText",
    "Looked",
    "Material",
    "Matter",
    "MatterDetail",
    "MatterSummary",
    "Notice",
    "Notification",
    "Office",
    "OfficeLine",
    "Opened",
    "Pause",
    "PhoneAsked",
    "PhoneChanged",
    "PinWanted",
    "Proof",
    "Refused",
    "Relay",
    "Result",
    "ResultClass",
    "ServiceAway",
    "Several",
    "Status",
    "TooMany",
    "Unknown",
    "Unproven",
    "Visit",
]

KEEP = 60.0  # seconds for which guides, offices and notices are not asked for again

T = TypeVar("T")


class Candidate(msgspec.Struct, frozen=True):
    """One of several cases that share the digits somebody keyed."""

    number: str
    matter: LocalText
    received_on: str  # ISO date


class Several(msgspec.Struct, frozen=True):
    """The digits fit more than one case: the dialogue asks which."""

    candidates: tuple[Candidate, ...]


class TooMany(msgspec.Struct, frozen=True):
    """This source has looked up too many different numbers; `seconds` until it may again."""

    seconds: int


class Notification(msgspec.Struct, frozen=True, omit_defaults=True):
    """One message to one recipient, claimed from the outbox for sending.

    kind `answer`: subject is a case number, `answer` is its state now (level 0).
    kind `guide`: subject is a matter's code, `matter` is its detail.
    kind `code`: `code` is a one-time code for whoever holds this phone; secret.
    """

    id: str
    medium: Literal["sms", "voice", "fax"]
    recipient: str  # E.164; personal
    language: Language
    kind: Literal["answer", "guide", "code"]
    subject: str
    attempt: int
    answer: Answer | None = None
    matter: MatterDetail | None = None
    code: str = ""

    def __repr__(self) -> str:
        return f"Notification(id={self.id!r}, redacted)"


_answer = msgspec.json.Decoder(Answer)
_several = msgspec.json.Decoder(Several)


class Client(CardQuestions, EvidenceQuestions):
    """One per process; safe to use from many threads."""

    def __init__(self, base_url: str, token: str, deadline: float = DEADLINE) -> None:
        super().__init__(base_url, token, deadline)
        self._kept: dict[str, tuple[float, Any]] = {}
        self._lock = threading.Lock()

    # -- asking about a case -------------------------------------------------

    def case(self, typed: str, visit: Visit | None = None) -> Answer | Several | Unknown | TooMany:
        """The case with this number, however it was typed, at level 0, for somebody who asks
        through a channel (`visit`) or for a program of the office.

        Raises ServiceAway. A number nobody has is `Unknown`, not an error.
        """
        part = as_part(typed)
        if not part:
            return Unknown(slip=False)
        got = self._ask("GET", f"/v1/cases/{part}", more=asks(visit))
        if got.status == 200:
            return _answer.decode(got.body)
        problem = read_problem(got.body)
        kind = str(problem.get("type", ""))
        if kind.endswith("/several-cases"):
            return _several.decode(got.body)
        if kind.endswith(("/case-not-found", "/not-a-number")):
            return Unknown(slip=bool(problem.get("check_digit_wrong")))
        if kind.endswith("/too-many"):
            return TooMany(int(problem["seconds"]))
        raise Refused(got.status, problem)

    # -- what the hall tells anyone ------------------------------------------

    def categories(self) -> list[Category]:
        return self._list("/v1/categories", Category)

    def matters(self, category: str | None = None, query: str | None = None) -> list[MatterSummary]:
        """Matters of a category, or those that `query` (words, pinyin initials) finds."""
        where = ""
        if category:
            where = f"?category={quote(category, safe='')}"
        elif query:
            where = f"?q={quote(query[:80], safe='')}"
        return self._list("/v1/matters" + where, MatterSummary)

    def matter(self, code: str) -> MatterDetail | None:
        return self._one(f"/v1/matters/{quote(code, safe='')}", MatterDetail)

    def notices(self) -> list[Notice]:
        """Current notices, newest first."""
        return self._list("/v1/notices", Notice)

    def offices(self) -> list[Office]:
        return self._list("/v1/offices", Office)

    # -- messages and consent --------------------------------------------------

    def notify(self, *, key: str, medium: str, recipient: str, language: Language,
               kind: str, subject: str) -> bool:
        """Ask for one message. The same `key` never makes a second one.

        True when it was queued (or had been), False when consent forbids it.
        """
        body = {"key": key, "medium": medium, "recipient": recipient,
                "language": language, "kind": kind, "subject": subject}
        got = self._ask("POST", "/v1/notifications", body, idempotent=True)
        if got.status in (200, 201):
            return True
        problem = read_problem(got.body)
        if str(problem.get("type", "")).endswith("/no-consent"):
            return False
        raise Refused(got.status, problem)

    def claim(self, medium: str, worker: str, most: int = 20) -> list[Notification]:
        """Take up to `most` queued messages for sending; they are leased to `worker`."""
        got = self._ask("POST", "/v1/notifications/claim",
                        {"medium": medium, "worker": worker, "most": most})
        items = msgspec.json.decode(self._good(got), type=Items).items
        return [msgspec.json.decode(item, type=Notification) for item in items]

    def begin(self, notification: str, worker: str) -> bool:
        """Ask leave to send a claimed message now. False when it must not be sent: the
        recipient has said STOP meanwhile, it expired, or the lease is over."""
        got = self._ask("POST", f"/v1/notifications/{quote(notification, safe='')}/outcome",
                        {"state": "sending", "worker": worker}, idempotent=True)
        if got.status == 409:
            return False
        self._good(got)
        return True

    def report(self, notification: str, state: str, provider_id: str = "", error: str = "") -> None:
        """Say what became of a message: sent, delivered, undelivered, failed, unknown (it may
        have been sent: never again blindly) or retry (it was surely not sent)."""
        self._good(self._ask("POST", f"/v1/notifications/{quote(notification, safe='')}/outcome",
                             {"state": state, "provider_id": provider_id, "error": error},
                             idempotent=True))

    def consent(self, *, address: str, stopped: bool, channel: str, proof: str,
                at: datetime | None = None) -> None:
        """Record STOP or START for a phone number in the one ledger; `at`, aware, is when it
        was said, where that was not just now."""
        self._good(self._ask("POST", "/v1/consent",
                             {"address": address, "stopped": stopped, "channel": channel,
                              "proof": proof, "at": at}, idempotent=True))

    # -- how ------------------------------------------------------------------

    def _one(self, path: str, kind: type[T]) -> T | None:
        def fetch() -> T | None:
            got = self._ask("GET", path)
            if got.status == 404:
                return None
            return msgspec.json.decode(self._good(got), type=kind)

        return self._remember(path, fetch)

    def _list(self, path: str, kind: type[T]) -> list[T]:
        """All pages of a list."""
        return self._remember(path, lambda: self._pages(path, kind))

    def _remember(self, path: str, fetch: Callable[[], T]) -> T:
        """Fresh within KEEP; older while the service is away; else ServiceAway."""
        kept = self._kept.get(path)
        if kept and time.monotonic() - kept[0] < KEEP:
            return cast(T, kept[1])
        try:
            value = fetch()
        except ServiceAway:
            if kept:
                return cast(T, kept[1])
            raise
        with self._lock:
            if len(self._kept) > 500:  # searches are many: forget all rather than grow
                self._kept.clear()
            self._kept[path] = (time.monotonic(), value)
        return value
