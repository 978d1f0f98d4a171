"""A screen as a sheet: every block at its place in pixels, page by page.

`lay_out` is pure: the same screen on the same panel gives the same sheet. Head and foot
are on every page; what lies between is divided where a block or a line ends.
"""

from __future__ import annotations

from kiosk.look import blocks_picture, blocks_text, blocks_touch
from kiosk.look.draft import COLOURS, LENGTHS, Draft, Room
from kiosk.look.frame import Foot, Head, Turner
from kiosk.look.pieces import Piece, divided, draw_page
from kiosk.look.sheet import Panel, Sheet
from kiosk.screen import (
    Block,
    Choices,
    Countdown,
    Facts,
    Heading,
    Items,
    Keys,
    Note,
    Picture,
    Qr,
    Screen,
    Text,
    Tiles,
    Timeline,
)


def lay_out(screen: Screen, panel: Panel, page: int = 0, seconds: int = 0) -> Sheet:
    """Page `page` (from 0, the last one when there are fewer) of a screen.

    `seconds`: what a countdown shows. A long screen has the acts `page:next` and `page:back`.
    """
    margin = panel.px(LENGTHS.margin if panel.height > panel.width else LENGTHS.margin * 0.6)
    room = Room(panel, screen.language, margin, panel.width - 2 * margin, seconds)
    draft = Draft(panel, screen.language)
    head, foot = Head(screen, room), Foot(screen.foot, room)
    gap = panel.px(LENGTHS.gap if room.wide else LENGTHS.block)
    top = margin // (2 if room.wide else 1)
    head.draw(draft, top)
    bottom = panel.height - top - foot.height
    foot.draw(draft, bottom)
    bottom -= gap if foot.height else 0
    top += head.height + gap
    column, beside = _beside(screen, room)
    if beside is not None:
        beside[1].draw(draft, top, beside[1].height)
    pages = divided(_column(screen, column, beside is None), bottom - top)
    if len(pages) > 1:
        turner = Turner(column, len(pages), 0)
        lower = bottom if turner.aside else bottom - turner.height - gap
        column = turner.column(column)
        pages = divided(_column(screen, column, beside is None), lower - top)
        page = max(0, min(page, len(pages) - 1))
        Turner(turner.whole, len(pages), page).draw(draft, top, bottom)
        bottom = lower
    page = max(0, min(page, len(pages) - 1))
    draw_page(draft, pages[page], column, top, bottom - top)
    return Sheet(panel, COLOURS.ground, tuple(draft.marks), tuple(draft.targets), page, len(pages))


def _beside(screen: Screen, room: Room) -> tuple[Room, tuple[Room, Piece] | None]:
    """The column for the blocks; on a panel that lies on its side keys stand beside it."""
    block = next((one for one in screen.blocks if isinstance(one, Keys)), None)
    if block is None or not room.wide:
        return room, None
    gap = room.px(LENGTHS.gap)
    across = {"digits": 3, "latin": 7, "uyghur": 8}[block.kind]
    width = across * room.px(LENGTHS.target * (1.5 if block.kind == "digits" else 1)) + (
        across - 1) * room.px(LENGTHS.key_gap)
    keys = room.inner(room.x + room.width - width, width)
    left = room.inner(room.x, room.width - width - 2 * gap)
    return left, (keys, blocks_touch.keys(block, keys))


def _column(screen: Screen, room: Room, with_keys: bool) -> list[Piece]:
    return [piece for number, block in enumerate(screen.blocks)
            for piece in _pieces(block, room, f"block:{number}", with_keys)]


def _pieces(block: Block, room: Room, part: str, with_keys: bool) -> list[Piece]:
    match block:
        case Heading():
            return blocks_text.heading(block, room, part)
        case Text():
            return blocks_text.paragraph(block, room, part)
        case Note():
            return blocks_text.note(block, room, part)
        case Items():
            return blocks_text.items(block, room, part)
        case Facts():
            return blocks_text.facts(block, room, part)
        case Timeline():
            return blocks_text.timeline(block, room, part)
        case Tiles():
            return blocks_touch.tiles(block, room, part)
        case Choices():
            return blocks_touch.choices(block, room, part)
        case Keys():
            field = blocks_touch.field(block, room)
            return [field, blocks_touch.keys(block, room)] if with_keys else [field]
        case Qr():
            return blocks_picture.qr(block, room, part)
        case Countdown():
            return blocks_picture.countdown(block, room, part)
        case Picture():
            return blocks_picture.picture(block, room, part)
