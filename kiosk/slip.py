"""What a visitor takes away: the same facts on paper and in a code for the phone."""

from __future__ import annotations

from datetime import datetime

from msgspec.structs import replace

from kiosk.prompts import say, title
from kiosk.screen import Fact
from kiosk.talk import Slip
from status_service.client import Answer, Language
from status_service.wording import answer_screen, answer_text
from status_service.wording.said import full_day, identifier

# Of a code, UTF-8: more makes its squares too fine for a phone's camera. Chinese and English
# take half of it; only the longest Uyghur texts come near.
MOST_OCTETS = 720


def facts(answer: Answer, language: Language, at: datetime) -> tuple[Fact, ...]:
    """The answer as labelled facts, in the order of wording."""
    return tuple(Fact(row.key, row.label, row.value, row.tone)  # type: ignore[arg-type]
                 for row in answer_screen(answer, language, at.date()))


def make(answer: Answer, language: Language, at: datetime) -> Slip:
    """The slip for an answer as far as its level shows it; `at` in the office's zone.

    Never the project nor the handler's phone: paper is left lying about, and a code is
    photographed over a shoulder. Its code holds the same answer as a text, short as an SMS.
    """
    answer = replace(answer, project=None, handler_phone=None)
    foot = say(language, "slip_foot", date=full_day(at.date(), language),
               time=identifier(at.strftime("%H:%M"), language))
    text = answer_text(answer, language, at.date())
    dated = f"{text}\n{say(language, 'slip_day', date=full_day(at.date(), language))}"
    code = dated if len(dated.encode()) <= MOST_OCTETS else text
    return Slip(language, title(language, "slip"), facts(answer, language, at), foot, code)
