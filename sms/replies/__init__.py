"""What is said by text: our own sentences from the data files beside this module, and the
facts in `wording`'s words."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import msgspec
import phonenumbers

from settings import SettingsError
from sms.talk import Line, Options, Say
from status_service import wording
from status_service.client import LANGUAGES, Answer, Language, MatterDetail, Notice

LONGEST = 1600  # characters of one message at Twilio (error 21617 beyond)

LINES: dict[Language, dict[str, str]] = {
    language: msgspec.yaml.decode(
        Path(__file__).with_name(f"{language}.yaml").read_bytes(), type=dict[str, str])
    for language in LANGUAGES
}


def render(said: tuple[Say, ...], language: Language, today: date, phone: str) -> str:
    """The text of a reply. `phone` is the number for a person, as people write it."""
    return within_limit("\n".join(_one(item, language, today, phone) for item in said))


def within_limit(text: str) -> str:
    """At most what Twilio takes as one message; whole lines only, so that no fact is cut."""
    if len(text) <= LONGEST:
        return text
    end = text.rfind("\n", 0, LONGEST)
    return text[:end if end > 0 else LONGEST]


def _one(item: Say, language: Language, today: date, phone: str) -> str:
    if isinstance(item, Answer):
        return wording.answer_text(item, language, today)
    if isinstance(item, Line):
        return LINES[language][item.key].format(phone=phone, **item.values)
    if isinstance(item, Options):
        rows = [f"{at}. {option}" for at, option in enumerate(item.options, 1)]
        return "\n".join([LINES[language][item.key], *rows])
    if isinstance(item, MatterDetail):
        return wording.guide_text(item, language)
    if isinstance(item, Notice):
        return wording.notice_text(item, language)
    return wording.office_text(item, language)


def as_written(e164: str) -> str:
    """A phone number as people of its country write it, "0991 481 0012". Raises SettingsError."""
    try:
        number = phonenumbers.parse(e164)
    except phonenumbers.NumberParseException:
        raise SettingsError(
            "Set HALLWAY_PERSON_PHONE to a number with its country, such as +869914810012."
        ) from None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.NATIONAL)
