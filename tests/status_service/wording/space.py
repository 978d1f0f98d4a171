"""A fixed walk through the space of answers: every value of every field at least once.

The strategies of `answers` are random; this list is the same at each run, so that a
test may ask which answers say a given sentence.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import cycle
from typing import get_args

from msgspec.structs import replace

from status_service.cases.answer import (
    CAN_BE_WITHHELD,
    FIELD_LEVEL,
    Answer,
    Collection,
    Deadline,
    Levels,
    Looked,
    OfficeLine,
    Result,
    at_level,
)
from status_service.words import Actor, Channel, LocalText, Pause, ResultClass, Status
from tests.status_service.wording.answers import TODAY


def text(zh: str, en: str, ug: str) -> LocalText:
    return LocalText(zh=zh, en=en, ug=ug)


OFFICE = OfficeLine(
    code="plan", name=text("规划窗口", "Planning desk", "پىلان كۆزنىكى"), phone="0991-4810012",
    address=text("友好路1号", "1 Youhao Road", "دوستلۇق يولى 1-قورۇ"),
    hours=text("工作日", "working days", "خىزمەت كۈنلىرى"))
ALL = Answer(
    number="24-019651", matter=text("工程许可", "Permit", "ئىجازەت"), matter_code="permit",
    status=Status.IN_REVIEW, actor=Actor.OFFICE, office=OFFICE,
    as_of=datetime(2026, 11, 20, 2, tzinfo=UTC), received_on=date(2026, 10, 8),
    since=date(2026, 11, 3), stage=text("技术审查", "Technical review", "تەكشۈرۈش باسقۇچى"),
    next=text("公示期", "Publicity", "ئاشكارىلاش"), project=text("小区", "Estate", "مەھەللە"),
    handler_phone="0991-4810099")
BARE = replace(ALL, number="261234567890", stage=None, next=None, project=None, handler_phone=None)
RUNNING = Deadline(kind="promised", days=20, used=11, left=9, clock="running",
                   due=date(2026, 12, 4))
REASON = text("需要核对", "Checks needed", "تەكشۈرۈش كېرەك")
DESCRIBED = [None, text("不属于本机关", "Not held here", "بۇ ئورگاندا ئەمەس")]
COLLECTION = Collection(what=text("许可证", "Permit paper", "كىنىشكا"), office=OFFICE,
                        ready_on=date(2026, 11, 20), bring=text("身份证", "ID card", "كىملىك"))


def deadlines() -> Iterator[Deadline]:
    for kind in ("promised", "statutory"):
        yield replace(RUNNING, kind=kind)
    for days in (3, 20):
        for left in (-2, -1, 0, 1, 2):
            yield replace(RUNNING, days=days, left=left, used=days - left, due=date(2027, 1, 4))
            yield replace(RUNNING, days=days, left=left, used=days - left, clock="ended")
    yield replace(RUNNING, days=1, used=0, left=1)
    for pause in Pause:
        yield replace(RUNNING, clock="stopped", pause=pause, due=None)
    for extended in (1, 10):
        yield replace(RUNNING, extended_by=extended)
        yield replace(RUNNING, extended_by=extended, extension_reason=REASON)
    yield replace(RUNNING, provisional=True)


def walk() -> Iterator[Answer]:
    for status in Status:
        for actor in Actor:
            yield replace(ALL, status=status, actor=actor)
            yield replace(BARE, status=status, actor=actor, since=None)
        yield replace(ALL, status=status, certain=False)
        yield replace(ALL, status=status, certain=False, since=None, supply_by=TODAY)
    for deadline in deadlines():
        yield replace(ALL, deadline=deadline)
        yield replace(BARE, deadline=deadline)
    described = cycle(DESCRIBED)
    for result in ResultClass:
        for _ in DESCRIBED:
            yield replace(BARE, status=Status.CLOSED, result=Result(
                result=result, outcome=next(described), decided_on=TODAY))
    yield replace(ALL, status=Status.CLOSED, result=Result(
        result=ResultClass.REFUSED, decided_on=TODAY, reason=REASON))
    for away in (-1, 0, 1):
        for actor in (Actor.APPLICANT, Actor.OFFICE):
            yield replace(ALL, status=Status.SUPPLEMENT, actor=actor, missing=(REASON, ALL.matter),
                          supply_by=TODAY + timedelta(days=away))
    yield replace(ALL, status=Status.COLLECT, actor=Actor.APPLICANT, collection=COLLECTION)
    yield replace(ALL, looked=Looked(days=30, times=0))
    for channel in get_args(Channel):
        for times in (1, 3):
            yield replace(BARE, looked=Looked(days=30, times=times, last_on=TODAY,
                                              channel=channel))
    for language in ("zh", "en", "ug"):
        one = LocalText(**{language: getattr(ALL.matter, language)})
        yield replace(ALL, matter=one, project=one, stage=None)
        yield replace(ALL, matter=one, certain=False)


def everything() -> list[Answer]:
    """The walk at each level that shows something more, and each field as an office withholds
    it that may."""
    whole = replace(ALL, deadline=RUNNING, supply_by=TODAY, status=Status.CLOSED,
                    result=Result(result=ResultClass.GRANTED, decided_on=TODAY))
    return [*(at_level(answer, level) for answer in walk()
              for level in ((0, 1, 2) if answer.looked else (0, 1))),
            *(at_level(whole, 0, Levels({path: 1})) for path in CAN_BE_WITHHELD
              if FIELD_LEVEL[path] == 0)]
