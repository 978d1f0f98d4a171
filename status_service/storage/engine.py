"""Opening the record, and asking it the one question that is asked most.

`make_engine` sets each database up as we need it. `Lookup` runs a statement
that SQLAlchemy compiled once, on a connection that the thread keeps: the
statement stays ours in Core, the per-question cost is the driver's.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.engine import Engine, make_url

BUSY_TIMEOUT = 5_000  # milliseconds a writer waits for another in SQLite
SQLITE_CACHE = 65_536  # KiB of page cache a connection; imports touch pages all over
LOOKUP_CACHE = 4_096  # KiB for each kept connection; there are two a thread


def make_engine(url: str) -> Engine:
    """An engine for `sqlite:///file` or `postgresql://…` (spoken by psycopg 3)."""
    parsed = make_url(url)
    if parsed.get_backend_name() == "postgresql":
        parsed = parsed.set(drivername="postgresql+psycopg")
        return sa.create_engine(parsed, pool_size=16, max_overflow=16, pool_pre_ping=True)
    engine = sa.create_engine(
        parsed, connect_args={"check_same_thread": False, "cached_statements": 256})

    @event.listens_for(engine, "connect")
    def prepare(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # `begin` below is ours; the driver starts nothing
        cursor = connection.cursor()
        for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "foreign_keys=ON",
                       f"busy_timeout={BUSY_TIMEOUT}", f"cache_size=-{SQLITE_CACHE}"):
            cursor.execute("PRAGMA " + pragma)
        cursor.close()

    # pysqlite begins late and only for some statements; begin ourselves, and as a
    # writer where we write, so that two writers wait instead of failing.
    @event.listens_for(engine, "begin")
    def begin(connection: sa.Connection) -> None:
        mode = connection.get_execution_options().get("sqlite_begin", "DEFERRED")
        connection.exec_driver_sql(f"BEGIN {mode}")

    return engine


def writing(engine: Engine) -> Engine:
    """The same engine for transactions that write: SQLite takes the write lock at once."""
    return engine.execution_options(sqlite_begin="IMMEDIATE")


class Lookup:
    """A SELECT with one string parameter, compiled once, asked of a kept connection."""

    def __init__(self, engine: Engine, statement: sa.Select[Any], parameter: str) -> None:
        self._engine = engine
        compiled = statement.compile(engine)
        self._sql = str(compiled)
        self._positional = bool(compiled.positional)
        self._fixed = {k: v for k, v in compiled.params.items() if k != parameter}
        self._order = list(compiled.positiontup or ())
        self._parameter = parameter
        self._kept = threading.local()

    def all(self, value: str) -> Sequence[Any]:
        """The rows, as the driver gives them."""
        bound: Any
        if self._positional:
            bound = [value if n == self._parameter else self._fixed[n] for n in self._order]
        else:
            bound = {**self._fixed, self._parameter: value}
        held = getattr(self._kept, "cursor", None)
        if held is not None:
            try:
                found: Sequence[Any] = held.execute(self._sql, bound).fetchall()
                return found
            except self._engine.dialect.dbapi.Error:  # type: ignore[union-attr]
                self._drop()  # the database went away in between: once more, on a new one
        cursor = self._hold()
        rows: Sequence[Any] = cursor.execute(self._sql, bound).fetchall()
        return rows

    def _hold(self) -> Any:
        fairy = self._engine.raw_connection()
        connection: Any = fairy.driver_connection
        fairy.detach()  # ours, not the pool's: it is closed with its thread
        if self._engine.dialect.name == "postgresql":
            connection.rollback()
            connection.autocommit = True
        else:
            connection.execute(f"PRAGMA cache_size=-{LOOKUP_CACHE}")
        self._kept.fairy = fairy  # the connection lives as long as this does
        self._kept.cursor = connection.cursor()
        return self._kept.cursor

    def _drop(self) -> None:
        fairy = self._kept.fairy
        del self._kept.cursor, self._kept.fairy
        fairy.close()
