"""The counter, held against the published rules and a slow, obvious implementation."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from sms.segments import count, encoding, fits_one, parts

# 3GPP TS 23.038 table 1 and its extension, by code: written out apart from the product's.
TABLE = ("@£$¥èéùìòÇ\nØø\rÅå" "Δ_ΦΓΛΩΠΨΣΘΞ\x1bÆæßÉ" " !\"#¤%&'()*+,-./" "0123456789:;<=>?"
         "¡ABCDEFGHIJKLMNO" "PQRSTUVWXYZÄÖÑÜ§" "¿abcdefghijklmno" "pqrstuvwxyzäöñüà")
ESCAPED = {0x0A: "\f", 0x14: "^", 0x28: "{", 0x29: "}", 0x2F: "\\", 0x3C: "[", 0x3D: "~",
           0x3E: "]", 0x40: "|", 0x65: "€"}


def septets(letter: str) -> int | None:
    """Septets of one character, None when the alphabet has it not."""
    if letter in ESCAPED.values():
        return 2
    if letter in TABLE and letter != "\x1b":
        return 1
    return None


def test_the_alphabet_has_127_signs_and_an_escape() -> None:
    assert len(TABLE) == 128
    assert len(set(TABLE)) == 128


@pytest.mark.parametrize(("text", "coding", "segments", "units"), [
    ("", "GSM-7", 0, 0),
    ("a" * 160, "GSM-7", 1, 160),
    ("a" * 161, "GSM-7", 2, 161),
    ("a" * 306, "GSM-7", 2, 306),
    ("a" * 307, "GSM-7", 3, 307),
    ("a" * 158 + "€", "GSM-7", 1, 160),
    ("a" * 159 + "€", "GSM-7", 2, 161),
    ("a" * 152 + "€" + "a" * 152, "GSM-7", 3, 306),  # the escape is not cut: 152 + 153 + 1
    ("a" * 151 + "€" + "a" * 153, "GSM-7", 2, 306),
    ("\r\n" * 80, "GSM-7", 1, 160),
    ("汉" * 70, "UCS-2", 1, 70),
    ("汉" * 71, "UCS-2", 2, 71),
    ("汉" * 134, "UCS-2", 2, 134),
    ("汉" * 135, "UCS-2", 3, 135),
    ("a" * 69 + "汉", "UCS-2", 1, 70),
    ("a" * 160 + "汉", "UCS-2", 3, 161),
    ("汉" * 68 + "😀", "UCS-2", 1, 70),
    ("汉" * 69 + "😀", "UCS-2", 2, 71),
    ("汉" * 66 + "😀" + "汉" * 66, "UCS-2", 3, 134),  # the pair is not cut: 66 + 67 + 1
    ("汉" * 65 + "😀" + "汉" * 67, "UCS-2", 2, 134),
    ("汉" * 66 + "e\u0301" + "汉" * 66, "UCS-2", 3, 134),  # nor the mark from its letter
    ("‘smart quotes’", "UCS-2", 1, 14),
    ("`", "UCS-2", 1, 1),  # no grave accent in the alphabet
])
def test_published_rules(text: str, coding: str, segments: int, units: int) -> None:
    assert count(text) == (coding, segments, units)


@pytest.mark.parametrize("cluster", ["👩‍👩‍👧‍👦", "🇨🇳", "👍🏽", "e\u0301\u0323", "❤️"])
def test_no_character_as_seen_is_cut(cluster: str) -> None:
    for before in range(60, 70):
        pieces = parts("汉" * before + cluster + "汉" * 40)
        assert sum(cluster in piece for piece in pieces) == 1


def slow_segments(text: str) -> int:
    """Segment by segment, character by character; for texts without clusters."""
    sizes = [septets(letter) for letter in text]
    plain = [size for size in sizes if size is not None]
    if len(plain) == len(sizes):
        whole, part = 160, 153
    else:
        whole, part = 70, 67
        plain = [2 if ord(letter) > 0xFFFF else 1 for letter in text]
    if sum(plain) <= whole:
        return 1 if text else 0
    segments, room = 1, part
    for size in plain:
        if size > room:
            segments, room = segments + 1, part
        room -= size
    return segments


simple = st.text(
    st.sampled_from("ab1 \n€[]{}~^é汉字ئۇ😀𠮷Ω"), max_size=400)


@settings(max_examples=300, deadline=None)
@given(simple)
@example("€" * 80)
@example("😀" * 67)
def test_equal_to_the_slow_count(text: str) -> None:
    assert count(text).segments == slow_segments(text)


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=400))
def test_parts_are_the_text_and_fit(text: str) -> None:
    found = parts(text)
    assert "".join(found) == text
    assert len(found) == count(text).segments
    most = 153 if encoding(text) == "GSM-7" else 67
    if len(found) > 1:
        for part in found:
            size = (sum(septets(letter) or 0 for letter in part) if most == 153
                    else len(part.encode("utf-16-be", "surrogatepass")) // 2)
            assert 0 < size <= most
    assert fits_one(text) == (len(found) <= 1)
