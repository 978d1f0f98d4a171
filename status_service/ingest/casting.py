"""One line of a table becomes what it says of its case.

A line is read as if it were the whole case; `merging` makes one case of all its
lines. Whatever a line cannot be read for is a Problem that names the column.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any, NamedTuple

import msgspec

from status_service.cases import number as case_number
from status_service.cases.write import CaseWrite, Decision, Event, Extension, Person, Pickup
from status_service.guides.hall import Hall
from status_service.ingest.cells import (
    Bad,
    Counts,
    Days,
    Instants,
    blank,
    fit,
    items,
    pauses,
    read_number,
    salvage,
    tidy,
    words,
)
from status_service.ingest.columns import Columns
from status_service.ingest.lines import Row
from status_service.ingest.lookups import Codes, Matters, local, phone
from status_service.ingest.mapping import FIELDS, Mapping
from status_service.ingest.report import REDACTED, Problem, Report
from status_service.words import LANGUAGES, LocalText, ResultClass

SHOWN = ("text", "code", "day", "instant", "days", "pauses")  # kinds whose values a report names
FREE = frozenset({"project", "note", "decision_reason", "extension_reason", "handler_phone",
                  "pickup_what", "pickup_bring", "missing"})  # may name people
LONGEST_CODE = 80  # characters, as the record's columns
LONGEST_STAGE = 40
QUERY_CODE = range(4, 13)  # digits


class Line(msgspec.Struct, array_like=True, gc=False):
    """What one line says of its case. `write` is None when the line is bad."""

    line: int
    key: str  # number key, see cases.number
    number: str
    write: CaseWrite | None = None
    code: str = ""  # the status as the file has it
    phase: str = ""


class LineReader:
    """Reads the lines of one table. Not for use by several threads."""

    def __init__(self, mapping: Mapping, columns: Columns, hall: Hall, report: Report,
                 today: date) -> None:
        self._mapping = mapping
        self._columns = columns
        self._hall = hall
        self._report = report
        self._tomorrow = today + timedelta(1)
        self._at = columns.at
        self._number_at, self._status_at, self._received_at = (
            columns.at[name] for name in ("number", "status", "received_on"))
        self._matter_at = columns.at.get("matter")
        self._stage_at = columns.at.get("stage")
        self._note_at = columns.at.get("note")
        self._when = columns.at.get("status_at", columns.at["received_on"])
        self._width = columns.width
        self._instants = Instants(mapping.dates, mapping.zone)
        self._days = Days(self._instants)
        self._statuses: Codes[_Meaning] = Codes({
            code: _Meaning(found.status.value, found.stage, found.result,
                           found.since or mapping.since, _events(mapping, code))
            for code, found in mapping.statuses.items()})
        self._unknown = _events(mapping, None)
        self._results = Codes(mapping.results)
        self._matters = Matters(mapping, hall)
        self._tables = Codes(mapping.project.texts) if mapping.project else None
        present = self._at
        counts = Counts()
        readers: dict[str, Callable[[str], Any]] = {
            "accepted_on": self._days.__getitem__, "supply_by": self._days.__getitem__,
            "promised_days": counts.__getitem__, "statutory_days": counts.__getitem__,
            "paused": lambda text: pauses(text, self._days),
            "missing": lambda text: tuple(self._text(item) for item in items(text)),
            "project": self._text, "reference": words, "handler_phone": words,
            "query_code": self._query_code}
        self._plain = [(name, present[name], read) for name, read in readers.items()
                       if name in present]
        self._counts = counts
        self._codes = {at: name for name, at in present.items()
                       if FIELDS.get(name) in ("code", "personal")}
        self._has_decision = bool({"decision", "outcome"} & present.keys())
        self._has_person = bool({"applicant_name", "applicant_phone"} & present.keys())
        self._filled = [(name, present[name]) for name, column in mapping.columns.items()
                        if name in present and column.filled]

    def read(self, row: Row) -> Line | None:
        """The line, with `write` None and a Problem in the report when it is bad; None when
        not even its number can be read, or when it is blank."""
        cells = row.cells
        name = ""
        key = number = ""
        try:
            if row.flaw:
                raise Bad(*row.flaw)
            if len(cells) != self._width:
                cells = fit(cells, self._width)
            typed = cells[self._number_at]
            if not typed and not "".join(cells).strip():
                self._report.counts["blank"] += 1
                return None
            name = "number"
            number = read_number(typed)
            key = case_number.keys(number)[0]
            if not key or len(number) > case_number.LONGEST:
                raise Bad("it has no letters or digits, or is too long", "Write the case number.")
            if row.numeric:
                self._check_numeric(row)
            for name, at in self._filled:  # noqa: B007 - named in the Problem
                if blank(cells[at]):
                    raise Bad("it is empty", "Fill it in.")
            return self._line(row.line, key, number, cells)
        except _At as found:
            self._bad(row, found.name, found.bad)
        except Bad as bad:
            self._bad(row, name, bad)
        if not key and row.flaw:
            number = salvage(cells, self._number_at)
            key = case_number.keys(number)[0]
        return Line(row.line, key, number) if key else None

    def _line(self, line: int, key: str, number: str, cells: list[str]) -> Line:
        at = self._at
        name = "status"
        try:
            code = cells[self._status_at]
            meaning = self._statuses[code]
            if meaning is None:
                code = words(code, LONGEST_CODE)
                if not code:
                    raise Bad("it is empty", "Fill it in.")
            name = "matter"
            matter = self._matters.of(None if self._matter_at is None else cells[self._matter_at])
            name = "received_on"
            received = self._days[cells[self._received_at]]
            if received > self._tomorrow:
                self._report.casually(line, self._columns.heading(name), "the day is still to come")
            values: dict[str, Any] = {
                "version": 1, "matter": matter.code, "received_on": received,
                "status": code if meaning is None else meaning.status}
            for name, place, read in self._plain:
                if not blank(cells[place]):
                    values[name] = read(cells[place])
            name = "stage"
            stage = self._stage(line, matter.stages, cells, meaning)
            if stage:
                values["stage"] = stage
            if "office" in at:
                name = "office"
                office = self._office(cells[at[name]])
                if office:
                    values["office"] = office
            since = meaning.since if meaning else None
            if since and not blank(cells[at[since]]):
                name = since
                values["since"] = self._instants[cells[at[since]]].day
            if self._mapping.project:
                values["project"] = self._tabled(cells)
            if self._has_decision or (meaning and meaning.result):
                self._decide(line, cells, meaning, matter, values)
            if "extension_days" in at:
                self._extend(cells, values)
            if "pickup_what" in at:
                self._pickup(cells, matter.office, values)
            if self._has_person:
                person = self._person(line, cells)
                if person:
                    values["applicant"] = person
            name = "note"
            phase = self._phase(cells)
            values["history"] = self._history(cells, code, meaning, stage, phase)
        except Bad as bad:
            raise _At(name, bad) from None
        return Line(line, key, number, CaseWrite(**values), code, phase)

    # -- what a line is made of -------------------------------------------------

    def _check_numeric(self, row: Row) -> None:
        for place in row.numeric:
            name = self._codes.get(place)
            if name is None:
                continue
            if not row.cells[place].isdigit():
                raise _At(name, Bad("Excel keeps it as a number, and a number it is not",
                                    "Make the column text and type it again."))
            self._report.casually(
                row.line, self._columns.heading(name),
                "Excel keeps this as a number: zeros at its beginning, if there were any, are "
                "lost. Make the column text")

    def _text(self, text: str) -> LocalText:
        return local(words(text), self._mapping.language)

    def _query_code(self, text: str) -> str:
        code = tidy(text)
        if not (code.isascii() and code.isdigit() and len(code) in QUERY_CODE):
            raise Bad("it is not 4 to 12 digits", "Write the digits that the slip shows.")
        return code

    def _stage(self, line: int, stages: tuple[Any, ...], cells: list[str],
               meaning: _Meaning | None) -> str | None:
        text = "" if self._stage_at is None else cells[self._stage_at]
        if blank(text):
            return meaning.stage if meaning else None
        found = self._matters.stage(stages, text)
        if found is None:
            self._report.casually(line, self._columns.heading("stage"),
                                  "some stages are not among their matter's, so nobody hears them")
            return words(text, LONGEST_STAGE)
        return found

    def _office(self, text: str) -> str | None:
        return None if blank(text) else self._matters.office(text)

    def _tabled(self, cells: list[str]) -> LocalText:
        table = self._mapping.project
        assert table is not None and self._tables is not None  # noqa: S101 - the caller looked
        text = cells[self._at[table.column]]
        return self._tables[text] or self._text(text)

    def _cell(self, cells: list[str], name: str) -> str:
        place = self._at.get(name)
        return "" if place is None else cells[place].strip()

    def _decide(self, line: int, cells: list[str], meaning: _Meaning | None, matter: Any,
                values: dict[str, Any]) -> None:
        result = meaning.result if meaning else None
        text = self._cell(cells, "decision")
        if text:
            result = self._results[text]
            if result is None:
                raise _At("decision", Bad("the mapping knows no such decision",
                                          "Correct it, or add it to `results` of the mapping."))
        outcome = None
        text = self._cell(cells, "outcome")
        if text:
            known = self._matters.outcome(matter, text)
            if known is None:
                self._report.casually(line, self._columns.heading("outcome"),
                                      "some outcomes are not among their matter's")
            outcome = known.code if known else words(text, LONGEST_CODE)
            result = result or (ResultClass(known.result) if known else None)
        if result is None:
            return
        when = self._cell(cells, "decided_on")
        decided = self._dated("decided_on", when) if when else None
        if decided and decided < values["received_on"]:
            self._report.casually(line, self._columns.heading("decided_on"),
                                  "the decision is older than the application")
        reason = self._cell(cells, "decision_reason")
        values["decision"] = Decision(result=result, outcome=outcome, decided_on=decided,
                                      reason=self._text(reason) if reason else None)

    def _dated(self, name: str, text: str) -> date:
        try:
            return self._days[text]
        except Bad as bad:
            raise _At(name, bad) from None

    def _extend(self, cells: list[str], values: dict[str, Any]) -> None:
        text = self._cell(cells, "extension_days")
        if not text:
            return
        try:
            days = self._counts[text]
        except Bad as bad:
            raise _At("extension_days", bad) from None
        reason = self._cell(cells, "extension_reason")
        if not 1 <= days <= 365:
            raise _At("extension_days", Bad("an extension is 1 to 365 working days", "Correct it."))
        if not reason:
            raise _At("extension_reason", Bad("the extension has no reason",
                                              "Applicants are owed it; fill it in."))
        values["extension"] = Extension(days=days, reason=self._text(reason))

    def _pickup(self, cells: list[str], office: str, values: dict[str, Any]) -> None:
        what = self._cell(cells, "pickup_what")
        if not what:
            return
        when = self._cell(cells, "pickup_on")
        if not when:
            raise _At("pickup_on", Bad("it does not say from when", "Fill in the day."))
        try:
            place = self._office(self._cell(cells, "pickup_office"))
        except Bad as bad:
            raise _At("pickup_office", bad) from None
        values["pickup"] = Pickup(
            what=self._text(what), office=place or values.get("office") or office,
            ready_on=self._dated("pickup_on", when),
            bring=self._text(self._cell(cells, "pickup_bring")))

    def _person(self, line: int, cells: list[str]) -> Person | None:
        name = words(self._cell(cells, "applicant_name"), LONGEST_CODE)
        typed = self._cell(cells, "applicant_phone")
        found = phone(typed) if typed else ""
        if found is None:
            self._report.casually(line, self._columns.heading("applicant_phone"),
                                  "some are no phone numbers; those cases were taken without")
            found = ""
        if not name and not found:
            return None
        kind = self._cell(cells, "applicant_kind")
        language = self._cell(cells, "applicant_language") or "zh-CN"
        if language not in LANGUAGES:
            raise _At("applicant_language", Bad("it is none of " + ", ".join(LANGUAGES),
                                                "Correct it or leave it empty."))
        return Person(name=name, phone=found, language=language,
                      kind="organisation" if tidy(kind) in _ORGANISATION else "person")

    def _phase(self, cells: list[str]) -> str:
        """Which phase of its case a line speaks of: a mark, for what tells phases apart (an
        address) is not for everybody."""
        if not self._mapping.phase:
            return ""
        said = "\0".join(tidy(cells[self._at[name]]) for name in self._mapping.phase)
        return hashlib.blake2b(said.encode(), digest_size=6).hexdigest()

    def _history(self, cells: list[str], code: str, meaning: _Meaning | None,
                 stage: str | None, phase: str) -> tuple[Event, ...]:
        note = None
        if self._mapping.note:
            parts = [tidy(cells[self._at[c]]) for c in self._mapping.note.columns]
            said = self._mapping.note.between.join(filter(None, parts))
            note = self._text(said) if said else None
        elif self._note_at is not None and not blank(cells[self._note_at]):
            note = self._text(cells[self._note_at])
        if self._mapping.history:
            return tuple(
                Event(key=f"{phase}:{status}", status=status, stage=told, phase=phase or None,
                      at=self._moment(cells, at), note=note)
                for status, told, at in (meaning.events if meaning else self._unknown))
        when = self._instants[cells[self._when]]
        key = f"{when.mark}:{code}:{stage or ''}"
        if len(key) > LONGEST_CODE:
            key = hashlib.blake2b(key.encode(), digest_size=16).hexdigest()
        return (Event(key=key, status=meaning.status if meaning else code, at=when.at,
                      stage=stage, phase=phase or None, note=note),)

    def _moment(self, cells: list[str], name: str | None) -> Any:
        text = cells[self._at[name]] if name else ""
        return None if blank(text) else self._instants[text].at

    # -- what is wrong ------------------------------------------------------------

    def _bad(self, row: Row, name: str, bad: Bad) -> None:
        value = ""
        heading = ""
        if name and not row.flaw:
            heading = self._columns.heading(name)
            place = self._at.get(name)
            value = row.cells[place] if place is not None and place < len(row.cells) else ""
            if blank(value):
                value, bad = "", Bad("it is empty", "Fill it in.")
            if name in FREE or FIELDS.get(name, "free") not in SHOWN:
                value = REDACTED if value else ""
        self._report.counts["bad"] += 1
        self._report.bad(Problem(row.line, heading, value, bad.why, bad.todo))


_Told = tuple[str, str | None, str | None]  # status, stage, the dated column


class _At(Exception):
    """A Bad cell, and which."""

    def __init__(self, name: str, bad: Bad) -> None:
        super().__init__(name)
        self.name = name
        self.bad = bad


_ORGANISATION = frozenset({"organisation", "organization", "法人", "单位", "企业"})


class _Meaning(NamedTuple):
    """A status code of the file: our status, and what goes with it."""

    status: str
    stage: str | None
    result: ResultClass | None
    since: str | None  # the dated column
    events: tuple[_Told, ...]


def _events(mapping: Mapping, code: str | None) -> tuple[_Told, ...]:
    """The events that a line with this status code tells of."""
    return tuple((h.status.value, h.stage, h.at) for h in mapping.history
                 if not h.only or code in h.only)
