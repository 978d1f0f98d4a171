"""A slip as a picture for 80 mm paper: its facts in the visitor's language, and its code.

A picture, because a printer's own letters know neither Uyghur nor all of Chinese.
"""

from __future__ import annotations

import qrcode
from PIL import Image, ImageDraw
from qrcode.constants import ERROR_CORRECT_M

from kiosk.look.typeset import Paragraph, Typesetter
from kiosk.screen import Fact
from kiosk.talk import Slip
from status_service.client import Language

DOTS = 576  # 72 mm at 8 dots a mm (203 dpi): what 80 mm paper can take
MARGIN = 16  # dots at either side, and above and below
INNER = DOTS - 2 * MARGIN
TITLE, VALUE, LABEL, FOOT = 44, 34, 28, 28  # em in dots: 5.5, 4.3, 3.5 mm
GAP = 10  # dots between facts
INK = 112  # from how much of a dot is black, of 255: thin strokes must not break
QUIET = 4  # modules of white around a code (ISO/IEC 18004)
MODULE = 8  # dots at most: 1 mm; a long code gets smaller ones

TYPESETTER = Typesetter()


def picture(slip: Slip) -> Image.Image:
    """Black on white, 576 dots across, as long as it needs (mode 1)."""
    parts = [_text(slip.title, slip.language), _line()]
    for fact in slip.facts:
        parts += [_fact(fact, slip.language), _white(GAP)]
    parts += [_line(), _code(slip.code), _text(slip.foot, slip.language, FOOT, bold=False)]
    paper = Image.new("1", (DOTS, sum(part.height for part in parts) + 2 * MARGIN), 1)
    top = MARGIN
    for part in parts:
        paper.paste(part, (MARGIN, top))
        top += part.height
    return _without_commands(paper)


def _text(text: str, language: Language, size: int = TITLE, bold: bool = True) -> Image.Image:
    paragraph = TYPESETTER.set(text, language, size, INNER, bold=bold)
    part = _white(paragraph.height)
    _ink(part, paragraph)
    return part


def _fact(fact: Fact, language: Language) -> Image.Image:
    """Label and value on one line where they fit, else one above the other."""
    label = TYPESETTER.set(fact.label, language, LABEL, INNER)
    value = TYPESETTER.set(fact.value, language, VALUE, INNER, bold=True)
    if len(value.lines) == 1 and label.width + 2 * GAP + value.width <= INNER:
        part = _white(value.height)
        _ink(part, label, TYPESETTER.baseline(value) - TYPESETTER.baseline(label))
        _ink(part, value, align="end")
    else:
        part = _white(label.height + value.height)
        _ink(part, label)
        _ink(part, value, label.height)
    return part


def _ink(part: Image.Image, paragraph: Paragraph, top: int = 0, align: str = "start") -> None:
    drawn = TYPESETTER.draw(paragraph, INNER, align)
    if drawn.mask:
        ink = Image.frombytes("L", (drawn.width, drawn.height), drawn.mask)
        black = ink.point([int(dot >= INK) for dot in range(256)], "1")
        part.paste(0, (drawn.x, drawn.y + top), black)


def _white(height: int) -> Image.Image:
    return Image.new("1", (INNER, height), 1)


def _line() -> Image.Image:
    line = _white(2 * GAP + 2)
    ImageDraw.Draw(line).rectangle((0, GAP, INNER, GAP + 1), fill=0)
    return line


def _code(content: str) -> Image.Image:
    code = qrcode.QRCode(error_correction=ERROR_CORRECT_M, border=QUIET)
    code.add_data(content)
    code.make(fit=True)
    modules = code.get_matrix()
    across = len(modules)
    size = min(MODULE, INNER // across)
    small = Image.new("1", (across, across))
    small.putdata([not black for row in modules for black in row])
    square = small.resize((across * size, across * size), Image.Resampling.NEAREST)
    part = _white(square.height)
    part.paste(square, ((INNER - square.width) // 2, 0))
    return part


def _without_commands(paper: Image.Image) -> Image.Image:
    """The picture without octets that a printer takes for real-time commands: it looks for
    DLE EOT, DLE ENQ and DLE DC4 in a picture's data as well (Epson, GS ( D: "if bit image
    data includes a data string matching DLE DC4"). One dot more makes another octet of it."""
    data = bytearray(octet ^ 0xFF for octet in paper.tobytes())
    for at in range(len(data) - 1):
        if data[at] == 0x10 and data[at + 1] in (0x04, 0x05, 0x14):
            data[at] |= 0x08
    return Image.frombytes("1", paper.size, bytes(octet ^ 0xFF for octet in data))
