"""Hypothesis strategies: answers over the whole space, likely or not."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Literal, get_args

from hypothesis import strategies as st

from status_service.cases.answer import (
    Answer,
    Collection,
    Deadline,
    Looked,
    OfficeLine,
    Result,
)
from status_service.words import Actor, Channel, LocalText, Pause, ResultClass, Status

TODAY = date(2026, 11, 22)

ZH = ["建设工程规划许可证", "地下管线资料查询", "信息公开申请", "技术审查", "总平面图（3份）",
      "不属于本机关", "规划 A1 窗口", "北城区2号楼", "需要核对{现场}", "身份证原件。"]
EN = ["Building permit", "Pipeline data enquiry", "A1 Main St. No. 5", "Site plan (3 copies)",
      "Not held by this office", "Technical review", "Desk 7", "{braces} stay",
      "ID card."]
UG = ["قۇرۇلۇش ئىجازەتنامىسى", "تۇرۇبا ئۇچۇرى", "كىملىك", "2-كۆزنەك", "تېخنىكىلىق كۆزدىن كەچۈرۈش",
      "دوستلۇق يولى 1-قورۇ"]

local = st.one_of(
    st.builds(LocalText, zh=st.sampled_from(ZH), en=st.sampled_from(EN), ug=st.sampled_from(UG)),
    st.builds(LocalText, zh=st.sampled_from(ZH)),
    st.builds(LocalText, en=st.sampled_from(EN)),
    st.builds(LocalText, ug=st.sampled_from(UG)),
    st.builds(LocalText, zh=st.sampled_from(ZH), en=st.sampled_from(EN)),
)
places = local | st.builds(
    LocalText, en=st.sampled_from(["1 Main St., floor 2", "Mon to Fri, 9-18"]))
maybe = st.none() | local
days = (st.integers(-1, 1) | st.integers(-500, 500)).map(lambda n: TODAY + timedelta(days=n))
phones = st.sampled_from(["0991-4810012", "0991-4810034", "4810012", "13999812345", "12345"])
offices = st.builds(OfficeLine, code=st.just("plan"), name=local, phone=phones, address=places,
                    hours=places)
results = st.builds(Result, result=st.sampled_from(ResultClass), outcome=maybe,
                    decided_on=st.none() | days, reason=maybe)
collections = st.builds(Collection, what=local, office=offices, ready_on=days, bring=local)

looks = st.builds(Looked, days=st.just(30), times=st.just(0)) | st.builds(
    Looked, days=st.just(30), times=st.integers(1, 3) | st.integers(1, 999), last_on=days,
    channel=st.sampled_from(get_args(Channel)))


@st.composite
def deadlines(draw: st.DrawFn) -> Deadline:
    allowed, used = draw(st.integers(1, 90)), draw(st.integers(0, 120))
    clocks: list[Literal["running", "stopped", "ended"]] = ["running", "stopped", "ended"]
    clock = draw(st.sampled_from(clocks))
    extended = draw(st.sampled_from([0, 0, 1, 2, 10]))
    return Deadline(
        kind=draw(st.sampled_from(["promised", "statutory"])), days=allowed, used=used,
        left=allowed - used, clock=clock,
        due=None if clock == "stopped" else draw(days),
        pause=draw(st.sampled_from(Pause)) if clock == "stopped" else None,
        extended_by=extended, extension_reason=draw(maybe) if extended else None,
        provisional=draw(st.booleans()))


answers = st.builds(
    Answer,
    number=st.sampled_from(["261234567890", "24-019651", "BP-2024-001", "7"]),
    matter=local, matter_code=st.just("any"), status=st.sampled_from(Status),
    actor=st.sampled_from(Actor), office=offices,
    as_of=st.just(datetime(2026, 11, 20, 2, tzinfo=UTC)), received_on=days,
    certain=st.sampled_from([True, True, True, False]), since=st.none() | days,
    stage=maybe, next=maybe, deadline=st.none() | deadlines(), result=st.none() | results,
    supply_by=st.none() | days, project=maybe,
    missing=st.lists(local, max_size=3).map(tuple),
    collection=st.none() | collections, handler_phone=st.none() | phones,
    looked=st.none() | looks,
)
