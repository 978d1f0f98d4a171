"""The nightly job: once a day, at a quiet hour, one of the service's processes removes what is
older than it may be (see `retention`)."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy.engine import Engine
from sqlalchemy.exc import IntegrityError, SQLAlchemyError

from settings import Settings
from status_service import retention
from status_service.storage import tables
from status_service.storage.engine import writing
from status_service.tasks import raise_task
from status_service.trust import auditread
from status_service.trust.audit import AuditAway
from status_service.trust.personal import Vault

QUIET = range(2, 5)  # hours in the office's zone at which hardly anybody asks
LOOKS = 300  # seconds between two looks at the clock

log = logging.getLogger("status_service")
t = tables.nights


class Nightly:
    """One per process. `start` begins a thread that ends with the process."""

    def __init__(self, engine: Engine, vault: Vault, settings: Settings,
                 now: Callable[[], datetime]) -> None:
        self._engine, self._vault, self._settings, self._now = engine, vault, settings, now
        self._zone = ZoneInfo(settings.zone)
        self._seen: date | None = None  # the last night that was somebody's, ours or not

    def start(self) -> None:
        threading.Thread(target=self._watch, name="nightly", daemon=True).start()

    def _watch(self) -> None:
        never = threading.Event()
        while not never.wait(LOOKS):
            try:
                self.look()
            except SQLAlchemyError as error:  # the record is away: look again
                log.error("the night's job waits: %s", type(error).__name__)

    def look(self) -> list[retention.Removed] | None:
        """Do the night's job when it is time and nobody else did or does; None when not."""
        now = self._now()
        here = now.astimezone(self._zone)
        if here.hour not in QUIET or self._seen == here.date():
            return None
        mine = self._claim(here.date(), now)
        self._seen = here.date()
        return self._do(here.date(), now) if mine else None

    def _claim(self, night: date, now: datetime) -> bool:
        """Whether this process is the first: a day is there once."""
        try:
            with writing(self._engine).begin() as connection:
                connection.execute(t.insert().values(day=night, began_at=now, removed=""))
        except IntegrityError:
            return False
        return True

    def _do(self, night: date, now: datetime) -> list[retention.Removed]:
        try:
            done = retention.tidy(self._engine, self._vault, self._settings, now)
            wrong = ""
        except (AuditAway, SQLAlchemyError) as error:
            done, wrong = [], type(error).__name__
            log.error("the night's job was not finished: %s", wrong)
        said = ", ".join(f"{one.name} {one.rows}" for one in done if one.rows)
        with writing(self._engine).begin() as connection:
            connection.execute(t.update().where(t.c.day == night).values(
                ended_at=self._now(), removed=said))
            if wrong:
                raise_task(connection, "retention", "retention",
                           f"What is too old was not removed in the night of {night} ({wrong}). "
                           "Try `python -m status_service retention`.", now)
        if not wrong and not any(one.wrong for one in done):
            # Into the log, which is not in the record: a record that was set back is found by it.
            log.warning("the night's job is done (%s); audit %s", said or "nothing to remove",
                        auditread.now_noted(self._engine, self._vault))
        return done
