"""The kiosk's own words around the facts: prompts/*.yaml, one file a language."""

from __future__ import annotations

from pathlib import Path
from string import Formatter

import msgspec
import yaml

from status_service.client import LANGUAGES, Language

FOLDER = Path(__file__).with_name("prompts")


class Catalogue(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One language's file."""

    own_name: str  # the language by its own name
    titles: dict[str, str]
    buttons: dict[str, str]
    labels: dict[str, str]
    says: dict[str, str]


def load(language: Language) -> Catalogue:
    """Raises OSError or msgspec.ValidationError: a catalogue belongs to the program."""
    text = (FOLDER / f"{language}.yaml").read_text("utf-8")
    return msgspec.convert(yaml.safe_load(text), Catalogue)


def placeholders(text: str) -> frozenset[str]:
    """The names in braces in a sentence."""
    return frozenset(field for _, field, _, _ in Formatter().parse(text) if field)


CATALOGUES: dict[Language, Catalogue] = {language: load(language) for language in LANGUAGES}


def title(language: Language, key: str) -> str:
    return CATALOGUES[language].titles[key]


def button(language: Language, key: str) -> str:
    return CATALOGUES[language].buttons[key]


def label(language: Language, key: str) -> str:
    return CATALOGUES[language].labels[key]


def say(language: Language, key: str, **values: object) -> str:
    """A sentence, its placeholders filled in."""
    return CATALOGUES[language].says[key].format(**values)
