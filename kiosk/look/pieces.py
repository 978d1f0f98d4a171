"""Blocks as a column of pieces, and the column as pages.

A piece is what stays together; a long text may be divided between two lines.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import groupby

import msgspec

from kiosk.look.draft import COLOURS, LENGTHS, Draft, Room

Draw = Callable[[Draft, int, int], None]  # where to, from which y, how high


class Piece(msgspec.Struct, frozen=True):
    """`before`: what is left free above it, but at the top of a page. `grow`: how much higher
    it may become where there is room. `card`: pieces of one number share a white ground.
    `split`: the part that fits a height and the rest, None when none fits. `keep`: not the
    last of a page (a heading)."""

    height: int
    draw: Draw
    before: int = 0
    grow: int = 0
    card: int = 0
    split: Callable[[int], tuple[Piece, Piece] | None] | None = None
    keep: bool = False


Page = list[Piece]


def divided(pieces: list[Piece], height: int) -> list[Page]:
    """Pages of at most `height`; at least one."""
    pages: list[Page] = [[]]
    used = 0
    waiting = list(pieces)[::-1]
    while waiting:
        piece = waiting.pop()
        page = pages[-1]
        before = piece.before if page else 0
        free = height - used - before
        if piece.height <= free:
            page.append(piece)
            used += before + piece.height
            continue
        halves = piece.split(free) if piece.split else None
        if halves is not None:
            page.append(halves[0])
            waiting.append(halves[1])
        elif not page:  # higher than any page: as it is, rather than never
            page.append(piece)
        else:
            waiting.append(piece)
            while len(page) > 1 and page[-1].keep:
                waiting.append(page.pop())
        if waiting:
            pages.append([])
            used = 0
    return pages


def draw_page(draft: Draft, page: Page, room: Room, top: int, height: int) -> None:
    """Draws a page's pieces from `top`; what may grow takes what is left."""
    used = sum(piece.height + (piece.before if number else 0)
               for number, piece in enumerate(page))
    spare = max(0, height - used)
    growing = sum(1 for piece in page if piece.grow)
    y = top
    places: list[tuple[Piece, int, int]] = []
    for number, piece in enumerate(page):
        y += piece.before if number else 0
        more = min(piece.grow, spare // growing) if growing else 0
        places.append((piece, y, piece.height + more))
        y += piece.height + more
    hairline = max(1, room.px(LENGTHS.hairline))
    for card, group in groupby(places, key=lambda place: place[0].card):
        rows = list(group)
        if not card:
            continue
        first, last = rows[0][1], rows[-1][1] + rows[-1][2]
        draft.box(room.x, first, room.width, last - first, COLOURS.surface,
                  radius=room.px(LENGTHS.radius), line=hairline)
        for _, at, _ in rows[1:]:
            draft.box(room.x + room.px(LENGTHS.pad), at, room.width - 2 * room.px(LENGTHS.pad),
                      hairline, COLOURS.line)
    for piece, at, high in places:
        piece.draw(draft, at, high)
