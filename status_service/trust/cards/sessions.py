"""Card sessions, in Redis: from a card's insertion to its removal.

A session's name is 256 random bits that only its kiosk knows. Redis sees a keyed hash of it,
and values that are sealed and bound to that hash. The challenge lies apart: whoever takes it
has it alone, and it ends by itself.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from datetime import datetime
from typing import Literal

import msgspec
import redis
from cryptography.exceptions import InvalidTag
from redis.backoff import NoBackoff
from redis.retry import Retry

from status_service.trust.personal import Vault

IDLE = 600  # seconds without a question after which a session ends
LONGEST = 1800  # seconds from its beginning after which it ends, whatever happens
NONCE_LIVES = 30  # seconds: a card that was asked answers within them
NEXT_LIVES = 120  # of a challenge that waits for the next question: most pages are read in them
TIMEOUT = 0.5  # seconds for Redis, which is near


class Over(Exception):
    """There is no such session (any more), or it is not at this point."""


class StoreAway(Exception):
    """Redis cannot be asked now."""


class CardSession(msgspec.Struct, frozen=True):
    """Where a session stands."""

    owner: str  # the name of the token that opened it: nobody else's may go on with it
    kiosk: str
    began: datetime
    stage: Literal["opened", "challenged", "proven"] = "opened"
    profile: str = ""
    content: bytes = b""  # the card's data file as it was read
    card: int = 0  # once proven
    level: int = 0  # what it has proven
    phone: str = ""  # that its holder wants registered, until they show that they have it

    def __repr__(self) -> str:
        return f"CardSession(stage={self.stage!r}, redacted)"


class _Kept(msgspec.Struct, frozen=True, array_like=True):
    key: str
    session: CardSession


_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(_Kept).decode


class CardSessions:
    """One per process; safe to use from many threads. Every method may raise StoreAway."""

    def __init__(self, redis_url: str, vault: Vault, now: Callable[[], datetime]) -> None:
        self._vault = vault
        self._now = now
        self._redis = redis.Redis.from_url(
            redis_url, socket_timeout=TIMEOUT, socket_connect_timeout=TIMEOUT,
            retry=Retry(NoBackoff(), 1), health_check_interval=0)

    def open(self, owner: str, kiosk: str) -> str:
        """A new session; returns its secret name."""
        name = secrets.token_urlsafe(32)
        session = CardSession(owner, kiosk, self._now())
        self._ask("SET", self._key(name), self._sealed(name, session), "EX", IDLE)
        return name

    def get(self, name: str, owner: str) -> CardSession:
        """The session, which lives on from now. Raises Over."""
        key = self._key(name)
        sealed = self._ask("GET", key)
        if not isinstance(sealed, bytes):
            raise Over
        try:
            kept = _decode(self._vault.unseal(sealed).encode())
        except (InvalidTag, ValueError):  # of another secret, or not ours
            raise Over from None
        left = self._left(kept.session)
        if kept.key != key or kept.session.owner != owner or left <= 0:
            raise Over
        if not self._ask("EXPIRE", key, min(IDLE, left)):
            raise Over  # it was ended in between
        return kept.session

    def keep(self, name: str, session: CardSession) -> None:
        """Write where it stands now. Raises Over when it was ended in between."""
        lives = min(IDLE, self._left(session))
        if lives <= 0 or not self._ask("SET", self._key(name), self._sealed(name, session),
                                       "XX", "EX", lives):
            raise Over

    def challenge(self, name: str, remember: bytes, lives: int = NONCE_LIVES) -> None:
        """Remember a challenge for so many seconds; a former one that nobody took is void."""
        self._ask("SET", self._key(name, "card-nonce"), self._vault.seal(remember.hex()),
                  "EX", lives)

    def take_challenge(self, name: str) -> bytes | None:
        """What was remembered of the challenge that the card was given; nobody gets it twice.
        None when it was taken or ran out."""
        sealed = self._ask("GETDEL", self._key(name, "card-nonce"))
        return bytes.fromhex(self._vault.unseal(sealed)) if isinstance(sealed, bytes) else None

    def end(self, name: str) -> None:
        """End it; harmless when it is over."""
        self._ask("DEL", self._key(name), self._key(name, "card-nonce"))

    def _left(self, session: CardSession) -> int:
        return LONGEST - int((self._now() - session.began).total_seconds())

    def _key(self, name: str, kind: str = "card-session") -> str:
        return f"{kind}:{self._vault.keyed_hash(kind, name)[:18].hex()}"

    def _sealed(self, name: str, session: CardSession) -> bytes:
        return self._vault.seal(_encode(_Kept(self._key(name), session)).decode())

    def _ask(self, *command: str | bytes | int) -> object:
        try:
            return self._redis.execute_command(*command)  # type: ignore[no-untyped-call]
        except redis.RedisError as error:
            raise StoreAway(type(error).__name__) from None
