"""The cards in the record: whose they are, and whether they still count.

A card is found by a keyed hash of issuer and serial, or of its printed number.
"""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import NamedTuple

import msgspec
import sqlalchemy as sa

from status_service.storage import tables
from status_service.trust.personal import Name, Vault


class CardState(StrEnum):
    ISSUING = "issuing"  # being written: counts from the moment in which it proves itself
    ACTIVE = "active"
    LOST = "lost"  # reported lost (挂失)
    REVOKED = "revoked"


class Issued(msgspec.Struct, frozen=True):
    """A card as it was handed out. issuer, serial: 8 octets each. printed: 12 digits."""

    issuer: bytes
    serial: bytes
    printed: str
    profile: str
    key_version: int
    valid_until: date  # the last day on which it counts
    state: CardState = CardState.ACTIVE

    def __repr__(self) -> str:
        return "Issued(redacted)"


class Card(NamedTuple):
    """What the record knows of one card."""

    id: int
    profile: str
    key_version: int
    state: str
    valid_until: date
    applicant: int

    def counts(self, today: date) -> bool:
        return self.state == CardState.ACTIVE and today <= self.valid_until


_c = tables.cards.c
_known = sa.select(_c.id, _c.profile, _c.key_version, _c.state, _c.valid_until, _c.applicant)


def by_serial(connection: sa.Connection, vault: Vault, issuer: bytes,
              serial: bytes) -> Card | None:
    return _one(connection, _c.serial_hash == _serial_hash(vault, issuer, serial))


def by_printed(connection: sa.Connection, vault: Vault, printed: str) -> Card | None:
    return _one(connection, _c.printed_hash == vault.keyed_hash("card-printed", printed))


def by_id(connection: sa.Connection, card: int) -> Card | None:
    return _one(connection, _c.id == card)


def holder(connection: sa.Connection, vault: Vault, card: Card) -> str:
    """Whose card it is, masked."""
    t = tables.applicants
    row = connection.execute(
        sa.select(t.c.kind, t.c.sealed).where(t.c.id == card.applicant)).one()
    name, _, _ = vault.unseal(row.sealed).partition("\0")
    return Name(name).masked(row.kind == "organisation")


def add(connection: sa.Connection, vault: Vault, issued: Issued, applicant: int,
        now: datetime) -> bool:
    """Record a card; False, and nothing changed, when its serial or printed number is known."""
    serial_hash = _serial_hash(vault, issued.issuer, issued.serial)
    printed_hash = vault.keyed_hash("card-printed", issued.printed)
    held = sa.or_(_c.serial_hash == serial_hash, _c.printed_hash == printed_hash)
    if connection.execute(sa.select(_c.id).where(held)).first():
        return False
    sealed = vault.seal(f"{issued.issuer.hex()}\0{issued.serial.hex()}\0{issued.printed}")
    connection.execute(tables.cards.insert().values(
        serial_hash=serial_hash, printed_hash=printed_hash, sealed=sealed,
        profile=issued.profile, key_version=issued.key_version, state=issued.state.value,
        valid_until=issued.valid_until, applicant=applicant, created_at=now))
    return True


def key_counts(connection: sa.Connection) -> dict[int, int]:
    """How many cards that count, or still could, have keys of each version: a revoked card never
    counts again, so nobody needs to keep its keys."""
    rows = connection.execute(
        sa.select(_c.key_version, sa.func.count()).where(_c.state != CardState.REVOKED)
        .group_by(_c.key_version))
    return {row[0]: row[1] for row in rows}


def _one(connection: sa.Connection, where: sa.ColumnElement[bool]) -> Card | None:
    row = connection.execute(_known.where(where)).first()
    return None if row is None else Card(*row)


def _serial_hash(vault: Vault, issuer: bytes, serial: bytes) -> bytes:
    return vault.keyed_hash("card-serial", f"{issuer.hex()}:{serial.hex()}")
