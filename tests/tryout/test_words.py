"""The page's words: complete, truly translated, and each of them used."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

import tryout
from tryout.web import PAGE, WORDS

LANGUAGES = ("zh-CN", "en", "ug")
CATALOGUE: dict[str, dict[str, str]] = yaml.safe_load(WORDS.read_text("utf-8"))["words"]
CODE = "\n".join(path.read_text("utf-8") for path in sorted(PAGE.iterdir())
                 if path.suffix in (".js", ".html"))


@pytest.mark.parametrize("key", CATALOGUE)
def test_a_word_is_there_in_every_language(key: str) -> None:
    words = CATALOGUE[key]
    assert set(words) == set(LANGUAGES)
    assert all(isinstance(sentence, str) and sentence.strip() for sentence in words.values())
    assert len(set(words.values())) == 3, "a copy of another language"
    blanks = {language: set(re.findall(r"\{\w+\}", sentence))
              for language, sentence in words.items()}
    assert len({frozenset(found) for found in blanks.values()}) == 1
    assert re.search("[؀-ۿ]", words["ug"])
    assert not re.search("[؀-ۿ一-鿿]", words["en"])
    assert re.search("[一-鿿]", words["zh-CN"])


def test_a_hash_in_a_sentence_is_no_comment() -> None:
    assert all("#" in sentence for sentence in CATALOGUE["phone_hint"].values())


def used() -> set[str]:
    """Keys that the page names, and those it builds from what may happen on a call."""
    named = set(re.findall(r'data-(?:word|label|hint)="(\w+)"', CODE))
    named |= {key for key in re.findall(r'"@?([\w-]+)"', CODE) if key in CATALOGUE}
    built: dict[str, Any] = {
        "state_": ("idle", "connecting", "speaking", "keys", "pause", "dial", "talk", "record",
                   "ringing", "over"),
        "ev_": ("dialled", "incoming", "answered", "unheard", "silence", "pause", "dial",
                "connected", "record", "spoke", "reject", "ended", "error"),
        "ev_dial_": ("completed", "busy", "no-answer", "failed"),
        "lang_": ("zh", "en", "ug", "other"),
        "kiosk_": ("on", "away", "none"),
        "kiosk_dark_": ("away", "none"),
    }
    return named | {prefix + end for prefix, ends in built.items() for end in ends}


def test_every_word_is_used_and_every_used_word_exists() -> None:
    assert used() - set(CATALOGUE) == set()
    assert set(CATALOGUE) - used() == set()


def test_every_event_of_a_call_has_its_words() -> None:
    code = "".join(p.read_text() for p in Path(tryout.__file__).parent.glob("*.py"))
    kinds = set(re.findall(r'add\("(?:hall|caller|line)", "(\w+)"', code))
    shown_otherwise = {"say", "play", "key", "exchange", "hung_up", "dial_over"}
    assert len(kinds) > 15
    assert {f"ev_{kind}" for kind in kinds - shown_otherwise} <= set(CATALOGUE)
