"""Draws a Sheet: boxes as smooth rounded rectangles, inks as textures in their colour.

Kivy draws no text here and keeps none: letters come as masks. A sheet is laid out
for the panel; where the window is another size it is scaled and centred.
"""

from __future__ import annotations

from typing import Any

from kivy.core.window import Window
from kivy.graphics import (
    Color,
    InstructionGroup,
    PopMatrix,
    PushMatrix,
    Rectangle,
    Scale,
    SmoothLine,
    SmoothRoundedRectangle,
    Translate,
)
from kivy.graphics.texture import Texture
from kivy.uix.widget import Widget
from PIL import Image

from kiosk.look.sheet import Box, Colour, Ink, Sheet, Target

PRESSED = (0.0, 0.0, 0.0, 0.16)  # what a held target is darkened with
_Mask = tuple[int, int, bytes]


def _colour(colour: Colour) -> Any:
    return Color(*(part / 255 for part in colour), 1)


def texture_of(ink: Ink) -> Any:
    """White where there is ink, as opaque as it is dense: `Color` gives it its colour."""
    size = (ink.width, ink.height)
    white = Image.new("L", size, 255)
    mask = Image.frombytes("L", size, ink.mask)
    texture = Texture.create(size=size, colorfmt="rgba", bufferfmt="ubyte")
    texture.blit_buffer(Image.merge("RGBA", (white, white, white, mask)).tobytes(),
                        colorfmt="rgba", bufferfmt="ubyte")
    texture.flip_vertical()  # rows come from the top, GL counts from the bottom
    return texture


class Pane(Widget):  # type: ignore[misc]  # Kivy is untyped
    """The one widget of the kiosk: what is shown, and where on the glass it is."""

    def __init__(self) -> None:
        super().__init__()
        self.sheet: Sheet | None = None
        self._textures: dict[_Mask, Any] = {}
        self._marks = InstructionGroup()
        self._held = InstructionGroup()
        with self.canvas:
            PushMatrix()
            self._shift = Translate(0, 0, 0)
            self._scale = Scale(1, 1, 1)
        self.canvas.add(self._marks)
        self.canvas.add(self._held)
        with self.canvas:
            PopMatrix()
        self.bind(size=self._fit)

    def show(self, sheet: Sheet) -> None:
        """Draw `sheet` instead of what was there."""
        self.sheet = sheet
        Window.clearcolor = (*(part / 255 for part in sheet.ground), 1)
        former, self._textures = self._textures, {}
        self._marks.clear()
        self._held.clear()
        self._marks.add(_colour(sheet.ground))
        self._marks.add(Rectangle(pos=(0, 0), size=(sheet.panel.width, sheet.panel.height)))
        for mark in sheet.marks:
            if isinstance(mark, Box):
                self._box(mark, sheet.panel.height)
            else:
                self._ink(mark, sheet.panel.height, former)
        self._fit()
        self.canvas.ask_update()

    def hold(self, target: Target | None) -> None:
        """Show `target` pressed; None: nothing is."""
        self._held.clear()
        if target is not None and self.sheet is not None:
            self._held.add(Color(*PRESSED))
            self._round(self._held, target.x,
                        self.sheet.panel.height - target.y - target.height,
                        target.width, target.height, target.radius)
        self.canvas.ask_update()

    def forget(self) -> None:
        """Nothing is shown any more and no picture of it is kept."""
        self.sheet = None
        self._textures = {}
        self._marks.clear()
        self._held.clear()
        self.canvas.ask_update()

    def place(self, sx: float, sy: float) -> tuple[float, float]:
        """Where on the sheet a touch is that is at (sx, sy) of the window, both from 0 to 1
        from its lower left corner."""
        if self.sheet is None:
            return -1.0, -1.0
        x = (sx * Window.width - self._shift.x) / self._scale.x
        y = (sy * Window.height - self._shift.y) / self._scale.y
        return x, self.sheet.panel.height - y

    def part(self, x: float, y: float) -> tuple[float, float]:
        """Where a place of the sheet is, as parts of the window's width and height from its
        upper left corner."""
        height = self.sheet.panel.height if self.sheet else 0
        return ((x * self._scale.x + self._shift.x) / Window.width,
                1 - ((height - y) * self._scale.y + self._shift.y) / Window.height)

    def _fit(self, *_: object) -> None:
        if self.sheet is None:
            return
        panel = self.sheet.panel
        factor = min(Window.width / panel.width, Window.height / panel.height) or 1.0
        self._scale.xyz = (factor, factor, 1)
        self._shift.xyz = (round((Window.width - factor * panel.width) / 2),
                           round((Window.height - factor * panel.height) / 2), 0)

    def _box(self, box: Box, height: int) -> None:
        y = height - box.y - box.height
        if box.fill is None:
            if box.line:
                self._outline(box, y)
            return
        inset = box.line
        if inset:
            self._marks.add(_colour(box.edge))
            self._round(self._marks, box.x, y, box.width, box.height, box.radius)
        self._marks.add(_colour(box.fill))
        self._round(self._marks, box.x + inset, y + inset, box.width - 2 * inset,
                    box.height - 2 * inset, box.radius - inset)

    def _outline(self, box: Box, y: int) -> None:
        half = box.line / 2
        self._marks.add(_colour(box.edge))
        self._marks.add(SmoothLine(width=half, rounded_rectangle=(
            box.x + half, y + half, box.width - box.line, box.height - box.line,
            max(0.1, min(box.radius, box.width / 2, box.height / 2) - half))))

    @staticmethod
    def _round(group: Any, x: float, y: float, width: float, height: float,
               radius: float) -> None:
        if width <= 0 or height <= 0:
            return
        radius = min(radius, width / 2, height / 2)
        if radius < 1:
            group.add(Rectangle(pos=(x, y), size=(width, height)))
        else:
            group.add(SmoothRoundedRectangle(pos=(x, y), size=(width, height), radius=[radius]))

    def _ink(self, ink: Ink, height: int, former: dict[_Mask, Any]) -> None:
        if not ink.width or not ink.height:
            return
        key = (ink.width, ink.height, ink.mask)
        texture = self._textures.get(key) or former.get(key) or texture_of(ink)
        self._textures[key] = texture
        self._marks.add(_colour(ink.colour))
        self._marks.add(Rectangle(texture=texture, size=(ink.width, ink.height),
                                  pos=(ink.x, height - ink.y - ink.height)))
