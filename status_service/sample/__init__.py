"""The sample hall: a government hall of the invented city of Yunquan, as data.

Offices, categories, matters with their guides, notices and nearly 300 invented
cases; what an office or a developer sees before it has data of its own.
"""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Literal, TypeVar

import msgspec

from status_service.cases.write import CaseWrite
from status_service.guides.types import Category, Matter, Notice, Office
from status_service.sample import cards
from status_service.sample.cases import Scene, Story, generate
from status_service.sample.course import WorkingDays
from status_service.words import LocalText

__all__ = ["Hall", "Showcase", "load"]

HERE = Path(__file__).parent
T = TypeVar("T")


class Showcase(msgspec.Struct, frozen=True):
    """A well-known case for the README and for trying out: the same number at every start."""

    number: str
    about: LocalText
    query_code: str


class Hall(msgspec.Struct, frozen=True):
    """Everything the sample hall knows, in the order of the menus; cases oldest first."""

    offices: tuple[Office, ...]
    categories: tuple[Category, ...]
    matters: tuple[Matter, ...]
    notices: tuple[Notice, ...]
    cases: tuple[tuple[str, CaseWrite], ...]
    showcase: tuple[Showcase, ...]


class _DatedNotice(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A notice of notices.yaml: its dates are counted in working days from today."""

    code: str
    kind: Literal["publicity", "hearing", "rule", "service"]
    title: LocalText
    body: LocalText
    office: str
    published_days_ago: int
    ends_in_days: int | None = None


def load(today: date, calendar: WorkingDays) -> Hall:
    """The sample hall as it is on `today`. The same day and calendar give the same hall.

    Raises msgspec.ValidationError when a data file is not as its type says.
    """
    offices = _read("offices.yaml", tuple[Office, ...])
    matters = tuple(_read(f"matters/{path.name}", Matter)
                    for path in sorted((HERE / "matters").glob("*.yaml")))
    scenes = _read("showcase.yaml", tuple[Scene, ...])
    cases = generate(today, calendar, {m.code: m for m in matters},
                     {o.code: o for o in offices}, _read("story.yaml", Story), scenes)
    return Hall(
        offices=offices,
        categories=_read("categories.yaml", tuple[Category, ...]),
        matters=matters,
        notices=tuple(_notice(n, today, calendar)
                      for n in _read("notices.yaml", tuple[_DatedNotice, ...])),
        cases=cards.hand_over(cases, cards.load().cards, frozenset(s.number for s in scenes)),
        showcase=tuple(Showcase(s.number, s.about, s.query_code) for s in scenes),
    )


def _read(name: str, kind: type[T]) -> T:
    return msgspec.yaml.decode((HERE / name).read_bytes(), type=kind)


def _notice(dated: _DatedNotice, today: date, calendar: WorkingDays) -> Notice:
    published = today
    for _ in range(dated.published_days_ago):
        published = _working_day_before(published, calendar)
    ends = None if dated.ends_in_days is None else calendar.add(today, dated.ends_in_days)
    return Notice(code=dated.code, kind=dated.kind, title=dated.title, body=dated.body,
                  published_on=published, office=dated.office, ends_on=ends)


def _working_day_before(day: date, calendar: WorkingDays) -> date:
    day -= timedelta(1)
    while not calendar.is_working(day):
        day -= timedelta(1)
    return day
