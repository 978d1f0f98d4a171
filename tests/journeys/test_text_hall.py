"""By text: guides, notices, offices, help and languages."""

from __future__ import annotations

import pytest

from status_service import wording
from status_service.client import Language
from tests.servers import Hall
from tests.sms.handset import Handset, handset


@pytest.fixture
def phone(hall: Hall) -> Handset:
    return handset(hall)


def guide_found(phone: Handset, words: str, at: int, language: Language) -> str:
    """The guide of the matter that a search shows as number `at`, in wording's words."""
    detail = phone.client.matter(phone.client.matters(query=words)[at - 1].code)
    assert detail is not None
    return wording.guide_text(detail, language)


def test_a_guide_by_keyword(phone: Handset) -> None:
    phone.texts("指南 信息公开").reads(guide_found(phone, "信息公开", 1, "zh-CN"))
    phone.texts("GUIDE foi").reads(guide_found(phone, "foi", 1, "en"))
    phone.texts("信息公开怎么办？").reads(guide_found(phone, "信息公开", 1, "zh-CN"))


def test_several_guides_are_asked_for(phone: Handset) -> None:
    names = [m.name.zh for m in phone.client.matters(query="规划")]
    assert len(names) > 2
    phone.texts("指南 规划").reads("回复序号", f"1. {names[0]}", f"2. {names[1]}")
    phone.texts("2").reads(guide_found(phone, "规划", 2, "zh-CN"))
    phone.texts("1").reads(guide_found(phone, "规划", 1, "zh-CN"))


def test_a_matter_without_the_keyword(phone: Handset) -> None:
    phone.texts("信息公开").reads(guide_found(phone, "信息公开", 1, "zh-CN"))


def test_a_guide_without_a_name_and_one_that_does_not_exist(phone: Handset) -> None:
    phone.texts("指南").reads("指南 规划许可").in_segments(1)
    phone.texts("GUIDE zeppelin landing").reads("no such matter").in_segments(1)


def test_notices(phone: Handset) -> None:
    notices = phone.client.notices()
    phone.texts("公示").reads(*[n.title.zh for n in notices[:3]])
    phone.texts("2").reads(wording.notice_text(notices[1], "zh-CN"))
    phone.texts("公示 " + notices[2].title.zh).reads(wording.notice_text(notices[2], "zh-CN"))


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
