"""By phone: how far has my case come?"""

from __future__ import annotations

import pytest

from status_service.client import Answer, Language, Several
from status_service.wording import answer_speech
from tests.ivr.hall_line import HallPhone
from tests.servers import Hall

IN_REVIEW = "264718305921"
SUPPLEMENT = "261059382740"
READY = "263947201581"
NO_INFORMATION = "260528194731"
SHARED = "202500117"  # 建2025-00117 and 规2025-00117
MISTYPED = "264718305922"  # the first one's last digit changed


@pytest.fixture
def phone(hall: Hall) -> HallPhone:
    return HallPhone(hall)


@pytest.mark.parametrize(("language", "words"), [
    ("zh-CN", ("建设工程规划许可证核发", "审查中", "把结果发到手机，请按 1", "转人工，请按 0")),
    ("en", ("Planning permit for a construction project", "in review",
            "as a text message, press 1", "For a person, press 0")),
    ("ug", ("قۇرۇلۇش ئىنشائاتى پىلان ئىجازەتنامىسى بېرىش", "قىسقا ئۇچۇردا ئېلىش ئۈچۈن 1",
            "سۆزلىشىش ئۈچۈن 0")),
])
def test_the_answer_in_each_language(
        phone: HallPhone, language: Language, words: tuple[str, ...]) -> None:
    call = phone.call(language).press("1").enter(f"{IN_REVIEW}#").hears(*words).goes_on()
    answer = phone.hall.client.case(IN_REVIEW)
    assert isinstance(answer, Answer)
    facts = answer_speech(answer, language, phone.time.date())
    call.hears(*(said.text for said in facts))
    own = {"zh-CN": "cmn-CN", "en": "en-US", "ug": "play"}[language]
    assert call.voices() == {own}
    call.repeat()


@pytest.mark.parametrize(("number", "words"), [
    (SUPPLEMENT, ("waiting for documents", "hand")),
    (READY, ("ready to collect",)),
    (NO_INFORMATION, ("closed", "does not exist")),
])
def test_who_must_act_and_what_came_of_it(
        phone: HallPhone, number: str, words: tuple[str, ...]) -> None:
    phone.call("en").press("1").enter(f"{number}#").hears(*words)


@pytest.mark.parametrize(("language", "asked", "sent"), [
    ("zh-CN", "请输入办件编号", "短信马上发到您的手机"),
    ("en", "key in your case number", "A text message is on its way"),
    ("ug", "ئىلتىماس نومۇرىڭىزنى كىرگۈزۈڭ", "قىسقا ئۇچۇر تېلېفونىڭىزغا"),
])
def test_again_by_text_another_number_back(
        phone: HallPhone, language: Language, asked: str, sent: str) -> None:
    call = phone.call(language).press("1").hears(asked).enter(f"{IN_REVIEW}#")
    first = call.heard
    call.press("9")
    assert call.heard == first
    call.press("1").hears(sent).hears_not(first[0]).repeat().goes_on()
    assert phone.texts_of(call) == [("answer", IN_REVIEW)]
    call.press("2").hears(asked).enter(f"{READY}#").press("*").press("1").hears(asked)


def test_a_person_after_the_answer(phone: HallPhone) -> None:
    phone.call("en").press("1").enter(f"{READY}#").press("0").hears("connecting").is_put_through()


@pytest.mark.parametrize(("language", "words"), [
    ("zh-CN", ("二六四七，幺八三零，五九二二", "一位数字不对", "请重新输入")),
    ("en", ("2 6 4 7, 1 8 3 0, 5 9 2 2", "One digit seems to be wrong", "key it in again")),
    ("ug", ("بىر رەقەم خاتادەك", "قايتا كىرگۈزۈڭ")),
])
def test_a_mistyped_digit_is_told_and_keyed_again(
        phone: HallPhone, language: Language, words: tuple[str, ...]) -> None:
    call = phone.call(language).press("1").enter(f"{MISTYPED}#").hears(*words).repeat()
    call.enter(f"{IN_REVIEW}#").goes_on()
    answer = phone.hall.client.case(IN_REVIEW)
    assert isinstance(answer, Answer)
    call.hears(answer.matter.in_(language))


@pytest.mark.parametrize(("language", "words"), [
    ("zh-CN", "没有这个编号的办件"), ("en", "There is no case with this number here"),
    ("ug", "بۇنداق نومۇرلۇق ئىلتىماس يوق")])
def test_a_number_nobody_has(phone: HallPhone, language: Language, words: str) -> None:
    phone.call(language).press("1").enter("77777#").hears(words).goes_on()


def test_after_three_numbers_nobody_has_a_person_helps(phone: HallPhone) -> None:
    call = phone.call("en").press("1").enter("77777#").enter("77778#")
    call.enter("77779#").hears("could not find your case", "connecting").is_put_through()


@pytest.mark.parametrize(("language", "words"), [
    ("zh-CN", ("不止一个办件", "收件，请按 1", "收件，请按 2")),
    ("en", ("More than one case", "received on", "press 1", "received on", "press 2")),
    ("ug", ("بىردىن ئارتۇق", "تاپشۇرۇۋېلىنغان", "1 نى", "تاپشۇرۇۋېلىنغان", "2 نى")),
])
def test_two_cases_share_the_digits(
        phone: HallPhone, language: Language, words: tuple[str, ...]) -> None:
    shared = phone.hall.client.case(SHARED)
    assert isinstance(shared, Several) and len(shared.candidates) == 2
    names = [one.matter.in_(language) for one in shared.candidates]
    assert names[0] != names[1]
    call = phone.call(language)
    for key, one in zip("12", shared.candidates, strict=True):
        call.press("1").enter(f"{SHARED}#").hears(*words).hears(*names).press("9").hears(*names)
        call.press("3").goes_on().press(key).hears(one.matter.in_(language)).repeat()
        call.hears_not(*set(names) - {one.matter.in_(language)})
        call.press("1").press("*")
    assert phone.texts_of(call) == [("answer", one.number) for one in shared.candidates]


def test_a_number_with_its_hyphen_keyed_as_star(phone: HallPhone) -> None:
    phone.call("en").press("1").enter("2025*00117#").hears("More than one case")


def test_an_unknown_or_hidden_caller_gets_the_answer_but_no_text(phone: HallPhone) -> None:
    for caller in ("anonymous", "+266696687", "sip:desk@hall.example", "+869914810077"):
        call = phone.call("en", caller).press("1").enter(f"{IN_REVIEW}#").hears("in review")
        call.press("1").hears("your number is hidden", "For another number, press 2").goes_on()
        assert phone.texts_of(call) == []


@pytest.mark.parametrize(("language", "words"), [
    ("zh-CN", "请发送 START 到"), ("en", "text the word START to 0"),
    ("ug", "START دەپ")])
def test_who_said_stop_gets_no_text_and_hears_how_to_allow_it(
        phone: HallPhone, language: Language, words: str) -> None:
    call = phone.call(language).press("1").enter(f"{IN_REVIEW}#")
    phone.hall.client.consent(address=call.caller, stopped=True, channel="sms", proof="SM1")
    call.press("1").hears(words).repeat().goes_on()
    assert phone.texts_of(call) == []
    phone.hall.client.consent(address=call.caller, stopped=False, channel="sms", proof="SM2")
    call.press("1")
    assert phone.texts_of(call) == [("answer", IN_REVIEW)]
