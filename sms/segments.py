"""How many segments a text takes, counted exactly as carriers bill and handsets show it.

Rules: GSM 03.38 / 3GPP TS 23.038 section 6.2.1 (the 7-bit alphabet and its
extension table) and 3GPP TS 23.040 section 9.2.3.24 (concatenation). A text of
the 7-bit alphabet has 160 septets, or 153 a part; one character outside it
turns the whole text into UCS-2 with 70 units, or 67 a part. An escape sequence,
a surrogate pair and a character with its combining marks are never cut.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from typing import Literal, NamedTuple

BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
EXTENSION = frozenset("\f^{}\\[~]|€")  # two septets each: escape and character

SEPTETS, SEPTETS_A_PART = 160, 153
UNITS, UNITS_A_PART = 70, 67

_JOINER = "\u200d"


class Count(NamedTuple):
    """What a text takes. `units`: septets (GSM-7) or 16-bit units (UCS-2)."""

    encoding: Literal["GSM-7", "UCS-2"]
    segments: int
    units: int


def encoding(text: str) -> Literal["GSM-7", "UCS-2"]:
    return "GSM-7" if set(text) <= BASIC | EXTENSION else "UCS-2"


def count(text: str) -> Count:
    """Encoding, segments and units of a text; an empty one takes no segment."""
    coded = encoding(text)
    units = _size(text, coded)
    whole = SEPTETS if coded == "GSM-7" else UNITS
    if units <= whole:
        return Count(coded, 1 if text else 0, units)
    return Count(coded, len(parts(text)), units)


def parts(text: str) -> list[str]:
    """The text of each segment, in order; joined again they are the text."""
    coded = encoding(text)
    whole, part = (SEPTETS, SEPTETS_A_PART) if coded == "GSM-7" else (UNITS, UNITS_A_PART)
    if _size(text, coded) <= whole:
        return [text] if text else []
    found: list[str] = []
    current, used = "", 0
    for piece in _pieces(text, coded, part):
        size = _size(piece, coded)
        if used + size > part:
            found.append(current)
            current, used = "", 0
        current += piece
        used += size
    return [*found, current]


def fits_one(text: str) -> bool:
    return count(text).segments <= 1


def _size(text: str, coded: str) -> int:
    if coded == "GSM-7":
        return len(text) + sum(1 for letter in text if letter in EXTENSION)
    return len(text.encode("utf-16-be", "surrogatepass")) // 2


def _pieces(text: str, coded: str, part: int) -> Iterator[str]:
    """What must stay together: a character with all that modifies it, unless that
    alone is longer than a part (then single characters)."""
    if coded == "GSM-7":
        yield from text
        return
    cluster = ""
    for letter in text:
        if cluster and _joins(cluster, letter):
            cluster += letter
            continue
        if cluster:
            yield from _bounded(cluster, part)
        cluster = letter
    if cluster:
        yield from _bounded(cluster, part)


def _bounded(cluster: str, part: int) -> Iterator[str]:
    if _size(cluster, "UCS-2") <= part:
        yield cluster
    else:
        yield from cluster


def _joins(cluster: str, letter: str) -> bool:
    """Extended grapheme clusters (Unicode UAX #29) as far as texts have them: marks,
    variation selectors, joined emoji, skin tones, flags, CR LF."""
    if unicodedata.category(letter) in ("Mn", "Me", "Mc") or letter == _JOINER:
        return cluster[-1] not in "\r\n"
    if cluster.endswith(_JOINER) or "\U0001f3fb" <= letter <= "\U0001f3ff":
        return True
    if _flag(letter):
        return _flag(cluster[-1]) and len(cluster) % 2 == 1
    return cluster == "\r" and letter == "\n"


def _flag(letter: str) -> bool:
    return "\U0001f1e6" <= letter <= "\U0001f1ff"
