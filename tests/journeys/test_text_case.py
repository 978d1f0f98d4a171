"""By text: one number is enough."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from stdnum.iso7064 import mod_11_10

from status_service import wording
from status_service.client import Answer
from tests.servers import Hall
from tests.sms.handset import Handset, bureau, handset


@pytest.fixture
def phone(hall: Hall) -> Handset:
    return handset(hall)


@pytest.fixture(scope="session")
def number(hall: Hall) -> str:
    """A case of our own, numbered as an imported permit."""
    return bureau(hall).writes("71-019651", since="2026-10-14")


@pytest.fixture(scope="session")
def ours(hall: Hall) -> str:
    """A case with a number that Hallway gave."""
    return bureau(hall).writes(ours_of("71019651234"), status="accepted", since="2026-11-02")


def ours_of(start: str) -> str:
    return start + str(mod_11_10.calc_check_digit(start))


@pytest.mark.parametrize("typed", [
    "71-019651", "71019651", "７１－０１９６５１", "71 019651", "七一零幺九六五幺",
    "请问71-019651办到哪一步了？"])
def test_a_number_gives_the_answer(phone: Handset, number: str, typed: str) -> None:
    phone.texts(typed).reads("10月14日起审查中").in_segments(1)


def test_the_answer_is_what_wording_says(phone: Handset, ours: str) -> None:
    answer = phone.client.case(ours)
    assert isinstance(answer, Answer)
    today = datetime.now(ZoneInfo(phone.settings.zone)).date()
    phone.texts(ours).in_segments(1)
    assert phone.said == wording.answer_text(answer, "zh-CN", today)


def test_in_the_language_of_the_sender(phone: Handset, number: str) -> None:
    phone.texts(f"What about {number}?").reads("review")
    phone.texts(number).reads("review")  # the last language counts
    phone.texts(f"{number} قانداق بولدى")
    assert phone.said is not None
    assert any("\u0600" <= letter <= "\u06ff" for letter in phone.said)
    phone.texts("中文").reads("中文")
    phone.texts(f"What about {number}?").reads("审查中")  # the one chosen counts most


def test_a_number_that_nobody_has(phone: Handset) -> None:
    phone.texts("79-999999").reads("没有查到", "79-999999", "0991 481 0012").in_segments(1)
    phone.texts("Is 79-999999 done?").reads("no case 79-999999").in_segments(1)


def test_a_slip_of_one_digit_is_said(phone: Handset, ours: str) -> None:
    wrong = ours[:4] + str((int(ours[4]) + 1) % 10) + ours[5:]
    phone.texts(wrong).reads("一位数字不对", wrong).in_segments(1)


def test_two_cases_for_one_number(hall: Hall, phone: Handset) -> None:
    bureau(hall).writes("AK-7155501")
    bureau(hall).writes("BK-7155501", status="accepted", since="2026-11-03")
    phone.texts("7155501").reads("1. ", "2. ", "AK-7155501", "BK-7155501", "回复序号")
    shown = {line.split()[1]: line[0] for line in (phone.said or "").splitlines()[1:]}
    phone.texts(shown["BK-7155501"]).reads("11月3日起已受理")
    phone.texts(shown["AK-7155501"]).reads("10月14日起审查中")
    phone.texts("9").reads("1到2")
    phone.texts("BK-7155501").reads("11月3日起已受理")


def test_two_numbers_in_one_text(phone: Handset, number: str, ours: str) -> None:
    phone.texts(f"{number} {ours}").reads(f"1. {number}", f"2. {ours}")
    phone.texts("二").reads("11月2日起已受理")


def test_a_personal_number_is_not_looked_up(phone: Handset) -> None:
    phone.texts("13912345678").reads("不要发手机号")


def test_letters_stuck_to_a_number(phone: Handset, number: str) -> None:
    phone.texts("No71019651").reads("审查中")
    phone.texts("编号71019651").reads("审查中")
