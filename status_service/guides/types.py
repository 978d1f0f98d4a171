"""What the hall tells anyone: matters and how to apply, offices, notices.

The same types are the data files' form (`sample/*.yaml`), the bodies of /v1
and what `client` hands to the channels.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal

import msgspec

from status_service.words import LocalText


class Material(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """One thing to hand in (材料)."""

    name: LocalText
    copies: int = 1
    form: Literal["original", "copy", "original_and_copy", "electronic"] = "original"
    note: LocalText | None = None
    required: bool = True


class Stage(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One station on the way of a case (环节), in order."""

    code: str
    name: LocalText


class Outcome(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One lawful outcome of a matter; `result` is its class."""

    code: str
    result: str
    name: LocalText


class Guide(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """How to apply (办事指南)."""

    short: LocalText  # some 20 seconds of speech: who, what to bring, how long, where
    conditions: tuple[LocalText, ...]
    materials: tuple[Material, ...]
    steps: tuple[LocalText, ...]
    fee: LocalText
    legal_basis: tuple[LocalText, ...]
    fee_fen: int = 0  # 0: free of charge; otherwise the usual fee in fen


class Matter(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """What can be applied for (事项)."""

    code: str  # short, ASCII, stable, e.g. "jsgcgh"
    name: LocalText
    category: str  # a Category's code
    office: str  # an Office's code
    stages: tuple[Stage, ...]
    guide: Guide
    keywords: tuple[str, ...] = ()  # synonyms for search and for texts: "GUIDE permit"
    promised_days: int | None = None  # working days (工作日)
    statutory_days: int | None = None
    outcomes: tuple[Outcome, ...] = ()


class Category(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A group of matters as the menus show it; at most five of them (menu rule)."""

    code: str
    name: LocalText


class Hours(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """When an office is open: weekdays 1 (Monday) to 7, local times "HH:MM"."""

    days: tuple[int, ...]
    opens: str
    closes: str


class Office(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """Where to go and whom to ask (窗口, 部门)."""

    code: str
    name: LocalText
    address: LocalText
    phone: str
    hours: tuple[Hours, ...]
    hours_text: LocalText
    district: LocalText | None = None
    floor: LocalText | None = None


class Notice(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """A public announcement (公示, 公告)."""

    code: str
    kind: Literal["publicity", "hearing", "rule", "service"]
    title: LocalText
    body: LocalText
    published_on: date
    office: str
    ends_on: date | None = None  # last day to comment, or day of the hearing


class MatterSummary(msgspec.Struct, frozen=True, omit_defaults=True):
    """A matter as a list or a search shows it."""

    code: str
    name: LocalText
    category: str
    short: LocalText


class MatterDetail(msgspec.Struct, frozen=True, omit_defaults=True):
    """A matter with its guide and its office, as one page needs it."""

    matter: Matter
    office: Office
    updated_at: datetime | None = None
