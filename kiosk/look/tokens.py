"""Colours, letters and lengths of every screen, read from `tokens.yaml`."""

from __future__ import annotations

import math
from importlib.resources import files

import msgspec
import yaml

from kiosk.look.sheet import Colour, Panel
from kiosk.screen import Tone
from status_service.client import Language


class Colours(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    ground: Colour
    surface: Colour
    line: Colour
    ink: Colour
    quiet: Colour
    accent: Colour
    accent_soft: Colour
    on_accent: Colour
    disabled: Colour
    disabled_ground: Colour
    ahead: Colour


class Letters(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The angle of a capital H at the eye, in degrees."""

    small: float
    body: float
    button: float
    heading: float
    lead: float
    title: float
    typed: float
    count: float


class Lengths(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Millimetres."""

    target: float
    margin: float
    gap: float
    block: float
    pad: float
    key_gap: float
    radius: float
    stroke: float
    hairline: float
    dot: float
    icon: float
    tile: float
    tile_most: float
    tile_icon: float
    picture: float
    picture_most: float
    qr: float
    count: float


class Tokens(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    colours: Colours
    tones: dict[Tone, tuple[Colour, Colour]]
    letters: Letters
    leading: dict[Language, float]
    lengths: Lengths


def contrast(one: Colour, other: Colour) -> float:
    """1 to 21, as WCAG 2.2 defines it (relative luminance of sRGB)."""
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def capital_px(degrees: float, panel: Panel) -> float:
    """How high a capital H must be on this panel to take up this angle at its distance."""
    return panel.distance * math.radians(degrees) / panel.mm_per_px


def degrees_of(capital: float, panel: Panel) -> float:
    """The angle that `capital` pixels take up."""
    return math.degrees(capital * panel.mm_per_px / panel.distance)


def _luminance(colour: Colour) -> float:
    def linear(octet: int) -> float:
        share = octet / 255
        return share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4

    red, green, blue = (linear(octet) for octet in colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _with_colours(data: object) -> object:
    """Every "#RRGGBB" as three numbers."""
    if isinstance(data, dict):
        return {key: _with_colours(value) for key, value in data.items()}
    if isinstance(data, list):
        return [_with_colours(value) for value in data]
    if isinstance(data, str) and data.startswith("#"):
        return list(bytes.fromhex(data[1:]))
    return data


def _read() -> Tokens:
    text = (files(__package__) / "tokens.yaml").read_text("utf-8")
    return msgspec.convert(_with_colours(yaml.safe_load(text)), Tokens)


TOKENS = _read()
