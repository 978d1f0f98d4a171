"""The linter of the kiosk's own words, and of the places that say them."""

from __future__ import annotations

import re
from pathlib import Path
from typing import get_args

import pytest

import kiosk
from kiosk.prompts import CATALOGUES, FOLDER, Catalogue, placeholders
from status_service.client import LANGUAGES, Language
from tests.kiosk.screens import every_screen
from tests.kiosk.visit import texts

UYGHUR = frozenset("ئابپتجچخدرزژسشغفقكگڭلمنھوۇۆۈۋېىيە")  # and no letter of its neighbours
GROUPS = ("titles", "buttons", "labels", "says")
KEYS = [(group, key) for group in GROUPS for key in getattr(CATALOGUES["en"], group)]


def words(language: Language, group: str, key: str) -> str:
    found: dict[str, str] = getattr(CATALOGUES[language], group)
    return found[key]


@pytest.mark.parametrize("group", GROUPS)
def test_every_language_has_every_key(group: str) -> None:
    sets = [list(getattr(CATALOGUES[language], group)) for language in LANGUAGES]
    assert sets[0] == sets[1] == sets[2]
    assert set(CATALOGUES) == set(get_args(Language))


@pytest.mark.parametrize(("group", "key"), KEYS)
def test_words_in_three_languages(group: str, key: str) -> None:
    said = {language: words(language, group, key) for language in LANGUAGES}
    assert all(text and text.strip() == text for text in said.values())
    assert len(set(said.values())) == len(LANGUAGES), "a copy of another language"
    places = [placeholders(text) for text in said.values()]
    assert places[0] == places[1] == places[2], "other placeholders"
    bare = {language: re.sub(r"\{\w+\}", "", text) for language, text in said.items()}
    assert not re.search(r"[A-Za-z\u0600-\u06ff]", bare["zh-CN"]), "a foreign word"
    assert not re.search(r"[A-Za-z\u4e00-\u9fff]", bare["ug"]), "a foreign word"
    assert not re.search(r"[^\x00-\x7f]", bare["en"]), "a foreign letter"
    assert {letter for letter in bare["ug"] if letter.isalpha()} <= UYGHUR, "not a Uyghur letter"


@pytest.mark.parametrize("language", LANGUAGES)
def test_sentences_and_buttons_are_short(language: Language) -> None:
    longest = {"zh-CN": 40, "en": 100, "ug": 100}[language]
    for key, text in CATALOGUES[language].says.items():
        for sentence in re.split(r"(?<=[。？！.?؟])\s*", text):
            assert len(sentence) <= longest, (key, sentence)
    for text in CATALOGUES[language].buttons.values():
        assert len(text) <= {"zh-CN": 8, "en": 20, "ug": 25}[language], text


def test_every_sentence_is_said_somewhere() -> None:
    """By name in the code, or made up from a place's name."""
    code = "\n".join(path.read_text() for path in Path(kiosk.__file__).parent.glob("*.py"))
    shown = {language: "\n".join(texts(s) for s in every_screen(language).values())
             for language in LANGUAGES}
    for group, key in KEYS:
        for language in LANGUAGES:
            parts = re.split(r"\{\w+\}", words(language, group, key))
            assert f'"{key}"' in code or all(part.strip() in shown[language] for part in parts), key


def test_the_uyghur_file_asks_for_a_reader() -> None:
    first = (FOLDER / "ug.yaml").read_text("utf-8").splitlines()[0]
    assert first == "# review: a native reader should check the Uyghur of this file"


def test_a_catalogue_is_checked_when_it_is_read() -> None:
    assert all(isinstance(one, Catalogue) for one in CATALOGUES.values())
    assert len({one.own_name for one in CATALOGUES.values()}) == len(LANGUAGES)
