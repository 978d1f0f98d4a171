"""Evidence of who asks, and the grant that it buys (design: assurance).

A query code opens its case at level 1, a text from a registered phone does too, a one-time
code sent to a registered phone opens the cases of its person at level 2. From here on there
is no oracle: a wrong code, somebody else's case, one that does not exist and one that is
locked go through the same steps and raise the same NotProven.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable
from datetime import date, datetime
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.engine import Engine

from status_service.cases import number as case_number
from status_service.storage import tables
from status_service.storage.engine import writing
from status_service.tasks import raise_task
from status_service.trust import handlers
from status_service.trust.audit import Asked, Audit, Look, Outcome
from status_service.trust.grants import Grant, Grants, NoGrant
from status_service.trust.lockout import EVERYBODY, Attempt, Lockout
from status_service.trust.onetime import OneTimeCodes
from status_service.trust.personal import Phone, Vault
from status_service.trust.shelf import Shelf
from status_service.words import CHANNELS, Channel

CODE_LEVEL = 1  # the query code; a text from a registered phone
PHONE_LEVEL = 2  # a one-time code: who has it holds the phone now
NO_HASH = bytes(32)  # what an attempt on no case at all is compared with


class NotProven(Exception):
    """This evidence opens nothing here. Why is nobody's business."""


class Asking(msgspec.Struct, frozen=True):
    """Who asks: the token's name, the channel, its own name for the visit, and the source by
    which attempts are counted (a telephone number, a kiosk's name)."""

    owner: str
    channel: Channel
    visit: str
    source: str

    def __repr__(self) -> str:
        return f"Asking(channel={self.channel!r}, redacted)"


class Opened(msgspec.Struct, frozen=True):
    """A grant's secret name, what it allows, and the case's row (see api.cases)."""

    name: str
    grant: Grant
    row: Any

    def __repr__(self) -> str:
        return f"Opened(level={self.grant.level}, redacted)"


class Evidence:
    """One per process; safe to use from many threads. Every method may raise ShelfAway, those
    that take evidence AuditAway as well."""

    def __init__(self, engine: Engine, vault: Vault, shelf: Shelf, audit: Audit,
                 now: Callable[[], datetime], today: Callable[[], date]) -> None:
        self._engine, self._vault, self._audit = engine, vault, audit
        self._now, self._today = now, today
        self._lockout = Lockout(shelf)
        self.grants = Grants(shelf)
        self.one_time = OneTimeCodes(shelf, vault)

    def query_code(self, typed: str, code: str, who: Asking) -> Opened:
        """The digits on the acceptance slip. Raises NotProven."""
        key = number_key(typed)
        attempt = self._attempt("query-code", key, who)
        row = self.case(key)
        given = self._vault.keyed_hash("query-code", f"{key}:{_digits(code)}")
        right = _same(given, row.query_code if row else None) & attempt.free
        self._lockout.settle(attempt, right)
        self._note("query-code", key, who, row, right, attempt.free, CODE_LEVEL)
        if not right or row is None:
            raise NotProven
        return self._opened(row, Grant(who.owner, who.channel, who.visit, CODE_LEVEL, key,
                                       code=given))

    def sender(self, typed: str, phone: Phone, who: Asking) -> Opened:
        """A text about this case that came from `phone`: its provider vouches for that, and
        nothing can be guessed. Raises NotProven."""
        key = number_key(typed)
        row = self.case(key)
        hashed = self._vault.keyed_hash("phone", phone.reveal())
        known = self._speaks(hashed, row)
        if not known or row is None:
            # Nearly every text: it is written down as other questions of level 0 are, without
            # waiting. Nothing can be found out by the time that takes: the phone is one's own.
            self._audit.later(self._look("phone", key, who, row, False, True, 0))
            raise NotProven
        self._note("phone", key, who, row, known, True, CODE_LEVEL)
        return self._opened(row, Grant(who.owner, who.channel, who.visit, CODE_LEVEL, key,
                                       phone=hashed))

    def one_time_code(self, typed: str, code: str, who: Asking) -> Opened:
        """The code that was sent to a phone for this visit. Raises NotProven."""
        key = number_key(typed)
        attempt = self._attempt("one-time-code", key, who)
        row = self.case(key)
        sent = self.one_time.check(key, who.channel, who.visit, _digits(code))
        # The phone may have been removed since the code was sent to it.
        right = sent.right & attempt.free & self._speaks(sent.phone, row)
        self._lockout.settle(attempt, right)
        self._note("one-time-code", key, who, row, right, attempt.free, PHONE_LEVEL)
        if not right or row is None:
            raise NotProven
        self.one_time.end(key, who.channel, who.visit)
        whole = sent.case_only == 0 and row.applicant
        return self._opened(row, Grant(
            who.owner, who.channel, who.visit, PHONE_LEVEL, "" if whole else key,
            row.applicant if whole else 0, phone=sent.phone))

    def _attempt(self, kind: str, key: str, who: Asking) -> Attempt:
        attempt = self._lockout.attempt(kind, key, who.channel, who.source)
        if attempt.last:
            with writing(self._engine).begin() as connection:
                raise_task(connection, "many-wrong-codes", f"many-wrong-codes:{kind}",
                           f"{EVERYBODY} wrong codes of the kind {kind} within an hour: somebody "
                           "is guessing. Until the hour is over none is looked at; people are "
                           "told that their code does not open the case. Cards, registered "
                           "phones and what anyone may hear are as always.", self._now())
        return attempt

    def under_grant(self, typed: str, name: str, owner: str, channel: str,
                    visit: str) -> tuple[Grant, Any]:
        """The grant with this name and the row of a case that it opens. Raises NoGrant."""
        key = number_key(typed)
        try:
            grant = self.grants.get(name, owner, channel, visit)
        except NoGrant:
            grant = None
        row = self.case(key)
        open_ = grant is not None and row is not None and self.allows(grant, row)
        self._audit.write(Look(
            "case", "shown" if open_ else "not-proven", grant.level if open_ and grant else 0,
            channel if channel in CHANNELS else "", owner, row.id if row else None, key, "",
            visit_name(owner, channel, visit)))
        if grant is None or not open_:
            raise NoGrant
        return grant, row

    def _note(self, asked: Asked, key: str, who: Asking, row: Any, right: bool, free: bool,
              level: int) -> None:
        """Write an attempt down, right or wrong, with what the asker is not told. No row, no
        answer: raises AuditAway."""
        self._audit.write(self._look(asked, key, who, row, right, free, level))

    @staticmethod
    def _look(asked: Asked, key: str, who: Asking, row: Any, right: bool, free: bool,
              level: int) -> Look:
        outcome: Outcome = ("not-found" if row is None else "limited" if not free
                            else "shown" if right else "not-proven")
        return Look(
            asked, outcome, level if outcome == "shown" else 0, who.channel, who.owner,
            row.id if row else None, key, who.source,
            visit_name(who.owner, who.channel, who.visit))

    def case(self, key: str) -> Any:
        """The row of the case with this number key, as `api.cases` reads it and with what
        evidence is compared with; None."""
        t = tables.cases.c
        with self._engine.connect() as connection:
            return connection.execute(
                sa.select(t.number, t.status, t.updated_at, t.body, t.id, t.number_key,
                          t.query_code, t.applicant).where(t.number_key == key)).first()

    def _opened(self, row: Any, grant: Grant) -> Opened:
        return Opened(self.grants.give(grant), grant, row)

    def allows(self, grant: Grant, row: Any) -> bool:
        """Whether a grant is for this case, and what bought it still counts: a code that was
        replaced and a phone that was removed open nothing from then on."""
        if grant.case:
            mine = grant.case == row.number_key
        else:
            mine = bool(grant.applicant and grant.applicant == row.applicant)
        if grant.code:
            return mine and _same(grant.code, row.query_code)
        return mine and self._speaks(grant.phone, row)

    def _speaks(self, phone_hash: bytes, row: Any) -> bool:
        """Whether the phone may speak for the case with this row; asked in the same way where
        there is no such case."""
        with self._engine.connect() as connection:
            return handlers.speaks_for(
                connection, phone_hash, row.applicant if row else None,
                row.id if row else None, self._today())


def visit_name(owner: str, channel: str, visit: str) -> str:
    """What the audit knows a visit by: programs and channels may use the same names."""
    return f"{owner}\0{channel}\0{visit}"


def number_key(typed: str) -> str:
    """What a case is found by, of its number however it was typed."""
    return case_number.keys(typed)[0][:case_number.LONGEST]


def _digits(code: str) -> str:
    """A code however it was typed."""
    return case_number.keys(code)[1]


def _same(given: bytes, held: bytes | None) -> bool:
    """Compared in the same time whether or not there is anything to compare with."""
    return hmac.compare_digest(given, bytes(held or NO_HASH)) & (held is not None)
