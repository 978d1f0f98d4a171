"""The sample hall's guides, offices and notices: complete, lawful, in three languages."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from datetime import date

import msgspec
import pytest
import yaml

from status_service import sample
from status_service.guides.types import Matter
from status_service.words import LocalText, ResultClass
from tests.status_service.sample.calendar import SlowCalendar

HAN = re.compile(r"[\u3400-\u9fff]")
ARABIC = re.compile(r"[\u0600-\u06ff]")
# The 32 letters of Uyghur and the hamza that carries a vowel at the beginning of a word.
UYGHUR_LETTERS = set("ئابپتجچخدرزژسشغفقكگڭلمنھويوۇۆۈۋېىە")
UYGHUR_MARKS = set("،؛؟«»")
BARE_VOWEL = re.compile(r"(?:^|[\s«(\-–/])[اەوۇۆۈېى]")

# Law's limits in working days, and which matters are licences under 行政许可法 § 42.
LICENCES = {"jsgcgh", "jsydgh", "ydys"}
NO_LEGAL_LIMIT = {"ghhs", "dxgx", "jzz", "csyz", "wszm", "qszm", "zwxxh", "scjh"}
ASKED_FOR = {
    "建设项目用地预审与选址意见书", "建设用地规划许可证", "建设工程规划许可证", "规划核实",
    "地下管线资料查询", "政府信息公开申请", "完税证明", "清税证明", "居住证", "出生医学证明",
    "政务信息化项目", "生产计划",
}


def texts(value: object, path: str = "") -> Iterator[tuple[str, LocalText]]:
    """Every LocalText in a structure, with where it was found."""
    if isinstance(value, LocalText):
        yield path, value
    elif isinstance(value, msgspec.Struct):
        for name in value.__struct_fields__:
            yield from texts(getattr(value, name), f"{path}.{name}")
    elif isinstance(value, dict):
        for name, inner in value.items():
            yield from texts(inner, f"{path}.{name}")
    elif isinstance(value, (tuple, list)):
        for at, inner in enumerate(value):
            yield from texts(inner, f"{path}[{at}]")


def faults(text: LocalText) -> list[str]:
    """What is wrong with a text as one said in three languages."""
    found = []
    # Foreign case numbers and names may carry a few signs of Chinese; sentences may not.
    quoted = re.compile(r"[建规]2025-00117")
    en, ug = quoted.sub("", text.en), quoted.sub("", text.ug)
    if not HAN.search(text.zh):
        found.append("zh-CN has no Chinese")
    if ARABIC.search(text.zh):
        found.append("zh-CN has Uyghur in it")
    if re.search(r"[,;:?!()\"]", text.zh):
        found.append("zh-CN has half-width punctuation")
    if not re.search(r"[A-Za-z]{2}", en) or HAN.search(en) or ARABIC.search(en):
        found.append("en is not English")
    if not ARABIC.search(ug) or HAN.search(ug):
        found.append("ug is not Uyghur")
    if re.search(r"[,;?]", ug):
        found.append("ug has Latin punctuation")
    strange = {c for c in ug if c > "\u007f"} - UYGHUR_LETTERS - UYGHUR_MARKS
    if strange:
        found.append(f"ug has signs that are no Uyghur: {sorted(strange)}")
    if BARE_VOWEL.search(ug):
        found.append("ug has a word that begins with a bare vowel")
    for said in (text.zh, text.en, text.ug):
        if said != said.strip() or "  " in said or "{" in said:
            found.append("stray spaces or an unfilled place")
    return found


def figures(said: str) -> set[str]:
    """The figures of a text; English writes a floor as a word."""
    words = ("first", "second", "third", "fourth")
    said = re.sub(r"\b(\w+)(?= floor)", lambda m: str(words.index(m[1].lower()) + 1)
                  if m[1].lower() in words else m[1], said)
    return set(re.findall(r"\d+", said))


def test_every_text_is_said_in_three_languages(hall: sample.Hall) -> None:
    everything = {path: text for part in ("offices", "categories", "matters", "notices",
                                          "showcase", "cases")
                  for path, text in texts(getattr(hall, part), part)}
    assert len(everything) > 2000
    assert {path: found for path, text in everything.items() if (found := faults(text))} == {}


def test_english_and_uyghur_promise_the_same_figures(hall: sample.Hall) -> None:
    """A wrong number of days in one language would be a wrong promise."""
    wrong = {f"{m.code}{path}": text for m in hall.matters
             for path, text in texts((m.guide.short, m.guide.steps, m.guide.conditions))
             if figures(text.en) != figures(text.ug)}
    assert wrong == {}
    assert figures("area A, second floor, 5 days") == {"2", "5"}


@pytest.mark.parametrize(("text", "fault"), [
    (LocalText("受理", "Acceptance", "受理"), "ug is not Uyghur"),
    (LocalText("受理", "受理", "قوبۇل"), "en is not English"),
    (LocalText("Acceptance", "Acceptance", "قوبۇل"), "zh-CN has no Chinese"),
    (LocalText("受理,审查", "Acceptance", "قوبۇل"), "zh-CN has half-width punctuation"),
    (LocalText("受理", "Acceptance", "قوبۇل قیلىش"), "ug has signs that are no Uyghur"),
    (LocalText("受理", "Acceptance", "اۇچۇر"), "ug has a word that begins with a bare vowel"),
])
def test_the_check_of_languages_finds_faults(text: LocalText, fault: str) -> None:
    assert any(found.startswith(fault) for found in faults(text))


def test_menus_are_no_wider_than_five(hall: sample.Hall) -> None:
    assert len(hall.categories) <= 5
    assert max(Counter(m.category for m in hall.matters).values()) <= 5
    assert len(hall.offices) <= 5
    assert len(hall.notices) <= 5


def test_what_was_asked_for_is_there(hall: sample.Hall) -> None:
    assert len(hall.matters) >= 10
    names = [m.name.zh for m in hall.matters]
    assert {wanted for wanted in ASKED_FOR if not any(wanted in name for name in names)} == set()


def test_every_reference_resolves(hall: sample.Hall) -> None:
    offices = {o.code for o in hall.offices}
    categories = [c.code for c in hall.categories]
    assert {m.office for m in hall.matters} | {n.office for n in hall.notices} <= offices
    assert {m.category for m in hall.matters} == set(categories)
    order = [categories.index(m.category) for m in hall.matters]
    assert order == sorted(order), "matters stand in the order of the menus"
    for codes in ([m.code for m in hall.matters], [o.code for o in hall.offices], categories,
                  [n.code for n in hall.notices]):
        assert len(codes) == len(set(codes))
        assert all(re.fullmatch(r"[a-z0-9-]{2,20}", code) for code in codes)


def test_every_guide_is_complete(hall: sample.Hall) -> None:
    for matter in hall.matters:
        guide = matter.guide
        assert len(guide.conditions) >= 2, matter.code
        assert len(guide.materials) >= 3, matter.code
        assert any(m.required for m in guide.materials), matter.code
        assert all(m.copies >= 1 for m in guide.materials), matter.code
        assert len(guide.steps) >= 3, matter.code
        assert guide.legal_basis, matter.code
        assert matter.keywords, matter.code
        assert matter.promised_days or matter.statutory_days, matter.code
        assert len(matter.stages) >= 4, matter.code
        for codes in ([s.code for s in matter.stages], [o.code for o in matter.outcomes]):
            assert len(codes) == len(set(codes)), matter.code
        results = {ResultClass(o.result) for o in matter.outcomes}
        assert {ResultClass.GRANTED, ResultClass.REFUSED, ResultClass.WITHDRAWN} <= results


def test_the_short_form_is_some_twenty_seconds(hall: sample.Hall) -> None:
    """Who, what to bring, how long, fee, where: 4 Chinese signs or 2.5 words a second."""
    for matter in hall.matters:
        short = matter.guide.short
        assert 60 <= len(short.zh) <= 95, (matter.code, len(short.zh))
        assert 40 <= len(short.en.split()) <= 58, (matter.code, len(short.en.split()))
        assert 30 <= len(short.ug.split()) <= 50, (matter.code, len(short.ug.split()))
        assert "工作日" in short.zh and ("不收费" in short.zh or "免费" in short.zh)
        assert "working day" in short.en and "free" in short.en
        assert "خىزمەت كۈنى" in short.ug and "ھەق" in short.ug
        days = str(matter.promised_days or matter.statutory_days)
        assert all(days in said for said in (short.zh, short.en, short.ug)), matter.code


def test_time_limits_are_lawful(hall: sample.Hall) -> None:
    by_code = {m.code: m for m in hall.matters}
    for code in LICENCES:
        assert by_code[code].statutory_days == 20  # 行政许可法 § 42
    assert by_code["xxgk"].statutory_days == 20  # 政府信息公开条例 § 33
    assert {m.code for m in hall.matters if m.statutory_days is None} == NO_LEGAL_LIMIT
    for matter in hall.matters:
        if matter.statutory_days and matter.promised_days:
            assert matter.promised_days <= matter.statutory_days, matter.code


def test_information_requests_have_every_lawful_outcome(hall: sample.Hall) -> None:
    """政府信息公开条例 §§ 30, 36, 37, 38, 39."""
    matter: Matter = next(m for m in hall.matters if m.code == "xxgk")
    named = " ".join(o.name.zh for o in matter.outcomes)
    for outcome in ("予以公开", "部分公开", "不予公开", "信息不存在", "不属于本机关", "已主动公开",
                    "不予重复处理", "特别规定", "加工、分析", "投诉、举报", "视为放弃"):
        assert outcome in named


def test_legal_basis_names_real_titles(hall: sample.Hall) -> None:
    for matter in hall.matters:
        for basis in matter.guide.legal_basis:
            assert "《" in basis.zh or "章程" in basis.zh or "同一条例" in basis.zh, basis.zh
            articles = len(re.findall(r"第[一二三四五六七八九十百]+条", basis.zh))
            assert bool(articles) == ("Article" in basis.en), basis
            assert bool(articles) == ("ماددى" in basis.ug), basis


def test_offices_can_be_called_and_found(hall: sample.Hall) -> None:
    phones = [o.phone for o in hall.offices]
    assert len(set(phones)) == len(phones)
    for office in hall.offices:
        assert re.fullmatch(r"0991-48100\d\d", office.phone)
        assert office.district and office.floor
        for weekday in range(1, 6):
            spans = [h for h in office.hours if weekday in h.days]
            assert len(spans) == 2, "a lunch break"
            assert spans[0].opens < spans[0].closes < spans[1].opens < spans[1].closes
        for said in (office.hours_text.en, office.hours_text.ug):
            for hours in office.hours:
                assert hours.opens in said and hours.closes in said
        assert "北京时间" in office.hours_text.zh


def test_notices_are_current_and_lawful(hall: sample.Hall, today: date,
                                        calendar: SlowCalendar) -> None:
    assert {n.kind for n in hall.notices} == {"publicity", "hearing", "rule", "service"}
    for notice in hall.notices:
        assert notice.published_on < today
        assert calendar.is_working(notice.published_on)
        if notice.kind in ("publicity", "hearing"):
            assert notice.ends_on and notice.ends_on > today
            assert calendar.is_working(notice.ends_on)
            lasts = (notice.ends_on - notice.published_on).days
            assert lasts >= 7  # 行政许可法 § 48: a hearing is announced seven days before
            if "三十日" in notice.body.zh:
                assert lasts >= 30  # 城乡规划法 § 26


def test_what_a_native_reader_should_check_is_listed(hall: sample.Hall) -> None:
    listed = yaml.safe_load((sample.HERE / "review.yaml").read_text())
    assert set(listed) == {"uyghur", "english", "chinese"}
    assert all({"term", "for", "doubt"} == set(entry) for part in listed.values()
               for entry in part)
    said = "\n".join(text.ug for _, text in texts((hall.matters, hall.notices, hall.offices)))
    for entry in listed["uyghur"]:
        for term in re.split(r" and |، ", entry["term"]):
            assert term.strip("«»") in said, term
    for path in sample.HERE.rglob("*.yaml"):
        if "ug:" in path.read_text() and path.name not in ("offices.yaml", "categories.yaml"):
            assert path.read_text().startswith("# review:"), path.name


def test_the_short_form_says_from_when_the_days_count_in_every_language(
        hall: sample.Hall) -> None:
    for matter in hall.matters:
        short = matter.guide.short
        said = ("受理后" in short.zh, "of acceptance" in short.en, "قوبۇل قىلىنغاندىن" in short.ug)
        assert len(set(said)) == 1, matter.code
