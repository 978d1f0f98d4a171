"""What a clerk does for an applicant whom they see face to face: who may speak for them, a new
query code, another registered phone.

Nothing is done in nobody's name: whoever asks says which clerk, and it goes into the record.
"""

from __future__ import annotations

import logging
import re
import secrets
from collections.abc import Callable
from datetime import date, datetime
from typing import Any, Literal, NamedTuple

import msgspec
import sqlalchemy as sa
from sqlalchemy.engine import Engine

from status_service import tasks
from status_service.storage import tables
from status_service.storage.engine import writing
from status_service.trust import audit, handlers, registered
from status_service.trust.audit import Look
from status_service.trust.evidence import number_key
from status_service.trust.handlers import Role, Speaker
from status_service.trust.lockout import Lockout
from status_service.trust.personal import Name, Phone, QueryCode, Vault
from status_service.trust.shelf import Shelf, ShelfAway

CODE_DIGITS = 6  # of a query code; the lockout protects so few (see trust.lockout)
CLERK_NUMBER = re.compile(r"[A-Za-z0-9._-]{1,40}")  # a number of the house, never a name
MOST_ACTIONS = 20  # shown of a case, the newest

Action = Literal["shown", "speaker-named", "speaker-removed", "code-issued", "phone-changed"]

log = logging.getLogger("status_service")


class NoCase(Exception):
    """No case has this number."""


class NoApplicant(Exception):
    """The back office did not say whose case this is."""


class NoSpeaker(Exception):
    """Nobody with this id speaks for this applicant."""


class By(NamedTuple):
    """Who does it: the token, and the clerk as the token's program tells it."""

    token: str
    clerk: str

    def __str__(self) -> str:
        return f"{self.token}/{self.clerk}"


class Done(msgspec.Struct, frozen=True):
    """One thing that a desk did about a case."""

    at: datetime
    action: Action
    by: str


class DeskCase(msgspec.Struct, frozen=True, omit_defaults=True):
    """What staff see of who may ask about a case: enough to know people by, no more.
    applicant, phone: None where the back office named none."""

    number: str
    query_code: bool  # whether there is one
    speakers: list[Speaker]
    actions: list[Done]
    applicant: str | None = None
    phone: str | None = None

    def __repr__(self) -> str:
        return "DeskCase(redacted)"


class Issued(NamedTuple):
    """A new query code. lockout_over: whether the lockout of its case was lifted; it ends by
    itself when Redis could not be asked."""

    code: QueryCode
    lockout_over: bool


class Desk:
    """One per process. Every method may raise NoCase."""

    def __init__(self, engine: Engine, vault: Vault, shelf: Shelf,
                 now: Callable[[], datetime], today: Callable[[], date]) -> None:
        self._engine, self._vault, self._now, self._today = engine, vault, now, today
        self._lockout = Lockout(shelf)

    def show(self, typed: str, by: By) -> DeskCase:
        with writing(self._engine).begin() as connection:
            row = _case(connection, typed)
            self._record(connection, "shown", row, by)
            return DeskCase(
                row.number, row.query_code is not None, self._speakers(connection, row),
                _actions(connection, row.number), *self._applicant(connection, row))

    def name_speaker(self, typed: str, by: By, *, role: Role, name: Name, phone: Phone,
                     until: date | None, only_this_case: bool) -> tuple[Speaker, bool]:
        """Name a handler or a representative, or renew one who is; and whether they are new.
        Raises NoApplicant, or ValueError with what is wrong with the term."""
        if until is not None and until < self._today():
            raise ValueError("This term is over: its last day has passed.")
        with writing(self._engine).begin() as connection:
            row = _case(connection, typed)
            made, new = handlers.put(
                connection, self._vault, applicant=_applicant_of(row), role=role, name=name,
                phone=phone, until=until, case_id=row.id if only_this_case else None,
                now=self._now())
            self._record(connection, "speaker-named", row, by)
            found = self._speakers(connection, row)
        return next(one for one in found if one.id == made), new

    def remove_speaker(self, typed: str, speaker: int, by: By) -> None:
        """From now on they open nothing, also with a code or a grant that they have (see
        Evidence.allows). Raises NoApplicant or NoSpeaker."""
        with writing(self._engine).begin() as connection:
            row = _case(connection, typed)
            if not handlers.remove(connection, speaker, _applicant_of(row)):
                raise NoSpeaker
            self._record(connection, "speaker-removed", row, by)

    def issue_code(self, typed: str, by: By) -> Issued:
        """A new query code, to be printed: it cannot be read back later. The old one stops at
        once, and so does what it opened."""
        with writing(self._engine).begin() as connection:
            row = _case(connection, typed)
            code, hashed = self._new_code(row)
            c = tables.cases.c
            connection.execute(tables.cases.update().where(c.id == row.id).values(
                query_code=hashed,
                reissued_from=sa.func.coalesce(c.reissued_from, c.query_code, b"")))
            tasks.seen_to(connection, "lost-query-code", row.number, str(by), self._now())
            self._record(connection, "code-issued", row, by)
        try:
            self._lockout.forgive(row.number_key)
        except ShelfAway:
            log.warning("a lockout was not lifted: Redis is away")
            return Issued(code, False)
        return Issued(code, True)

    def change_phone(self, typed: str, phone: Phone, by: By) -> None:
        """Register another phone for the applicant of this case, for all of their cases. From
        now on the old one opens nothing. Raises NoApplicant."""
        with writing(self._engine).begin() as connection:
            row = _case(connection, typed)
            registered.change_phone(connection, self._vault, _applicant_of(row), phone)
            tasks.seen_to(connection, "lost-phone", row.number, str(by), self._now())
            self._record(connection, "phone-changed", row, by)

    def _record(self, connection: sa.Connection, action: Action, row: Any, by: By) -> None:
        """The one place that every action passes, within its transaction and at its end: the
        audit is locked last."""
        connection.execute(tables.desk_actions.insert().values(
            at=self._now(), action=action, number=row.number, applicant=row.applicant,
            token=by.token, clerk=by.clerk))
        shown = action == "shown"
        audit.append(connection, self._vault, [(self._now(), Look(
            "case" if shown else "change", "shown" if shown else "done", 1 if shown else 3, "staff",
            by.token, row.id, row.number, by.clerk, f"desk\0{by}", detail=action))])

    def _new_code(self, row: Any) -> tuple[QueryCode, bytes]:
        """A code that is not the present one, and its hash."""
        while True:
            code = f"{secrets.randbelow(10 ** CODE_DIGITS):0{CODE_DIGITS}d}"
            hashed = self._vault.keyed_hash("query-code", f"{row.number_key}:{code}")
            if hashed not in (row.query_code, row.reissued_from):
                return QueryCode(code), hashed

    def _speakers(self, connection: sa.Connection, row: Any) -> list[Speaker]:
        if row.applicant is None:
            return []
        return handlers.listed(connection, self._vault, row.applicant, row.id, self._today())

    def _applicant(self, connection: sa.Connection, row: Any) -> tuple[str | None, str | None]:
        """Their name and phone, masked."""
        a = tables.applicants.c
        held = connection.execute(
            sa.select(a.kind, a.sealed).where(a.id == row.applicant)).first()
        if held is None:
            return None, None
        name, _, phone = self._vault.unseal(held.sealed).partition("\0")
        return (Name(name).masked(held.kind == "organisation") if name else None,
                Phone(phone).masked() if phone else None)


def _case(connection: sa.Connection, typed: str) -> Any:
    """The case with this number, kept from other writers until the transaction ends."""
    c = tables.cases.c
    row = connection.execute(
        sa.select(c.id, c.number, c.number_key, c.applicant, c.query_code, c.reissued_from)
        .where(c.number_key == number_key(typed)).with_for_update()).first()
    if row is None:
        raise NoCase
    return row


def _applicant_of(row: Any) -> int:
    if row.applicant is None:
        raise NoApplicant
    return int(row.applicant)


def _actions(connection: sa.Connection, number: str) -> list[Done]:
    t = tables.desk_actions.c
    return [Done(row.at, row.action, str(By(row.token, row.clerk))) for row in connection.execute(
        sa.select(t.at, t.action, t.token, t.clerk).where(t.number == number)
        .order_by(t.id.desc()).limit(MOST_ACTIONS))]
