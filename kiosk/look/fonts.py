"""The faces that the kiosk writes with, and which letters each of them has.

Noto Sans CJK SC writes Chinese and Latin, UKIJ Ekran Uyghur; each helps out with the
letters that the other lacks. Sizes are given by the capital H, so that a Chinese name in
a Uyghur line is as large as its neighbours.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import msgspec
from fontTools.ttLib import TTFont
from PIL import ImageFont, features

from status_service.client import Language

NOTO = Path("/usr/share/fonts/opentype/noto")
UKIJ = Path("/usr/share/fonts/truetype/fonts-ukij-uyghur")
SIMPLIFIED = 2  # the face of NotoSansCJK-*.ttc with the forms of mainland China
GETA = "\u3013"  # what printers set for a letter that they do not have


class FontMissing(Exception):
    """The kiosk cannot write. The text says what to install."""


class Face(msgspec.Struct, frozen=True):
    """One face. `capital` is the height of its H in ems; `thicken` makes up for a missing
    bold: how far beside itself it is drawn again, in ems."""

    path: Path
    index: int
    capital: float
    thicken: float = 0.0

    def at(self, em: int) -> ImageFont.FreeTypeFont:
        """For drawing at this many pixels an em."""
        return _opened(self.path, self.index, em)

    def has(self, character: str) -> bool:
        return ord(character) in letters_of(self.path, self.index)

    def em(self, capital: float) -> int:
        """Pixels an em for an H of at least this many pixels."""
        return -int(-capital / self.capital // 1)


_CJK = Face(NOTO / "NotoSansCJK-Regular.ttc", SIMPLIFIED, 0.733)
_CJK_BOLD = Face(NOTO / "NotoSansCJK-Bold.ttc", SIMPLIFIED, 0.733)
_EKRAN = Face(UKIJ / "UKIJEkran.ttf", 0, 1409 / 2048)
_EKRAN_BOLD = msgspec.structs.replace(_EKRAN, thicken=0.018)


def faces(language: Language, bold: bool = False) -> tuple[Face, ...]:
    """The language's own face first, then the one that helps out."""
    noto, ekran = (_CJK_BOLD, _EKRAN_BOLD) if bold else (_CJK, _EKRAN)
    return (ekran, noto) if language == "ug" else (noto, ekran)


@cache
def letters_of(path: Path, index: int) -> frozenset[int]:
    """The characters a font file has, by its cmap. Raises FontMissing."""
    _there(path)
    with TTFont(path, fontNumber=index, lazy=True) as font:
        return frozenset(font.getBestCmap())


def check() -> None:
    """Raises FontMissing when something to write with is not there, before a visitor sees it."""
    if not features.check("raqm"):
        raise FontMissing("Uyghur cannot be shaped: install libfribidi0 "
                          "(apt-get install libfribidi0).")
    for face in (_CJK, _CJK_BOLD, _EKRAN):
        _there(face.path)


@cache
def _opened(path: Path, index: int, em: int) -> ImageFont.FreeTypeFont:
    _there(path)
    return ImageFont.truetype(path, em, index=index, layout_engine=ImageFont.Layout.RAQM)


def _there(path: Path) -> None:
    if not path.is_file():
        package = "fonts-noto-cjk" if path.parent == NOTO else "fonts-ukij-uyghur"
        raise FontMissing(f"The font {path.name} is missing: install {package} "
                          f"(apt-get install {package}).")
