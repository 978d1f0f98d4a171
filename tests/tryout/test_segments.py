"""Counting segments, against published limits and a slow but plain second count."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tryout.segments import size


@pytest.mark.parametrize(("text", "encoding", "units", "segments"), [
    ("", "GSM-7", 0, 1), ("a" * 160, "GSM-7", 160, 1), ("a" * 161, "GSM-7", 161, 2),
    ("a" * 306, "GSM-7", 306, 2), ("a" * 307, "GSM-7", 307, 3),
    ("€" * 80, "GSM-7", 160, 1), ("€" * 81, "GSM-7", 162, 2),
    ("a" * 152 + "€" + "a" * 153, "GSM-7", 307, 3),  # the euro's two halves stay together
    ("é\r\n", "GSM-7", 3, 1), ("ç", "UCS-2", 1, 1),
    ("字" * 70, "UCS-2", 70, 1), ("字" * 71, "UCS-2", 71, 2), ("字" * 134, "UCS-2", 134, 2),
    ("字" * 135, "UCS-2", 135, 3), ("😀" * 35, "UCS-2", 70, 1),
    ("😀" * 36, "UCS-2", 72, 2), ("😀" * 66, "UCS-2", 132, 2), ("😀" * 67, "UCS-2", 134, 3),
])
def test_known_sizes(text: str, encoding: str, units: int, segments: int) -> None:
    found = size(text)
    assert (found.encoding, found.units, found.segments) == (encoding, units, segments)


@given(st.text(st.sampled_from("aé€字ئ😀"), max_size=400))
def test_units_are_those_on_the_air(text: str) -> None:
    found = size(text)
    if found.encoding == "UCS-2":
        assert found.units == len(text.encode("utf-16-be")) // 2
    limit, each = (160, 153) if found.encoding == "GSM-7" else (70, 67)
    assert (found.segments == 1) == (found.units <= limit)
    if found.segments > 1:  # full segments may each waste one unit, never more
        assert found.units <= each * found.segments
        assert found.units > (each - 1) * (found.segments - 1)
