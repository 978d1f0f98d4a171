"""A hall of two offices and two matters, and cases to put into it."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any, NamedTuple

from status_service.cases.write import CaseWrite, Event
from status_service.guides.types import (
    Category,
    Guide,
    Matter,
    Notice,
    Office,
    Outcome,
    Stage,
)
from status_service.words import LocalText


def said(zh: str, en: str) -> LocalText:
    return LocalText(zh=zh, en=en, ug=f"ug:{en}")


OFFICES = tuple(
    Office(code=code, name=said(zh, en), address=said("政务大厅", "Government hall"), phone=phone,
           hours=(), hours_text=said("工作日", "Working days"))
    for code, zh, en, phone in (("plan", "规划窗口", "Planning window", "0991-4810011"),
                                ("info", "信息公开窗口", "Information window", "0991-4810012")))

GUIDE = Guide(short=said("简要", "In short"), conditions=(said("条件", "Condition"),),
              materials=(), steps=(said("申请", "Apply"),), fee=said("免费", "Free"),
              legal_basis=(said("城乡规划法", "Planning act"),))

MATTERS = (
    Matter(code="permit", name=said("建设工程规划许可证", "Planning permit for a building"),
           category="planning", office="plan",
           stages=(Stage("in", said("收件", "Intake")), Stage("review", said("审查", "Review")),
                   Stage("sign", said("签发", "Signing"))),
           guide=GUIDE, keywords=("工规证", "building permit"), promised_days=10,
           statutory_days=20,
           outcomes=(Outcome("ok", "granted", said("准予许可", "Permit granted")),)),
    Matter(code="foi", name=said("政府信息公开申请", "Request for government information"),
           category="information", office="info",
           stages=(Stage("in", said("登记", "Registration")),), guide=GUIDE,
           statutory_days=20,
           outcomes=(Outcome("none", "refused", said("信息不存在", "No such information")),)),
)


class SmallHall(NamedTuple):
    offices: tuple[Office, ...] = OFFICES
    categories: tuple[Category, ...] = (
        Category("planning", said("规划", "Planning")),
        Category("information", said("信息", "Information")))
    matters: tuple[Matter, ...] = MATTERS
    notices: tuple[Notice, ...] = (
        Notice(code="n1", kind="publicity", title=said("公示", "Publicity"),
               body=said("正文", "Body"), published_on=date(2026, 1, 5), office="plan",
               ends_on=date(2026, 12, 31)),
        Notice(code="n2", kind="rule", title=said("旧公告", "Old notice"),
               body=said("正文二", "Body two"), published_on=date(2025, 1, 5), office="plan",
               ends_on=date(2025, 2, 1)))


NOW = datetime(2026, 3, 16, 2, 0, tzinfo=UTC)  # a Monday, ten in the morning in Beijing


def case(**changes: Any) -> CaseWrite:
    """A permit accepted on Monday 2026-03-02 and in review since the day after."""
    usual: dict[str, Any] = {
        "version": 1, "matter": "permit", "status": "in_review", "stage": "review",
        "received_on": date(2026, 2, 27), "accepted_on": date(2026, 3, 2),
        "since": date(2026, 3, 3),
        "history": (Event("1", "received", datetime(2026, 2, 27, 2, tzinfo=UTC), "in"),
                    Event("2", "in_review", datetime(2026, 3, 3, 2, tzinfo=UTC), "review"))}
    return CaseWrite(**usual | changes)
