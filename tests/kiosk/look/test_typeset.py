"""Paragraphs: digits in their order, lines broken by rule, no glyph missing."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image, ImageChops
from uniseg.linebreak import line_break_boundaries

from kiosk.look.fonts import FontMissing, letters_of
from kiosk.look.tokens import TOKENS, contrast
from kiosk.look.typeset import Typesetter, breaks

SETTER = Typesetter()
NUMBER = "4810012-0991"


def shows(text: Image.Image, part: Image.Image) -> bool:
    """Whether a picture stands somewhere in another, dot for dot."""
    box = part.getbbox()
    assert box is not None
    part = part.crop(box)
    for x in range(text.width - part.width + 1):
        for y in range(text.height - part.height + 1):
            here = text.crop((x, y, x + part.width, y + part.height))
            if ImageChops.difference(here, part).getbbox() is None:
                return True
    return False


def drawn(text: str, size: int = 24) -> Image.Image:
    image = SETTER.render(text, "ug", size, 700)
    box = image.getbbox()
    assert box is not None
    return image.crop(box)


def test_an_isolated_number_keeps_its_order_in_uyghur() -> None:
    alone = drawn(f"\u2066{NUMBER}\u2069")
    assert shows(drawn(f"نومۇرى \u2066{NUMBER}\u2069 بولغان ئىش"), alone)
    turned = drawn("\u20660991-4810012\u2069")
    assert not shows(drawn(f"نومۇرى \u2066{NUMBER}\u2069 بولغان ئىش"), turned)


def test_runs_stand_from_right_to_left_around_a_chinese_name() -> None:
    line = SETTER.set("نامى \u2066张三123\u2069 ئىش", "ug", 30, 900).lines[0]
    texts = [run.text.strip() for run in line.runs]
    assert texts == ["ئىش", "张三", "123", "نامى"]
    assert [run.level % 2 for run in line.runs] == [1, 0, 0, 1]
    assert line.runs[1].face.path.name.startswith("NotoSansCJK")


@pytest.mark.parametrize("width", range(120, 500, 17))
def test_no_line_begins_with_chinese_punctuation(width: int) -> None:
    text = "请带身份证、户口簿、结婚证（原件），谢谢。您好！再见？" * 3
    lines = SETTER.set(text, "zh-CN", 30, width).lines
    assert "".join(line.text for line in lines) == text
    assert not [line.text for line in lines if line.text[0] in "、，。！？）"]
    assert max(line.width for line in lines) <= width


def test_a_word_longer_than_a_line_is_cut() -> None:
    text = "a" * 200
    lines = SETTER.set(text, "en", 30, 300).lines
    assert "".join(line.text for line in lines) == text
    assert len(lines) > 5
    assert max(line.width for line in lines) <= 300


def test_lines_keep_their_distance() -> None:
    assert min(TOKENS.leading.values()) >= 1.3


def test_a_letter_that_no_font_has_is_set_as_a_geta() -> None:
    runs = SETTER.set("\u1230", "zh-CN", 30, 300).lines[0].runs
    assert [run.text for run in runs] == ["〓"]


def test_colours_stand_out() -> None:
    colours = TOKENS.colours
    assert contrast((0, 0, 0), (255, 255, 255)) == pytest.approx(21)
    for ink in (colours.ink, colours.quiet, colours.accent):
        assert contrast(ink, colours.ground) >= 7
    for ink, ground in TOKENS.tones.values():
        assert contrast(ink, ground) >= 7


def test_a_missing_font_says_what_to_install() -> None:
    with pytest.raises(FontMissing, match="install fonts-ukij-uyghur"):
        letters_of(Path("/nowhere/UKIJEkran.ttf"), 0)


@pytest.mark.parametrize("text", [
    "请带身份证、户口簿（原件），2026年3月12日前到“政务大厅”二层A区 12 号。",
    "Bring your identity card (the original), your form and 20 copies - by 12 March!",
    "نومۇرى \u20664810012-0991\u2069 بولغان ئىش، \u2066张三\u2069 (ئەسلى) كېلىدۇ."])
def test_breaks_are_those_of_the_standard(text: str) -> None:
    assert breaks(text) == list(line_break_boundaries(text))
