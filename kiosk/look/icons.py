"""Icons and drawings as plain strokes, drawn four times too large and made smaller.

Coordinates stand on a grid of 24 units; a drawing may be wider than high.
"""

from __future__ import annotations

import math
from functools import cache
from typing import Literal

from PIL import Image, ImageDraw, ImageOps

Stroke = tuple[object, ...]
Name = Literal[
    "card", "number", "guide", "notice", "office", "back", "home", "finish", "print", "qr",
    "search", "retry", "stay", "delete", "more", "clock", "phone", "check", "forward",
    "insert_card", "remove_card", "wait", "no_reader"]

OVER = 4  # drawn so many times too large
GRID = 24
_TURNS = ("back", "more", "forward", "finish", "delete")  # they point along the reading

# ("path", x, y, x, y, ...), ("round", x0, y0, x1, y1, radius), ("arc", x, y, r, from, to),
# ("dot", x, y, r): degrees clockwise from three o'clock, as Pillow counts them.
_SLOT: tuple[Stroke, ...] = (("round", 4, 1, 32, 9, 1.5), ("path", 8, 5.5, 28, 5.5))
_CARD: tuple[Stroke, ...] = (("round", 9, 15, 27, 29, 1.5), ("round", 12, 19, 16, 22.5, 0.6),
                             ("path", 12, 26, 21, 26))
_STROKES: dict[str, tuple[Stroke, ...]] = {
    "card": (("round", 2, 5, 22, 19, 2), ("round", 5, 9, 9.5, 12.5, 0.7),
             ("path", 5, 16, 12, 16), ("path", 15, 16, 19, 16)),
    "number": (("path", 9.5, 3, 7.5, 21), ("path", 16.5, 3, 14.5, 21), ("path", 4, 8.5, 21, 8.5),
               ("path", 3, 15.5, 20, 15.5)),
    "guide": (("path", 12, 6, 9, 4, 3, 4, 3, 19, 9, 19, 12, 21, 15, 19, 21, 19, 21, 4, 15, 4,
               12, 6, 12, 21),),
    "notice": (("path", 4, 10, 4, 14, 8, 14, 17, 19, 17, 5, 8, 10, 4, 10),
               ("path", 8, 14.5, 9.5, 20), ("path", 20.5, 10, 20.5, 14)),
    "office": (("path", 2.5, 9.5, 12, 3, 21.5, 9.5, 2.5, 9.5), ("path", 5.5, 12, 5.5, 18),
               ("path", 12, 12, 12, 18), ("path", 18.5, 12, 18.5, 18), ("path", 2.5, 21, 21.5, 21)),
    "back": (("path", 11, 5, 4, 12, 11, 19), ("path", 4, 12, 20, 12)),
    "forward": (("path", 13, 5, 20, 12, 13, 19), ("path", 20, 12, 4, 12)),
    "home": (("path", 3, 12, 12, 4, 21, 12), ("path", 5.5, 10.5, 5.5, 20, 18.5, 20, 18.5, 10.5),
             ("path", 10, 20, 10, 14.5, 14, 14.5, 14, 20)),
    "finish": (("path", 13, 4, 5, 4, 5, 20, 13, 20), ("path", 10, 12, 21, 12),
               ("path", 17, 8, 21, 12, 17, 16)),
    "print": (("path", 7, 8, 7, 3, 17, 3, 17, 8), ("round", 3, 8, 21, 17, 1.5),
              ("path", 7, 14, 7, 21, 17, 21, 17, 14)),
    "qr": (("round", 3, 3, 10, 10, 0.5), ("round", 14, 3, 21, 10, 0.5),
           ("round", 3, 14, 10, 21, 0.5), ("dot", 6.5, 6.5, 1.2), ("dot", 17.5, 6.5, 1.2),
           ("dot", 6.5, 17.5, 1.2), ("path", 14, 14, 17, 14, 17, 17.5),
           ("path", 21, 14, 21, 17), ("path", 14, 18, 14, 21), ("path", 17.5, 21, 21, 21)),
    "search": (("arc", 10.5, 10.5, 7, 0, 360), ("path", 15.7, 15.7, 21, 21)),
    "retry": (("arc", 12, 12, 8, -40, 250), ("path", 18.6, 2.6, 18.6, 7.4, 13.8, 7.4)),
    "stay": (("arc", 12, 12, 9, 0, 360), ("path", 7.5, 12.5, 11, 16, 16.8, 9)),
    "check": (("path", 4.5, 12.5, 10, 18, 20, 6.5),),
    "delete": (("path", 8.5, 5, 21.5, 5, 21.5, 19, 8.5, 19, 2.5, 12, 8.5, 5),
               ("path", 12, 9, 18, 15), ("path", 18, 9, 12, 15)),
    "more": (("path", 9, 5, 16, 12, 9, 19),),
    "clock": (("arc", 12, 12, 9, 0, 360), ("path", 12, 6.5, 12, 12, 16, 14.5)),
    "phone": (("path", 5, 3.5, 9, 3.5, 11, 8.5, 8.5, 10.5, 10, 13.2, 13.5, 15.5, 15.7, 13.2,
               20.5, 15.2, 20.5, 19.3, 18.5, 20.8, 12.5, 18.8, 7, 14.5, 4, 9, 3.4, 5, 5, 3.5),),
    "insert_card": (*_SLOT, *_CARD, ("path", 30.5, 25, 30.5, 15), ("path", 27.9, 17.6, 30.5, 15,
                                                                    33.1, 17.6)),
    "remove_card": (*_SLOT, *_CARD, ("path", 30.5, 15, 30.5, 25), ("path", 27.9, 22.4, 30.5, 25,
                                                                    33.1, 22.4)),
    "no_reader": (*_SLOT, *_CARD, ("path", 5, 30, 31, 12)),
    "wait": (("arc", 18, 15, 12, 0, 360), ("path", 18, 7.5, 18, 15, 23.5, 18.5)),
}
_WIDE = ("insert_card", "remove_card", "no_reader", "wait")
_WIDE_SIZE = (36, 31)


def wide(name: Name) -> bool:
    """A drawing, wider than high, with finer lines."""
    return name in _WIDE


@cache  # by names of our own: a few dozen pictures
def drawn(name: Name, height: int, stroke: float, mirrored: bool = False) -> tuple[int, int, bytes]:
    """Width, height and mask of an icon of `height` pixels, with lines of `stroke` pixels."""
    across, down = _WIDE_SIZE if name in _WIDE else (GRID, GRID)
    scale = height * OVER / down
    image = Image.new("L", (math.ceil(across * scale), height * OVER))
    pencil = ImageDraw.Draw(image)
    line = max(OVER, round(stroke * OVER))
    for kind, *numbers in _STROKES[name]:
        at = [float(str(number)) * scale for number in numbers]
        if kind == "path":
            _path(pencil, list(zip(at[::2], at[1::2], strict=True)), line)
        elif kind == "round":
            pencil.rounded_rectangle((at[0], at[1], at[2], at[3]), at[4], outline=255, width=line)
        elif kind == "dot":
            _dot(pencil, at[0], at[1], at[2])
        else:
            x, y, radius = at[0], at[1], at[2] + line / 2
            pencil.arc((x - radius, y - radius, x + radius, y + radius), at[3] / scale,
                       at[4] / scale, fill=255, width=line)
    small = image.resize((math.ceil(image.width / OVER), height), Image.Resampling.LANCZOS)
    if mirrored and name in _TURNS:
        small = ImageOps.mirror(small)
    return small.width, small.height, small.tobytes()


def _path(pencil: ImageDraw.ImageDraw, points: list[tuple[float, float]], line: int) -> None:
    pencil.line(points, fill=255, width=line, joint="curve")
    for x, y in (points[0], points[-1]):  # round ends
        _dot(pencil, x, y, line / 2)


def _dot(pencil: ImageDraw.ImageDraw, x: float, y: float, radius: float) -> None:
    pencil.ellipse((x - radius, y - radius, x + radius, y + radius), fill=255)
