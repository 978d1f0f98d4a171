"""By phone: the language, silence, wrong keys, and a person."""

from __future__ import annotations

import pytest

from status_service.client import Language
from tests.ivr.hall_line import HallPhone, noon
from tests.servers import Hall

MENU: dict[Language, str] = {"zh-CN": "查询办件进度，请按 1", "en": "your application, press 1",
                             "ug": "سۈرۈشتۈرۈش ئۈچۈن 1 نى بېسىڭ"}


@pytest.fixture
def phone(hall: Hall) -> HallPhone:
    return HallPhone(hall)


def test_the_greeting_says_each_choice_in_its_own_language(phone: HallPhone) -> None:
    call = phone.dial()
    call.hears("您好", "普通话请按 1", "ياخشىمۇسىز", "ئۇيغۇرچە ئۈچۈن 2", "Hello",
               "For English, press 3")
    assert call.voices() == {"cmn-CN", "en-US", "play"}
    call.repeat()


@pytest.mark.parametrize("language", ["zh-CN", "en", "ug"])
def test_the_language_is_kept_and_can_be_changed(phone: HallPhone, language: Language) -> None:
    call = phone.call(language).hears(MENU[language]).press("3").press("*").hears(MENU[language])
    call.press("*").hears("普通话请按 1").press("3").hears(MENU["en"])


def test_silence_at_the_greeting_goes_on_in_mandarin(phone: HallPhone) -> None:
    phone.dial().wait().hears("用普通话继续", MENU["zh-CN"]).press("1").hears("请输入办件编号")


def test_a_wrong_key_at_the_greeting_is_answered_in_every_language(phone: HallPhone) -> None:
    call = phone.dial().press("7")
    call.hears("这个键在这里没有用", "بۇ كۇنۇپكا", "That key does nothing here")
    call.press("8").hears("请按 1、2 或者 3", "Please press 1, 2 or 3").press("0").is_put_through()


@pytest.mark.parametrize(("language", "words"), [
    ("zh-CN", ("没有听到您按键", "还是没有听到按键", "有没有人工")),
    ("en", ("I did not hear a key", "Still no key", "whether a person can help")),
    ("ug", ("كۇنۇپكا ئاۋازى ئاڭلانمىدى", "يەنىلا ئاڭلانمىدى", "خادىم بار-يوقلۇقىنى")),
])
def test_silence_at_the_menu(
        phone: HallPhone, language: Language, words: tuple[str, str, str]) -> None:
    call = phone.call(language).wait().hears(words[0], MENU[language]).repeat()
    call.wait().hears(words[1], MENU[language]).wait().hears(words[2]).is_put_through()


@pytest.mark.parametrize(("language", "words"), [
    ("zh-CN", ("这个键在这里没有用", "这个键在这里也没有用", "让您为难了")),
    ("en", ("That key does nothing here.", "nothing here either", "sorry this is difficult")),
    ("ug", ("بۇ كۇنۇپكا بۇ يەردە ئىشلىمەيدۇ", "بۇ كۇنۇپكىمۇ ئىشلىمەيدۇ", "كەچۈرۈڭ")),
])
def test_wrong_keys_at_the_menu(
        phone: HallPhone, language: Language, words: tuple[str, str, str]) -> None:
    call = phone.call(language).press("7").hears(words[0], MENU[language]).repeat()
    call.press("#").hears(words[1], MENU[language]).press("8").hears(words[2]).is_put_through()


@pytest.mark.parametrize(("language", "words"), [
    ("zh-CN", ("没有听到您输入编号", "编号印在受理单")),
    ("en", ("hear a number", "acceptance slip")),
    ("ug", ("نومۇر ئاڭلانمىدى", "تالونىنىڭ"))])
def test_silence_where_a_number_is_waited_for(
        phone: HallPhone, language: Language, words: tuple[str, str]) -> None:
    call = phone.call(language).press("1").wait().hears(words[0]).wait().hears(words[1])
    call.wait().is_put_through()


def test_the_usual_keys_where_a_number_is_waited_for(phone: HallPhone) -> None:
    call = phone.call("en").press("1").enter("#").hears("did not hear a number")
    call.enter("9#").hears("key in your case number").hears_not("did not hear")
    call.enter("*#").hears(MENU["en"]).press("1").enter("0#").is_put_through()


def test_too_many_digits_are_no_number(phone: HallPhone) -> None:
    call = phone.call("en").press("1").enter("1" * 41 + "#").hears("not look like a case number")
    call.enter("2" * 60 + "#").hears("either", "digits on your slip").goes_on()


def test_in_office_hours_a_person_is_called_and_the_number_told_when_nobody_answers(
        phone: HallPhone) -> None:
    for status in ("no-answer", "busy", "failed", "canceled"):
        call = phone.call("en").press("0").hears("hold the line").is_put_through().repeat()
        call.speak_to_person(status).hears("nobody could take", "0 9 9 1", MENU["en"]).goes_on()
        call.repeat().press("1").hears("case number")


def test_after_a_person_was_spoken_to_the_call_ends_with_thanks(phone: HallPhone) -> None:
    call = phone.call("zh-CN").press("0").speak_to_person("completed")
    call.hears("感谢您的来电，再见").is_over().repeat()


@pytest.mark.parametrize(("language", "words"), [
    ("zh-CN", "现在没有人值班"), ("en", "Nobody is at the desk"), ("ug", "نۆۋەتچى خادىم يوق")])
def test_outside_office_hours_the_number_is_told(
        phone: HallPhone, language: Language, words: str) -> None:
    phone.time = noon(7)
    phone.call(language).press("0").hears(words, MENU[language]).goes_on()


def test_outside_office_hours_a_wrong_key_never_hangs_up(phone: HallPhone) -> None:
    phone.time = noon(7)
    call = phone.call("en")
    for _ in range(12):
        call.press("8").goes_on()


def test_outside_office_hours_silence_ends_with_the_number_and_thanks(phone: HallPhone) -> None:
    phone.time = noon(7)
    call = phone.call("en").wait(3).hears("please call 0 9 9 1", "Goodbye").is_over()
    call.repeat()


def test_who_says_nothing_and_whom_nobody_answers_hears_the_number_and_thanks(
        phone: HallPhone) -> None:
    call = phone.call("en").wait(3).is_put_through().speak_to_person("no-answer")
    call.hears("Please call 0 9 9 1", "Goodbye").is_over()
