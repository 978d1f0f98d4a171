"""/v1/categories, /v1/matters, /v1/notices, /v1/offices: what the hall tells anyone."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import msgspec

from status_service.api.errors import Problem
from status_service.api.http import Api, Listed, Page, page
from status_service.guides.search import search
from status_service.guides.types import (
    Category,
    Matter,
    MatterDetail,
    MatterSummary,
    Notice,
    Office,
)
from status_service.trust.tokens import Token


class MatterQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which matters: those of a category, or those that words or pinyin initials find."""

    category: str | None = None
    q: str | None = None
    cursor: str | None = None


def register(api: Api) -> None:
    zone = ZoneInfo(api.settings.zone)

    @api.route("GET", "/v1/categories", scope="public:read", returns=Listed[Category],
               parameters=Page, summary="The groups of matters, in the order of the menus.",
               problems=("invalid-parameter",))
    def categories(query: Page, token: Token) -> Listed[Category]:
        hall, _ = api.knowledge.get()
        return page(list(hall.categories.values()), lambda c: c.code, query.cursor)

    @api.route("GET", "/v1/matters", scope="public:read", returns=Listed[MatterSummary],
               parameters=MatterQuery,
               summary="Matters of a category, or found by words (q) in any language, by "
                       "keywords and by pinyin initials, best first.",
               problems=("invalid-parameter",))
    def matters(query: MatterQuery, token: Token) -> Listed[MatterSummary]:
        hall, _ = api.knowledge.get()
        if query.category is not None and query.category not in hall.categories:
            raise Problem("invalid-parameter", "There is no such category; see /v1/categories.")
        found = [m for m in hall.matters.values()
                 if query.category is None or m.category == query.category]
        if query.q is not None:
            found = search(found, query.q)
        return page([summary(m) for m in found], lambda m: m.code, query.cursor)

    @api.route("GET", "/v1/matters/{code}", scope="public:read", returns=MatterDetail,
               summary="A matter with its guide and its office.", problems=("matter-not-found",))
    def matter(code: str, token: Token) -> MatterDetail:
        hall, _ = api.knowledge.get()
        found = hall.matters.get(code)
        if found is None:
            raise Problem("matter-not-found")
        return MatterDetail(matter=found, office=hall.offices[found.office],
                            updated_at=hall.updated.get(code))

    @api.route("GET", "/v1/notices", scope="public:read", returns=Listed[Notice],
               parameters=Page, summary="Notices that are current, newest first.",
               problems=("invalid-parameter",))
    def notices(query: Page, token: Token) -> Listed[Notice]:
        hall, _ = api.knowledge.get()
        today = api.now().astimezone(zone).date()
        current = [n for n in hall.notices.values() if n.published_on <= today
                   and (n.ends_on is None or n.ends_on >= today)]
        return page(current, lambda n: n.code, query.cursor)

    @api.route("GET", "/v1/offices", scope="public:read", returns=Listed[Office],
               parameters=Page, summary="Offices: where to go, when, and whom to call.",
               problems=("invalid-parameter",))
    def offices(query: Page, token: Token) -> Listed[Office]:
        hall, _ = api.knowledge.get()
        return page(list(hall.offices.values()), lambda o: o.code, query.cursor)


def summary(matter: Matter) -> MatterSummary:
    return MatterSummary(code=matter.code, name=matter.name, category=matter.category,
                         short=matter.guide.short)
