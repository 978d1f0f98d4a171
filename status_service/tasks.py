"""Tasks (待办): whatever a person must do because the machine rightly does not."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from status_service.storage import tables


def raise_task(connection: sa.Connection, kind: str, key: str, detail: str,
               now: datetime) -> None:
    """Make a task for staff, once for each `key`; when its cause comes back it is counted,
    and a task that was done is open again. `detail` holds no personal data."""
    t = tables.tasks
    known = connection.execute(
        t.update().where(t.c.key == key)
        .values(seen=t.c.seen + 1, updated_at=now, state="open"))
    if not known.rowcount:
        connection.execute(t.insert().values(
            kind=kind, key=key[:160], detail=detail[:400], state="open", seen=1,
            created_at=now, updated_at=now))
