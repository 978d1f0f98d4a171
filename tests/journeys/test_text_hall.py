"""By text: guides, notices, offices, help and languages."""

from __future__ import annotations

import pytest

from status_service import wording
from tests.servers import Hall
from tests.sms.handset import Handset, handset


@pytest.fixture
def phone(hall: Hall) -> Handset:
    return handset(hall)


def test_a_guide_by_keyword(phone: Handset) -> None:
    matter = phone.client.matters()[0]
    detail = phone.client.matter(matter.code)
    assert detail is not None
    phone.texts(f"指南 {matter.name.zh}")
    if "回复序号" in (phone.said or ""):  # other matters have these words in theirs
        at = next(line for line in (phone.said or "").splitlines() if matter.name.zh in line)
        phone.texts(at.split(".")[0])
    phone.reads(wording.guide_text(detail, "zh-CN"))


def test_a_guide_in_english_by_words(phone: Handset) -> None:
    phone.texts("GUIDE government information")
    detail = phone.client.matter(phone.client.matters(query="government information")[0].code)
    assert detail is not None
    if "reply with" in (phone.said or ""):
        phone.texts("1")
    phone.reads(detail.matter.name.en)


def test_a_matter_without_the_keyword(phone: Handset) -> None:
    name = phone.client.matters()[0].name.zh
    phone.texts(name).reads(name)


def test_a_guide_without_a_name_and_one_that_does_not_exist(phone: Handset) -> None:
    phone.texts("指南").reads("指南 规划许可").in_segments(1)
    phone.texts("GUIDE zeppelin landing").reads("no such matter").in_segments(1)


def test_notices(phone: Handset) -> None:
    notices = phone.client.notices()
    phone.texts("公示").reads(*[n.title.zh for n in notices[:5]])
    if len(notices) > 1:
        phone.texts("2").reads(wording.notice_text(notices[1], "zh-CN"))


def test_offices_with_hours(phone: Handset) -> None:
    offices = phone.client.offices()
    phone.texts("OFFICE").reads(*[o.phone for o in offices[:5]])
    phone.texts("1").reads(wording.office_text(offices[0], "en"))
    phone.texts(f"窗口 {offices[-1].name.zh}").reads(offices[-1].phone)


def test_help_is_one_segment(phone: Handset) -> None:
    phone.texts("帮助").reads("办件编号", "退订").in_segments(1)
    phone.texts("HELP").reads("case number", "STOP").in_segments(1)
    phone.texts("ياردەم").reads("ئىش نومۇر")


def test_a_picture_without_words_gets_help(phone: Handset) -> None:
    phone.texts("", NumMedia="1", MediaUrl0="https://api.twilio.com/x").reads("帮助")


def test_choosing_the_language(phone: Handset) -> None:
    phone.texts("语言").reads("中文", "EN")
    phone.texts("LANG 维语").reads("ئۇيغۇرچە")
    phone.texts("帮助").reads("ئىش نومۇر")


def test_what_nobody_understands(phone: Handset) -> None:
    phone.texts("qwrtzpsdf").reads("HELP")
    phone.texts("qwrtzpsdf").silent()
    phone.texts("bvcxyq wrtz").silent()
    phone.later(minutes=11).texts("mnbvc xyqw").reads("HELP")


def test_a_machine_is_not_answered(phone: Handset) -> None:
    phone.texts("Out of office: I will get back to you on Monday").silent()
