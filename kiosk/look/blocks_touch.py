"""Blocks to touch: buttons, tiles, choices, keys."""

from __future__ import annotations

from importlib.resources import files

import yaml

from kiosk.look.draft import COLOURS, LENGTHS, LETTERS, Draft, Room
from kiosk.look.icons import Name
from kiosk.look.pieces import Piece
from kiosk.look.sheet import Colour
from kiosk.look.tokens import TOKENS
from kiosk.look.typeset import Paragraph
from kiosk.screen import Button, Choice, Choices, Keys, Tiles

WORDS: dict[str, dict[str, str]] = yaml.safe_load(
    (files(__package__) / "words.yaml").read_text("utf-8"))

# As on the keyboards that people know (Latin; the Uyghur layout of Windows and GB/T 39559).
_ROWS = {
    "digits": ("123", "456", "789"),
    "latin": ("qwertyuiop", "asdfghjkl", "zxcvbnm"),
    "uyghur": ("چۋېرتيۇڭوپ", "ھسداەىقكل", "زشغۈبنمئ", "ژفگخجۆ"),
}
# On a panel that lies on its side the keys stand beside the rest, in order of the alphabet.
_ROWS_WIDE = {
    "digits": _ROWS["digits"],
    "latin": ("abcdefg", "hijklmn", "opqrstu", "vwxyz"),
    "uyghur": ("ئاەبپتجچ", "خدرزژسشغ", "فقكگڭلمن", "ھوۇۆۈۋېى", "ي"),
}
_LAST = {"digits": ("clear", "0", "delete"), "latin": ("space", "delete"),
         "uyghur": ("space", "delete")}


def colours(button: Button) -> tuple[Colour, Colour, Colour]:
    """Of its letters, its ground, its edge."""
    if not button.enabled:
        return COLOURS.disabled, COLOURS.disabled_ground, COLOURS.line
    if button.primary:
        return COLOURS.on_accent, COLOURS.accent, COLOURS.accent
    return COLOURS.accent, COLOURS.surface, COLOURS.ahead


def button_height(button: Button, room: Room, width: int) -> int:
    text, detail, _ = _worded(button, room, width)
    return max(room.px(LENGTHS.target),
               text.height + (detail.height if detail else 0) + room.px(LENGTHS.pad))


def natural_width(button: Button, room: Room) -> int:
    """What its words take in one line."""
    text, _, icon = _worded(button, room, room.width)
    return text.width + icon + 2 * room.px(LENGTHS.pad) + 1


def _worded(button: Button, room: Room, width: int) -> tuple[Paragraph, Paragraph | None, int]:
    """Its text, its second line, and what its icon takes."""
    icon = room.px(LENGTHS.icon) + room.px(LENGTHS.gap) if button.icon else 0
    inside = width - 2 * room.px(LENGTHS.pad) - icon
    text = room.text(button.text, LETTERS.button, inside, bold=True)
    detail = room.text(button.detail, LETTERS.small, inside) if button.detail else None
    return text, detail, icon


def draw_button(draft: Draft, button: Button, room: Room, y: int, high: int) -> None:
    """In the room's column."""
    text, detail, icon = _worded(button, room, room.width)
    colour, ground, edge = colours(button)
    draft.box(room.x, y, room.width, high, ground, radius=room.px(LENGTHS.radius),
              line=max(1, room.px(LENGTHS.hairline * 1.5)), edge=edge)
    draft.target(button.act, room.x, y, room.width, high, enabled=button.enabled)
    inside = max(text.width, detail.width if detail else 0)
    x = room.x + (room.width - inside - icon) // 2
    if button.icon:
        size = room.px(LENGTHS.icon)
        draft.icon(button.icon, x, y + (high - size) // 2, size, colour, ground)
    top = y + (high - text.height - (detail.height if detail else 0)) // 2
    draft.text(x + icon, top, inside, text, colour, ground, f"button:{button.act}",
               "start" if icon else "middle")
    if detail is not None:
        draft.text(x + icon, top + text.height, inside, detail, colour, ground,
                   f"detail:{button.act}", "start" if icon else "middle")


def tiles(block: Tiles, room: Room, part: str) -> list[Piece]:
    """A grid; the primary one as wide as the column."""
    gap = room.px(LENGTHS.gap)
    across = 3 if room.wide else 2
    rows: list[list[Button]] = []
    for button in block.buttons:
        alone = button.primary and not room.wide
        if alone or not rows or len(rows[-1]) == across or (rows[-1][0].primary and not room.wide):
            rows.append([])
        rows[-1].append(button)
    return [_tile_row(row, room, gap, across) for row in rows]


def _tile_row(row: list[Button], room: Room, gap: int, across: int) -> Piece:
    alone = len(row) == 1
    count = 1 if alone else across if room.wide else len(row)
    width = (room.width - (count - 1) * gap) // count
    rooms = [room.inner(room.x + number * (width + gap), width) for number in range(len(row))]
    least = max(_tile_height(button, inner, alone) for button, inner
                in zip(row, rooms, strict=True))

    def draw(draft: Draft, y: int, high: int) -> None:
        for button, inner in zip(row, rooms, strict=True):
            _draw_tile(draft, button, inner, y, high, alone)

    most = room.px(LENGTHS.tile_most)
    return Piece(least, draw, gap, grow=max(0, most - least))


def _tile_texts(button: Button, room: Room, alone: bool) -> tuple[Paragraph, Paragraph | None]:
    pad = room.px(LENGTHS.pad)
    inside = room.width - 2 * pad
    if alone and button.icon:
        inside -= room.px(LENGTHS.tile_icon) + pad
    text = room.text(button.text, LETTERS.heading, inside, bold=True)
    return text, room.text(button.detail, LETTERS.small, inside) if button.detail else None


def _tile_height(button: Button, room: Room, alone: bool) -> int:
    text, detail = _tile_texts(button, room, alone)
    words = text.height + (detail.height if detail else 0)
    icon = room.px(LENGTHS.tile_icon) if button.icon else 0
    pad = room.px(LENGTHS.pad)
    inside = max(words, icon) if alone else words + icon + (pad // 2 if icon else 0)
    least = LENGTHS.target * 1.5 if alone or room.wide else LENGTHS.tile
    return max(room.px(least), inside + 2 * pad)


def _draw_tile(draft: Draft, button: Button, room: Room, y: int, high: int, alone: bool) -> None:
    text, detail = _tile_texts(button, room, alone)
    colour, ground, edge = colours(button)
    quiet = COLOURS.quiet if button.enabled and not button.primary else colour
    ink = COLOURS.ink if button.enabled and not button.primary else colour
    pad, icon = room.px(LENGTHS.pad), room.px(LENGTHS.tile_icon) if button.icon else 0
    draft.box(room.x, y, room.width, high, ground, radius=room.px(LENGTHS.radius * 1.5),
              line=max(1, room.px(LENGTHS.hairline)), edge=edge)
    draft.target(button.act, room.x, y, room.width, high, enabled=button.enabled)
    words = text.height + (detail.height if detail else 0)
    x, inside = room.x + pad, room.width - 2 * pad
    if alone:
        if button.icon:
            draft.icon(button.icon, x, y + (high - icon) // 2, icon, colour, ground)
            x += icon + pad
            inside -= icon + pad
        top = y + (high - words) // 2
    else:
        free = (high - words - icon - (pad // 2 if icon else 0)) // 2
        if button.icon:
            draft.icon(button.icon, x, y + free, icon, colour, ground)
        top = y + high - free - words
    draft.text(x, top, inside, text, ink, ground, f"button:{button.act}")
    if detail is not None:
        draft.text(x, top + text.height, inside, detail, quiet, ground, f"detail:{button.act}")


def choices(block: Choices, room: Room, part: str) -> list[Piece]:
    return [_choice(item, room) for item in block.items]


def _choice(item: Choice, room: Room) -> Piece:
    pad, icon = room.px(LENGTHS.pad), room.px(LENGTHS.icon * 0.8)
    inside = room.width - 3 * pad - icon
    badge = room.text(item.badge, LETTERS.small, inside * 0.4, bold=True) if item.badge else None
    chip = badge.width + pad if badge else 0
    words = inside - (chip + pad if badge else 0)
    text = room.text(item.text, LETTERS.body, words, bold=bool(item.detail))
    detail = room.text(item.detail, LETTERS.small, words) if item.detail else None
    high = max(text.height + (detail.height if detail else 0),
               badge.height + pad // 2 if badge else 0)
    colour, tint = TOKENS.tones[item.tone]

    def draw(draft: Draft, y: int, height: int) -> None:
        draft.box(room.x, y, room.width, height, COLOURS.surface, radius=room.px(LENGTHS.radius),
                  line=max(1, room.px(LENGTHS.hairline)))
        draft.target(item.act, room.x, y, room.width, height, shape="row")
        top = y + (height - text.height - (detail.height if detail else 0)) // 2
        draft.text(room.x + pad, top, words, text, COLOURS.ink, COLOURS.surface,
                   f"button:{item.act}")
        if detail is not None:
            draft.text(room.x + pad, top + text.height, words, detail, COLOURS.quiet,
                       COLOURS.surface, f"detail:{item.act}")
        end = room.x + room.width - pad - icon
        if badge is not None:
            tall = badge.height + pad // 2
            draft.box(end - pad - chip, y + (height - tall) // 2, chip, tall, tint,
                      radius=room.px(LENGTHS.radius))
            draft.text(end - pad - chip + pad // 2, y + (height - badge.height) // 2,
                       chip - pad, badge, colour, tint, f"badge:{item.act}", "middle")
        draft.icon("more", end, y + (height - icon) // 2, icon, COLOURS.accent, COLOURS.surface)

    return Piece(max(room.px(LENGTHS.target), high + pad), draw, room.px(LENGTHS.gap * 0.75))


def field(block: Keys, room: Room) -> Piece:
    """What was typed so far, or the hint, and a key that clears it."""
    pad, key = room.px(LENGTHS.pad), room.px(LENGTHS.target)
    clears = block.kind != "digits"
    inside = room.width - 2 * pad - (key + pad if clears else 0)
    if block.typed:
        text = room.text(block.typed, LETTERS.typed, inside, bold=True,
                         to_left=block.kind == "uyghur")
    else:
        text = room.text(block.hint, LETTERS.body, inside)
    colour = COLOURS.ink if block.typed else COLOURS.quiet

    def draw(draft: Draft, y: int, high: int) -> None:
        draft.box(room.x, y, room.width, high, COLOURS.surface, radius=room.px(LENGTHS.radius),
                  line=room.px(LENGTHS.stroke), edge=COLOURS.accent)
        draft.text(room.x + pad, y + (high - text.height) // 2, inside, text, colour,
                   COLOURS.surface, "typed" if block.typed else "hint")
        if clears:
            draw_key(draft, room.inner(room.x + room.width - key, key), "clear", y, high)

    return Piece(max(key, text.height + pad), draw, room.px(LENGTHS.gap))


def keys(block: Keys, room: Room) -> Piece:
    """The keys, as large as the column allows, never smaller than a target. They stand as on
    any keyboard, in the direction of no language."""
    gap, least = room.px(LENGTHS.key_gap), room.px(LENGTHS.target)
    rows = [list(row) for row in (_ROWS_WIDE if room.wide else _ROWS)[block.kind]]
    if block.kind == "digits":
        rows.append(list(_LAST["digits"]))
    else:
        rows[-1] += _LAST[block.kind]
    across = max(len(row) for row in rows)
    most = room.px(LENGTHS.target * (1.9 if block.kind == "digits" and not room.wide else 1.3))
    width = min(most if block.kind != "digits" else room.px(LENGTHS.target * 2.6),
                (room.width - (across - 1) * gap) // across)
    high = least if room.wide else room.px(LENGTHS.target * (1.35 if block.kind == "digits" else 1))
    total = across * width + (across - 1) * gap

    def draw(draft: Draft, y: int, height: int) -> None:
        begin = draft.left(room.x, room.width) + (room.width - total) // 2
        for number, row in enumerate(rows):
            units = len(row)
            stretched = [name for name in row if len(name) > 1 and block.kind != "digits"]
            spare = across - units if stretched else 0
            indent = 0 if stretched else (across - units) * (width + gap) // 2
            x = begin + indent
            for name in row:
                more = 0
                if stretched and name in stretched:
                    more = spare // len(stretched) + (
                        spare % len(stretched) if name == stretched[-1] else 0)
                wide = width + more * (width + gap)
                draw_key(draft, room.inner(draft.left(x, wide), wide), name,
                         y + number * (high + gap), high)
                x += wide + gap

    return Piece(len(rows) * high + (len(rows) - 1) * gap, draw, room.px(LENGTHS.gap))


def draw_key(draft: Draft, room: Room, name: str, y: int, high: int) -> None:
    """A letter, a digit, or one of delete, clear, space."""
    named = len(name) > 1
    act = "key: " if name == "space" else f"key:{name}"
    ground = COLOURS.accent_soft if named else COLOURS.surface
    draft.box(room.x, y, room.width, high, ground, radius=room.px(LENGTHS.radius),
              line=max(1, room.px(LENGTHS.hairline)), edge=COLOURS.ahead)
    draft.target(act, room.x, y, room.width, high, shape="key")
    if not named:
        text = room.text(name, LETTERS.heading, room.width, bold=True)
        raised = text.size // 5 if name.isalpha() and not name.isascii() else 0  # for its tail
        draft.text(room.x, y + (high - text.height) // 2 - raised, room.width, text,
                   COLOURS.ink, ground, f"button:{act}", "middle")
        return
    text = room.text(WORDS[room.language][name], LETTERS.small, 10 * room.width, bold=True)
    if text.width + room.px(1) > room.width:  # no room for the word: the sign that stands for it
        icon: Name = "delete" if name == "delete" else "retry"
        size = room.px(LENGTHS.icon)
        draft.icon(icon, room.x + (room.width - size) // 2, y + (high - size) // 2, size,
                   COLOURS.accent, ground)
        return
    draft.text(room.x, y + (high - text.height) // 2, room.width, text, COLOURS.accent, ground,
               f"button:{act}", "middle")
