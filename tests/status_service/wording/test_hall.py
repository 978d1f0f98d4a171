"""Guides, notices and offices of the sample hall, spoken and as texts."""

from __future__ import annotations

import re
from datetime import date

import pytest
from msgspec.structs import replace

from sms.segments import count
from status_service import sample
from status_service.cases.calendar import Calendar, published
from status_service.guides.types import Material, MatterDetail, Notice
from status_service.wording import (
    Said,
    guide_speech,
    guide_text,
    notice_speech,
    notice_text,
    office_speech,
    office_text,
)
from status_service.wording.catalogue import CATALOGUES, read
from status_service.words import LANGUAGES, Language, LocalText
from tests.status_service.wording.answers import TODAY
from tests.status_service.wording.facts import named, read_digits
from tests.status_service.wording.test_catalogue import leaves, put, raw

FORM = {
    "zh-CN": {"original": "原件", "copy": "复印件", "original_and_copy": "原件和复印件",
              "electronic": "电子件"},
    "en": {"original": "original", "copy": "copy", "original_and_copy": "original and copy",
           "electronic": "electronic"},
    "ug": {"original": "ئەسلى", "copy": "كۆپىيە", "original_and_copy": "ئەسلى ۋە كۆپىيە",
           "electronic": "ئېلېكترونلۇق"},
}
WORKING_DAYS = {"zh-CN": "办理{}个工作日。", "en": "Takes {} working day", "ug": "{} خىزمەت كۈنىدە"}


@pytest.fixture(scope="module")
def hall() -> sample.Hall:
    return sample.load(TODAY, Calendar(published(2018, 2029)))


@pytest.fixture(scope="module")
def details(hall: sample.Hall) -> list[MatterDetail]:
    offices = {office.code: office for office in hall.offices}
    return [MatterDetail(matter, offices[matter.office]) for matter in hall.matters]


def digits(text: str) -> str:
    return "".join(c for c in text if c.isdigit())


def spoken(pieces: tuple[Said, ...]) -> str:
    return " ".join(piece.text for piece in pieces)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_guide_as_text_is_a_checklist(details: list[MatterDetail], language: Language) -> None:
    for detail in details:
        text = guide_text(detail, language)
        lines = text.split("\n")
        assert named(detail.matter.name, language) in lines[0]
        for number, material in enumerate(detail.matter.guide.materials, 1):
            line = lines[number]
            whole = named(material.name, language)
            bare = re.sub(r"\s*[（(].*?[）)]", "", whole)  # all that a long list can keep
            assert line.startswith((f"{number}. {whole}", f"{number}. {bare}"))
            assert str(material.copies) in line and FORM[language][material.form] in line
        assert named(detail.matter.guide.fee, language) in text
        assert digits(text).endswith(digits(detail.office.phone))
        days = detail.matter.promised_days or detail.matter.statutory_days
        if days:
            assert WORKING_DAYS[language].format(days) in text
        assert named(detail.office.name, language) in text
        assert count(text).segments <= 10


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_spoken_guide_is_short_and_says_whom_to_ask(
        details: list[MatterDetail], language: Language) -> None:
    for detail in details:
        said = guide_speech(detail, language)
        assert named(detail.matter.name, language) in said[0].text
        assert named(detail.matter.guide.short, language) in spoken(said)
        phone = said[-1].text.rpartition({"zh-CN": "电话", "en": "phone ", "ug": "تېلېفون: "}
                                         [language])[2].rstrip("。.")
        assert read_digits(phone, language) == digits(detail.office.phone)


def test_a_short_guide_says_where_and_when(details: list[MatterDetail]) -> None:
    for detail in details:
        text = guide_text(detail, "zh-CN")
        assert named(detail.office.address, "zh-CN") in text
        assert named(detail.office.hours_text, "zh-CN") in text


def test_a_guide_of_many_materials_fits_one_message(details: list[MatterDetail]) -> None:
    material = Material(name=LocalText(en="A certified copy of the deed of the neighbouring plot"))
    guide = replace(details[0].matter.guide, materials=(material,) * 60)
    text = guide_text(replace(details[0], matter=replace(details[0].matter, guide=guide)), "en")
    assert 9 <= count(text).segments <= 10
    left_out = 60 - text.count("certified copy")
    assert left_out > 0 and f"{left_out} more items: please call." in text
    assert digits(text).endswith(digits(details[0].office.phone))


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_material_that_is_not_always_needed_says_so(
        details: list[MatterDetail], language: Language) -> None:
    material = replace(details[0].matter.guide.materials[0], required=False)
    guide = replace(details[0].matter.guide, materials=(material,))
    text = guide_text(replace(details[0], matter=replace(details[0].matter, guide=guide)), language)
    mark = {"zh-CN": "视情况", "en": "if it applies", "ug": "كېرەك بولسا"}[language]
    assert text.split("\n")[1].endswith(mark)


DAY = {"zh-CN": "2026年12月4日", "en": "December 4, 2026", "ug": "2026-يىلى 12-ئاينىڭ 4-كۈنى"}
LAST_DAY = {
    "publicity": {"zh-CN": "提意见的最后一天是", "en": "The last day to comment is ",
                  "ug": "پىكىر بېرىشنىڭ ئاخىرقى كۈنى: "},
    "hearing": {"zh-CN": "听证会在", "en": "The hearing is on ",
                "ug": "پىكىر ئاڭلاش يىغىنى ئېچىلىدىغان كۈن: "},
    "rule": {"zh-CN": "有效到", "en": "It is valid until ", "ug": ""},
    "service": {"zh-CN": "到", "en": "It lasts until ", "ug": ""},
}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", LAST_DAY)
def test_a_notice_says_which_day_matters(
        hall: sample.Hall, kind: str, language: Language) -> None:
    notice: Notice = replace(hall.notices[0], kind=kind, ends_on=date(2026, 12, 4))
    said = notice_speech(notice, language)
    assert named(notice.title, language) in said[0].text
    assert said[-1].text.startswith(LAST_DAY[kind][language] + DAY[language])
    text = notice_text(notice, language)
    assert named(notice.title, language) in text
    assert notice.body.in_(language) in text
    assert DAY[language] in text.removeprefix(text[:text.index(notice.body.in_(language))])
    endless = replace(notice, ends_on=None)
    assert notice_speech(endless, language) == said[:2]
    assert DAY[language] not in notice_text(endless, language)


def test_a_long_notice_keeps_its_day(hall: sample.Hall) -> None:
    notice = replace(hall.notices[0], kind="hearing", body=LocalText(en="word " * 600),
                     ends_on=date(2026, 12, 4))
    text = notice_text(notice, "en")
    assert text.endswith("word... Hearing: December 4, 2026.")
    assert count(text).segments == 10


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_office_says_where_when_and_its_phone(hall: sample.Hall, language: Language) -> None:
    for office in hall.offices:
        said, text = office_speech(office, language), office_text(office, language)
        for local in (office.name, office.address, office.hours_text):
            assert named(local, language) in spoken(said)
            assert named(local, language) in text
        if office.floor is not None:
            assert named(office.floor, language) in text
        assert len(said) == 4
        phone = said[3].text.rpartition({"zh-CN": "电话", "en": "is ", "ug": ": "}[language])[2]
        assert read_digits(phone.rstrip("。."), language) == digits(office.phone)
        assert digits(text).endswith(digits(office.phone))


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_sentence_of_the_hall_lies_about_unused(
        hall: sample.Hall, details: list[MatterDetail], language: Language,
        monkeypatch: pytest.MonkeyPatch) -> None:
    texts = raw(language)
    wanted = [path for path in leaves(texts)
              if path[0] == "hall" or path[:2] in (("names", "form"), ("names", "notice"))]
    for path in wanted:
        texts = put(texts, path, leaves(texts)[path] + f"⟦{'/'.join(map(str, path))}⟧")
    monkeypatch.setitem(CATALOGUES, language, read(language, texts))
    monkeypatch.setattr("status_service.wording.hall.MOST_SEGMENTS", 100)

    said = [spoken(office_speech(o, language)) + office_text(o, language) for o in hall.offices]
    for form in FORM["en"]:
        for days, copies in ((1, 2), (10, 1)):
            material = replace(Material(name=LocalText(zh="甲"), copies=copies, required=False),
                               form=form)
            guide = replace(details[0].matter.guide, materials=(material,))
            detail = replace(details[0], matter=replace(
                details[0].matter, guide=guide, promised_days=days))
            said += [guide_text(detail, language), spoken(guide_speech(detail, language))]
    for kind in LAST_DAY:
        notice = replace(hall.notices[0], kind=kind, ends_on=TODAY)
        said += [notice_text(notice, language), spoken(notice_speech(notice, language))]
    for many, most in ((1, 0), (60, 10), (60, 0)):
        monkeypatch.setattr("status_service.wording.hall.MOST_SEGMENTS", most)
        guide = replace(details[0].matter.guide,
                        materials=(Material(name=LocalText(zh="甲")),) * many)
        said.append(guide_text(replace(
            details[0], matter=replace(details[0].matter, guide=guide)), language))
    unused = [path for path in wanted if f"⟦{'/'.join(map(str, path))}⟧" not in "".join(said)]
    assert not unused
