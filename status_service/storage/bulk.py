"""Many rows at once, at the driver's own speed.

SQLAlchemy turns each row into a dictionary and each value through its type; for
a million rows that is most of the time. Here rows are tuples that already have
the driver's form; table and columns still come from the one definition.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa


def insert(connection: sa.Connection, table: sa.Table, columns: Sequence[str],
           rows: Sequence[tuple[Any, ...]], skip_known: bool = False) -> int:
    """Insert `rows`; with `skip_known` those that a unique constraint already holds are
    left out. Returns how many rows were written."""
    if not rows:
        return 0
    names = ", ".join(table.c[name].name for name in columns)
    mark = "?" if connection.dialect.paramstyle == "qmark" else "%s"
    sql = f"INSERT INTO {table.name} ({names}) VALUES ({', '.join([mark] * len(columns))})"  # noqa: S608 - names come from the table
    if skip_known:
        sql += " ON CONFLICT DO NOTHING"
    return connection.exec_driver_sql(sql, list(rows)).rowcount


def new_ids(connection: sa.Connection, table: sa.Table, count: int) -> range | list[int]:
    """`count` fresh ids of `table`. In SQLite the caller holds the write lock, so the next
    numbers are nobody else's; PostgreSQL's sequence gives them out."""
    if connection.dialect.name == "sqlite":
        top = connection.execute(sa.select(sa.func.max(table.c.id))).scalar() or 0
        return range(top + 1, top + 1 + count)
    return list(connection.execute(
        sa.text("SELECT nextval(pg_get_serial_sequence(:t, 'id')) FROM generate_series(1, :n)"),
        {"t": table.name, "n": count}).scalars())
