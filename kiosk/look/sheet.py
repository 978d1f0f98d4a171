"""A screen laid out: marks and targets on a panel, in pixels from its upper left corner.

Made by `layout.lay_out`, drawn by the window, measured by the tests. What is text
carries the text itself, so that a test can read a screen as it is drawn.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from status_service.client import Language

Colour = tuple[int, int, int]  # sRGB, 0 to 255

MM_PER_INCH = 25.4


class Panel(msgspec.Struct, frozen=True):
    """The screen as built in: pixels, millimetres, and how far the eyes are."""

    width: int  # px
    height: int  # px
    mm_per_px: float
    distance: float = 500.0  # mm from the eyes to the glass

    @classmethod
    def of(cls, width: int, height: int, inches: float, distance: float = 500.0) -> Panel:
        """`inches` is the diagonal, as panels are sold."""
        diagonal = float((width**2 + height**2) ** 0.5)
        return cls(width, height, inches * MM_PER_INCH / diagonal, distance)

    def px(self, mm: float) -> int:
        """Rounded up: a target of 20 mm is never smaller."""
        return -int(-mm / self.mm_per_px // 1)


class Box(msgspec.Struct, frozen=True):
    """A filled rectangle with round corners; `line` is the width of its border, 0 for none."""

    x: int
    y: int
    width: int
    height: int
    fill: Colour | None
    radius: int = 0
    line: int = 0
    edge: Colour = (0, 0, 0)


class Ink(msgspec.Struct, frozen=True):
    """A picture drawn in one colour: text, an icon, a QR code.

    mask: width x height octets, row by row from the top, 0 nothing to 255 full ink.
    text, language, size: what it says and its letters' em in px; empty for what is no text.
    ground: the colour behind it, for the contrast that a test measures.
    """

    x: int
    y: int
    width: int
    height: int
    colour: Colour
    ground: Colour
    mask: bytes
    text: str = ""
    language: Language = "zh-CN"
    size: int = 0
    part: str = ""  # which part of the screen: title, label:KEY, value:KEY, button:ACT, ...


Mark = Box | Ink


class Target(msgspec.Struct, frozen=True):
    """Where one may touch. `page:next` and `page:back` are the window's own."""

    act: str
    x: int
    y: int
    width: int
    height: int
    enabled: bool = True
    radius: int = 0
    shape: Literal["button", "row", "key"] = "button"

    def holds(self, x: float, y: float) -> bool:
        return (self.x <= x < self.x + self.width) and (self.y <= y < self.y + self.height)


class Sheet(msgspec.Struct, frozen=True):
    """One page of a screen."""

    panel: Panel
    ground: Colour
    marks: tuple[Mark, ...]
    targets: tuple[Target, ...]
    page: int = 0  # counted from 0
    pages: int = 1
