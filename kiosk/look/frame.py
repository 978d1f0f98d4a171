"""What every screen has: above, the languages, the title and whose card is in; below, what
leads on or back; between, on long screens, the keys that turn the page."""

from __future__ import annotations

from kiosk.look.blocks_touch import WORDS, button_height, draw_button, natural_width
from kiosk.look.draft import COLOURS, LENGTHS, LETTERS, Draft, Room
from kiosk.look.typeset import Paragraph
from kiosk.screen import Button, Screen

MOST_IN_A_ROW, MOST_IN_A_WIDE_ROW = 4, 6


class Head:
    """Languages at the end, the title at the start: in one row where there is room for both,
    else the title below."""

    def __init__(self, screen: Screen, room: Room) -> None:
        self.screen, self.room = screen, room
        self.gap, self.pad = room.px(LENGTHS.gap), room.px(LENGTHS.pad)
        self.key = room.px(LENGTHS.target)
        self.names = [Room(room.panel, key.language, 0, 0).text(
            key.text, LETTERS.small, room.width, bold=key.chosen) for key in screen.languages]
        self.keys = [max(self.key, name.width + self.pad) for name in self.names]
        small = room.px(LENGTHS.key_gap)
        self.keys_width = sum(self.keys) + small * max(0, len(self.keys) - 1)
        left = room.width - self.keys_width - self.gap
        self.badge: Paragraph | None = None
        self.icon = room.px(LENGTHS.icon * 0.75)
        if screen.badge:
            self.badge = room.text(screen.badge, LETTERS.small,
                                   (left if not room.wide else room.width // 4)
                                   - self.pad * 2 - self.icon, bold=True)
        beside = left - (self.badge_width + self.gap if self.badge else 0)
        title = room.text(screen.title, LETTERS.title, max(beside, 1), bold=True)
        self.one_row = room.wide and title.height <= 2 * title.leading
        self.title = title if self.one_row else room.text(
            screen.title, LETTERS.title, room.width, bold=True)
        self.row = max([self.key if self.keys else 0, self.badge_height])
        if self.one_row:
            self.row = max(self.row, self.title.height)
            self.height = self.row
        else:
            self.height = self.row + (self.gap if self.row else 0) + self.title.height

    @property
    def badge_width(self) -> int:
        return self.badge.width + self.pad + self.icon + self.pad // 2 if self.badge else 0

    @property
    def badge_height(self) -> int:
        return self.badge.height + self.pad if self.badge else 0

    def draw(self, draft: Draft, y: int) -> None:
        room = self.room
        x = room.x + room.width - self.keys_width
        for key, name, width in zip(self.screen.languages, self.names, self.keys, strict=True):
            colour = COLOURS.on_accent if key.chosen else COLOURS.accent
            ground = COLOURS.accent if key.chosen else COLOURS.surface
            draft.box(x, y, width, self.key, ground, radius=room.px(LENGTHS.radius),
                      line=max(1, room.px(LENGTHS.hairline)), edge=COLOURS.accent)
            draft.target(key.act, x, y, width, self.key)
            draft.text(x, y + (self.key - name.height) // 2, width, name, colour, ground,
                       f"button:{key.act}", "middle")
            x += width + room.px(LENGTHS.key_gap)
        if self.badge is not None:
            at = room.x + room.width - self.keys_width - self.gap - self.badge_width
            self._badge(draft, self.badge, at if self.one_row else room.x, y)
        top = y + ((self.row - self.title.height) // 2 if self.one_row
                   else self.row + (self.gap if self.row else 0))
        width = room.width if not self.one_row else (
            room.width - self.keys_width - self.gap
            - (self.badge_width + self.gap if self.badge else 0))
        draft.text(room.x, top, width, self.title, COLOURS.ink, COLOURS.ground, "title")

    def _badge(self, draft: Draft, badge: Paragraph, x: int, y: int) -> None:
        high = self.badge_height
        top = y + (self.row - high) // 2 if self.row > high else y
        draft.box(x, top, self.badge_width, high, COLOURS.accent_soft, radius=high // 2)
        half = self.pad // 2
        draft.icon("card", x + half, top + (high - self.icon) // 2, self.icon, COLOURS.accent,
                   COLOURS.accent_soft)
        draft.text(x + half + self.icon + half, top + (high - badge.height) // 2,
                   badge.width, badge, COLOURS.accent, COLOURS.accent_soft, "badge")


class Foot:
    """Buttons side by side, as many in a row as keep their words in two lines."""

    def __init__(self, buttons: tuple[Button, ...], room: Room) -> None:
        self.room = room
        self.gap = room.px(LENGTHS.gap)
        self.rows: list[list[Button]] = []
        if buttons:
            most = MOST_IN_A_WIDE_ROW if room.wide else MOST_IN_A_ROW
            across = next((count for count in range(min(len(buttons), most), 1, -1)
                           if self._fits(buttons, count)), 1)
            full = -(-len(buttons) // across)
            each = -(-len(buttons) // full)
            self.rows = [list(buttons[at:at + each]) for at in range(0, len(buttons), each)]
        self.heights = [max(button_height(button, room, width)
                            for button, width in zip(row, self._widths(row), strict=True))
                        for row in self.rows]
        self.height = sum(self.heights) + self.gap * max(0, len(self.rows) - 1)

    def _widths(self, row: list[Button]) -> list[int]:
        """Alike; on a wide panel by their words, so that one row holds them all."""
        if not self.room.wide:
            return [self._width(len(row))] * len(row)
        own = [natural_width(button, self.room) for button in row]
        spare = self.room.width - sum(own) - self.gap * (len(row) - 1)
        if spare < 0:
            return [self._width(len(row))] * len(row)
        return [width + spare // len(row) for width in own]

    def _width(self, count: int) -> int:
        return (self.room.width - (count - 1) * self.gap) // count

    def _fits(self, buttons: tuple[Button, ...], count: int) -> bool:
        most = self.room.px(LENGTHS.target * 1.15)
        rows = [list(buttons[at:at + count]) for at in range(0, len(buttons), count)]
        return all(button_height(button, self.room, width) <= most for row in rows
                   for button, width in zip(row, self._widths(row), strict=True))

    def draw(self, draft: Draft, y: int) -> None:
        for row, high in zip(self.rows, self.heights, strict=True):
            x = self.room.x
            for button, width in zip(row, self._widths(row), strict=True):
                draw_button(draft, button, self.room.inner(x, width), y, high)
                x += width + self.gap
            y += high + self.gap


class Turner:
    """The keys that turn the page, and where one is: below the column, or at its end on a
    panel that lies on its side."""

    def __init__(self, room: Room, pages: int, page: int) -> None:
        words = WORDS[room.language]
        self.pages, self.page, self.gap = pages, page, room.px(LENGTHS.gap)
        self.whole, self.aside = room, room.wide
        self.width = (room.width - 2 * self.gap) // 3
        if self.aside:
            self.width = max(natural_width(Button("", words[way]), room)
                             for way in ("back", "next"))
        self.room = room.inner(room.x + room.width - self.width, self.width) if self.aside else room
        self.back = Button("page:back", words["back"], "" if self.aside else "back")
        self.next = Button("page:next", words["next"], "" if self.aside else "more", primary=True)
        self.key = max(button_height(button, room, self.width)
                       for button in (self.back, self.next))
        self.where = room.text(words["page"].format(page=page + 1, pages=pages), LETTERS.small,
                               self.width)
        self.height = max(self.key, self.where.height)

    def column(self, room: Room) -> Room:
        """What is left of the column beside it."""
        return room.inner(room.x, room.width - self.width - self.gap) if self.aside else room

    def draw(self, draft: Draft, top: int, bottom: int) -> None:
        """Its lower edge is `bottom`; aside it stands between `top` and there."""
        last = self.room.x + self.room.width - self.width
        first = last if self.aside else self.room.x
        y = bottom - self.key
        upper = top if self.aside else y
        if self.page > 0:
            draw_button(draft, self.back, self.room.inner(first, self.width), upper, self.key)
        if self.page < self.pages - 1:
            draw_button(draft, self.next, self.room.inner(last, self.width), y, self.key)
        x = first if self.aside else first + self.width + self.gap
        middle = (upper + y + self.key) // 2 if self.aside else y + self.key // 2
        draft.text(x, middle - self.where.height // 2, self.width, self.where, COLOURS.quiet,
                   COLOURS.ground, "page", "middle")
