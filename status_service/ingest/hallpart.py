"""What a mapping brings for the hall: added where it is lacking, never over what is there."""

from __future__ import annotations

from datetime import datetime

import msgspec
import sqlalchemy as sa

from status_service.guides import hall
from status_service.guides.hall import Hall
from status_service.guides.types import Category, Matter, Notice, Office
from status_service.ingest.mapping import HallPart

MOST_CATEGORIES = 5  # what a menu holds (design: no menu wider than five)


class Whole(msgspec.Struct, frozen=True):
    """The hall with what was added, as `hall.save` wants it."""

    offices: tuple[Office, ...]
    categories: tuple[Category, ...]
    matters: tuple[Matter, ...]
    notices: tuple[Notice, ...]


def joined(held: Hall, part: HallPart) -> Whole | None:
    """The hall and what it lacks of `part`, after what it has; None when it lacks nothing.

    What an office changed under a code that is ours stays as the office has it. Where the
    menu has no room for another category, matters go to the first of `part.instead` that
    the hall has, else to its last category.
    """
    offices = tuple(o for o in part.offices if o.code not in held.offices)
    matters = tuple(m for m in part.matters if m.code not in held.matters)
    notices = tuple(n for n in part.notices if n.code not in held.notices)
    wanted = {m.category for m in matters}
    categories = [c for c in part.categories if c.code in wanted - held.categories.keys()]
    room = max(0, MOST_CATEGORIES - len(held.categories))
    added, left_out = tuple(categories[:room]), {c.code for c in categories[room:]}
    if left_out:
        place = next((c for c in part.instead if c in held.categories),
                     list(held.categories)[-1] if held.categories else None)
        matters = tuple(msgspec.structs.replace(m, category=place)
                        if m.category in left_out and place else m for m in matters)
    if not (offices or matters or notices or added):
        return None
    return Whole((*held.offices.values(), *offices), (*held.categories.values(), *added),
                 (*held.matters.values(), *matters), (*held.notices.values(), *notices))


def in_memory(whole: Whole) -> Hall:
    """The same as a Hall, for a dry run."""
    return hall.make_hall(list(whole.offices), list(whole.categories), list(whole.matters),
                          list(whole.notices))


def bring(connection: sa.Connection, part: HallPart, now: datetime, write: bool) -> Hall:
    """The hall with everything of `part`; saved when `write`."""
    held = hall.load(connection)
    whole = joined(held, part)
    if whole is None:
        return held
    if not write:
        return in_memory(whole)
    hall.save(connection, whole, now)
    return hall.load(connection)
