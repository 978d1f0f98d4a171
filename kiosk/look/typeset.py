"""Paragraphs: broken into lines, ordered, shaped and drawn as masks.

Lines are broken where UAX #14 allows it, so that no line begins with a comma; a word
longer than a line is cut between its letters. Each line is put in order by UAX #9 and
drawn run by run, a run being of one font and one direction. Nothing is remembered of a
text: what is written here may be somebody's name.
"""

from __future__ import annotations

import math
import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterator
from itertools import pairwise

import msgspec
from PIL import Image, ImageDraw
from uniseg.graphemecluster import grapheme_cluster_boundaries
from uniseg.linebreak import line_break_boundaries

from kiosk.look.bidi import in_sight, levels
from kiosk.look.fonts import GETA, Face, faces, letters_of
from kiosk.look.tokens import TOKENS
from status_service.client import Language

_SHAPING = {"en": "en", "ug": "ug", "zh-CN": "zh-Hans"}
_SURE = re.compile(r"(?<=[\u4e00-\u9fff])(?=[\u4e00-\u9fff])|(?<=[^\W_][ ])(?=[^\W_])")
_WORD = re.compile(r"[^\W\d_\u2e80-\uffef]+ *")  # letters, but no ideographs
_JOINERS = "\u200c\u200d"  # they shape their neighbours and are no letters


class Run(msgspec.Struct, frozen=True):
    """Part of a line in one font and one direction."""

    text: str  # as drawn: without what only steers the order
    face: Face
    em: int
    level: int
    width: float


class Line(msgspec.Struct, frozen=True):
    """`runs` from left to right; `text` as it was given, without the break at its end."""

    text: str
    runs: tuple[Run, ...]
    width: float
    to_left: bool


class Mask(msgspec.Struct, frozen=True):
    """Drawn letters: where the ink begins, seen from the corner of its box, and the ink."""

    x: int
    y: int
    width: int
    height: int
    mask: bytes


class Paragraph(msgspec.Struct, frozen=True):
    """Text set in lines of at most `width` pixels. `size` is the em of its own face."""

    lines: tuple[Line, ...]
    language: Language
    size: int
    leading: int  # px from line to line
    capital: float  # px

    @property
    def width(self) -> int:
        """Of its longest line, in pixels."""
        return math.ceil(max((line.width for line in self.lines), default=0))

    @property
    def height(self) -> int:
        return len(self.lines) * self.leading

    @property
    def text(self) -> str:
        return "".join(line.text for line in self.lines)

    def part(self, start: int, end: int) -> Paragraph:
        """Some of its lines."""
        return msgspec.structs.replace(self, lines=self.lines[start:end])


class Typesetter:
    """Sets and draws. It holds nothing; the fonts are opened once a process."""

    def set(self, text: str, language: Language, size_px: int, width_px: float, *,
            bold: bool = False, to_left: bool | None = None) -> Paragraph:
        """`text` in lines of at most `width_px`.

        `size_px` is the em of the language's own face. `to_left`: the direction of the
        paragraph, the language's own when not given.
        """
        own = faces(language, bold)
        capital = size_px * own[0].capital
        left = language == "ug" if to_left is None else to_left
        lines: list[Line] = []
        for paragraph in text.split("\n"):
            lines += _Setting(paragraph, language, own, capital, left).lines(width_px)
        return Paragraph(tuple(lines), language, size_px,
                         math.ceil(size_px * TOKENS.leading[language]), capital)

    def draw(self, paragraph: Paragraph, width_px: int, align: str = "start") -> Mask:
        """The ink of a paragraph in a box of `width_px`: at its start (the right side of a
        paragraph that runs to the left), in the middle, at its end."""
        edge = paragraph.size  # marks and strokes may reach out of their line
        image = Image.new("L", (width_px + 2 * edge, paragraph.height + 2 * edge))
        pencil = ImageDraw.Draw(image)
        for number, line in enumerate(paragraph.lines):
            x = edge + _indent(line, width_px, align)
            y = edge + number * paragraph.leading + self.baseline(paragraph)
            for run in line.runs:
                more = math.ceil(run.face.thicken * run.em)  # quicker than a stroke
                for shift in {0, more}:
                    pencil.text((round(x) + shift, y), run.text, fill=255,
                                font=run.face.at(run.em), anchor="ls",
                                direction="rtl" if run.level % 2 else "ltr",
                                language=_SHAPING[paragraph.language])
                x += run.width
        box = image.getbbox()
        if box is None:
            return Mask(0, 0, 0, 0, b"")
        ink = image.crop(box)
        return Mask(box[0] - edge, box[1] - edge, ink.width, ink.height, ink.tobytes())

    def baseline(self, paragraph: Paragraph) -> int:
        """Pixels from the top of a line to its baseline: capitals stand in the middle."""
        return round((paragraph.leading + paragraph.capital) / 2)

    def render(self, text: str, language: Language, size_px: int, width_px: int,
               bold: bool = False) -> Image.Image:
        """A paragraph as a picture of its own, `width_px` wide: 0 nothing, 255 ink."""
        paragraph = self.set(text, language, size_px, width_px, bold=bold)
        ink = self.draw(paragraph, width_px)
        image = Image.new("L", (width_px, paragraph.height))
        if ink.mask:
            image.paste(Image.frombytes("L", (ink.width, ink.height), ink.mask), (ink.x, ink.y))
        return image


def _indent(line: Line, width: int, align: str) -> float:
    room = width - line.width
    if align == "middle":
        return room / 2
    return room if (align == "end") != line.to_left else 0.0


class _Setting:
    """One paragraph without breaks of its own, on the way to its lines."""

    def __init__(self, text: str, language: Language, own: tuple[Face, ...], capital: float,
                 to_left: bool) -> None:
        self.text = text
        self.language = language
        self.capital = capital
        self.to_left = to_left
        self.levels = levels(text, to_left)
        self.each = 0.0  # how wide a character is on average, in pixels
        self.faces = list(_faced(text, own))

    def lines(self, width: float) -> Iterator[Line]:
        if not self.text:
            yield Line("", (), 0.0, self.to_left)
            return
        whole = self._line(0, len(self.text))
        if whole.width <= width:
            yield whole
            return
        self.each = whole.width / len(self.text)
        start = 0
        ends = breaks(self.text)
        while start < len(self.text):
            line = self._longest(start, ends or [len(self.text)], width)
            yield line
            start += len(line.text)
            ends = [end for end in ends if end > start]

    def _longest(self, start: int, ends: list[int], width: float) -> Line:
        """The line from `start` that holds the most."""
        best = self._fitting(start, ends, width)
        if best is None:
            word = self.text[start:ends[0]]
            cuts = [start + cut for cut in grapheme_cluster_boundaries(word)][1:]
            best = self._fitting(start, cuts, width) or self._line(start, cuts[0])
        return best

    def _fitting(self, start: int, ends: list[int], width: float) -> Line | None:
        """From where lines of this width end on average, on or back by one end at a time."""
        guess = max(0, bisect_right(ends, start + int(width / self.each)) - 1)
        line = self._line(start, ends[guess])
        if line.width > width:
            for end in reversed(ends[:guess]):
                line = self._line(start, end)
                if line.width <= width:
                    return line
            return None
        for end in ends[guess + 1:]:
            longer = self._line(start, end)
            if longer.width > width:
                break
            line = longer
        return line

    def _line(self, start: int, end: int) -> Line:
        seen = start + len(self.text[start:end].rstrip())  # UAX #9, L1: blanks at its end
        runs: list[Run] = []
        at = start
        while at < seen:
            face, level = self.faces[at], self.levels[at]
            to = at + 1
            while to < seen and self.faces[to] == face and self.levels[to] == level:
                to += 1
            text = "".join(map(_visible, self.text[at:to]))
            if face is not None and text:
                runs.append(self._run(_replaced(text, face), face, level))
            at = to
        runs = in_sight(runs)
        return Line(self.text[start:end], tuple(runs), sum(run.width for run in runs),
                    self.to_left)

    def _run(self, text: str, face: Face, level: int) -> Run:
        em = face.em(self.capital)
        width = face.at(em).getlength(text, direction="rtl" if level % 2 else "ltr",
                                      language=_SHAPING[self.language])
        return Run(text, face, em, level, width + math.ceil(face.thicken * em))


def breaks(text: str) -> list[int]:
    """Where a line may end, by UAX #14.

    Between two ideographs (LB31) and after a blank before a letter (LB18) it always may:
    only what stands between such places is given to uniseg, which is slow.
    """
    sure = [0, *(place.start() for place in _SURE.finditer(text)), len(text)]
    found: list[int] = []
    for start, end in pairwise(sure):
        part = text[start:end]
        if len(part) == 1 or _WORD.fullmatch(part):
            found.append(end)
        else:
            found += [start + at for at in line_break_boundaries(part)]
    return found


def _faced(text: str, own: tuple[Face, ...]) -> Iterator[Face | None]:
    """The face of each character; None for what is not drawn."""
    letters = [(face, letters_of(face.path, face.index)) for face in own]
    geta = next(face for face, has in letters if ord(GETA) in has)
    last = own[0]
    for character in text:
        if not _visible(character):
            yield None
            continue
        if character not in _JOINERS:
            last = next((face for face, has in letters if ord(character) in has), geta)
        yield last


def _visible(character: str) -> str:
    if character in _JOINERS:
        return character
    return "" if unicodedata.category(character) in ("Cf", "Cc") else character


def _replaced(text: str, face: Face) -> str:
    return "".join(character if character in _JOINERS or face.has(character) else GETA
                   for character in text)
