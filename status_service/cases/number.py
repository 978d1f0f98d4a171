"""Case numbers: found however they are typed, and made so that keypads are enough."""

from __future__ import annotations

import random
import unicodedata

from stdnum.iso7064 import mod_11_10

LENGTH = 12  # digits of the numbers we give: two of the year, nine at random, one check digit
LONGEST = 80  # characters of any number, as in the table

_CHINESE = {sign: str(value) for value, sign in enumerate("零一二三四五六七八九")}
_CHINESE |= {"〇": "0", "幺": "1", "两": "2"}


def keys(typed: str) -> tuple[str, str]:
    """(number key, digits key) of a number as somebody typed it.

    Full-width forms, spaces, dashes and case are evened out, Chinese and Arabic
    digits read as digits. The digits key is what a telephone keypad can say.
    Both are empty when nothing of a number is left.
    """
    if typed.isascii() and typed.isdigit():
        return typed, typed
    number: list[str] = []
    for sign in unicodedata.normalize("NFKC", typed).upper():
        if sign in _CHINESE:
            number.append(_CHINESE[sign])
        elif sign.isdecimal():
            number.append(str(unicodedata.decimal(sign)))
        elif sign.isalnum():
            number.append(sign)
    return "".join(number), "".join(s for s in number if s.isdecimal())


def check_digit_wrong(digits: str) -> bool:
    """True for a number of our own form whose check digit does not fit: one digit was
    mistyped, or two neighbours swapped (ISO 7064 MOD 11,10)."""
    return len(digits) == LENGTH and not mod_11_10.is_valid(digits)


def make(year: int, chance: random.Random) -> str:
    """A new number. `chance` must be unpredictable outside tests: numbers are no sequence."""
    start = f"{year % 100:02d}{chance.randrange(10**9):09d}"
    return start + str(mod_11_10.calc_check_digit(start))
