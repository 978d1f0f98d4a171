"""By phone: how to apply, what is announced, where to go and when."""

from __future__ import annotations

import pytest

from status_service.client import Language
from status_service.wording import guide_speech, notice_speech, office_speech
from tests.ivr.hall_line import HallPhone
from tests.servers import Hall

LANGUAGES: tuple[Language, ...] = ("zh-CN", "en", "ug")


@pytest.fixture
def phone(hall: Hall) -> HallPhone:
    return HallPhone(hall)


@pytest.mark.parametrize(("language", "words"), [
    ("zh-CN", ("办事指南", "规划与建设许可，请按 1", "居住与家庭，请按 3")),
    ("en", ("How to apply", "For Planning and building permits, press 1",
            "For Residence and family, press 3")),
    ("ug", ("بېجىرىش قوللانمىسى", "پىلان ۋە قۇرۇلۇش ئىجازىتى ئۈچۈن 1 نى بېسىڭ",
            "تۇرالغۇ ۋە ئائىلە ئۈچۈن 3")),
])
def test_a_guide_by_category_and_by_text(
        phone: HallPhone, language: Language, words: tuple[str, ...]) -> None:
    call = phone.call(language).press("2").hears(*words).repeat()
    listed = phone.hall.client.matters(category="people")
    call.press("3").hears(*(one.name.in_(language) for one in listed))
    position = [one.code for one in listed].index("jzz") + 1
    call.press(str(position))
    detail = phone.hall.client.matter("jzz")
    assert detail is not None
    call.hears(detail.matter.name.in_(language), detail.matter.guide.short.in_(language)[:20])
    call.hears(*(said.text for said in guide_speech(detail, language)))
    guide = call.heard
    call.press("9")
    assert call.heard == guide
    call.press("1").repeat().goes_on()
    assert phone.texts_of(call) == [("guide", "jzz")]
    call.press("*").hears(listed[0].name.in_(language)).press("*").hears(words[0])
    call.press("*").press("0").is_put_through()


def test_every_guide_can_be_reached_with_three_keys(phone: HallPhone) -> None:
    reached = 0
    for first, category in enumerate(phone.hall.client.categories(), 1):
        listed = phone.hall.client.matters(category=category.code)
        assert 0 < len(listed) <= 5
        for second, matter in enumerate(listed, 1):
            phone.call("en").press("2", str(first), str(second)).hears(matter.name.en)
            reached += 1
    assert reached == len(phone.hall.client.matters()) >= 10


@pytest.mark.parametrize("language", LANGUAGES)
def test_notices(phone: HallPhone, language: Language) -> None:
    notices = phone.hall.client.notices()
    call = phone.call(language).press("3")
    call.hears(*(one.title.in_(language) for one in notices[:5])).repeat()
    call.press("2").hears(*(said.text for said in notice_speech(notices[1], language)))
    call.press("9").hears(notices[1].title.in_(language))
    call.press("*").hears(notices[0].title.in_(language)).press("*").goes_on()


@pytest.mark.parametrize("language", LANGUAGES)
def test_offices_and_hours(phone: HallPhone, language: Language) -> None:
    offices = phone.hall.client.offices()
    call = phone.call(language).press("4")
    call.hears(*(one.name.in_(language) for one in offices[:5])).repeat()
    call.press("1").hears(*(said.text for said in office_speech(offices[0], language)))
    call.hears(offices[0].hours_text.in_(language)[:12])
    call.press("*").hears(offices[0].name.in_(language)).press("*").press("0").is_put_through()
