"""The tables of the record. SQLite and PostgreSQL hold the same ones.

Texts in several languages, pauses and lists that are never searched are JSON
written by msgspec. Times are UTC; days are days in the office's zone. What names
a person is sealed (`trust.personal`) and found by keyed hash.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Dialect

NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
}
metadata = sa.MetaData(naming_convention=NAMES)


class Instant(sa.types.TypeDecorator[datetime]):
    """An aware time, kept as microseconds since 1970 in UTC: the same in both databases,
    compared as a number, and cheap to read."""

    impl = sa.BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        return None if value is None else to_micros(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        return None if value is None else from_micros(value)


def to_micros(value: datetime) -> int:
    """Microseconds since 1970; refuses a time without a zone."""
    if value.tzinfo is None:
        raise ValueError("a time without a zone")
    return int(value.timestamp() * 1_000_000)


def from_micros(value: int) -> datetime:
    return datetime.fromtimestamp(value / 1_000_000, UTC)


BigId = sa.BigInteger().with_variant(sa.Integer(), "sqlite")  # SQLite numbers only INTEGER keys

offices = sa.Table(
    "offices", metadata,
    sa.Column("code", sa.String(40), primary_key=True),
    sa.Column("position", sa.Integer, nullable=False),
    sa.Column("body", sa.LargeBinary, nullable=False),  # guides.types.Office as JSON
    sa.Column("updated_at", Instant, nullable=False),
)

categories = sa.Table(
    "categories", metadata,
    sa.Column("code", sa.String(40), primary_key=True),
    sa.Column("position", sa.Integer, nullable=False),
    sa.Column("body", sa.LargeBinary, nullable=False),
    sa.Column("updated_at", Instant, nullable=False),
)

matters = sa.Table(
    "matters", metadata,
    sa.Column("code", sa.String(40), primary_key=True),
    sa.Column("category", sa.ForeignKey("categories.code"), nullable=False, index=True),
    sa.Column("office", sa.ForeignKey("offices.code"), nullable=False),
    sa.Column("position", sa.Integer, nullable=False),
    sa.Column("body", sa.LargeBinary, nullable=False),  # guides.types.Matter, guide apart
    sa.Column("updated_at", Instant, nullable=False),
)

guides = sa.Table(
    "guides", metadata,
    sa.Column("matter", sa.ForeignKey("matters.code"), primary_key=True),
    sa.Column("body", sa.LargeBinary, nullable=False),  # guides.types.Guide as JSON
    sa.Column("updated_at", Instant, nullable=False),
)

notices = sa.Table(
    "notices", metadata,
    sa.Column("code", sa.String(40), primary_key=True),
    sa.Column("office", sa.ForeignKey("offices.code"), nullable=False),
    sa.Column("published_on", sa.Date, nullable=False, index=True),
    sa.Column("ends_on", sa.Date),
    sa.Column("body", sa.LargeBinary, nullable=False),
    sa.Column("updated_at", Instant, nullable=False),
)

applicants = sa.Table(
    "applicants", metadata,
    sa.Column("id", BigId, primary_key=True),
    sa.Column("kind", sa.String(12), nullable=False),
    sa.Column("language", sa.String(8), nullable=False),
    sa.Column("identity_hash", sa.LargeBinary, nullable=False, unique=True),  # of name and phone
    sa.Column("phone_hash", sa.LargeBinary, index=True),
    sa.Column("sealed", sa.LargeBinary, nullable=False),  # name and phone
)

identities = sa.Table(  # what back offices also know an applicant by: see cases.store
    "identities", metadata,
    sa.Column("identity_hash", sa.LargeBinary, primary_key=True),
    sa.Column("applicant", sa.ForeignKey("applicants.id"), nullable=False, index=True),
)

cases = sa.Table(
    "cases", metadata,
    sa.Column("id", BigId, primary_key=True),
    sa.Column("number", sa.String(80), nullable=False),  # as the back office writes it
    sa.Column("number_key", sa.String(80), nullable=False, unique=True),  # see cases.number
    sa.Column("digits_key", sa.String(80), nullable=False, index=True),
    sa.Column("source", sa.String(40), nullable=False),  # who tells us of it
    sa.Column("version", sa.BigInteger, nullable=False),
    sa.Column("fingerprint", sa.LargeBinary, nullable=False),  # of what was last written
    sa.Column("status", sa.String(12), nullable=False),
    sa.Column("matter", sa.ForeignKey("matters.code"), nullable=False),
    sa.Column("applicant", sa.ForeignKey("applicants.id"), index=True),
    sa.Column("query_code", sa.LargeBinary),  # keyed hash of the digits on the slip
    # Where the desk gave a new code: the back office's own one, which counts no more (b"" for
    # none), so that its next update does not bring it back.
    sa.Column("reissued_from", sa.LargeBinary),
    sa.Column("updated_at", sa.BigInteger, nullable=False),  # microseconds, as Instant
    sa.Column("body", sa.LargeBinary, nullable=False),  # cases.record.Body as JSON
)

cards = sa.Table(
    "cards", metadata,
    sa.Column("id", BigId, primary_key=True),
    sa.Column("serial_hash", sa.LargeBinary, nullable=False, unique=True),  # with the issuer
    sa.Column("printed_hash", sa.LargeBinary, nullable=False, unique=True),
    sa.Column("sealed", sa.LargeBinary, nullable=False),  # issuer, serial, printed number
    sa.Column("profile", sa.String(40), nullable=False),  # trust.cards.profiles
    sa.Column("key_version", sa.Integer, nullable=False),
    sa.Column("state", sa.String(12), nullable=False),  # trust.cards.register.CardState
    sa.Column("valid_until", sa.Date, nullable=False),
    sa.Column("applicant", sa.ForeignKey("applicants.id"), nullable=False, index=True),
    sa.Column("created_at", Instant, nullable=False),
)

handlers = sa.Table(
    "handlers", metadata,
    sa.Column("id", BigId, primary_key=True),
    sa.Column("applicant", sa.ForeignKey("applicants.id"), nullable=False, index=True),
    sa.Column("role", sa.String(16), nullable=False),  # handler, representative
    sa.Column("case_id", sa.ForeignKey("cases.id")),  # the only case that it is for
    sa.Column("phone_hash", sa.LargeBinary, nullable=False, index=True),
    sa.Column("sealed", sa.LargeBinary, nullable=False),  # name and phone
    sa.Column("until", sa.Date),  # the last day
    sa.Column("created_at", Instant, nullable=False),
)

history = sa.Table(
    "history", metadata,
    sa.Column("id", BigId, primary_key=True),
    sa.Column("case_id", sa.ForeignKey("cases.id"), nullable=False),
    sa.Column("key", sa.String(80), nullable=False),
    sa.Column("status", sa.String(80), nullable=False),
    sa.Column("at", Instant),  # None where the back office does not record it
    sa.Column("stage", sa.String(40)),
    sa.Column("phase", sa.String(80)),
    sa.Column("note", sa.LargeBinary),  # words.LocalText as JSON
    sa.UniqueConstraint("case_id", "key"),
)

working_days = sa.Table(
    "working_days", metadata,
    sa.Column("day", sa.Date, primary_key=True),
    sa.Column("working", sa.Boolean, nullable=False),
    sa.Column("provisional", sa.Boolean, nullable=False),
)

tokens = sa.Table(
    "tokens", metadata,
    sa.Column("hash", sa.LargeBinary, primary_key=True),  # SHA-256; the token itself is random
    sa.Column("name", sa.String(40), nullable=False, unique=True),
    sa.Column("scopes", sa.String(200), nullable=False),  # separated by spaces
    sa.Column("source", sa.String(40)),  # the back office it speaks for
    sa.Column("mapping", sa.String(40)),  # the status mapping its codes go through
    sa.Column("created_at", Instant, nullable=False),
    sa.Column("expires_at", Instant),
    sa.Column("former_hash", sa.LargeBinary),  # of the token before it was rotated
    sa.Column("former_until", Instant),
    sa.Column("used_at", Instant),  # at most a minute behind
)

tasks = sa.Table(
    "tasks", metadata,
    sa.Column("id", BigId, primary_key=True),
    sa.Column("kind", sa.String(40), nullable=False),
    sa.Column("key", sa.String(160), nullable=False, unique=True),  # one task for one cause
    sa.Column("detail", sa.String(400), nullable=False),  # for staff; no personal data
    sa.Column("state", sa.String(12), nullable=False),
    sa.Column("seen", sa.Integer, nullable=False),  # how often the cause came back
    sa.Column("version", sa.Integer, nullable=False, server_default="1"),  # of all that follows
    sa.Column("created_at", Instant, nullable=False),
    sa.Column("updated_at", Instant, nullable=False),
    sa.Column("done_at", Instant),  # when it was last done
    sa.Column("done_by", sa.String(80)),  # token/clerk
    sa.Column("note", sa.String(200)),  # the clerk's; no personal data
)

desk_actions = sa.Table(
    "desk_actions", metadata,
    sa.Column("id", BigId, primary_key=True),
    sa.Column("at", Instant, nullable=False),
    sa.Column("action", sa.String(20), nullable=False),  # trust.desk.Action
    sa.Column("number", sa.String(80), nullable=False, index=True),
    sa.Column("applicant", BigId),
    sa.Column("token", sa.String(40), nullable=False),
    sa.Column("clerk", sa.String(40), nullable=False),  # as the program told it
)

notifications = sa.Table(
    "notifications", metadata,
    sa.Column("id", sa.String(32), primary_key=True),
    sa.Column("key", sa.String(80), nullable=False, unique=True),
    sa.Column("medium", sa.String(8), nullable=False),
    sa.Column("recipient", sa.LargeBinary, nullable=False),  # sealed
    sa.Column("recipient_hash", sa.LargeBinary, nullable=False, index=True),
    sa.Column("language", sa.String(8), nullable=False),
    sa.Column("kind", sa.String(20), nullable=False),
    sa.Column("subject", sa.String(80), nullable=False),
    sa.Column("sealed", sa.LargeBinary),  # a one-time code, until it is sent
    sa.Column("state", sa.String(12), nullable=False),
    sa.Column("attempt", sa.Integer, nullable=False),
    sa.Column("lease_until", Instant),
    sa.Column("worker", sa.String(40)),
    sa.Column("provider_id", sa.String(64), index=True),
    sa.Column("error", sa.String(80)),
    sa.Column("created_at", Instant, nullable=False),
    sa.Column("updated_at", Instant, nullable=False),
    sa.Column("expires_at", Instant, nullable=False),
    sa.Index("ix_notifications_queue", "medium", "state", "lease_until"),
)

consent = sa.Table(
    "consent", metadata,
    sa.Column("id", BigId, primary_key=True),
    sa.Column("address_hash", sa.LargeBinary, nullable=False, index=True),
    sa.Column("address", sa.LargeBinary, nullable=False),  # sealed
    sa.Column("stopped", sa.Boolean, nullable=False),
    sa.Column("channel", sa.String(8), nullable=False),
    sa.Column("proof", sa.String(80), nullable=False),
    sa.Column("at", Instant, nullable=False),
)

audit = sa.Table(
    "audit", metadata,
    sa.Column("seq", sa.BigInteger, primary_key=True, autoincrement=False),  # without a gap
    sa.Column("at", Instant, nullable=False),
    sa.Column("asked", sa.String(16), nullable=False),  # trust.audit.Asked
    sa.Column("outcome", sa.String(16), nullable=False),  # trust.audit.Outcome
    sa.Column("level", sa.Integer, nullable=False),  # what was shown; 0 where nothing was
    sa.Column("channel", sa.String(8), nullable=False),  # "" where the program did not say
    sa.Column("program", sa.String(40), nullable=False),  # the token's name
    sa.Column("case_id", sa.BigInteger),  # no foreign key: the chain outlives what it tells of
    sa.Column("subject", sa.LargeBinary, nullable=False),  # keyed hash of the number asked for
    sa.Column("who", sa.LargeBinary, nullable=False),  # keyed hash of the source
    sa.Column("visit", sa.LargeBinary, nullable=False),  # keyed hash of call, conversation, card
    sa.Column("amount", sa.BigInteger, nullable=False),  # rows removed, or looks not written
    sa.Column("detail", sa.String(160), nullable=False),  # of a row that is about the record
    sa.Column("hash", sa.LargeBinary, nullable=False),  # over the row before and this one
    sa.Index("ix_audit_opened", "case_id", "at", sqlite_where=sa.text("level > 0"),
             postgresql_where=sa.text("level > 0")),
)

audit_head = sa.Table(  # one row: where the chain begins and ends now, sealed
    "audit_head", metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("seq", sa.BigInteger, nullable=False),  # of the last row
    sa.Column("hash", sa.LargeBinary, nullable=False),
    sa.Column("base_seq", sa.BigInteger, nullable=False),  # of the last row that was removed
    sa.Column("base_hash", sa.LargeBinary, nullable=False),
    sa.Column("seal", sa.LargeBinary, nullable=False),
)

nights = sa.Table(  # which nights the record was tidied: the unique day decides who does it
    "nights", metadata,
    sa.Column("day", sa.Date, primary_key=True),
    sa.Column("began_at", Instant, nullable=False),
    sa.Column("ended_at", Instant),
    sa.Column("removed", sa.String(400), nullable=False),
)
