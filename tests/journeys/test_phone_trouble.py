"""By phone: repeats, forged requests, and rooms of ours that are away while a caller waits."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from settings import Settings
from status_service.client import Client
from tests.ivr.hall_line import HallPhone, Wire
from tests.servers import Hall, redis_server

NUMBER = "264718305921"


@pytest.fixture
def phone(hall: Hall) -> HallPhone:
    return HallPhone(hall)


def test_a_whole_call_can_be_sent_again_in_any_order(phone: HallPhone) -> None:
    call = phone.call("ug").press("1").enter(f"{NUMBER}#").press("1").press("2")
    call.enter("264718305922#").enter("9#").enter("*#").press("2", "1", "1", "*", "0")
    call.speak_to_person("busy").wait()
    for path, parameters, before in reversed(call.sent):
        assert phone.line.post(path, parameters).data == before
    assert phone.texts_of(call) == [("answer", NUMBER)]


def test_a_forged_request_hears_nothing(phone: HallPhone) -> None:
    call = phone.call("en").press("1")
    path, parameters, _ = call.sent[-1]
    forged = phone.line.post(path, parameters | {"Digits": NUMBER}, token="f" * 32)
    assert forged.status_code == 403 and b"Response" not in forged.data
    call.enter(f"{NUMBER}#").hears("in review")


def test_the_service_goes_away_while_a_caller_waits(hall: Hall) -> None:
    wire = Wire(hall.url)
    phone = HallPhone(hall, Client(wire.url, hall.settings.service_token))
    warm = phone.call("en").press("2").press("1").press("1").press("*", "*", "*")
    warm.press("3").press("*").press("4")  # what the hall tells anyone has been asked for once
    call = phone.call("en").press("1")
    wire.cut()
    call.enter(f"{NUMBER}#").hears("Sorry, we cannot look that up", "try again, press 1").repeat()
    call.press("1").hears("cannot look that up")
    call.press("2").hears("Planning and building permits").press("1").press("1")
    call.hears("Planning permit for a construction project")
    call.press("1").hears("the text cannot be sent just now", "press 1").goes_on()
    call.press("*", "*", "*").press("3").goes_on().press("*").press("4").hears("counter")
    call.press("0").is_put_through()
    for language, words in (("zh-CN", "暂时查不到"), ("ug", "سۈرۈشتۈرەلمەيمىز")):
        phone.call(language).press("1").enter(f"{NUMBER}#").hears(words)  # type: ignore[arg-type]


def test_the_store_goes_away_while_a_caller_waits(hall: Hall, tmp_path: Path) -> None:
    with redis_server(tmp_path) as url:
        settings: Settings = msgspec.structs.replace(hall.settings, redis_url=url)
        phone = HallPhone(hall, settings=settings)
        call = phone.call("en").press("1")
        chinese = phone.call("zh-CN")
    call.enter(f"{NUMBER}#").hears("our system is down", "connecting you").is_put_through()
    call.speak_to_person("no-answer").hears("Please call 0 9 9 1", "Goodbye").is_over()
    chinese.press("1").hears("系统暂时连不上", "转接人工").is_put_through()
    phone.dial().hears("系统暂时连不上", "سىستېمىغا", "our system is down").is_put_through()
