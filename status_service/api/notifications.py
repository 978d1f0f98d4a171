"""/v1/notifications and /v1/consent: asking for a message, sending it, and being left alone."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

import msgspec
from flask import Response

from status_service.api.cases import Cases
from status_service.api.errors import Problem
from status_service.api.http import Api, Listed, fresh
from status_service.cases.answer import Answer
from status_service.guides.types import MatterDetail
from status_service.notifications import consent, outbox
from status_service.notifications.outbox import Claimed, Medium, NotificationKind, State
from status_service.storage.engine import writing
from status_service.trust.audit import Look
from status_service.trust.personal import Phone
from status_service.trust.tokens import Token
from status_service.words import Channel, Language

Text = Annotated[str, msgspec.Meta(min_length=1, max_length=80)]
Worker = Annotated[str, msgspec.Meta(min_length=1, max_length=40)]
MOST_CLAIMED = 100


class Ask(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One message asked for. The same `key` never makes a second one."""

    key: Text
    medium: Medium
    recipient: Text  # a phone number; E.164, or as dialled here
    language: Language
    kind: Literal["answer", "guide"]
    subject: Text  # a case number, or a matter's code

    def __repr__(self) -> str:
        return "Ask(redacted)"


class Asked(msgspec.Struct, frozen=True):
    """`queued` is False when the same key had been asked before."""

    queued: bool


class ClaimAsk(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A worker asks for messages to send."""

    medium: Medium
    worker: Worker
    most: Annotated[int, msgspec.Meta(ge=1, le=MOST_CLAIMED)] = 20


class ToSend(msgspec.Struct, frozen=True, omit_defaults=True):
    """A claimed message with what it is about; `answer` at level 0. `code`: what a one-time
    code's text says."""

    id: str
    medium: Medium
    recipient: str
    language: Language
    kind: NotificationKind
    subject: str
    attempt: int
    answer: Answer | None = None
    matter: MatterDetail | None = None
    code: str = ""

    def __repr__(self) -> str:
        return f"ToSend(id={self.id!r}, redacted)"


class OutcomeReport(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What becomes of a message. `sending` asks leave to send it now and names the worker."""

    state: State
    provider_id: Annotated[str, msgspec.Meta(max_length=64)] = ""
    error: Annotated[str, msgspec.Meta(max_length=80)] = ""
    worker: Annotated[str, msgspec.Meta(max_length=40)] = ""


class StateNow(msgspec.Struct, frozen=True):
    """The state of a message after a report; a report that was behind changed nothing."""

    state: str


class ConsentEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """STOP or START. `proof` is what shows it: a message's id, a call's id."""

    address: Text
    stopped: bool
    channel: Channel
    proof: Text
    at: datetime | None = None  # when it was said; now, unless it comes late

    def __repr__(self) -> str:
        return "ConsentEntry(redacted)"


class Recorded(msgspec.Struct, frozen=True):
    """`new` is False when the ledger had this very entry."""

    new: bool


def register(api: Api, cases: Cases) -> None:
    """The routes; `cases` makes the answers that messages carry."""

    @api.route("POST", "/v1/notifications", scope="notify", body=Ask, returns=Asked, created=True,
               summary="Ask for one message to one recipient.",
               problems=("invalid-body", "invalid-address", "no-consent", "case-not-found",
                         "several-cases", "not-a-number", "matter-not-found"))
    def ask(body: Ask, token: Token) -> Response:
        phone = _phone(body.recipient)
        subject = body.subject
        if body.kind == "answer":
            subject = cases.row(subject)[0]
        else:
            _matter(api, subject)
        try:
            with writing(api.engine).begin() as connection:
                queued = outbox.queue(
                    connection, api.vault, key=body.key, medium=body.medium, phone=phone,
                    language=body.language, kind=body.kind, subject=subject, now=api.now())
        except outbox.NoConsent:
            raise Problem("no-consent") from None
        return fresh(msgspec.json.encode(Asked(queued)), 201 if queued else 200)

    @api.route("POST", "/v1/notifications/claim", scope="send", body=ClaimAsk,
               returns=Listed[ToSend], problems=("invalid-body",),
               summary="Take queued messages for sending; consent and expiry are checked here.")
    def claim(body: ClaimAsk, token: Token) -> Listed[ToSend]:
        with writing(api.engine).begin() as connection:
            claimed = outbox.claim(connection, medium=body.medium, worker=body.worker,
                                   most=body.most, now=api.now())
        items = [found for one in claimed
                 if (found := _with_content(api, cases, one)) is not None]
        for item in items:
            if item.answer is not None:
                api.audit.later(Look("message", "shown", channel=item.medium[:8],
                                     program=token.name, number=item.answer.number))
        return Listed(items=items)

    @api.route("POST", "/v1/notifications/{notification}/outcome", scope="notify",
               body=OutcomeReport, returns=StateNow,
               problems=("invalid-body", "notification-not-found", "no-consent", "outcome-order"),
               summary="Say what becomes of a message; `sending` first, at the last moment.")
    def outcome(notification: str, body: OutcomeReport, token: Token) -> StateNow:
        refused: Problem | None = None
        state = "sending"
        with writing(api.engine).begin() as connection:
            try:
                if body.state == "sending":
                    outbox.begin(connection, notification, body.worker, api.now())
                else:
                    state = outbox.settle(connection, notification, body.state,
                                          provider_id=body.provider_id, error=body.error,
                                          now=api.now())
            except outbox.UnknownNotification:
                refused = Problem("notification-not-found")
            except outbox.NoConsent:  # it is closed in this transaction: commit that
                refused = Problem("no-consent")
            except outbox.NotYours:
                refused = Problem("outcome-order", "Its lease is over, or it was sent.")
        if refused:
            raise refused
        return StateNow(state)

    @api.route("POST", "/v1/consent", scope="notify", body=ConsentEntry, returns=Recorded,
               created=True, problems=("invalid-body", "invalid-address", "time-without-zone"),
               summary="Record STOP or START for an address in the one ledger.")
    def record(body: ConsentEntry, token: Token) -> Response:
        now = api.now()
        if body.at is not None and body.at.tzinfo is None:
            raise Problem("time-without-zone")
        phone = _phone(body.address)
        with writing(api.engine).begin() as connection:
            new = consent.record(connection, api.vault, phone, stopped=body.stopped,
                                 channel=body.channel, proof=body.proof,
                                 at=min(body.at or now, now))
        return fresh(msgspec.json.encode(Recorded(new)), 201 if new else 200)


def _phone(typed: str) -> Phone:
    try:
        return Phone.parse(typed)
    except ValueError:
        raise Problem("invalid-address") from None


def _matter(api: Api, code: str) -> MatterDetail:
    hall, _ = api.knowledge.get()
    matter = hall.matters.get(code)
    if matter is None:
        raise Problem("matter-not-found")
    return MatterDetail(matter=matter, office=hall.offices[matter.office],
                        updated_at=hall.updated.get(code))


def _with_content(api: Api, cases: Cases, one: Claimed) -> ToSend | None:
    """The message with what is true now; one whose subject is gone is closed as failed."""
    try:
        answer = cases.answer(one.subject) if one.kind == "answer" else None
        matter = _matter(api, one.subject) if one.kind == "guide" else None
    except Problem as problem:
        with writing(api.engine).begin() as connection:
            outbox.settle(connection, one.id, "failed", error=problem.name, now=api.now())
        return None
    return ToSend(id=one.id, medium=one.medium, recipient=api.vault.unseal(one.recipient),
                  language=one.language, kind=one.kind, subject=one.subject,
                  attempt=one.attempt, answer=answer, matter=matter,
                  code=api.vault.unseal(one.sealed) if one.sealed else "")
