"""Numbers read out, days, writing directions, the length of texts."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from sms.segments import count
from status_service.cases.answer import at_level
from status_service.wording import answer_screen, answer_speech, answer_text, digits_speech, name
from status_service.wording.text import segments
from status_service.words import LANGUAGES, Actor, Language, LocalText, Status
from tests.status_service.wording.answers import TODAY
from tests.status_service.wording.facts import read_digits
from tests.status_service.wording.space import ALL, BARE, RUNNING, everything


@pytest.mark.parametrize(("number", "zh", "en"), [
    ("261234567890", "二六幺二，三四五六，七八九零", "2 6 1 2, 3 4 5 6, 7 8 9 0"),
    ("24-019651", "二四，零幺九，六五幺", "2 4, 0 1 9, 6 5 1"),
    ("0991-4810012", "零九九幺，四八幺，零零幺二", "0 9 9 1, 4 8 1, 0 0 1 2"),
    ("13999812345", "幺三九，九九八幺，二三四五", "1 3 9, 9 9 8 1, 2 3 4 5"),
    ("bp-7", "BP，七", "B P, 7"),
])
def test_numbers_are_read_in_groups_one_remembers(number: str, zh: str, en: str) -> None:
    assert digits_speech(number, "zh-CN") == zh
    assert digits_speech(number, "en") == en


def test_uyghur_numbers_are_words() -> None:
    assert digits_speech("24-01", "ug") == "ئىككى تۆت، نۆل بىر"


@given(st.text("0123456789-", min_size=1, max_size=20).filter(lambda s: s.strip("-")),
       st.sampled_from(LANGUAGES))
@settings(deadline=None, database=None)
def test_no_digit_is_lost_and_no_group_is_long(number: str, language: Language) -> None:
    said = digits_speech(number, language)
    assert read_digits(said, language) == number.replace("-", "")
    for group in said.replace("，", ",").replace("،", ",").split(","):
        assert len(read_digits(group.strip(), language)) <= 4


@pytest.mark.parametrize(("language", "this_year", "next_year"), [
    ("zh-CN", "从11月3日起", "从2025年11月3日起"),
    ("en", "Since November 3,", "Since November 3, 2025,"),
    ("ug", "11-ئاينىڭ 3-كۈنىدىن", "2025-يىلى 11-ئاينىڭ 3-كۈنىدىن"),
])
def test_the_year_is_said_only_when_it_is_another(
        language: Language, this_year: str, next_year: str) -> None:
    assert answer_speech(BARE, language, TODAY)[1].text.startswith(this_year)
    old = replace(BARE, since=date(2025, 11, 3))
    assert answer_speech(old, language, TODAY)[1].text.startswith(next_year)


def test_a_matter_named_in_english_only_gets_the_english_voice() -> None:
    answer = replace(BARE, matter=LocalText(en="Electrical permit"))
    said = answer_speech(answer, "zh-CN", TODAY)
    assert [(piece.text, piece.language) for piece in said[:2]] == [
        ("您查询的事项是", "zh-CN"), ("Electrical permit。", "en")]
    assert name(answer.matter, "ug").language == "en"


def test_uyghur_screens_keep_numbers_in_order_and_texts_stay_plain() -> None:
    rows = {row.key: row.value for row in answer_screen(ALL, "ug", TODAY)}
    assert rows["number"] == "\u206624-019651\u2069"
    assert rows["phone"] == "\u20660991-4810012\u2069"
    text = answer_text(ALL, "ug", TODAY)
    assert text.endswith("09914810012")  # no hyphen: a run of digits has one order only
    assert not any(c in text for c in "\u2066\u2067\u2068\u2069\u200e\u200f")


def test_what_is_withheld_has_a_way_on_in_every_voice() -> None:
    answer = at_level(replace(BARE, status=Status.SUPPLEMENT, actor=Actor.APPLICANT,
                              missing=(LocalText(zh="总平面图"),)), 0)
    said = answer_speech(answer, "zh-CN", TODAY)[-1].text
    assert said.startswith("缺哪些材料，这里不能说，请问规划窗口")
    assert "缺什么，问规划窗口 0991-4810012" in answer_text(answer, "zh-CN", TODAY)
    assert answer_screen(answer, "en", TODAY)[-1].value == (
        "which documents are missing: ask Planning desk, phone 0991-4810012")


def test_one_working_day_is_one() -> None:
    one = replace(BARE, deadline=replace(RUNNING, left=1, used=19))
    assert "1 working day is left." in [s.text for s in answer_speech(one, "en", TODAY)]
    assert "1 working day left." in answer_text(one, "en", TODAY)


# -- lengths ----------------------------------------------------------------------


@pytest.mark.parametrize(("language", "most"), [("zh-CN", 1), ("en", 1), ("ug", 2)])
def test_an_ordinary_answer_is_one_text(language: Language, most: int) -> None:
    ordinary = replace(
        ALL, number="261234567890", deadline=RUNNING,
        matter=LocalText(zh="建设工程规划许可证", en="Construction planning permit",
                         ug="قۇرۇلۇش پىلان ئىجازەتنامىسى"))
    assert count(answer_text(at_level(ordinary, 0), language, TODAY)).segments <= most


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_may_be_said_besides_never_costs_a_segment(
        language: Language, monkeypatch: pytest.MonkeyPatch) -> None:
    grown = [answer_text(answer, language, TODAY) for answer in everything()]
    monkeypatch.setattr("status_service.wording.text.segments", len)  # no room at all
    bare = [answer_text(answer, language, TODAY) for answer in everything()]
    assert [segments(text) for text in grown] == [segments(text) for text in bare]
    assert sum(map(len, grown)) > sum(map(len, bare))


@given(st.text(st.sampled_from("aZ09 @é€^中ئ😀"), max_size=320))
@settings(deadline=None, database=None)
def test_segments_are_counted_as_the_sender_counts_them(text: str) -> None:
    """Never fewer than one and, pairs that may not be split aside, the same number."""
    sent = count(text).segments
    assert segments(text) <= max(sent, 1) <= segments(text) + (("€" in text) or ("^" in text)
                                                               or ("😀" in text))
