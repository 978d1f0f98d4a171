"""Access for programs: tokens with scopes, kept as hashes, expiring.

A token is random (256 bits), so a plain SHA-256 of it cannot be searched. The
scopes are a closed list; a token without the scope of a route gets nothing.
"""

from __future__ import annotations

import hashlib
import secrets
import threading
import time
from datetime import UTC, datetime, timedelta

import msgspec
import sqlalchemy as sa
from sqlalchemy.engine import Engine

from status_service.storage import tables

SCOPES = {
    "public:read": "matters, guides, notices, offices",
    "cases:read": "a case by its number, at the level the evidence allows",
    "cases:write": "write the cases of the token's own source",
    "evidence": "show a code or a phone for a case, and read what it opens",
    "cards": "relay a card and read its holder's cases",
    "card-desk": "issue, block and rewrite cards, for a clerk whom each question names",
    "notify": "ask for a message, claim and report messages, record consent",
    "metrics": "figures of this process",
}
CHANNEL_SCOPES = ("public:read", "cases:read", "evidence", "cards", "notify")
FRESH = 2.0  # seconds until a new or withdrawn token counts in every process
LIFETIME = timedelta(days=400)


class Token(msgspec.Struct, frozen=True):
    """Who asks, when a program asks."""

    name: str
    scopes: frozenset[str]
    source: str | None
    mapping: str | None
    expires_at: datetime | None


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
    t = tables.tokens
    connection.execute(t.delete().where(t.c.name == name))
    connection.execute(t.insert().values(
        hash=digest(token), name=name, scopes=" ".join(scopes), source=source, mapping=mapping,
        created_at=created, expires_at=created + LIFETIME))
    return token


def listed(connection: sa.Connection) -> list[Token]:
    t = tables.tokens
    return [_token(r) for r in connection.execute(sa.select(t).order_by(t.c.name))]


def remove(connection: sa.Connection, name: str) -> bool:
    t = tables.tokens
    return bool(connection.execute(t.delete().where(t.c.name == name)).rowcount)


class Tokens:
    """The tokens of one process, read anew every FRESH seconds."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._lock = threading.Lock()
        self._read = float("-inf")
        self._known: dict[bytes, Token] = {}

    def find(self, header: str) -> Token | None:
        """The token of an Authorization header, or None."""
        if not header.startswith("Bearer "):
            return None
        if time.monotonic() - self._read > FRESH:
            with self._lock:
                if time.monotonic() - self._read > FRESH:
                    self._load()
        return self._known.get(digest(header[7:]))

    def _load(self) -> None:
        now = datetime.now(UTC)
        with self._engine.connect() as connection:
            rows = connection.execute(sa.select(tables.tokens)).all()
        self._known = {bytes(r.hash): _token(r) for r in rows
                       if r.expires_at is None or r.expires_at > now}
        self._read = time.monotonic()


def _token(row: sa.Row[tuple[object, ...]]) -> Token:
    return Token(name=row.name, scopes=frozenset(row.scopes.split()), source=row.source,
                 mapping=row.mapping, expires_at=row.expires_at)
