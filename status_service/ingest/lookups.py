"""Codes and names of a file found in the mapping and in the hall, each looked up once."""

from __future__ import annotations

import re
from collections.abc import Mapping as Table
from typing import Generic, TypeVar

from status_service.guides.hall import Hall
from status_service.guides.types import Matter, Outcome, Stage
from status_service.ingest.cells import KEPT, Bad
from status_service.ingest.mapping import Mapping, plain
from status_service.trust.personal import Phone
from status_service.words import Language, LocalText

T = TypeVar("T")

_MOBILE = re.compile(r"1[3-9]\d{9}")  # mainland China, national form (phonenumbers agrees)


class Codes(dict[str, T | None], Generic[T]):
    """A table of codes, found without regard to width, case and spaces; None for others."""

    def __init__(self, table: Table[str, T]) -> None:
        super().__init__(table)
        self._plain = {plain(code): value for code, value in table.items()}

    def __missing__(self, code: str) -> T | None:
        found = self._plain.get(plain(code))
        if len(self) < KEPT:
            self[code] = found
        return found


class Matters:
    """The hall's matters, stages, outcomes and offices by what a file calls them."""

    def __init__(self, mapping: Mapping, hall: Hall) -> None:
        found = {plain(code): matter for code, matter in hall.matters.items()}
        for theirs, ours in mapping.matters.items():
            if ours in hall.matters:
                found[plain(theirs)] = hall.matters[ours]
        self._fixed = hall.matters.get(mapping.matter) if mapping.matter else None
        self._matters: Codes[Matter] = Codes(found)
        offices: dict[str, str] = {}
        for office in hall.offices.values():
            for text in (office.code, *_texts(office.name)):
                offices.setdefault(plain(text), office.code)
        self._offices: Codes[str] = Codes(offices)
        self._stages: dict[tuple[int, str], str | None] = {}

    def of(self, code: str | None) -> Matter:
        """Raises Bad for a matter that the hall does not know."""
        found = self._fixed if code is None else self._matters[code]
        if found is None:
            raise Bad("there is no such matter", "Correct the code, add the matter to the hall, "
                      "or name it in `matters` of the mapping.")
        return found

    def office(self, text: str) -> str:
        """Raises Bad for an office that the hall does not know."""
        found = self._offices[text]
        if found is None:
            raise Bad("there is no such office", "Write the code or the name of an office.")
        return found

    def stage(self, stages: tuple[Stage, ...], text: str) -> str | None:
        """The code of a stage called by its code or its name; None when it is not among them."""
        known = self._stages.get((id(stages), text), "")
        if known == "":
            wanted = plain(text)
            known = next((s.code for s in stages
                          if wanted in map(plain, (s.code, *_texts(s.name)))), None)
            if len(self._stages) < KEPT:
                self._stages[id(stages), text] = known
        return known

    def outcome(self, matter: Matter, text: str) -> Outcome | None:
        wanted = plain(text)
        return next((o for o in matter.outcomes
                     if wanted in map(plain, (o.code, *_texts(o.name)))), None)


def _texts(name: LocalText) -> tuple[str, ...]:
    return tuple(filter(None, (name.zh, name.en, name.ug)))


def local(text: str, language: Language) -> LocalText:
    """A text that exists in one language."""
    if language == "zh-CN":
        return LocalText(zh=text)
    return LocalText(en=text) if language == "en" else LocalText(ug=text)


def phone(typed: str) -> str | None:
    """E.164, or None when it cannot be a phone number."""
    if _MOBILE.fullmatch(typed):
        return "+86" + typed
    try:
        return Phone.parse(typed).reveal()
    except ValueError:
        return None
