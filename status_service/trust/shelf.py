"""Short-lived things in Redis: names are keyed hashes, values are sealed."""

from __future__ import annotations

import redis
from cryptography.exceptions import InvalidTag
from redis.backoff import NoBackoff
from redis.retry import Retry

from status_service.trust.personal import Vault

TIMEOUT = 0.5  # seconds for Redis, which is near


class ShelfAway(Exception):
    """Redis cannot be asked now: what rests on it stays closed."""


class Shelf:
    """One per process; safe to use from many threads. Every method may raise ShelfAway."""

    def __init__(self, redis_url: str, vault: Vault) -> None:
        self._vault = vault
        self._redis = redis.Redis.from_url(
            redis_url, socket_timeout=TIMEOUT, socket_connect_timeout=TIMEOUT,
            retry=Retry(NoBackoff(), 1), health_check_interval=0)

    def key(self, kind: str, name: str) -> str:
        """Where something called `name` lies; Redis cannot tell the name from it."""
        return f"{kind}:{self._vault.keyed_hash(kind, name)[:18].hex()}"

    def put(self, key: str, text: str, seconds: int) -> None:
        """Sealed together with its key, so that no value serves under another."""
        self.ask("SET", key, self._vault.seal(f"{key}\0{text}"), "EX", seconds)

    def get(self, key: str) -> str | None:
        return self._opened(key, self.ask("GET", key))

    def take(self, key: str) -> str | None:
        """As `get`; nobody gets it a second time."""
        return self._opened(key, self.ask("GETDEL", key))

    def _opened(self, key: str, sealed: object) -> str | None:
        if not isinstance(sealed, bytes):
            return None
        try:
            where, _, text = self._vault.unseal(sealed).partition("\0")
        except (InvalidTag, ValueError):  # of another secret, or not ours
            return None
        return text if where == key else None

    def ask(self, *command: str | bytes | int) -> object:
        try:
            return self._redis.execute_command(*command)  # type: ignore[no-untyped-call]
        except redis.RedisError as error:
            raise ShelfAway(type(error).__name__) from None
