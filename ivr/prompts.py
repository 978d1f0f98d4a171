"""The catalogue of sentences the phone says around the facts: prompts/*.yaml."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from string import Formatter

import msgspec
import phonenumbers
import yaml

from ivr.talk import Line
from status_service.client import LANGUAGES, Language
from status_service.wording import digits_speech

FOLDER = Path(__file__).with_name("prompts")
HOME = "CN"  # region of numbers written without a country code


class Dates(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How a day is said; `form` may use year, month, day, month_name."""

    form: str
    months: tuple[str, ...] = ("",) * 12


class Catalogue(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One language's file."""

    dates: Dates
    prompts: dict[str, str]


def load(language: Language) -> Catalogue:
    """Raises OSError or msgspec.ValidationError: a catalogue belongs to the program."""
    text = (FOLDER / f"{language}.yaml").read_text("utf-8")
    return msgspec.convert(yaml.safe_load(text), Catalogue)


def placeholders(text: str) -> frozenset[str]:
    """The names in braces in a sentence."""
    return frozenset(field for _, field, _, _ in Formatter().parse(text) if field)


class Prompts:
    """All sentences, with the hall's own numbers already in their places."""

    def __init__(self, person_phone: str, own_number: str) -> None:
        self._dates: dict[Language, Dates] = {}
        self._texts: dict[tuple[str, Language], str] = {}
        for language in LANGUAGES:
            catalogue = load(language)
            self._dates[language] = catalogue.dates
            hall = {"person": phone_speech(person_phone, language),
                    "own": phone_speech(own_number, language)}
            for prompt, text in catalogue.prompts.items():
                # What the call fills in later stays in braces.
                later = {place: "{" + place + "}" for place in placeholders(text)}
                self._texts[prompt, language] = text.format(**(later | hall))

    def fixed(self) -> dict[tuple[str, Language], str]:
        """The sentences that are the same in every call."""
        return {key: text for key, text in self._texts.items() if not placeholders(text)}

    def text(self, line: Line) -> str:
        """A line as it is said. Values: `date` is an ISO date, `number` a case number."""
        values = {place: self._spoken(place, value, line.language)
                  for place, value in line.values}
        return self._texts[line.prompt, line.language].format(**values)

    def _spoken(self, place: str, value: str, language: Language) -> str:
        if place == "number":
            return digits_speech(value, language)
        if place == "date":
            day, dates = date.fromisoformat(value), self._dates[language]
            return dates.form.format(year=day.year, month=day.month, day=day.day,
                                     month_name=dates.months[day.month - 1])
        return value


def phone_speech(number: str, language: Language) -> str:
    """A phone number as somebody in the country dials it, read in groups."""
    try:
        parsed = phonenumbers.parse(number, HOME)
    except phonenumbers.NumberParseException:
        return digits_speech(number, language)
    local = phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.NATIONAL)
    return digits_speech(local, language)
