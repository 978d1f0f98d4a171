"""How many segments a text takes on the air (3GPP TS 23.038 and 23.040).

160 septets alone or 153 in each of several with the GSM 7-bit alphabet, 70 or
67 UTF-16 units otherwise; an extension character takes two septets, and neither
its two halves nor a surrogate pair are split between segments.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡"
    "ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà")
_EXTENSION = frozenset("\f^{}\\[~]|€")


@dataclass(frozen=True)
class Size:
    """`units`: septets, or UTF-16 units; `segments`: at least 1, as Twilio counts."""

    encoding: Literal["GSM-7", "UCS-2"]
    units: int
    segments: int


def size(text: str) -> Size:
    if all(c in _BASIC or c in _EXTENSION for c in text):
        weights = [2 if c in _EXTENSION else 1 for c in text]
        return Size("GSM-7", sum(weights), _pack(weights, 160, 153))
    weights = [2 if ord(c) > 0xFFFF else 1 for c in text]
    return Size("UCS-2", sum(weights), _pack(weights, 70, 67))


def _pack(weights: list[int], alone: int, each: int) -> int:
    if sum(weights) <= alone:
        return 1
    segments, used = 1, 0
    for weight in weights:
        if used + weight > each:
            segments, used = segments + 1, 0
        used += weight
    return segments
