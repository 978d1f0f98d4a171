"""Stories of visits without a case: guides, notices, offices, other languages, and silence."""

from __future__ import annotations

import pytest

from kiosk.prompts import say
from kiosk.screen import Countdown, Keys
from kiosk.talk import Wipe
from status_service.words import LANGUAGES, Language
from tests.kiosk.visit import acts_of_list, fact_keys, sample_hall, texts, visit

# -- what the hall tells anyone ----------------------------------------------------------------


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_guide_is_three_touches_away(language: Language) -> None:
    for matter in sample_hall().data.matters:
        one = visit(language)
        one.touches("go:guides", f"open:{matter.category}", f"open:{matter.code}").sees("guide")
        for material in matter.guide.materials:
            assert material.name.in_(language).rstrip("。.") in texts(one.screen)
        for condition in (*matter.guide.conditions, *matter.guide.steps, *matter.guide.legal_basis):
            assert condition.in_(language) in texts(one.screen)
        one.touches("back").sees("matters").touches("back").sees("categories")


def test_searching_counts_what_it_found_and_helps_when_nothing_was() -> None:
    one = visit("en").touches("go:guides", "go:search").types("permit").touches("find")
    count = len(acts_of_list(one))
    one.sees("results", say("en", "results", count=count))
    assert count > 1
    one.touches(acts_of_list(one)[0]).sees("guide").touches("back", "back").sees("search", "permit")
    one.touches("key:clear").types("qqq").touches("find").sees("results", "qqq", "shorter")


def test_the_keys_for_words_follow_the_language() -> None:
    one = visit("zh-CN").touches("go:guides", "go:search").types("jsgc")
    one.touches("lang:ug")
    [keys] = [block for block in one.screen.blocks if isinstance(block, Keys)]
    assert keys.kind == "uyghur"
    one.types("ئۆي").touches("key:x")
    assert one.session.typed == "jsgcئۆي"


def test_notices_and_offices() -> None:
    data = sample_hall().data
    for language in LANGUAGES:
        for notice in data.notices:
            one = visit(language).touches("go:notices", f"open:{notice.code}")
            one.sees("notice", notice.body.in_(language)).touches("back").sees("notices")
        for office in data.offices:
            one = visit(language).touches("go:offices", f"open:{office.code}")
            one.sees("office", office.phone, office.address.in_(language).rstrip("。."))
            assert "hours" in fact_keys(one.screen)
            assert ("floor" in fact_keys(one.screen)) is (office.floor is not None)


# -- silence -----------------------------------------------------------------------------------


def test_silence_warns_and_then_ends() -> None:
    one = visit().inserts()
    assert one.seconds == 60
    one.waits().sees("idle")
    [countdown] = [block for block in one.screen.blocks if isinstance(block, Countdown)]
    assert "{seconds}" in countdown.text and one.seconds is not None and one.seconds >= 20
    one.touches("stay").sees("cases").waits().sees("idle").waits().sees("take_card")
    assert one.done[-1] == Wipe()


def test_staying_keeps_what_was_typed() -> None:
    one = visit().touches("go:number").types("2463").waits().sees("idle")
    one.touches("stay").sees("number", "2463")


def test_silence_can_be_extended_ten_times_and_for_ever_with_a_card() -> None:
    one = visit().touches("go:guides")
    for _ in range(10):
        one.waits().sees("idle").touches("stay").sees("categories")
    one.waits().sees("goodbye")
    held = visit().inserts()
    for _ in range(30):
        held.waits().sees("idle").touches("stay").sees("cases")


def test_home_forgets_a_language_that_nobody_uses() -> None:
    one = visit("ug").sees("home")
    one.waits().sees("home")
    assert one.session.language == "zh-CN" and one.seconds is None
    assert one.done[-1] == Wipe()


@pytest.mark.parametrize("language", LANGUAGES)
def test_another_language_shows_the_same_place(language: Language) -> None:
    other = LANGUAGES[(LANGUAGES.index(language) + 1) % 3]
    number = sample_hall().own[0]
    for way in (["go:number"], ["go:guides"], ["go:offices"], ["go:notices"]):
        one = visit(other).touches(*way)
        here = one.screen.name
        assert one.touches(f"lang:{language}").sees(here).screen == visit(language).touches(
            *way).screen
    mine = visit(other).inserts().touches(f"open:{number}", f"lang:{language}")
    assert mine.sees("case").screen == visit(language).inserts().touches(f"open:{number}").screen
