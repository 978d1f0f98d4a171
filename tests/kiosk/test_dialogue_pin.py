"""The PIN at the kiosk: asked only when it is needed, shown to nobody, kept nowhere."""

from __future__ import annotations

import msgspec
import pytest

from kiosk import talk
from kiosk.places import offers
from kiosk.screen import Keys
from status_service.words import LANGUAGES
from tests.kiosk.visit import CODE, HOLDER, NOW, PIN, Visit, acts_of_list, texts, visit

NEW = "13800000299"


def at_pin(language: str = "zh-CN") -> Visit:
    return visit(language).inserts(pin=True).touches("go:phone").sees("pin")


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_new_phone_from_the_pin_to_the_end(language: str) -> None:
    one = at_pin(language).types(PIN).touches("confirm").sees("new_phone")
    assert one.session.level == 3
    one.types(NEW).touches("confirm").sees("phone_code")
    assert one.done[-1] == talk.SendPhoneCode(NEW, one.session.language)
    one.types(CODE).touches("confirm").sees("phone_changed").touches("back")
    one.touches("home").touches("go:card").touches("go:phone").sees("new_phone")


def test_nobody_is_asked_for_a_pin_who_does_not_need_it() -> None:
    one = visit().inserts()
    assert "go:phone" not in offers(one.screen), "this kind of card has none"
    one = visit().inserts(pin=True).sees("cases")
    assert talk.AskPin() not in one.done


def test_the_screen_says_how_many_tries_are_left() -> None:
    one = at_pin().sees("pin", "3")
    one.types("999999").touches("confirm").sees("pin", "密码不对", "2")
    one.types(PIN).touches("confirm").sees("new_phone")


def test_the_digits_are_on_no_screen_and_in_no_session_afterwards() -> None:
    one = at_pin().types(PIN)
    [keys] = [block for block in one.screen.blocks if isinstance(block, Keys)]
    assert keys.typed == "*" * len(PIN) and PIN not in texts(one.screen)
    assert PIN not in repr(one.session) and PIN not in repr(talk.EnterPin(PIN))
    one.touches("confirm")
    assert PIN not in msgspec.json.encode(one.session).decode()


@pytest.mark.parametrize("leaves", ["back", "home", "lang:en", "silence", "out"])
def test_who_leaves_the_keys_leaves_no_digit(leaves: str) -> None:
    one = at_pin().types(PIN)
    if leaves == "silence":
        one.waits().sees("idle").touches("stay").sees("pin")
    elif leaves == "out":
        one.pulls()
    else:
        one.touches(leaves)
    kept = msgspec.json.encode(one.session).decode()
    assert (PIN in kept) == (leaves == "lang:en"), "another language keeps what is typed"


def held() -> Visit:
    one = visit().inserts(pin=True)
    one.holds = True
    return one.touches("go:phone")


def test_a_blocked_pin_sends_to_the_window_and_leaves_the_cases_open() -> None:
    one = held().give(talk.PinTold(NOW, "blocked", 0)).sees("pin_blocked", "窗口")
    one.holds = False
    assert one.session.level == 2
    one.touches("back").sees("cases", HOLDER)


def test_too_many_wrong_pins_at_this_kiosk_make_people_wait() -> None:
    one = held().give(talk.PinTold(NOW, "later", seconds=30)).sees("pin_later", "30")
    one.holds = False
    one.touches("retry").sees("pin")


def test_a_wrong_code_changes_nothing_and_can_be_keyed_in_again() -> None:
    one = at_pin().types(PIN).touches("confirm").types(NEW).touches("confirm")
    one.types("000000").touches("confirm").sees("phone_wrong")
    one.touches("retry").sees("phone_code").types(CODE).touches("confirm").sees("phone_changed")


def test_a_number_that_gets_no_code_can_be_corrected() -> None:
    one = at_pin().types(PIN).touches("confirm")
    one.holds = True
    one.types("1380000").touches("confirm").give(talk.PhoneTold(NOW, "sent", False))
    one.sees("phone_not_sent").touches("back").sees("new_phone")


def test_what_the_card_says_late_or_unasked_changes_nothing() -> None:
    for place in (visit(), visit().inserts(pin=True), at_pin()):
        name = place.screen.name
        place.give(talk.PinTold(NOW, "good")).sees(name)
        assert place.session.level < 3
        place.give(talk.PhoneTold(NOW, "changed", True)).sees(name)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_card_that_has_but_a_number(language: str) -> None:
    one = visit(language).inserts_bare().sees("card_bare")
    assert one.session.level == 0 and one.session.holder == ""
    [first, *_] = acts_of_list(one)
    one.touches(first).sees("case")
    assert one.done[-1] == talk.FindCase(first.removeprefix("open:"), own=False)
    one.pulls().sees("goodbye")
    assert one.session.bare == ()


def test_a_card_with_another_number_each_time_offers_the_keys() -> None:
    one = visit().inserts_bare(random=True).sees("card_random")
    assert acts_of_list(one) == []
    one.touches("go:number").sees("number")
