"""Every screen as laid out: large enough, dark enough, whole, and nothing over anything."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from itertools import combinations

import msgspec
import pytest

from kiosk.look.fonts import faces
from kiosk.look.layout import lay_out
from kiosk.look.sheet import Ink, Panel, Sheet, Target
from kiosk.look.tokens import contrast, degrees_of
from kiosk.screen import Countdown, Keys, Picture, Qr, Screen
from status_service.client import Language
from status_service.words import LANGUAGES
from tests.kiosk.screens import every_screen

PORTRAIT = Panel.of(1080, 1920, 21.5, 500)
LARGE = Panel.of(1080, 1920, 27, 600)
LAPTOP = Panel.of(1366, 768, 14, 450)
SECONDS = 20
NEVER_SHOWN = {"act", "name", "key", "state", "tone", "icon", "language", "content", "kind",
               "numbered", "lead", "primary", "enabled", "waiting", "chosen", "type"}


def pages(screen: Screen, panel: Panel) -> Iterator[Sheet]:
    sheet = lay_out(screen, panel, 0, SECONDS)
    yield sheet
    for page in range(1, sheet.pages):
        yield lay_out(screen, panel, page, SECONDS)


def words_of(thing: object) -> Iterator[str]:
    """All that is to be read in a piece of a screen."""
    if isinstance(thing, Keys):
        yield thing.typed or thing.hint
    elif isinstance(thing, Countdown):
        yield thing.text.replace("{seconds}", str(SECONDS))
    elif isinstance(thing, Qr):
        yield thing.caption
    elif isinstance(thing, str):
        yield thing
    elif isinstance(thing, tuple):
        for one in thing:
            yield from words_of(one)
    elif isinstance(thing, msgspec.Struct) and not isinstance(thing, Picture):
        for name in thing.__struct_fields__:
            if name not in NEVER_SHOWN:
                yield from words_of(getattr(thing, name))


def bare(text: str) -> str:
    return "".join(character for character in text
                   if not character.isspace() and unicodedata.category(character) != "Cf")


def overlap(one: Ink | Target, other: Ink | Target) -> bool:
    return (one.x < other.x + other.width and other.x < one.x + one.width
            and one.y < other.y + other.height and other.y < one.y + one.height)


def touching_ink(one: Ink, other: Ink) -> bool:
    """Whether the letters of two pictures cover each other, not only their boxes."""
    left, top = max(one.x, other.x), max(one.y, other.y)
    right = min(one.x + one.width, other.x + other.width)
    bottom = min(one.y + one.height, other.y + other.height)
    for y in range(top, bottom):
        for x in range(left, right):
            if (one.mask[(y - one.y) * one.width + x - one.x] > 128
                    and other.mask[(y - other.y) * other.width + x - other.x] > 128):
                return True
    return False


def complaints(sheet: Sheet) -> Iterator[str]:
    panel = sheet.panel
    inks = [mark for mark in sheet.marks if isinstance(mark, Ink)]
    for target in sheet.targets:
        if min(target.width, target.height) * panel.mm_per_px < 20 - 1e-6:
            yield f"{target.act} is smaller than 20 mm"
        if (target.x < 0 or target.y < 0 or target.x + target.width > panel.width
                or target.y + target.height > panel.height):
            yield f"{target.act} leaves the panel"
    for one, other in combinations(sheet.targets, 2):
        if overlap(one, other):
            yield f"{one.act} and {other.act} overlap"
    for ink in inks:
        if (ink.x < 0 or ink.y < 0 or ink.x + ink.width > panel.width
                or ink.y + ink.height > panel.height):
            yield f"{ink.part} leaves the panel"
        if contrast(ink.colour, ink.ground) < 4.5:
            yield f"{ink.part} is too pale"
        if len(ink.mask) != ink.width * ink.height:
            yield f"{ink.part} has a torn mask"
        if not ink.text:
            continue
        own = faces(ink.language)
        if degrees_of(ink.size * own[0].capital, panel) < 0.7:
            yield f"{ink.part} is written too small"
        for character in bare(ink.text):
            if not any(face.has(character) for face in own):
                yield f"{ink.part} has no glyph for U+{ord(character):04X}"
        for target in sheet.targets:
            if overlap(ink, target) and not inside(ink, target):
                yield f"{ink.part} hangs over the edge of {target.act}"
    for ink, over in combinations(inks, 2):
        if overlap(ink, over) and touching_ink(ink, over):
            yield f"{ink.part} is written over {over.part}"


def inside(ink: Ink, target: Target) -> bool:
    return (target.x <= ink.x and ink.x + ink.width <= target.x + target.width
            and target.y <= ink.y and ink.y + ink.height <= target.y + target.height)


@pytest.mark.parametrize("panel", [PORTRAIT, LARGE, LAPTOP], ids=["portrait", "large", "laptop"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_screen_is_legible_whole_and_tidy(language: Language, panel: Panel) -> None:
    found = []
    for name, screen in every_screen(language).items():
        read = ""
        acts = set()
        for sheet in pages(screen, panel):
            found += [f"{name} {sheet.page}: {one}" for one in complaints(sheet)]
            read += "\n" + "\n".join(bare(mark.text) for mark in sheet.marks
                                     if isinstance(mark, Ink))
            acts |= {target.act for target in sheet.targets}
        whole = read.replace("\n", "")
        found += [f"{name}: nowhere to be read: {text!r}" for text in words_of(screen)
                  if bare(text) not in whole and not in_parts(bare(text), read)]
        for block in screen.blocks:
            for one in (*getattr(block, "buttons", ()), *screen.foot, *screen.languages):
                if one.act not in acts:
                    found.append(f"{name}: nowhere to be touched: {one.act}")
    assert not found, "\n".join(found[:40])


def in_parts(text: str, read: str) -> bool:
    """A text that goes on overleaf is there in parts, one after the other."""
    at = 0
    for part in read.split("\n"):
        if part and text.startswith(part, at):
            at += len(part)
    return at == len(text)


def test_the_same_screen_gives_the_same_sheet() -> None:
    screen = every_screen("ug")["case_collect"]
    assert lay_out(screen, PORTRAIT) == lay_out(screen, PORTRAIT)


def test_a_page_that_is_not_there_is_the_last() -> None:
    screen = every_screen("zh-CN")["guide"]
    last = lay_out(screen, PORTRAIT).pages - 1
    assert lay_out(screen, PORTRAIT, 99) == lay_out(screen, PORTRAIT, last)


def test_uyghur_is_laid_out_the_other_way_round() -> None:
    chinese = lay_out(every_screen("zh-CN")["home"], PORTRAIT)
    uyghur = lay_out(every_screen("ug")["home"], PORTRAIT)
    title = [next(mark for mark in sheet.marks if isinstance(mark, Ink) and mark.part == "title")
             for sheet in (chinese, uyghur)]
    assert title[0].x < PORTRAIT.width - title[0].x - title[0].width
    assert title[1].x > PORTRAIT.width - title[1].x - title[1].width
