"""What the blocks draw with: marks in the reading direction, letters in degrees.

Blocks measure from the start of a line; for a language that runs to the left the draft
turns everything round as it is put down.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from kiosk.look.fonts import faces
from kiosk.look.icons import Name, drawn, wide
from kiosk.look.sheet import Box, Colour, Ink, Mark, Panel, Target
from kiosk.look.tokens import TOKENS, capital_px
from kiosk.look.typeset import Paragraph, Typesetter
from status_service.client import Language

Shape = Literal["button", "row", "key"]

COLOURS, LENGTHS, LETTERS = TOKENS.colours, TOKENS.lengths, TOKENS.letters


class Room(msgspec.Struct, frozen=True):
    """A column to set blocks in: its panel, language, and where it stands, in pixels."""

    panel: Panel
    language: Language
    x: int
    width: int
    seconds: int = 0

    @property
    def to_left(self) -> bool:
        return self.language == "ug"

    @property
    def wide(self) -> bool:
        """The panel lies on its side."""
        return self.panel.width > self.panel.height

    def px(self, mm: float) -> int:
        return self.panel.px(mm)

    def text(self, text: str, letters: float, width: float, *, bold: bool = False,
             to_left: bool | None = None) -> Paragraph:
        """Set in letters of so many degrees."""
        em = faces(self.language, bold)[0].em(capital_px(letters, self.panel))
        return Typesetter().set(text, self.language, em, max(width, em), bold=bold,
                                to_left=to_left)

    def inner(self, x: int, width: int) -> Room:
        return msgspec.structs.replace(self, x=x, width=width)


class Draft:
    """A sheet on its way."""

    def __init__(self, panel: Panel, language: Language) -> None:
        self.panel = panel
        self.language = language
        self.mirrored = language == "ug"
        self.marks: list[Mark] = []
        self.targets: list[Target] = []

    def box(self, x: int, y: int, width: int, height: int, fill: Colour | None, *,
            radius: int = 0, line: int = 0, edge: Colour = COLOURS.line) -> None:
        self.marks.append(Box(self.left(x, width), y, width, height, fill, radius, line, edge))

    def text(self, x: int, y: int, width: int, paragraph: Paragraph, colour: Colour,
             ground: Colour, part: str, align: str = "start") -> None:
        """In a box of `width` from `x` on."""
        left = self.left(x, width)
        flipped = self.mirrored and paragraph.lines and not paragraph.lines[0].to_left
        if flipped:  # digits on keys: they run to the right in a line that begins at the right
            align = {"start": "end", "end": "start"}.get(align, align)
        ink = Typesetter().draw(paragraph, width, align)
        if ink.mask:
            self.marks.append(Ink(left + ink.x, y + ink.y, ink.width, ink.height, colour, ground,
                                  ink.mask, paragraph.text, paragraph.language, paragraph.size,
                                  part))

    def icon(self, name: Name, x: int, y: int, height: int, colour: Colour, ground: Colour) -> None:
        stroke = max(2.0, height / (30 if wide(name) else 11))
        width, high, mask = drawn(name, height, stroke, self.mirrored)
        self.marks.append(Ink(self.left(x, width), y, width, high, colour, ground, mask,
                              language=self.language, part=f"icon:{name}"))

    def mask(self, x: int, y: int, width: int, height: int, mask: bytes, part: str) -> None:
        """Something in plain ink on white."""
        self.marks.append(Ink(self.left(x, width), y, width, height, COLOURS.ink, COLOURS.surface,
                              mask, language=self.language, part=part))

    def target(self, act: str, x: int, y: int, width: int, height: int, *, enabled: bool = True,
               shape: Shape = "button") -> None:
        self.targets.append(Target(act, self.left(x, width), y, width, height, enabled,
                                   self.panel.px(LENGTHS.radius), shape))

    def left(self, x: int, width: int) -> int:
        """Where on the glass something begins that stands at `x` in the reading direction;
        and the other way round."""
        return self.panel.width - x - width if self.mirrored else x
