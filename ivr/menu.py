"""The menus as typed data, read once from menu.yaml."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import msgspec
import yaml

from status_service.client import Language


class Choice(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a key does: exactly one of these."""

    go: str | None = None  # a place
    speak: Language | None = None
    do: Literal["text", "retry"] | None = None


class Menu(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One place of a call where a key is expected; menu.yaml explains the fields."""

    kind: Literal["choice", "number", "list", "after"]
    back: str
    says: tuple[str, ...]
    silent: tuple[str, ...]
    wrong: tuple[str, ...]
    keys: dict[str, Choice] = {}
    opens: str = ""
    heading: str = ""
    silence_opens: str = ""


class Usual(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The keys that do the same everywhere."""

    again: str
    back: str
    person: str


class Menus(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    usual: Usual
    menus: dict[str, Menu]


def load() -> Menus:
    """Raises msgspec.ValidationError naming what is wrong in the file."""
    text = Path(__file__).with_name("menu.yaml").read_text("utf-8")
    return msgspec.convert(yaml.safe_load(text), Menus)
