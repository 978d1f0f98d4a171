"""Who may speak for an applicant besides the one who applied: an organisation's handlers
(经办人), and representatives (代办人) with a term and perhaps for one case only."""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal

import msgspec
import sqlalchemy as sa

from status_service.storage import tables
from status_service.trust.personal import Name, Phone, Vault

Role = Literal["handler", "representative"]


class Speaker(msgspec.Struct, frozen=True, omit_defaults=True):
    """One who may speak for an applicant, as staff see them: enough to know them by. until:
    the last day. valid: their term is not over."""

    id: int
    role: Role
    name: str
    phone: str
    only_this_case: bool
    valid: bool
    until: date | None = None

    def __repr__(self) -> str:
        return f"Speaker(id={self.id}, redacted)"


def add(connection: sa.Connection, vault: Vault, *, applicant: int, role: Role, name: Name,
        phone: Phone, until: date | None, case_id: int | None, now: datetime) -> int:
    """Record one; gives its id. `until`: the last day, None for a handler without a term.

    Raises ValueError for a representative without a term.
    """
    if role == "representative" and until is None:
        raise ValueError("A representative is named for a term: say until which day.")
    made = connection.execute(tables.handlers.insert().values(
        applicant=applicant, role=role, case_id=case_id, until=until, created_at=now,
        phone_hash=vault.keyed_hash("phone", phone.reveal()),
        sealed=vault.seal(f"{name.reveal()}\0{phone.reveal()}")))
    return int(made.inserted_primary_key[0])  # type: ignore[index]


def put(connection: sa.Connection, vault: Vault, *, applicant: int, role: Role, name: Name,
        phone: Phone, until: date | None, case_id: int | None, now: datetime) -> tuple[int, bool]:
    """As `add`, but one with this phone who speaks for the same already is renewed instead.
    Gives the id, and whether it is a new one."""
    t = tables.handlers
    same_case = t.c.case_id.is_(None) if case_id is None else t.c.case_id == case_id
    known = connection.execute(sa.select(t.c.id).where(
        t.c.applicant == applicant, same_case,
        t.c.phone_hash == vault.keyed_hash("phone", phone.reveal()))).scalars().all()
    made = add(connection, vault, applicant=applicant, role=role, name=name, phone=phone,
               until=until, case_id=case_id, now=now)
    if known:
        connection.execute(t.delete().where(t.c.id.in_(known)))
    return made, not known


def listed(connection: sa.Connection, vault: Vault, applicant: int, case_id: int,
           today: date) -> list[Speaker]:
    """Everybody who was named to speak for this case, also those whose term is over."""
    t = tables.handlers.c
    found = []
    for row in connection.execute(
            sa.select(tables.handlers).where(
                t.applicant == applicant, sa.or_(t.case_id.is_(None), t.case_id == case_id))
            .order_by(t.id)):
        name, _, phone = vault.unseal(row.sealed).partition("\0")
        found.append(Speaker(
            id=row.id, role=row.role, name=Name(name).masked(), phone=Phone(phone).masked(),
            only_this_case=row.case_id is not None, until=row.until,
            valid=row.until is None or row.until >= today))
    return found


def remove(connection: sa.Connection, handler: int, applicant: int) -> bool:
    """False when the applicant has no such one."""
    t = tables.handlers
    return bool(connection.execute(
        t.delete().where(t.c.id == handler, t.c.applicant == applicant)).rowcount)


def speaks_for(connection: sa.Connection, phone_hash: bytes, applicant: int | None,
               case_id: int | None, today: date) -> bool:
    """Whether the phone is the applicant's own, or of one who may speak for this case."""
    a = tables.applicants.c
    own = connection.execute(
        sa.select(a.id).where(a.id == applicant, a.phone_hash == phone_hash)).first()
    named = connection.execute(
        _valid(applicant, case_id, today).where(tables.handlers.c.phone_hash == phone_hash)
    ).first()
    return own is not None or named is not None


def reached(connection: sa.Connection, vault: Vault, applicant: int | None, case_id: int | None,
            wanted: Phone | None, today: date) -> tuple[Phone, int] | None:
    """The registered phone to send a code to, and the case it is limited to (0: none): the
    `wanted` one where it may speak for the case, else the applicant's own."""
    a = tables.applicants.c
    row = connection.execute(sa.select(a.sealed).where(a.id == applicant)).first()
    _, _, own = vault.unseal(row.sealed).partition("\0") if row else ("", "", "")
    if wanted is None or wanted.reveal() == own:
        return (Phone(own), 0) if own else None
    found = connection.execute(
        _valid(applicant, case_id, today).where(
            tables.handlers.c.phone_hash == vault.keyed_hash("phone", wanted.reveal()))
        .order_by(tables.handlers.c.case_id.is_not(None))).first()
    return (wanted, found.case_id or 0) if found else None


def _valid(applicant: int | None, case_id: int | None,
           today: date) -> sa.Select[tuple[int, int | None]]:
    t = tables.handlers.c
    return sa.select(t.id, t.case_id).where(
        t.applicant == applicant, sa.or_(t.until.is_(None), t.until >= today),
        sa.or_(t.case_id.is_(None), t.case_id == case_id))
