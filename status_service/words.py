"""The words every room uses, in code, tables and over HTTP alike.

One list of statuses, one of languages, and the small types that are said in
several languages. Chinese terms are what clerks and applicants see.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Literal, get_args

import msgspec

Language = Literal["zh-CN", "en", "ug"]
LANGUAGES: tuple[Language, ...] = get_args(Language)

Channel = Literal["phone", "sms", "kiosk", "staff"]
CHANNELS: tuple[Channel, ...] = get_args(Channel)


class Status(StrEnum):
    """Where a case stands: a closed list, in the order a case usually passes it."""

    RECEIVED = "received"  # 收件
    ACCEPTED = "accepted"  # 受理
    SUPPLEMENT = "supplement"  # 待补正: the applicant must supply something
    IN_REVIEW = "in_review"  # 审查中
    SUSPENDED = "suspended"  # 特别程序: hearing, expert review
    DECIDED = "decided"  # 已决定
    COLLECT = "collect"  # 待领取
    CLOSED = "closed"  # 办结


class ResultClass(StrEnum):
    """What was decided, apart from where the case stands."""

    GRANTED = "granted"
    GRANTED_IN_PART = "granted_in_part"
    REFUSED = "refused"
    NOT_ACCEPTED = "not_accepted"
    WITHDRAWN = "withdrawn"
    OTHER = "other"


class Actor(StrEnum):
    """Who must act now."""

    OFFICE = "office"
    APPLICANT = "applicant"
    NOBODY = "nobody"


class Pause(StrEnum):
    """Why the clock of a case stands still."""

    SUPPLEMENT = "supplement"  # 补正
    HEARING = "hearing"  # 听证
    EXPERT_REVIEW = "expert_review"  # 专家评审
    OTHER = "other"


class LocalText(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """A short text in up to three languages, as an office supplied it.

    Our own sentences exist in all three (a linter in the tests holds that); a
    back office may give one language only, and then that one is shown.
    """

    zh: str = msgspec.field(default="", name="zh-CN")
    en: str = ""
    ug: str = ""

    def said(self, language: Language) -> tuple[str, Language]:
        """The text and the language it is really in: the one asked for if there is one."""
        mine: dict[Language, str] = {"zh-CN": self.zh, "en": self.en, "ug": self.ug}
        if mine[language]:
            return mine[language], language
        for other in LANGUAGES:
            if mine[other]:
                return mine[other], other
        return "", language

    def in_(self, language: Language) -> str:
        """The text in `language`, or in whichever language it exists."""
        return self.said(language)[0]
