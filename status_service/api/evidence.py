"""/v1/evidence, /v1/one-time-codes, /v1/grant: what somebody shows for who they are, and
what it opens (design: assurance; see trust.evidence).

Whatever is not accepted gets one problem, `not-proven`, after the same steps.
"""

from __future__ import annotations

import logging
import secrets
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from typing import Annotated, Any, Literal

import msgspec
import sqlalchemy as sa
from flask import Response, request

from status_service.api.cases import Cases
from status_service.api.errors import Problem
from status_service.api.http import Api, fresh
from status_service.api.looks import Looks
from status_service.cases.answer import Answer
from status_service.evidenceclient import CHANNEL, GRANT, VISIT
from status_service.notifications import outbox
from status_service.storage.engine import writing
from status_service.tasks import TaskKind, raise_task
from status_service.trust import handlers, onetime
from status_service.trust.audit import AuditAway, Look
from status_service.trust.evidence import (
    Asking,
    Evidence,
    NotProven,
    Opened,
    number_key,
    visit_name,
)
from status_service.trust.grants import LIVES, Grant, NoGrant
from status_service.trust.personal import Phone
from status_service.trust.shelf import Shelf, ShelfAway
from status_service.trust.tokens import Token
from status_service.words import Channel, Language

HEADERS = (GRANT, VISIT, CHANNEL)
LOST: dict[str, TaskKind] = {"query-code": "lost-query-code", "phone": "lost-phone"}
WORDS = {"query-code": "query code", "phone": "registered phone"}
WAITING = 200  # one-time codes asked for and not yet worked on; more are dropped

Word = Annotated[str, msgspec.Meta(min_length=1, max_length=80)]

log = logging.getLogger("status_service")
_encode = msgspec.json.Encoder().encode


class _Asked(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Who asks, as the channel knows them. visit: the channel's own name for this call,
    conversation or visit. source: what attempts are counted by, such as a phone number."""

    number: Word
    channel: Channel
    visit: Word
    source: Word

    def __repr__(self) -> str:
        return f"{type(self).__name__}(redacted)"


class Code(_Asked, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A query code, or the one-time code that was sent for this very visit."""

    kind: Literal["query-code", "one-time-code"]
    code: Word


class FromPhone(_Asked, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A text that came from this phone; its provider vouches for that."""

    phone: Word


class SendCode(_Asked, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Send a one-time code to the registered phone; to `phone` where that one is registered
    for a handler or a representative."""

    language: Language
    phone: Annotated[str, msgspec.Meta(max_length=80)] = ""


class Lost(_Asked, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What somebody cannot show any more: staff will see to it, face to face."""

    what: Literal["query-code", "phone"]


class Granted(msgspec.Struct, frozen=True):
    """What the evidence opened. grant: secret, goes with later questions of this visit.
    seconds: how long it lives."""

    grant: str
    level: int
    seconds: int
    answer: Answer

    def __repr__(self) -> str:
        return f"Granted(level={self.level}, redacted)"


class Heard(msgspec.Struct, frozen=True):
    """The same whatever comes of it."""

    heard: bool = True


class Door:
    """What the routes do. One per process."""

    def __init__(self, api: Api, cases: Cases) -> None:
        self._api, self._cases = api, cases
        shelf = Shelf(api.settings.redis_url, api.vault)
        self._looks = Looks(api)
        self.evidence = Evidence(api.engine, api.vault, shelf, api.audit, api.now,
                                 cases.today)
        self._pool = ThreadPoolExecutor(1, "one-time-codes")
        self._places = threading.Semaphore(WAITING)

    def granted(self, opened: Opened) -> Response:
        answer = self._answer(opened.row, opened.grant)
        return fresh(_encode(Granted(opened.name, opened.grant.level, LIVES, answer)))

    def read(self, token: Token, number: str) -> Answer:
        """One case under the grant of the request's headers."""
        given = request.headers
        grant, row = self.evidence.under_grant(
            number, given.get(GRANT, ""), token.name, given.get(CHANNEL, ""),
            given.get(VISIT, ""))
        return self._answer(row, grant)

    def _answer(self, row: Any, grant: Grant) -> Answer:
        answer = self._cases.shown(row, grant.level)
        visit = visit_name(grant.owner, grant.channel, grant.visit)
        return self._looks.told([(row.id, answer)], visit)[0]

    def send_code(self, body: SendCode, owner: str) -> None:
        """Begun here, done behind: the answer is the same, and as fast, for a case that does
        not exist, one without a phone, and one whose code is on its way."""
        if self._places.acquire(blocking=False):
            self._pool.submit(self._send_code, body, owner)

    def _send_code(self, body: SendCode, owner: str) -> None:
        try:
            self._code_to_phone(body, owner)
        except Exception as error:  # nobody waits for it: it is asked for again
            log.error("no one-time code was sent: %s", type(error).__name__)
        finally:
            self._places.release()

    def _code_to_phone(self, body: SendCode, owner: str) -> None:
        """Send it and write it down in one transaction; what is not sent is written down too."""
        api, evidence = self._api, self.evidence
        row = evidence.case(number_key(body.number))
        look = Look("code-sent", "not-found", 0, body.channel, owner, row.id if row else None,
                    body.number, body.source, visit_name(owner, body.channel, body.visit))
        if row is None:
            api.audit.write(look)
            return
        with writing(api.engine).begin() as connection:
            sent = self._queue_code(connection, body, row)
            api.audit.add(connection, look._replace(outcome="sent" if sent else "not-sent"))

    def _queue_code(self, connection: sa.Connection, body: SendCode, row: Any) -> bool:
        """Whether there is a phone that one may be sent to, and there were not too many."""
        api, evidence = self._api, self.evidence
        try:
            wanted = Phone.parse(body.phone) if body.phone else None
        except ValueError:
            return False
        to = handlers.reached(connection, api.vault, row.applicant, row.id, wanted,
                              self._cases.today())
        if to is None or not evidence.one_time.may_send(
                row.number_key, body.channel, body.source):
            return False
        phone, case_only = to
        code = evidence.one_time.make(row.number_key, body.channel, body.visit, case_only,
                                      phone)
        try:
            return outbox.queue(
                connection, api.vault, key=f"code:{secrets.token_hex(16)}", medium="sms",
                phone=phone, language=body.language, kind="code", subject=row.number,
                now=api.now(), sealed=api.vault.seal(code.reveal()),
                expires=timedelta(seconds=onetime.LIVES))
        except outbox.NoConsent:
            return False

    def lost(self, body: Lost, owner: str) -> None:
        row = self._cases.row(body.number)
        number = row[0]
        with writing(self._api.engine).begin() as connection:
            kind = LOST[body.what]
            raise_task(connection, kind, f"{kind}:{number}", f"Case {number}: somebody says "
                       f"that they have its {WORDS[body.what]} no longer.", self._api.now())
            self._api.audit.add(connection, Look(
                "lost", "done", 0, body.channel, owner, row[4], number, body.source,
                visit_name(owner, body.channel, body.visit), detail=body.what))


@contextmanager
def told() -> Iterator[None]:
    """What is not proven, and Redis or the audit being away, mean to who asks."""
    try:
        yield
    except NotProven:
        raise Problem("not-proven") from None
    except NoGrant:
        raise Problem("no-grant") from None
    except (ShelfAway, AuditAway):
        raise Problem("not-now") from None


def asking(token: Token, body: _Asked) -> Asking:
    return Asking(token.name, body.channel, body.visit, body.source)


def register(api: Api, cases: Cases) -> None:
    door = Door(api, cases)

    @api.route("POST", "/v1/evidence/code", scope="evidence", body=Code, returns=Granted,
               problems=("invalid-body", "not-proven", "not-now"),
               summary="A query code, or the one-time code of this visit, for one case.")
    def code(body: Code, token: Token) -> Response:
        prove = (door.evidence.query_code if body.kind == "query-code"
                 else door.evidence.one_time_code)
        with told():
            return door.granted(prove(body.number, body.code, asking(token, body)))

    @api.route("POST", "/v1/evidence/phone", scope="evidence", body=FromPhone, returns=Granted,
               problems=("invalid-body", "not-proven", "not-now"),
               summary="A text that came from a phone; level 1 where it is registered.")
    def phone(body: FromPhone, token: Token) -> Response:
        try:
            sender = Phone.parse(body.phone)
        except ValueError:
            sender = Phone("")  # nobody's: refused after the same steps, and written down
        with told():
            return door.granted(door.evidence.sender(body.number, sender, asking(token, body)))

    @api.route("POST", "/v1/one-time-codes", scope="evidence", body=SendCode, returns=Heard,
               problems=("invalid-body",),
               summary="Send a code to a registered phone. The answer says nothing of whether "
                       "there is one.")
    def send(body: SendCode, token: Token) -> Heard:
        door.send_code(body, token.name)
        return Heard()

    @api.route("POST", "/v1/evidence/lost", scope="evidence", body=Lost, returns=Heard,
               problems=("invalid-body", "case-not-found", "several-cases", "not-a-number",
                         "not-now"),
               summary="A code or a phone that is there no longer: a task for staff.")
    def lost(body: Lost, token: Token) -> Heard:
        with told():
            door.lost(body, token.name)
        return Heard()

    @api.route("GET", "/v1/grant/cases/{number}", scope="evidence", headers=HEADERS,
               returns=Answer, problems=("no-grant", "not-now", "case-not-found",
                                         "several-cases", "not-a-number"),
               summary="A case with what the grant of this visit allows.")
    def read(number: str, token: Token) -> Answer:
        with told():
            return door.read(token, number)

    @api.route("DELETE", "/v1/grant", scope="evidence", headers=HEADERS, returns=Heard,
               problems=("not-now",), summary="The visit is over. Harmless twice.")
    def end(token: Token) -> Heard:
        with told():
            door.evidence.grants.end(request.headers.get(GRANT, "")[:80])
        return Heard()
