"""Blocks to read: headings, paragraphs, notes, lists, facts, the way of a case."""

from __future__ import annotations

from functools import partial

from kiosk.look.draft import COLOURS, LENGTHS, LETTERS, Draft, Room
from kiosk.look.pieces import Piece
from kiosk.look.sheet import Colour
from kiosk.look.tokens import TOKENS
from kiosk.look.typeset import Paragraph
from kiosk.screen import Fact, Facts, Heading, Items, Note, Stop, Text, Timeline, Tone

FEWEST = 2  # lines of a paragraph that stand alone on a page


def heading(block: Heading, room: Room, part: str) -> list[Piece]:
    text = room.text(block.text, LETTERS.heading, room.width, bold=True)
    draw = partial(_plain, room, text, COLOURS.ink, part)
    return [Piece(text.height, draw, room.px(LENGTHS.block), keep=True)]


def paragraph(block: Text, room: Room, part: str) -> list[Piece]:
    letters = LETTERS.lead if block.lead else LETTERS.body
    text = room.text(block.text, letters, room.width, bold=block.lead)
    return [_running(room, text, part, room.px(LENGTHS.gap))]


def _running(room: Room, text: Paragraph, part: str, before: int) -> Piece:
    """A paragraph that may go on overleaf."""
    def split(free: int) -> tuple[Piece, Piece] | None:
        halves = cut(text, free)
        return halves and (_running(room, halves[0], part, before),
                           _running(room, halves[1], part, before))

    return Piece(text.height, partial(_plain, room, text, COLOURS.ink, part), before, split=split)


def cut(text: Paragraph, free: int) -> tuple[Paragraph, Paragraph] | None:
    """A paragraph in two, with no line alone."""
    count = min(free // text.leading, len(text.lines) - FEWEST)
    if count < FEWEST:
        return None
    return text.part(0, count), text.part(count, len(text.lines))


def _plain(room: Room, text: Paragraph, colour: Colour, part: str, draft: Draft, y: int,
           high: int) -> None:
    draft.text(room.x, y, room.width, text, colour, COLOURS.ground, part)


def note(block: Note, room: Room, part: str) -> list[Piece]:
    """A tinted ground with a bar at its start."""
    pad, bar = room.px(LENGTHS.pad), room.px(LENGTHS.stroke * 2)
    text = room.text(block.text, LETTERS.body, room.width - 2 * pad - bar,
                     bold=block.tone in ("act", "bad"))
    return [_note(room, text, block.tone, part)]


def _note(room: Room, text: Paragraph, tone: Tone, part: str) -> Piece:
    pad, bar = room.px(LENGTHS.pad), room.px(LENGTHS.stroke * 2)
    colour, ground = TOKENS.tones[tone]

    def draw(draft: Draft, y: int, high: int) -> None:
        draft.box(room.x, y, room.width, high, ground, radius=room.px(LENGTHS.radius))
        draft.box(room.x, y + pad, bar, high - 2 * pad, colour)
        draft.text(room.x + bar + pad, y + pad, room.width - 2 * pad - bar, text, colour, ground,
                   part)

    def split(free: int) -> tuple[Piece, Piece] | None:
        halves = cut(text, free - 2 * pad)
        return halves and (_note(room, halves[0], tone, part), _note(room, halves[1], tone, part))

    return Piece(text.height + 2 * pad, draw, room.px(LENGTHS.gap), split=split)


def items(block: Items, room: Room, part: str) -> list[Piece]:
    """A list on white, with numbers or dots."""
    pad = room.px(LENGTHS.pad)
    marks = [room.text(f"{number}." if block.numbered else "•", LETTERS.body, room.width,
                       bold=True) for number in range(1, len(block.items) + 1)]
    start = max((mark.width for mark in marks), default=0) + pad // 2
    found: list[Piece] = []
    for number, (item, mark) in enumerate(zip(block.items, marks, strict=True)):
        text = room.text(item, LETTERS.body, room.width - 2 * pad - start)
        piece = _item(room, mark, text, start, f"{part}:{number}")
        found.append(piece)
    return carded(found, room)


def _item(room: Room, mark: Paragraph | None, text: Paragraph, start: int, part: str) -> Piece:
    pad = room.px(LENGTHS.pad)

    def draw(draft: Draft, y: int, high: int) -> None:
        if mark is not None:
            draft.text(room.x + pad, y + pad // 2, start, mark, COLOURS.accent, COLOURS.surface,
                       f"{part}:mark")
        draft.text(room.x + pad + start, y + pad // 2, room.width - 2 * pad - start, text,
                   COLOURS.ink, COLOURS.surface, part)

    def split(free: int) -> tuple[Piece, Piece] | None:
        halves = cut(text, free - pad)
        return halves and (_item(room, mark, halves[0], start, part),
                           _item(room, None, halves[1], start, part))

    return Piece(text.height + pad, draw, split=split, card=1)


def carded(pieces: list[Piece], room: Room) -> list[Piece]:
    """The first of them keeps its distance from what stands above."""
    return [Piece(one.height, one.draw, room.px(LENGTHS.gap) if number == 0 else 0, one.grow,
                  one.card, one.split, one.keep) for number, one in enumerate(pieces)]


def facts(block: Facts, room: Room, part: str) -> list[Piece]:
    """Labels at the start, what is true beside them; what must be done stands out."""
    pad = room.px(LENGTHS.pad)
    inside = room.width - 2 * pad
    column = round(inside * (0.24 if room.wide else 0.32))
    found = []
    for fact in block.facts:
        label = room.text(fact.label, LETTERS.body, column)
        value = room.text(fact.value, LETTERS.body, inside - column - pad,
                          bold=fact.tone in ("act", "good", "bad"))
        found.append(_fact(room, fact, label, value, column))
    return carded(found, room)


def _fact(room: Room, fact: Fact, label: Paragraph | None, value: Paragraph,
          column: int) -> Piece:
    pad = room.px(LENGTHS.pad)
    half = pad // 2
    tinted = fact.tone in ("act", "good", "bad")
    colour, tint = TOKENS.tones[fact.tone]
    ground = tint if tinted else COLOURS.surface
    if fact.tone == "plain":
        colour = COLOURS.ink

    def draw(draft: Draft, y: int, high: int) -> None:
        if tinted:
            inset = room.px(1)
            draft.box(room.x + inset, y + inset, room.width - 2 * inset, high - 2 * inset, tint,
                      radius=room.px(LENGTHS.radius * 0.7))
        if label is not None:
            draft.text(room.x + pad, y + half, column, label,
                       colour if tinted else COLOURS.quiet, ground, f"label:{fact.key}")
        draft.text(room.x + 2 * pad + column, y + half, room.width - 3 * pad - column, value,
                   colour, ground, f"value:{fact.key}")

    def split(free: int) -> tuple[Piece, Piece] | None:
        if label is not None and label.height + pad > free:
            return None
        halves = cut(value, free - pad)
        return halves and (_fact(room, fact, label, halves[0], column),
                           _fact(room, fact, None, halves[1], column))

    height = max(value.height, label.height if label is not None else 0) + pad
    return Piece(height, draw, card=2, split=split)


def timeline(block: Timeline, room: Room, part: str) -> list[Piece]:
    """Stations one below the other, joined by a line: done, now, ahead."""
    pad, dot = room.px(LENGTHS.pad), room.px(LENGTHS.dot)
    start = 2 * pad + dot
    found = []
    for number, stop in enumerate(block.stops):
        inner = room.inner(room.x + start, room.width - start - pad)
        text = inner.text(stop.text, LETTERS.body, inner.width, bold=stop.state == "now")
        when = inner.text(stop.when, LETTERS.small, inner.width) if stop.when else None
        found.append(_stop(room, inner, stop, (text, when), number, len(block.stops)))
    return carded(found, room)


def _stop(room: Room, inner: Room, stop: Stop, texts: tuple[Paragraph, Paragraph | None],
          number: int, count: int) -> Piece:
    text, when = texts
    pad, dot, thick = room.px(LENGTHS.pad), room.px(LENGTHS.dot), room.px(LENGTHS.stroke)
    half = pad // 2
    height = text.height + (when.height if when else 0) + pad
    now, ahead = stop.state == "now", stop.state == "ahead"
    tint = COLOURS.accent_soft if now else COLOURS.surface

    def draw(draft: Draft, y: int, high: int) -> None:
        centre = y + half + text.leading // 2
        x = room.x + pad
        middle = x + dot // 2 - thick // 2
        if now:
            inset = room.px(1)
            draft.box(room.x + inset, y + inset, room.width - 2 * inset, high - 2 * inset, tint,
                      radius=room.px(LENGTHS.radius * 0.7))
        above, below = number > 0, number < count - 1
        line = COLOURS.ahead if ahead else COLOURS.accent
        if above:
            draft.box(middle, y, thick, centre - y, line)
        if below:
            after = COLOURS.ahead if ahead or now else COLOURS.accent
            draft.box(middle, centre, thick, y + high - centre, after)
        draft.box(x, centre - dot // 2, dot, dot, tint if ahead else line, radius=dot // 2,
                  line=thick, edge=line)
        if stop.state == "done":
            size = round(dot * 0.7)
            draft.icon("check", x + (dot - size) // 2, centre - size // 2, size,
                       COLOURS.on_accent, COLOURS.accent)
        elif now:
            core = dot // 3
            draft.box(x + (dot - core) // 2, centre - core // 2, core, core, COLOURS.surface,
                      radius=core // 2)
        draft.text(inner.x, y + half, inner.width, text,
                   COLOURS.quiet if ahead else COLOURS.ink, tint, f"stop:{number}")
        if when is not None:
            draft.text(inner.x, y + half + text.height, inner.width, when, COLOURS.quiet, tint,
                       f"when:{number}")

    return Piece(height, draw, card=3)
