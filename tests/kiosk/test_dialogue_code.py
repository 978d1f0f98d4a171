"""More of a case without a card: a code from the slip, one by text, or none at hand."""

from __future__ import annotations

import msgspec
import pytest

from kiosk import talk
from kiosk.places import offers
from kiosk.places_code import MOST_TRIES
from kiosk.screen import Keys
from status_service.words import LANGUAGES, Status
from tests.kiosk.visit import (
    HOLDER,
    NOW,
    QUERY_CODE,
    SMS_CODE,
    Visit,
    fact_keys,
    sample_hall,
    texts,
    visit,
)

WRONG = "999999"
NUMBER = sample_hall().with_status(Status.SUPPLEMENT)
MISSING = sample_hall().answers[NUMBER].missing[0]
MISSING_ZH = MISSING.in_("zh-CN")


def at_case(language: str = "zh-CN", number: str = NUMBER) -> Visit:
    return visit(language).touches("go:number").types(number).touches("find").sees("case")


def at_code(language: str = "zh-CN") -> Visit:
    return at_case(language).touches("go:more").sees("code")


def opened(language: str = "zh-CN") -> Visit:
    return at_code(language).types(QUERY_CODE).touches("confirm").sees("case")


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_number_alone_names_what_is_withheld_and_the_code_opens_it(language: str) -> None:
    one = at_case(language)
    assert "withheld" in fact_keys(one.screen)
    assert {"missing", "project", "handler_phone"}.isdisjoint(fact_keys(one.screen))
    one.touches("go:more").types(QUERY_CODE).touches("confirm").sees("case")
    assert "missing" in fact_keys(one.screen)
    assert one.session.unlocked is not None and one.session.unlocked.answer.level == 1


def test_what_was_opened_stays_in_another_language_on_paper_and_after_a_pause() -> None:
    one = opened().touches("lang:en").sees("case", MISSING.en)
    one.touches("qr").sees("take_away").touches("back").sees("case", MISSING.en)
    one.touches("print").sees("printed").touches("back").sees("case", MISSING.en)
    one.waits().sees("idle").sees_not(MISSING.en).touches("stay").sees("case", MISSING.en)
    one.printing = False
    one.touches("print").sees("print_failed").touches("qr").sees("take_away")
    assert sum(isinstance(effect, talk.ShowCode) for effect in one.done) == 1


def test_the_digits_are_on_no_screen_and_in_no_session_afterwards() -> None:
    one = at_code().types(QUERY_CODE)
    [keys] = [block for block in one.screen.blocks if isinstance(block, Keys)]
    assert keys.typed == "*" * len(QUERY_CODE) and QUERY_CODE not in texts(one.screen)
    assert QUERY_CODE not in repr(one.session)
    assert QUERY_CODE not in repr(talk.ShowCode(NUMBER, QUERY_CODE, "query-code"))
    one.touches("confirm")
    assert QUERY_CODE not in msgspec.json.encode(one.session).decode()


@pytest.mark.parametrize("leaves", ["back", "home", "go:no_code", "finish", "silence", "card"])
def test_who_leaves_the_keys_leaves_no_digit(leaves: str) -> None:
    one = at_code().types(QUERY_CODE)
    if leaves == "silence":
        one.waits()
    elif leaves == "card":
        one.give(talk.CardIn(NOW))
    else:
        one.touches(leaves)
    assert QUERY_CODE not in msgspec.json.encode(one.session).decode()


@pytest.mark.parametrize("ends", ["home", "finish", "silence", "card"])
def test_nothing_that_was_opened_outlasts_the_visit(ends: str) -> None:
    one = opened()
    if ends == "silence":
        one.waits().waits()
    elif ends == "card":
        one.give(talk.CardIn(NOW))
    else:
        one.touches(ends)
    assert talk.Wipe() in one.done
    assert one.session.unlocked is None
    assert MISSING_ZH not in msgspec.json.encode(one.session).decode()


def test_three_wrong_codes_then_the_window() -> None:
    one = at_code()
    for left in range(MOST_TRIES - 1, 0, -1):
        one.types(WRONG).touches("confirm").sees("code", f"{left}次")
    one.types(WRONG).touches("confirm").sees("code_over", "窗口")
    one.touches("back").sees("case").touches("go:more").sees("code_over")
    assert sum(isinstance(effect, talk.ShowCode) for effect in one.done) == MOST_TRIES
    one.touches("finish").touches("home")
    one.touches("go:number").types(NUMBER).touches("find", "go:more").sees("code")


def test_wrong_for_the_slip_and_wrong_by_text_are_the_same_words() -> None:
    slip = at_code().types(WRONG).touches("confirm").screen
    by_text = at_code().touches("go:no_code", "go:send_code").types(WRONG).touches("confirm")
    assert slip.blocks[:2] == by_text.sees("sms_code").screen.blocks[:2]


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_code_by_text(language: str) -> None:
    one = at_code(language).touches("go:no_code", "go:send_code").sees("sms_code")
    assert one.done[-1] == talk.SendCode(NUMBER, one.session.language)
    one.types(SMS_CODE).touches("confirm").sees("case")
    assert one.session.unlocked is not None and one.session.unlocked.answer.level == 2
    assert "go:send_code" not in offers(one.screen)


def test_a_lost_code_is_told_and_the_screen_says_what_happens_next() -> None:
    one = at_code().touches("go:no_code", "go:lost_code").sees("lost_told", "身份证", "窗口")
    assert one.done[-1] == talk.TellLost(NUMBER)


def test_nobody_to_ask_leaves_what_anyone_may_see() -> None:
    one = at_code().types(QUERY_CODE)
    one.away = True
    one.touches("confirm").sees("code_away").touches("retry").sees("code")
    assert one.session.tries == 0 and one.session.typed == ""
    one.away = False
    one.types(QUERY_CODE).touches("confirm").sees("case", MISSING_ZH)


@pytest.mark.parametrize("act", ["go:send_code", "go:lost_code"])
def test_nothing_is_sent_or_told_while_nobody_answers(act: str) -> None:
    one = at_code().touches("go:no_code")
    one.away = True
    one.touches(act).sees("code_away").touches("back").sees("no_code")
    one.away = False
    one.touches("back").sees("code").touches("back").sees("case")


def test_an_answer_that_does_not_come_ends_in_a_sentence() -> None:
    one = at_code().types(QUERY_CODE)
    one.holds = True
    one.touches("confirm").waits().sees("code_away")


def test_what_comes_late_or_unasked_opens_nothing() -> None:
    hall = sample_hall()
    result = hall.resolve(talk.ShowCode(NUMBER, QUERY_CODE, "query-code"))
    assert isinstance(result, talk.CodeOpened)
    other = hall.with_status(Status.COLLECT)
    for place in (visit(), at_case(), at_code(), at_code().touches("go:no_code")):
        name = place.screen.name
        place.give(result).sees(name).sees_not(MISSING_ZH)
        place.give(talk.CodeRefused(NOW)).give(talk.LostTold(NOW)).give(talk.CodeOnItsWay(NOW))
        place.sees(name)
        assert place.session.tries == 0 and place.session.unlocked is None
    one = at_case(number=other).touches("go:more").types(WRONG)
    one.holds = True
    one.touches("confirm").give(result).sees_not(MISSING_ZH)


def test_a_card_takes_over_at_any_time() -> None:
    opened().inserts().sees("cases", HOLDER).sees_not(MISSING_ZH)


def test_too_many_numbers() -> None:
    one = visit().touches("go:number").types(NUMBER)
    one.holds = True
    one.touches("find").give(talk.TooManyNumbers(NOW, 1500)).sees("too_many", "25分钟", "窗口")
    one.touches("back").sees("number")
