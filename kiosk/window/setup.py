"""What Kivy is told before its window is made: a kiosk is no desktop program."""

from __future__ import annotations

import os
from pathlib import Path

from kiosk.look.sheet import Panel
from settings import KioskSettings, SettingsError

PANEL = "1080x1920@21.5"  # where none is configured
ON_A_DESK = 864  # pixels: the height of the window that stands for the panel on a laptop


def panel_of(settings: KioskSettings) -> Panel:
    """The panel as configured. Raises SettingsError with what to set."""
    said = settings.panel or PANEL
    size, _, inches = said.partition("@")
    width, _, height = size.partition("x")
    try:
        panel = Panel.of(int(width), int(height), float(inches), settings.distance)
    except (ValueError, ZeroDivisionError):
        panel = None
    if panel is None or not (480 <= panel.width <= 7680 and 480 <= panel.height <= 7680
                             and 0.05 < panel.mm_per_px < 1):
        raise SettingsError("Set HALLWAY_KIOSK_PANEL to the panel's pixels and its diagonal in "
                            f"inches, such as {PANEL}.")
    return panel


def has_display() -> bool:
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def prepare(settings: KioskSettings, panel: Panel) -> None:
    """Set up Kivy; call before anything of kivy is imported.

    In production the window fills the display that is there. On a laptop it is a window
    of the panel's form; without a display it has the panel's size and nobody sees it.
    """
    home = settings.state / "kivy"
    home.mkdir(parents=True, exist_ok=True)
    os.environ.update(KIVY_HOME=str(home), KIVY_NO_ARGS="1", KIVY_LOG_MODE="PYTHON",
                      KIVY_NO_FILELOG="1", KIVY_NO_ENV_CONFIG="1")
    if not has_display():
        os.environ["SDL_VIDEODRIVER"] = "offscreen"
    _configure(settings, panel, home)


def _configure(settings: KioskSettings, panel: Panel, home: Path) -> None:
    from kivy.config import Config  # noqa: PLC0415 - reads what was set above

    seen = has_display()
    full = seen and settings.mode == "production"
    factor = min(1.0, ON_A_DESK / panel.height) if seen and not full else 1.0
    values = {
        "kivy": {"exit_on_escape": "0", "desktop": "0", "log_enable": "0",
                 "log_dir": str(home)},
        "graphics": {"width": str(round(panel.width * factor)),
                     "height": str(round(panel.height * factor)),
                     "fullscreen": "auto" if full else "0", "borderless": "0",
                     "resizable": "1" if seen and not full else "0", "multisamples": "0",
                     "show_cursor": "0" if full else "1", "allow_screensaver": "0",
                     "maxfps": "60"},
    }
    for section, options in values.items():
        for option, value in options.items():
            Config.set(section, option, value)
    # One provider: SDL turns a finger into the same events as a mouse, and a second one
    # would report each touch twice. No red dots for a second finger.
    for option, _ in list(Config.items("input")):
        Config.remove_option("input", option)
    Config.set("input", "mouse", "mouse,disable_multitouch")
    for option, _ in list(Config.items("modules")):
        Config.remove_option("modules", option)
