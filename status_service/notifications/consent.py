"""The one ledger of consent (同意): who said STOP or START, when, where, with what proof.

It is only appended to. What counts is the latest entry by the time the person
spoke, so that an entry that arrives late does not undo a newer one.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

import sqlalchemy as sa

from status_service.storage import tables
from status_service.trust.personal import Phone, Vault
from status_service.words import Channel


def address_hash(vault: Vault, phone: Phone) -> bytes:
    """What an address is found by, in the ledger and in the outbox alike."""
    return vault.keyed_hash("phone", phone.reveal())


def record(connection: sa.Connection, vault: Vault, phone: Phone, *, stopped: bool,
           channel: Channel, proof: str, at: datetime) -> bool:
    """Append STOP (`stopped`) or START. The same words with the same proof are one entry;
    returns whether this was a new one."""
    t = tables.consent
    hashed = address_hash(vault, phone)
    known = connection.execute(
        sa.select(t.c.id).where(t.c.address_hash == hashed, t.c.channel == channel,
                                t.c.proof == proof, t.c.stopped == stopped)).first()
    if known:
        return False
    connection.execute(t.insert().values(
        address_hash=hashed, address=vault.seal(phone.reveal()), stopped=stopped,
        channel=channel, proof=proof, at=at))
    return True


def stopped_among(connection: sa.Connection, hashes: Iterable[bytes]) -> set[bytes]:
    """Those of the addresses that have asked for no more messages."""
    t = tables.consent
    wanted = set(hashes)
    if not wanted:
        return set()
    place = sa.func.row_number().over(
        partition_by=t.c.address_hash, order_by=(t.c.at.desc(), t.c.id.desc()))
    latest = sa.select(t.c.address_hash, t.c.stopped, place.label("place")).where(
        t.c.address_hash.in_(list(wanted))).subquery()
    rows = connection.execute(sa.select(latest.c.address_hash).where(
        latest.c.place == 1, latest.c.stopped))
    return {bytes(row[0]) for row in rows}


def is_stopped(connection: sa.Connection, vault: Vault, phone: Phone) -> bool:
    return bool(stopped_among(connection, [address_hash(vault, phone)]))
