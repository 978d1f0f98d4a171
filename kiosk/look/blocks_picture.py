"""Blocks to look at: a code for the phone, a countdown, drawings."""

from __future__ import annotations

import qrcode
from PIL import Image
from qrcode.constants import ERROR_CORRECT_M

from kiosk.look.draft import COLOURS, LENGTHS, LETTERS, Draft, Room
from kiosk.look.pieces import Piece
from kiosk.screen import Countdown, Picture, Qr

QUIET = 4  # modules left free around the code (ISO/IEC 18004, 6.3.8)


def qr(block: Qr, room: Room, part: str) -> list[Piece]:
    """Black on white, every module the same whole number of pixels."""
    code = qrcode.QRCode(error_correction=ERROR_CORRECT_M, border=QUIET)
    code.add_data(block.content)
    code.make(fit=True)
    modules = code.get_matrix()
    scale = max(1, room.px(LENGTHS.qr) // len(modules))
    side = scale * len(modules)
    flat = bytes(255 if dark else 0 for row in modules for dark in row)
    mask = Image.frombytes("L", (len(modules), len(modules)), flat).resize(
        (side, side), Image.Resampling.NEAREST).tobytes()
    caption = room.text(block.caption, LETTERS.body, room.width)
    gap = room.px(LENGTHS.gap)

    def draw(draft: Draft, y: int, high: int) -> None:
        x = room.x + (room.width - side) // 2
        draft.box(x, y, side, side, COLOURS.surface, radius=room.px(LENGTHS.radius))
        draft.mask(x, y, side, side, mask, "qr")
        draft.text(room.x, y + side + gap, room.width, caption, COLOURS.ink, COLOURS.ground, part,
                   "middle")

    return [Piece(side + gap + caption.height, draw, room.px(LENGTHS.block))]


def countdown(block: Countdown, room: Room, part: str) -> list[Piece]:
    """The seconds large in a ring, and the sentence below."""
    side = room.px(LENGTHS.count)
    if room.wide:
        side = side * 3 // 4
    number = room.text(str(room.seconds), LETTERS.count, side, bold=True, to_left=False)
    text = room.text(block.text.replace("{seconds}", str(room.seconds)), LETTERS.lead, room.width)
    gap = room.px(LENGTHS.gap)

    def draw(draft: Draft, y: int, high: int) -> None:
        x = room.x + (room.width - side) // 2
        draft.box(x, y, side, side, COLOURS.surface, radius=side // 2,
                  line=room.px(LENGTHS.stroke * 2), edge=COLOURS.accent)
        draft.text(x, y + (side - number.height) // 2, side, number, COLOURS.accent,
                   COLOURS.surface, "seconds", "middle")
        draft.text(room.x, y + side + gap, room.width, text, COLOURS.ink, COLOURS.ground, part,
                   "middle")

    return [Piece(side + gap + text.height, draw, room.px(LENGTHS.block))]


def picture(block: Picture, room: Room, part: str) -> list[Piece]:
    high = room.px(LENGTHS.picture)
    if room.wide:
        high //= 2

    def draw(draft: Draft, y: int, height: int) -> None:
        size = min(height, room.px(LENGTHS.picture))
        width = -(-size * 36 // 31)
        draft.icon(block.name, room.x + (room.width - width) // 2, y + (height - size) // 2, size,
                   COLOURS.accent, COLOURS.ground)

    most = room.px(LENGTHS.picture_most)
    return [Piece(high, draw, room.px(LENGTHS.block), grow=max(0, most - high))]
