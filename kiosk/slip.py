"""What a visitor takes away: the same facts on paper and in a code for the phone."""

from __future__ import annotations

from datetime import datetime

from kiosk.prompts import say, title
from kiosk.screen import Fact
from kiosk.talk import Slip
from status_service.client import Answer, Language
from status_service.wording import answer_screen
from status_service.wording.said import full_day, identifier, plain_identifier

MOST_OCTETS = 600  # of a code, UTF-8: more makes its squares too fine for a phone's camera
# From the most needed. Never the project, the handler's phone, or anything that names a
# person: paper is left lying about, and a code is photographed over a shoulder.
KEPT = ("number", "status", "actor", "supply_by", "collection", "collection_where",
        "collection_ready", "collection_bring", "notice", "result", "missing", "deadline", "matter",
        "phone", "since", "office", "decided", "calendar", "extension", "next", "stage",
        "received")
ISOLATES = dict.fromkeys(map(ord, "\u2066\u2067\u2068\u2069"))  # phones draw them as boxes


def facts(answer: Answer, language: Language, at: datetime) -> tuple[Fact, ...]:
    """The answer as labelled facts, in the order of wording."""
    return tuple(Fact(row.key, row.label, row.value, row.tone)  # type: ignore[arg-type]
                 for row in answer_screen(answer, language, at.date()))


def make(answer: Answer, language: Language, at: datetime) -> Slip:
    """The slip for an answer as far as its level shows it; `at` in the office's zone.

    As many facts as the code can hold, the most needed first, in their usual order.
    """
    heading = title(language, "slip")
    foot = say(language, "slip_foot", date=full_day(at.date(), language),
               time=identifier(at.strftime("%H:%M"), language))
    rows = {fact.key: fact for fact in facts(answer, language, at)}
    plain = {"number": plain_identifier(answer.number, language),
             "phone": plain_identifier(answer.office.phone, language)}

    def code(keys: set[str]) -> str:
        lines = [heading, *(f"{fact.label}: {plain.get(key, fact.value)}"
                            for key, fact in rows.items() if key in keys), foot]
        return "\n".join(lines).translate(ISOLATES)

    kept: set[str] = set()
    for key in KEPT:
        if key in rows and len(code(kept | {key}).encode()) <= MOST_OCTETS:
            kept.add(key)
    return Slip(language, heading, tuple(f for key, f in rows.items() if key in kept), foot,
                code(kept))
