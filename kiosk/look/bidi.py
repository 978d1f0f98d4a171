"""Which way each character runs, by FriBidi: the library that Pillow shapes with.

Pillow keeps to one font a call and so cannot order a line of two fonts; the levels of
the Unicode Bidirectional Algorithm (UAX #9) tell how.
"""

from __future__ import annotations

import ctypes
from functools import cache
from itertools import pairwise
from typing import Protocol, TypeVar

from kiosk.look.fonts import FontMissing

_TO_RIGHT, _TO_LEFT = 0x110, 0x111  # FRIBIDI_PAR_LTR, FRIBIDI_PAR_RTL


class Levelled(Protocol):
    @property
    def level(self) -> int: ...


Run = TypeVar("Run", bound=Levelled)


def levels(text: str, to_left: bool) -> list[int]:
    """The embedding level of each character of a paragraph: odd runs to the left.

    `to_left` is the direction of the paragraph. Source: UAX #9, rules P2 to I2.
    """
    if not to_left and text.isascii():
        return [0] * len(text)
    library = _library()
    length = len(text)
    characters = (ctypes.c_uint32 * length)(*map(ord, text))
    kinds = (ctypes.c_uint32 * length)()
    brackets = (ctypes.c_uint32 * length)()
    found = (ctypes.c_int8 * length)()
    base = ctypes.c_uint32(_TO_LEFT if to_left else _TO_RIGHT)
    library.fribidi_get_bidi_types(characters, length, kinds)
    library.fribidi_get_bracket_types(characters, length, kinds, brackets)
    if not library.fribidi_get_par_embedding_levels_ex(kinds, brackets, length,
                                                       ctypes.byref(base), found):
        raise MemoryError("FriBidi had no memory for a paragraph")
    return list(found)


def in_sight(runs: list[Run]) -> list[Run]:
    """Runs of one line from the order of reading to the order of sight, from the left.

    Source: UAX #9, rule L2.
    """
    line = list(runs)
    if not line:
        return line
    highest = max(run.level for run in line)
    for level in range(highest, 0, -1):
        edges = [0, *(at for at, (one, other) in enumerate(pairwise(line), 1)
                      if (one.level >= level) != (other.level >= level)), len(line)]
        for start, end in pairwise(edges):
            if line[start].level >= level:
                line[start:end] = line[start:end][::-1]
    return line


@cache
def _library() -> ctypes.CDLL:
    try:
        return ctypes.CDLL("libfribidi.so.0")
    except OSError:
        raise FontMissing("Uyghur cannot be ordered: install libfribidi0 "
                          "(apt-get install libfribidi0).") from None
