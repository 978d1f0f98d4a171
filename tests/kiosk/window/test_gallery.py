"""Every screen in every language, drawn by the window, beside the picture that was looked at.

Pages that should look different: `python -m tests.kiosk.window.gallery tests/kiosk/pictures`,
look at what it changed, commit that.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image, ImageChops, ImageDraw, ImageFilter, ImageStat

from processes import ROOT
from status_service.words import LANGUAGES, Language

KEPT = ROOT / "tests" / "kiosk" / "pictures"
# Another release of a font or of Mesa moves edges by parts of a pixel. What a person would
# notice is larger than a letter and stays when both pictures are seen without glasses.
BLUR = 3.0  # pixels of the kept picture, 12 of the panel
MOST = 48  # of 255: how far one place may be off
MEAN = 2.0  # of 255: how far all of it may be


def unlike(one: Image.Image, other: Image.Image) -> str:
    """How two pictures differ; nothing when a person would call them the same."""
    if one.size != other.size:
        return f"{one.size} is not {other.size}"
    soft = [image.convert("RGB").filter(ImageFilter.GaussianBlur(BLUR)) for image in (one, other)]
    difference = ImageChops.difference(*soft)
    most = max(high for _, high in difference.getextrema())  # type: ignore[misc]
    mean = max(ImageStat.Stat(difference).mean)
    return f"most {most}, mean {mean:.1f}" if most > MOST or mean > MEAN else ""


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_screen_looks_as_it_was_looked_at(language: Language, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.kiosk.window.gallery", str(tmp_path), language], cwd=ROOT,
        check=False, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    now = {path.name: path for path in (tmp_path / language).glob("*.webp")}
    kept = {path.name: path for path in (KEPT / language).glob("*.webp")}
    assert now.keys() == kept.keys()
    assert len(now) > 60
    found = {name: unlike(Image.open(now[name]), Image.open(kept[name])) for name in now}
    assert not {name: how for name, how in found.items() if how}


@pytest.fixture
def case() -> Image.Image:
    return Image.open(KEPT / "zh-CN" / "case.webp").convert("RGB")


def test_what_a_person_would_see_is_seen(case: Image.Image) -> None:
    """A missing line, another colour of a note, something that moved; and no
    fraction of a pixel."""
    width, height = case.size
    assert unlike(case, case) == ""
    shifted = ImageChops.offset(case, 0, 6)
    assert unlike(case, shifted)
    erased = case.copy()
    ImageDraw.Draw(erased).rectangle((0, 40, width, 60), fill=case.getpixel((2, height // 2)))
    assert unlike(case, erased)  # the title
    recoloured = Image.merge("RGB", case.split()[::-1])
    assert unlike(case, recoloured)
    assert unlike(case, Image.open(KEPT / "zh-CN" / "case_claimed.webp"))
    softer = Image.blend(case, ImageChops.offset(case, 1, 1), 0.5)
    assert unlike(case, softer) == ""
