"""The linter: menus and sentences are data, and this holds their rules."""

from __future__ import annotations

import re
from string import Formatter

import pytest

from ivr.menu import Menu
from ivr.prompts import Prompts, load, phone_speech
from ivr.talk import Line
from ivr.way import MENUS, TRIES, USUAL, WIDTH
from status_service.client import LANGUAGES, Language

DEEPEST = 3
UYGHUR = frozenset("ئابپتجچخدرزژسشغفقكگڭلمنھوۇۆۈۋېىيە")  # and no letter of its neighbours
CATALOGUES = {language: load(language) for language in LANGUAGES}
# Words that press a key, by language, as the sentences say it.
STAR = {"zh-CN": "星号键", "en": "star", "ug": "يۇلتۇز"}
# Prompts the dialogue says by name rather than by way of menu.yaml.
SPOKEN_BY_CODE = {
    "hello", "voice_missing", "key_again", "slip", "not_found", "never_found", "item",
    "item_unnamed", "item_dated", "item_dated_unnamed", "more", "nothing_here", "text_sent",
    "text_hidden", "text_forbidden", "text_away", "three_silences", "three_wrong_keys",
    "connecting", "code_wrong", "code_sent", "code_away", "never_opened", "lost_told", "too_many",
    "person_closed", "nobody_answered", "goodbye", "broken", "broken_again",
    "store_away"}


def leads_to(menu: Menu) -> set[str]:
    return {choice.go for choice in menu.keys.values() if choice.go} | {menu.opens} - {""}


def depths() -> dict[str, int]:
    """Menus by how many choices lie before them. What follows something heard ("after")
    is no further level: it only repeats, sends, or leads back up."""
    found = {"main": 1}
    todo = ["main"]
    while todo:
        place = todo.pop()
        for below in leads_to(MENUS[place]):
            if below not in found and MENUS[below].kind != "after":
                found[below] = found[place] + 1
                todo.append(below)
    found["which"] = found["number"] + 1  # opened by a number that several cases share
    # A code is keyed for the case that was found: beside "which", not below what was heard.
    found["code"] = found["one_time"] = found["number"] + 1
    return found


def test_no_menu_is_deeper_than_three() -> None:
    found = depths()
    assert max(found.values()) == DEEPEST
    choices = {place for place, menu in MENUS.items() if menu.kind != "after"}
    assert set(found) == choices - {"language", "away"}  # the greeting; where a failure leads


def test_what_follows_an_answer_leads_no_deeper() -> None:
    found = depths()
    for place, menu in MENUS.items():
        if menu.kind == "after":
            assert all(found[below] <= 2 or below == "code" for below in leads_to(menu)), place


@pytest.mark.parametrize("place", MENUS)
def test_every_menu_keeps_the_rules(place: str) -> None:
    menu = MENUS[place]
    assert len(menu.keys) <= WIDTH == 5
    assert list(menu.keys) == [str(n) for n in range(1, len(menu.keys) + 1)], "a gap"
    assert {USUAL.again, USUAL.back, USUAL.person}.isdisjoint(menu.keys)
    assert menu.back in MENUS and leads_to(menu) <= set(MENUS)
    assert menu.says and menu.wrong
    assert len(menu.wrong) == TRIES - 1 == len(set(menu.wrong)), "words escalate"
    assert set(menu.silent).isdisjoint(menu.wrong), "silence and a wrong key sound alike"
    if menu.silence_opens:
        assert menu.silence_opens in MENUS and menu.silent
    else:
        assert len(menu.silent) == TRIES - 1 == len(set(menu.silent))
    assert bool(menu.opens) == bool(menu.heading) == (menu.kind == "list")
    for choice in menu.keys.values():
        assert sum(map(bool, (choice.go, choice.speak, choice.do))) == 1
    up, seen = place, set()
    while up not in ("language", "main"):
        assert up not in seen, f"back goes round in circles from {place}"
        seen.add(up)
        up = MENUS[up].back


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("place", [
    p for p in MENUS if p != "language" and MENUS[p].kind != "number"])
def test_every_key_is_told_in_its_order(place: str, language: Language) -> None:
    said = " ".join(CATALOGUES[language].prompts[prompt] for prompt in MENUS[place].says)
    told = re.findall(r"\d", said)
    assert [key for key in told if key in MENUS[place].keys] == list(MENUS[place].keys)
    assert set(told) == {*MENUS[place].keys, USUAL.again, USUAL.person}
    assert STAR[language] in said


def test_the_greeting_tells_each_language_its_own_key() -> None:
    for key, choice in MENUS["language"].keys.items():
        assert choice.speak
        assert re.findall(r"\d", CATALOGUES[choice.speak].prompts["choose_language"]) == [key]
    assert {choice.speak for choice in MENUS["language"].keys.values()} == set(LANGUAGES)


@pytest.mark.parametrize("language", LANGUAGES)
def test_who_cannot_find_the_number_is_told_the_way_out(language: Language) -> None:
    for prompt in ("key_again", "silent_number_help", "wrong_number_help", "silent_code_help",
                   "silent_one_time_help", "wrong_code_help", "one_time"):
        assert USUAL.person in CATALOGUES[language].prompts[prompt]


# -- sentences ---------------------------------------------------------------------


def test_every_sentence_exists_in_every_language_and_is_used() -> None:
    named = {prompt for menu in MENUS.values()
             for prompt in (*menu.says, *menu.silent, *menu.wrong, menu.heading) if prompt}
    for language, catalogue in CATALOGUES.items():
        assert set(catalogue.prompts) == named | SPOKEN_BY_CODE, language


@pytest.mark.parametrize("prompt", CATALOGUES["en"].prompts)
def test_a_sentence_in_three_languages(prompt: str) -> None:
    texts = {language: CATALOGUES[language].prompts[prompt] for language in LANGUAGES}
    assert all(text.strip() == text and text for text in texts.values())
    assert len(set(texts.values())) == len(LANGUAGES), "a copy of another language"
    places = [sorted(f for _, f, _, _ in Formatter().parse(text) if f) for text in texts.values()]
    assert places[0] == places[1] == places[2], "other placeholders"
    bare = {language: re.sub(r"\{\w+\}|START", "", text) for language, text in texts.items()}
    assert re.search(r"[\u4e00-\u9fff]", bare["zh-CN"])
    assert re.search(r"[\u0600-\u06ff]", bare["ug"])
    assert re.search(r"[A-Za-z]", bare["en"])
    assert not re.search(r"[A-Za-z\u0600-\u06ff]", bare["zh-CN"]), "a foreign word"
    assert not re.search(r"[A-Za-z\u4e00-\u9fff]", bare["ug"]), "a foreign word"
    assert not re.search(r"[^\x00-\x7f]", bare["en"]), "a foreign letter"
    assert {letter for letter in bare["ug"] if letter.isalpha()} <= UYGHUR, "not a Uyghur letter"
    numbers = {language: sorted(re.findall(r"\d", text)) for language, text in bare.items()}
    assert prompt == "choose_language" or numbers["zh-CN"] == numbers["en"] == numbers["ug"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_sentences_end_and_are_short(language: Language) -> None:
    longest = {"zh-CN": 40, "en": 100, "ug": 100}[language]
    for prompt, text in CATALOGUES[language].prompts.items():
        assert text[-1] in "。？！.?؟", prompt
        for sentence in re.split(r"(?<=[。？！.?؟])\s*", text):
            assert len(sentence) <= longest, (prompt, sentence)


def test_the_halls_numbers_are_in_their_places() -> None:
    prompts = Prompts("+869914810012", "+869914810000")
    for language in LANGUAGES:
        person = prompts.fixed()["person_closed", language]
        assert phone_speech("0991-4810012", language) in person
        assert not any("{" in text for (_, one), text in prompts.fixed().items() if one == language)
    assert "0 9 9 1" in prompts.fixed()["person_closed", "en"]


def test_a_day_and_a_number_are_spoken() -> None:
    prompts = Prompts("+869914810012", "+869914810000")
    values = (("name", "许可证"), ("date", "2026-03-05"), ("key", "1"))
    assert prompts.text(Line("item_dated", "zh-CN", values)) == \
        "许可证，2026年3月5日收件，请按 1。"
    assert "March 5, 2026" in prompts.text(Line("item_dated", "en", values))
    assert "3-ئاينىڭ 5-كۈنى" in prompts.text(Line("item_dated", "ug", values))
    assert "2 4" in prompts.text(Line("slip", "en", (("number", "24019"),)))
