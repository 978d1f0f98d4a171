"""What the hall tells anyone, as the record holds it: read at once, kept in memory.

Offices, matters, guides and notices are a few hundred small rows that every
answer needs, so each process keeps them and looks every few seconds whether
they have changed.
"""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime
from typing import Any, Protocol

import msgspec
import sqlalchemy as sa
from sqlalchemy.engine import Engine

from status_service.cases import calendar as working_calendar
from status_service.cases.answer import OfficeLine
from status_service.cases.calendar import Calendar
from status_service.guides.types import Category, Matter, Notice, Office
from status_service.storage import tables

FRESH = 2.0  # seconds until a change made by another process is seen


class Hall(msgspec.Struct, frozen=True):
    """Everything public, by code; dictionaries are in the order of the menus."""

    offices: dict[str, Office]
    categories: dict[str, Category]
    matters: dict[str, Matter]
    notices: dict[str, Notice]
    updated: dict[str, datetime]  # a matter's code to when it last changed
    lines: dict[str, OfficeLine]  # offices as an answer names them


class HallData(Protocol):
    """What `save` needs: the sample hall and any imported one have it."""

    @property
    def offices(self) -> tuple[Office, ...]: ...
    @property
    def categories(self) -> tuple[Category, ...]: ...
    @property
    def matters(self) -> tuple[Matter, ...]: ...
    @property
    def notices(self) -> tuple[Notice, ...]: ...




def line(office: Office) -> OfficeLine:
    return OfficeLine(code=office.code, name=office.name, phone=office.phone,
                      address=office.address, hours=office.hours_text)


def make_hall(offices: list[Office], categories: list[Category], matters: list[Matter],
              notices: list[Notice], updated: dict[str, datetime] | None = None) -> Hall:
    return Hall(
        offices={o.code: o for o in offices},
        categories={c.code: c for c in categories},
        matters={m.code: m for m in matters},
        notices={n.code: n for n in notices},
        updated=updated or {},
        lines={o.code: line(o) for o in offices},
    )


def load(connection: sa.Connection) -> Hall:
    """The hall of the record, notices newest first."""
    office, category = tables.offices, tables.categories
    matter, guide, notice = tables.matters, tables.guides, tables.notices
    rows = connection.execute(
        sa.select(matter.c.code, matter.c.body, guide.c.body.label("guide"), matter.c.updated_at)
        .join(guide, guide.c.matter == matter.c.code).order_by(matter.c.position)).all()
    matters = [
        msgspec.convert({**msgspec.json.decode(r.body), "guide": msgspec.json.decode(r.guide)},
                        Matter) for r in rows]
    return make_hall(
        [msgspec.json.decode(r.body, type=Office) for r in connection.execute(
            sa.select(office.c.body).order_by(office.c.position))],
        [msgspec.json.decode(r.body, type=Category) for r in connection.execute(
            sa.select(category.c.body).order_by(category.c.position))],
        matters,
        [msgspec.json.decode(r.body, type=Notice) for r in connection.execute(
            sa.select(notice.c.body).order_by(notice.c.published_on.desc(), notice.c.code))],
        {r.code: r.updated_at for r in rows},
    )


def save(connection: sa.Connection, hall: HallData, now: datetime | None = None) -> None:
    """Write offices, categories, matters with their guides, and notices; what has the same
    code is replaced where it differs, and its position is its place in the lists."""
    stamp = now or datetime.now(UTC)
    encode = msgspec.json.encode
    for at, office in enumerate(hall.offices):
        _put(connection, tables.offices, {"code": office.code},
             {"position": at, "body": encode(office), "updated_at": stamp})
    for at, category in enumerate(hall.categories):
        _put(connection, tables.categories, {"code": category.code},
             {"position": at, "body": encode(category), "updated_at": stamp})
    for at, matter in enumerate(hall.matters):
        plain = msgspec.to_builtins(matter)
        del plain["guide"]
        _put(connection, tables.matters, {"code": matter.code}, {
            "category": matter.category, "office": matter.office, "position": at,
            "body": encode(plain), "updated_at": stamp})
        _put(connection, tables.guides, {"matter": matter.code},
             {"body": encode(matter.guide), "updated_at": stamp})
    for notice in hall.notices:
        _put(connection, tables.notices, {"code": notice.code}, {
            "office": notice.office, "published_on": notice.published_on,
            "ends_on": notice.ends_on, "body": encode(notice), "updated_at": stamp})


def _put(connection: sa.Connection, table: sa.Table, key: dict[str, str],
         values: dict[str, object]) -> None:
    """Insert or replace one row; a row that says the same already is left alone."""
    column, code = next(iter(key.items()))
    held = connection.execute(sa.select(table).where(table.c[column] == code)).mappings().first()
    if held is None:
        connection.execute(table.insert().values(**key, **values))
    elif any(held[name] != value for name, value in values.items() if name != "updated_at"):
        connection.execute(table.update().where(table.c[column] == code).values(**values))


class Knowledge:
    """Hall and calendar of one process, refreshed when the record changed.

    Not guaranteed: that two processes see a change at the same moment; each sees
    it within FRESH seconds.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._lock = threading.Lock()
        self._looked = float("-inf")
        self._stamp: object = None
        self._held: tuple[Hall, Calendar] | None = None

    def get(self) -> tuple[Hall, Calendar]:
        if self._held is None or time.monotonic() - self._looked > FRESH:
            with self._lock:
                if self._held is None or time.monotonic() - self._looked > FRESH:
                    self._refresh()
        assert self._held is not None  # noqa: S101 - _refresh has set it or raised
        return self._held

    def forget(self) -> None:
        """Look again at the next question."""
        self._looked = float("-inf")

    def _refresh(self) -> None:
        with self._engine.connect() as connection:
            days = tables.working_days
            questions: list[Any] = [
                sa.select(sa.func.count(), sa.func.max(table.c.updated_at))
                for table in (tables.offices, tables.categories, tables.matters,
                              tables.guides, tables.notices)]
            questions.append(sa.select(
                sa.func.count(), sa.func.sum(sa.cast(days.c.working, sa.Integer)),
                sa.func.sum(sa.cast(days.c.provisional, sa.Integer))))
            stamp = tuple(tuple(connection.execute(q).one()) for q in questions)
            if stamp != self._stamp:
                self._held = load(connection), working_calendar.load(connection)
                self._stamp = stamp
        self._looked = time.monotonic()
