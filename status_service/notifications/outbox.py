"""The outbox: every message that is to be sent, and what became of it.

A message is `queued`; a worker claims it for LEASE; it says `sending` at the
last moment before it sends, and there consent and expiry are looked at once
more. After that the state only moves forward. A lease that runs out before
`sending` gives the message back; one that runs out after it leaves the outcome
`unknown`, for then it may have been sent: it is never sent again blindly.

Plain functions within the caller's transaction.
"""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from typing import Literal, NamedTuple

import sqlalchemy as sa

from status_service.notifications import consent
from status_service.storage import bulk, tables
from status_service.storage.tables import to_micros
from status_service.tasks import raise_task
from status_service.trust.personal import Phone, Vault
from status_service.words import Language

Medium = Literal["sms", "voice", "fax"]
NotificationKind = Literal["answer", "guide", "code"]
State = Literal["sending", "sent", "delivered", "undelivered", "failed", "unknown", "retry"]

LEASE = timedelta(seconds=90)  # for claiming, rendering and one send with its time limit
EXPIRES = timedelta(hours=24)  # an answer that was asked for is worth nothing later
MOST_ATTEMPTS = 5
BACK_OFF = timedelta(seconds=30)  # before the second attempt; doubled for each one after it

# States only move to a higher rank; those of the highest are final.
RANK = {"queued": 0, "claimed": 1, "sending": 2, "unknown": 3, "sent": 4, "delivered": 5,
        "undelivered": 5, "failed": 5, "expired": 5, "refused": 5}

t = tables.notifications
COLUMNS = ("id", "key", "medium", "recipient", "recipient_hash", "language", "kind", "subject",
           "sealed", "state", "attempt", "created_at", "updated_at", "expires_at")


class NoConsent(Exception):
    """The recipient has asked for no more messages."""


class NotYours(Exception):
    """The message cannot be sent by this worker now: its lease is over, or it was sent."""


class UnknownNotification(Exception):
    """There is no such message."""


class Claimed(NamedTuple):
    """A message handed to a worker. `recipient` is sealed, and so is `sealed`: a one-time
    code."""

    id: str
    medium: Medium
    recipient: bytes
    language: Language
    kind: NotificationKind
    subject: str
    attempt: int
    sealed: bytes | None = None


def queue(connection: sa.Connection, vault: Vault, *, key: str, medium: Medium, phone: Phone,
          language: Language, kind: NotificationKind, subject: str, now: datetime,
          sealed: bytes | None = None, expires: timedelta = EXPIRES) -> bool:
    """Put a message into the outbox; False when its key was there already. Raises NoConsent."""
    hashed = consent.address_hash(vault, phone)
    if consent.stopped_among(connection, [hashed]):
        raise NoConsent
    stamp = to_micros(now)
    row = (secrets.token_hex(16), key, medium, vault.seal(phone.reveal()), hashed, language, kind,
           subject, sealed, "queued", 0, stamp, stamp, to_micros(now + expires))
    return bulk.insert(connection, t, COLUMNS, [row], skip_known=True) > 0


def claim(connection: sa.Connection, *, medium: Medium, worker: str, most: int,
          now: datetime) -> list[Claimed]:
    """Up to `most` messages, one-time codes before the rest, oldest first, leased to `worker`.
    None to an address that has said STOP, none that has expired: those are closed here, with
    the reason."""
    _close_lost(connection, medium, now)
    found: list[Claimed] = []
    while len(found) < most:
        rows = _lease(connection, medium, worker, most - len(found), now)
        if not rows:
            break
        stopped = consent.stopped_among(connection, [bytes(r.recipient_hash) for r in rows])
        for row in sorted(rows, key=lambda r: (r.kind != "code", r.created_at, r.id)):
            if bytes(row.recipient_hash) in stopped:
                _close(connection, row.id, "refused", "stopped", now)
            elif row.expires_at <= now:
                _close(connection, row.id, "expired", "", now)
            else:
                found.append(Claimed(row.id, row.medium, bytes(row.recipient), row.language,
                                     row.kind, row.subject, row.attempt, row.sealed))
    return found


def _lease(connection: sa.Connection, medium: Medium, worker: str, most: int,
           now: datetime) -> list[sa.Row[tuple[object, ...]]]:
    """One statement, so that no two workers get one message: PostgreSQL passes over rows
    that another is just taking, SQLite has one writer at a time."""
    free = sa.or_(t.c.lease_until.is_(None), t.c.lease_until <= now)
    ready = (sa.select(t.c.id).where(t.c.medium == medium, t.c.state.in_(("queued", "claimed")),
                                     free)
             .order_by(t.c.kind != "code", t.c.created_at, t.c.id).limit(most)
             .with_for_update(skip_locked=True).cte("ready"))
    return list(connection.execute(
        t.update().where(t.c.id.in_(sa.select(ready.c.id)))
        .values(state="claimed", worker=worker, attempt=t.c.attempt + 1,
                lease_until=now + LEASE, updated_at=now)
        .returning(t.c.id, t.c.medium, t.c.recipient, t.c.recipient_hash, t.c.language,
                   t.c.kind, t.c.subject, t.c.attempt, t.c.created_at, t.c.expires_at,
                   t.c.sealed)))


def _close_lost(connection: sa.Connection, medium: Medium, now: datetime) -> None:
    """Messages whose worker fell silent while sending: nobody knows whether they went out."""
    lost = connection.execute(
        t.update().where(t.c.medium == medium, t.c.state == "sending", t.c.lease_until <= now)
        .values(state="unknown", error="worker-lost", lease_until=None, updated_at=now)
        .returning(t.c.id)).scalars().all()
    for notification in lost:
        _ask_staff(connection, notification, now)


def _ask_staff(connection: sa.Connection, notification: str, now: datetime) -> None:
    raise_task(connection, "send-unknown", f"send-unknown:{notification}",
               f"Whether message {notification} was sent is not known; it is not sent again.",
               now)


def _close(connection: sa.Connection, notification: str, state: str, error: str,
           now: datetime) -> None:
    connection.execute(t.update().where(t.c.id == notification).values(
        state=state, error=error or None, lease_until=None, updated_at=now, sealed=None))


def begin(connection: sa.Connection, notification: str, worker: str, now: datetime) -> None:
    """The worker is about to send. Raises NoConsent, NotYours or UnknownNotification when
    it must not. Said again by the same worker it is the same permission."""
    row = _locked(connection, notification)
    if row.state not in ("claimed", "sending") or row.worker != worker or row.lease_until <= now:
        raise NotYours
    if consent.stopped_among(connection, [bytes(row.recipient_hash)]):
        _close(connection, notification, "refused", "stopped", now)
        raise NoConsent
    if row.expires_at <= now:
        _close(connection, notification, "expired", "", now)
        raise NotYours
    connection.execute(t.update().where(t.c.id == notification).values(
        state="sending", lease_until=now + LEASE, updated_at=now))


def settle(connection: sa.Connection, notification: str, state: State, *, provider_id: str = "",
           error: str = "", now: datetime) -> str:
    """What became of a message; returns its state now. News that is behind what is known
    changes nothing. `retry`: it was surely not sent, and may be after a while."""
    row = _locked(connection, notification)
    if state == "retry":
        return _retry(connection, row, error, now)
    if RANK[state] <= RANK[row.state]:
        return str(row.state)
    connection.execute(t.update().where(t.c.id == notification).values(
        state=state, error=error or row.error, provider_id=provider_id or row.provider_id,
        lease_until=None, updated_at=now, sealed=None))
    if state == "unknown":
        _ask_staff(connection, notification, now)
    return state


def _retry(connection: sa.Connection, row: sa.Row[tuple[object, ...]], error: str,
           now: datetime) -> str:
    if row.state not in ("claimed", "sending"):
        return str(row.state)
    if row.attempt >= MOST_ATTEMPTS:
        _close(connection, row.id, "failed", error, now)
        raise_task(connection, "dead-letter", f"dead-letter:{row.id}",
                   f"Message {row.id} could not be sent in {MOST_ATTEMPTS} attempts "
                   f"({error or 'no reason given'}).", now)
        return "failed"
    connection.execute(t.update().where(t.c.id == row.id).values(
        state="queued", error=error or None, worker=None, updated_at=now,
        lease_until=now + BACK_OFF * 2 ** (row.attempt - 1)))
    return "queued"


def _locked(connection: sa.Connection, notification: str) -> sa.Row[tuple[object, ...]]:
    row = connection.execute(
        sa.select(t).where(t.c.id == notification).with_for_update()).first()
    if row is None:
        raise UnknownNotification
    return row
