"""Numbers are found however they are typed, and ours catch a slip."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from status_service.cases import number

SIGNS = st.characters(codec="utf-8")


@pytest.mark.parametrize("typed", [
    "24-019651", "24019651", "24 019 651", "２４－０１９６５１", "二四零一九六五一", "24—019651",
    " 24.019651 ", "٢٤٠١٩٦٥١", "二四〇幺九六五幺", "۲۴-۰۱۹۶۵۱"])
def test_one_number_however_typed(typed: str) -> None:
    assert number.keys(typed) == ("24019651", "24019651")


def test_letters_count_in_the_number_and_not_on_the_keypad() -> None:
    assert number.keys("建2025-0117") == ("建20250117", "20250117")
    assert number.keys("gh-7") == number.keys("GH７") == ("GH7", "7")


@given(st.text(SIGNS, max_size=60))
def test_keys_of_keys_are_the_same(typed: str) -> None:
    key, digits = number.keys(typed)
    assert number.keys(key) == (key, digits)
    assert digits.isascii() and (digits.isdigit() or not digits)


@given(st.integers(2000, 2099), st.integers())
def test_a_made_number_is_ours_and_any_single_slip_is_noticed(year: int, seed: int) -> None:
    chance = random.Random(seed)
    made = number.make(year, chance)
    assert len(made) == 12 and made.startswith(f"{year % 100:02d}")
    assert not number.check_digit_wrong(made)
    at, wrong = chance.randrange(12), chance.randrange(1, 10)
    slip = made[:at] + str((int(made[at]) + wrong) % 10) + made[at + 1:]
    assert number.check_digit_wrong(slip)


def test_foreign_numbers_have_no_check_digit_of_ours() -> None:
    assert not number.check_digit_wrong("24019651")
