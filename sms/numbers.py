"""Finding case numbers in a text, however they are typed: with dashes and spaces, in
full-width, Chinese or Arabic digits, alone or inside a sentence.

Whether a number exists only the service knows; here only its spellings are found.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping

from stdnum.cn import ric

LEAST_IN_SENTENCE = 5  # digits; fewer are a year, a price, a counter
LEAST_ALONE = 3
OURS = 12  # digits of the numbers that Hallway gives: such a one is complete
CODE = 6  # digits at most of what beside a longer number is no number: a query code, a date
COMPLETE = 8  # digits from which two neighbours are two numbers rather than one with a space
LONGEST = 40  # characters of a number that are looked up

_AROUND = " \t\r\n.,;:!?。，；：！？、#"  # may stand before and after a number
_DATE = re.compile(r"(?:19|20)\d\d-[01]?\d-[0-3]?\d")
_MOBILE = re.compile(r"(?:\+?86)?1[3-9]\d{9}")
_GROUP = re.compile(r"\d+(?:-\d+)*(?:(?<=\d{17})x)?")  # an identity number may end in x
_ALONE = re.compile(r"(?:[a-z]{1,6}-?)?\d[\d\- ]*(?:(?<=[\d-])[a-z]{1,4}[\d-]*)?", re.ASCII)
PLAIN = re.compile(r"(?=(?:-?\d){5})\d+(?:-\d+)*", re.ASCII)  # as most people type it
_CODE = re.compile(r"(?<![\d-])\d{6}(?![\d-])")
_CHOICE = re.compile(r"第?([1-9])[个個项号条]?")


class Finder:
    """Finds numbers; `digits` maps a digit to the signs written for it, `joiners` are the
    signs that stand within a number."""

    def __init__(self, digits: Mapping[str, str], joiners: str) -> None:
        self._digits = str.maketrans(
            {sign: digit for digit, signs in digits.items() for sign in signs})
        self._signs = frozenset(sign for signs in digits.values() for sign in signs)
        dashes = "".join(sign for sign in joiners if sign not in "./")
        inside = re.escape(joiners)
        self._spaced_dash = re.compile(rf"(?<=\d)[ \t]*[{re.escape(dashes)}][ \t]*(?=\d)")
        self._inside = re.compile(rf"(?<=\d)[{inside}](?=\d)")

    def find(self, text: str) -> tuple[tuple[str, ...], ...]:
        """For each number in an evened-out text the spellings to look up, in its order."""
        plain = self._plain(text)
        if _ALONE.fullmatch(plain) and sum(map(str.isdigit, plain)) >= LEAST_ALONE:
            groups = list(_groups(plain))
            if len(groups) == 1 or plain[0].isalpha() or plain[-1].isalpha():
                return (spellings(plain),)
        found = [group for line in plain.splitlines() for group in _groups(line)]
        found = [group for group in found if sum(map(str.isdigit, group)) >= LEAST_IN_SENTENCE]
        if len(found) > 1:  # a date beside a number is no number
            found = [group for group in found if not _DATE.fullmatch(group)] or found
            found = [group for group in found if sum(map(str.isdigit, group)) > CODE] or found
            persons = [group for group in found if names_a_person(group)]
            found = [group for group in found if group not in persons] or persons
        return tuple(spellings(group) for group in dict.fromkeys(found))

    def with_code(self, text: str) -> tuple[tuple[str, ...], str] | None:
        """The spellings of the one number in a text and the six digits beside it, as on the
        acceptance slip; None where there is no such pair."""
        plain = self._plain(text)
        for match in reversed(list(_CODE.finditer(plain))):
            rest = f"{plain[:match.start()]}\n{plain[match.end():]}"
            found = self.find(rest)
            if len(found) == 1 and not names_a_person(found[0][0]):
                return found[0], match[0]
        return None

    def choice(self, squeezed: str) -> int:
        """1 to 9 when a text is nothing but that (also 一, 第二个); else 0."""
        match = _CHOICE.fullmatch(self._plain(squeezed))
        return int(match[1]) if match else 0

    def without_digits(self, text: str) -> str:
        return "".join(sign for sign in text if sign not in self._signs and not sign.isdecimal())

    def _plain(self, text: str) -> str:
        """The text with digits as 0 to 9 and joiners as dashes."""
        signs = "".join(
            str(unicodedata.decimal(sign)) if sign.isdecimal() else sign
            for sign in text.translate(self._digits))
        return self._inside.sub("-", self._spaced_dash.sub("-", signs)).strip(_AROUND)


def spellings(number: str) -> tuple[str, ...]:
    """What to look up for a number as typed: itself, then its digits alone when letters
    were written with it, as in "No24019651"."""
    whole = number.upper().replace(" ", "")[:LONGEST]
    digits = "".join(sign for sign in whole if sign.isdigit())
    if any(sign.isalpha() for sign in whole):
        return (whole, digits)
    return (whole,)


def names_a_person(number: str) -> bool:
    """True for a mobile number or a resident identity number (GB 11643): those are never
    looked up, for what is looked up stands in an address."""
    return bool(_MOBILE.fullmatch(number)) or bool(
        len(number) == 18 and number.isascii() and ric.is_valid(number.upper()))


def _groups(line: str) -> list[str]:
    """Groups of digits with spaces inside a number closed. A group with a dash is complete,
    so is one of our own length, and two long neighbours are two numbers."""
    found: list[str] = []
    end = -1
    for match in _GROUP.finditer(line):
        group = match[0]
        near = bool(found) and line[end:match.start()].isspace()
        if near and _one_number(found[-1], group):
            found[-1] += group
        else:
            found.append(group)
        end = match.end()
    return found


def _one_number(left: str, right: str) -> bool:
    if "-" in left or "-" in right or len(left) >= OURS:
        return False
    return not (len(left) >= COMPLETE and len(right) >= COMPLETE)
