"""Access for programs: tokens with scopes, kept as hashes, expiring, rotated.

A token is random (256 bits), so a plain SHA-256 of it cannot be searched. The
scopes are a closed list; a token without the scope of a route gets nothing.
"""

from __future__ import annotations

import hashlib
import logging
import secrets
import threading
import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.engine import Engine
from sqlalchemy.exc import SQLAlchemyError

from status_service.storage import tables
from status_service.storage.engine import writing

SCOPES = {
    "public:read": "matters, guides, notices, offices",
    "cases:read": "a case by its number, at the level the evidence allows",
    "cases:write": "write the cases of the token's own source",
    "evidence": "show a code or a phone for a case, and read what it opens",
    "cards": "relay a card and read its holder's cases",
    "notify": "ask for a message, report what became of one, record consent",
    "send": "claim messages for sending, with their recipients and one-time codes",
    "card-desk": "issue, block and rewrite cards, for a clerk whom each question names",
    "tasks": "read the tasks for staff and say that they are done",
    "desk": "for a clerk: who may speak for an applicant, new codes and phones",
    "metrics": "figures of this process",
}
# What each part of the hall needs, and no more. sender: the worker that sends texts.
PART_SCOPES: dict[str, tuple[str, ...]] = {
    "phone": ("public:read", "cases:read", "evidence", "notify"),
    "text": ("public:read", "cases:read", "evidence", "notify"),
    "sender": ("notify", "send"),
    "kiosk": ("public:read", "cases:read", "evidence", "cards"),
}
# One token for all of them, where they run on one machine.
CHANNEL_SCOPES = tuple(dict.fromkeys(s for scopes in PART_SCOPES.values() for s in scopes))
FRESH = 2.0  # seconds until a new or withdrawn token counts in every process
NOTED = 60.0  # seconds between two notes of a token's use in one process
LIFETIME = timedelta(days=400)
OVERLAP = timedelta(hours=24)  # a rotated token works on: every program is restarted in a day
WARNED = timedelta(days=30)  # before a token expires

log = logging.getLogger("status_service")
t = tables.tokens


class Token(msgspec.Struct, frozen=True):
    """Who asks, when a program asks. former_until: until when the token before it works."""

    name: str
    scopes: frozenset[str]
    source: str | None
    mapping: str | None
    expires_at: datetime | None
    former_until: datetime | None = None
    used_at: datetime | None = None

    def warning(self, now: datetime) -> str:
        """What staff should know of its end, or nothing."""
        if self.expires_at is None or self.expires_at > now + WARNED:
            return ""
        if self.expires_at <= now:
            return "expired"
        return f"expires in {(self.expires_at - now).days} days"


def digest(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()


def add(connection: sa.Connection, name: str, scopes: tuple[str, ...], *,
        source: str | None = None, mapping: str | None = None, token: str | None = None,
        now: datetime | None = None) -> str:
    """Make a token (or keep the one given) and return it; it cannot be read back later.

    Raises ValueError for a scope that does not exist, or when writing cases is
    asked for without saying whose.
    """
    unknown = set(scopes) - set(SCOPES)
    if unknown or not scopes:
        raise ValueError(f"scopes are: {', '.join(SCOPES)}")
    if "cases:write" in scopes and not source:
        raise ValueError("a token that writes cases names its back office with --source")
    token = token or secrets.token_urlsafe(32)
    created = now or datetime.now(UTC)
    connection.execute(t.delete().where(t.c.name == name))
    connection.execute(t.insert().values(
        hash=digest(token), name=name, scopes=" ".join(scopes), source=source, mapping=mapping,
        created_at=created, expires_at=created + LIFETIME))
    return token


def rotate(connection: sa.Connection, name: str, *, overlap: timedelta = OVERLAP,
           now: datetime | None = None) -> str | None:
    """A new token in place of the one of this name, which works on for `overlap` at most, and
    no longer than it would have; one before it ends at once. None: there is no such token."""
    now = now or datetime.now(UTC)
    row = connection.execute(sa.select(t).where(t.c.name == name).with_for_update()).first()
    if row is None:
        return None
    token = secrets.token_urlsafe(32)
    ends = min(row.expires_at or now + overlap, now + overlap)
    works_on = ends > now
    connection.execute(t.update().where(t.c.name == name).values(
        hash=digest(token), created_at=now, expires_at=now + LIFETIME,
        former_hash=row.hash if works_on else None, former_until=ends if works_on else None))
    return token


def listed(connection: sa.Connection) -> list[Token]:
    return [_token(r) for r in connection.execute(sa.select(t).order_by(t.c.name))]


def remove(connection: sa.Connection, name: str) -> bool:
    return bool(connection.execute(t.delete().where(t.c.name == name)).rowcount)


class Tokens:
    """The tokens of one process, read anew every FRESH seconds."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._lock = threading.Lock()
        self._read = float("-inf")
        self._known: dict[bytes, Token] = {}
        self._note_after: dict[str, float] = {}
        self._noting = ThreadPoolExecutor(1, "tokens-used")

    def find(self, header: str) -> Token | None:
        """The token of an Authorization header, or None."""
        if not header.startswith("Bearer "):
            return None
        now = time.monotonic()
        if now - self._read > FRESH:
            with self._lock:
                if now - self._read > FRESH:
                    self._load()
        token = self._known.get(digest(header[7:]))
        if token is not None and now >= self._note_after.get(token.name, 0.0):
            self._note_after[token.name] = now + NOTED
            self._noting.submit(self._note, token.name)
        return token

    def _load(self) -> None:
        now = datetime.now(UTC)
        with self._engine.connect() as connection:
            rows = connection.execute(sa.select(t)).all()
        self._known = dict(_working(rows, now))
        self._read = time.monotonic()

    def _note(self, name: str) -> None:
        """Behind the answer: nobody waits for it, and what fails is noted a minute later."""
        try:
            with writing(self._engine).begin() as connection:
                connection.execute(t.update().where(t.c.name == name)
                                   .values(used_at=datetime.now(UTC)))
        except SQLAlchemyError as error:
            log.warning("the use of a token was not noted: %s", type(error).__name__)


def _working(rows: Iterable[Any], now: datetime) -> Iterable[tuple[bytes, Token]]:
    """The tokens that count now, by their hash."""
    for row in rows:
        token = _token(row)
        if row.former_hash is not None and row.former_until > now:
            yield bytes(row.former_hash), token
        if row.expires_at is None or row.expires_at > now:
            yield bytes(row.hash), token


def _token(row: Any) -> Token:
    return Token(name=row.name, scopes=frozenset(row.scopes.split()), source=row.source,
                 mapping=row.mapping, expires_at=row.expires_at, former_until=row.former_until,
                 used_at=row.used_at)
