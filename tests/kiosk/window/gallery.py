"""Every screen as the window draws it, in a directory of small pictures:

    python -m tests.kiosk.window.gallery tests/kiosk/pictures

Run like this, it takes the pictures that the test compares with anew. Look at them before you
commit them.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from PIL import Image

from kiosk.look.layout import lay_out
from kiosk.look.sheet import Sheet
from kiosk.window import setup
from settings import KioskSettings
from status_service.words import LANGUAGES, Language
from tests.kiosk.screens import every_screen

WIDTH = 270  # pixels of a kept picture: a quarter of the panel's, and still to be read
QUALITY = 80  # of a WebP
SECONDS = 20  # what a countdown shows


class Shot(NamedTuple):
    """One page of one screen: where its picture is kept, and the page."""

    path: str
    sheet: Sheet


def shots(language: Language) -> Iterator[Shot]:
    panel = setup.panel_of(KioskSettings.load({}))
    for name, screen in every_screen(language).items():
        pages = lay_out(screen, panel, 0, SECONDS).pages
        for page in range(pages):
            yield Shot(f"{language}/{name}{f'-{page + 1}' if page else ''}.webp",
                       lay_out(screen, panel, page, SECONDS))


def photograph(wanted: Iterator[Shot], directory: Path, width: int = WIDTH) -> None:
    """Draw each in the kiosk's own window, off screen, and keep what is on the glass."""
    settings = KioskSettings.load({"HALLWAY_STATE": tempfile.mkdtemp(prefix="hallway-")})
    for name in ("DISPLAY", "WAYLAND_DISPLAY"):
        os.environ.pop(name, None)
    setup.prepare(settings, setup.panel_of(settings))
    from kivy.base import runTouchApp, stopTouchApp
    from kivy.clock import Clock
    from kivy.core.window import Window
    from kivy.graphics.opengl import GL_RGBA, GL_UNSIGNED_BYTE, glReadPixels

    from kiosk.window.canvas import Pane

    pane = Pane()
    shown: list[Shot] = []

    def show(_: float) -> None:
        shot = next(wanted, None)
        if shot is None:
            stopTouchApp()
            return
        pane.show(shot.sheet)
        shown.append(shot)

    def drawn(*_: object) -> None:
        if not shown:
            return
        size = tuple(Window.system_size)
        pixels = glReadPixels(0, 0, *size, GL_RGBA, GL_UNSIGNED_BYTE)
        image = Image.frombytes("RGB", size, pixels, "raw", "RGBX", 0, -1)
        path = directory / shown.pop().path
        path.parent.mkdir(parents=True, exist_ok=True)
        small = image.resize((width, round(size[1] * width / size[0])), Image.Resampling.BOX)
        small.save(path, quality=QUALITY)

    Window.bind(on_flip=drawn)
    Clock.schedule_interval(show, 0)
    runTouchApp(pane)
    shutil.rmtree(settings.state, ignore_errors=True)


def main() -> None:
    directory = Path(sys.argv[1])
    languages = [language for language in LANGUAGES if language in sys.argv[2:]] or LANGUAGES
    for language in languages:
        shutil.rmtree(directory / language, ignore_errors=True)
    photograph((shot for language in languages for shot in shots(language)), directory)


if __name__ == "__main__":
    main()
