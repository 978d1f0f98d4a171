"""A mapping: how the lines of one back office's file become cases. It is a data file.

`load` reads `mappings/NAME.yaml` (or a path), checks it against the types below
and says in a sentence what is wrong. Nothing of a mapping is code.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

import msgspec
import yaml

from status_service.guides.types import Category, Matter, Notice, Office
from status_service.words import Language, LocalText, ResultClass, Status

MAPPINGS = Path(__file__).parent / "mappings"

# What a column may feed, and how its cells are read.
Kind = Literal["text", "code", "day", "instant", "days", "list", "pauses", "personal"]
FIELDS: dict[str, Kind] = {
    "number": "code", "matter": "code", "status": "text", "status_at": "instant",
    "stage": "text", "office": "text", "reference": "code", "project": "text",
    "received_on": "day", "accepted_on": "day",
    "promised_days": "days", "statutory_days": "days",
    "paused": "pauses", "extension_days": "days", "extension_reason": "text",
    "missing": "list", "supply_by": "day",
    "decision": "text", "outcome": "text", "decided_on": "day", "decision_reason": "text",
    "pickup_what": "text", "pickup_office": "text", "pickup_on": "day", "pickup_bring": "text",
    "handler_phone": "text", "note": "text",
    "query_code": "personal", "applicant_name": "personal", "applicant_phone": "personal",
    "applicant_kind": "text", "applicant_language": "text",
}
DATED: tuple[Kind, ...] = ("day", "instant")


class MappingError(Exception):
    """A mapping does not exist or is wrong. Its text says what, for the person who wrote it."""


class Column(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where a field stands in the file."""

    headings: tuple[str, ...]  # any of these; compared without regard to case and width
    required: bool = True  # without this column the whole file is refused
    filled: bool = False  # a line where it is empty is a bad line


class StatusCode(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What one of the back office's status codes means."""

    status: Status
    stage: str | None = None  # a stage of the matter; a stage column goes before it
    result: ResultClass | None = None  # where the status itself says what was decided
    since: str | None = None  # the dated column that says since when; else the mapping's


class HistoryLine(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One event that a line tells of."""

    status: Status
    stage: str | None = None
    at: str | None = None  # a dated column; None: the file carries no date for it
    only: tuple[str, ...] = ()  # status codes of lines that tell of it; empty: all lines


class Joined(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A text made of what stands in some columns; empty ones are left out."""

    columns: tuple[str, ...]
    between: str = ", "


class Table(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A text in our languages for each value of a column; other values stay as they are."""

    column: str
    texts: dict[str, LocalText]


class HallPart(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the hall must know for these cases to be answered; what it lacks is added."""

    offices: tuple[Office, ...] = ()
    categories: tuple[Category, ...] = ()
    matters: tuple[Matter, ...] = ()
    notices: tuple[Notice, ...] = ()
    instead: tuple[str, ...] = ()  # categories to use when the menu has no room for ours


class Mapping(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """See docs/exchange.md for what each part means."""

    source: Annotated[str, msgspec.Meta(pattern="^[a-z0-9-]{1,40}$")]
    about: str
    zone: str  # IANA name; in which the file's days and times are meant
    language: Language  # of the file's own texts
    lines: Literal["states", "phases"]
    columns: dict[str, Column]
    statuses: dict[str, StatusCode]
    dates: tuple[str, ...] = ()  # strptime forms besides ISO 8601
    encodings: tuple[Literal["utf-8", "gb18030"], ...] = ("utf-8", "gb18030")
    since: str | None = None
    matter: str | None = None  # the one matter of the file, where no column says it
    matters: dict[str, str] = {}  # the back office's codes to ours, where they differ
    results: dict[str, ResultClass] = {}  # what stands in the column `decision`
    history: tuple[HistoryLine, ...] = ()  # empty: the line's own status and time
    phase: tuple[str, ...] = ()  # columns that together tell the phases of a case apart
    note: Joined | None = None
    project: Table | None = None
    hall: HallPart = HallPart()

    def status_words(self) -> dict[str, str]:
        """The back office's codes to our statuses, as `cases.store.Writer` wants them."""
        return {code: meaning.status.value for code, meaning in self.statuses.items()}


def names() -> list[str]:
    """The mappings that come with Hallway."""
    return sorted(path.stem for path in MAPPINGS.glob("*.yaml"))


def load(name: str) -> Mapping:
    """The mapping of this name, or in this file. Raises MappingError."""
    is_path = name.endswith((".yaml", ".yml")) or "/" in name
    path = Path(name) if is_path else MAPPINGS / f"{name}.yaml"
    try:
        text = path.read_text("utf-8")
    except (FileNotFoundError, IsADirectoryError):
        raise MappingError(f"There is no mapping {name!r}. There are: {', '.join(names())}; "
                           "or give the path of a .yaml file.") from None
    except (OSError, ValueError) as error:
        raise MappingError(f"The mapping {name!r} cannot be read: {error}.") from None
    try:
        found = msgspec.convert(yaml.load(text, _Loader), Mapping)  # noqa: S506 - a SafeLoader
        check(found)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f" in line {mark.line + 1}" if mark else ""
        problem = getattr(error, "problem", None) or "it is no YAML"
        raise MappingError(f"The mapping {name!r} is not well formed{where}: "
                           f"{problem}.") from None
    except (msgspec.ValidationError, RecursionError) as error:
        raise MappingError(f"The mapping {name!r} is wrong: {error}.") from None
    except MappingError as error:
        raise MappingError(f"The mapping {name!r} is wrong: {error}") from None
    return found


class _Loader(yaml.SafeLoader):
    """YAML in which a key that stands twice is a mistake, not a silent replacement."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen: set[str] = set()
        for key, _ in node.value:
            if key.value in seen and isinstance(key, yaml.ScalarNode):
                raise yaml.constructor.ConstructorError(
                    None, None, f"{key.value!r} stands twice", key.start_mark)
            if isinstance(key, yaml.ScalarNode):
                seen.add(key.value)
        found: dict[Any, Any] = super().construct_mapping(node, deep)
        return found


def check(mapping: Mapping) -> None:
    """Raises MappingError for what the types alone cannot see."""
    columns = mapping.columns
    for needed in ("number", "status", "received_on"):
        if needed not in columns:
            raise MappingError(f"columns: say where {needed} stands.")
    if (mapping.matter is None) == ("matter" not in columns):
        raise MappingError("Say the matter either as `matter` or as columns.matter.")
    _check_zone(mapping.zone)
    for form in mapping.dates:
        _check_date_form(form)
    _check_headings(columns)
    used = {*mapping.phase, *(mapping.note.columns if mapping.note else ()),
            *((mapping.project.column,) if mapping.project else ())}
    for name in sorted(used - columns.keys()):
        raise MappingError(f"columns: {name} is used but stands nowhere.")
    dated = {mapping.since, *(code.since for code in mapping.statuses.values()),
             *(line.at for line in mapping.history)}
    for name in sorted({"number", "status", "received_on", "matter", "status_at", *used,
                        *filter(None, dated)} & columns.keys()):
        if not columns[name].required:
            raise MappingError(f"columns.{name}: it is always used, so it must be required.")
    for name in columns:
        if name not in FIELDS and name not in used:
            raise MappingError(f"columns.{name}: there is no such field, and nothing uses it. "
                               f"Fields are: {', '.join(FIELDS)}.")
    if (mapping.lines == "phases") != bool(mapping.phase):
        raise MappingError("lines: phases and phase (the columns that tell them apart) "
                           "go together.")
    if mapping.lines == "states" and "status_at" not in columns:
        raise MappingError("lines: states needs columns.status_at: when the state came about.")
    if mapping.note and "note" in columns:
        raise MappingError("Say the note either as `note` or as columns.note.")
    if mapping.project and "project" in columns:
        raise MappingError("Say the project either as `project` or as columns.project.")
    _check_statuses(mapping)


def _check_headings(columns: dict[str, Column]) -> None:
    taken: dict[str, str] = {}
    for name, column in columns.items():
        if not column.headings:
            raise MappingError(f"columns.{name}: give at least one heading.")
        for heading in column.headings:
            other = taken.setdefault(plain(heading), name)
            if other != name:
                raise MappingError(f"columns: the heading {heading!r} is given to both "
                                   f"{other} and {name}.")


def _check_statuses(mapping: Mapping) -> None:
    def dated(name: str | None, where: str) -> None:
        if name is not None and (name not in mapping.columns
                                 or FIELDS.get(name) not in DATED):
            raise MappingError(f"{where}: {name} is no column with dates.")

    dated(mapping.since, "since")
    matter = next((m for m in mapping.hall.matters if m.code == mapping.matter), None)
    stages = {s.code for s in matter.stages} if matter else None

    def staged(code: str | None, where: str) -> None:
        if code is not None and stages is not None and code not in stages:
            raise MappingError(f"{where}: the matter {mapping.matter} has no stage {code}.")

    seen: dict[str, str] = {}
    for code, meaning in mapping.statuses.items():
        dated(meaning.since, f"statuses.{code}.since")
        staged(meaning.stage, f"statuses.{code}.stage")
        other = seen.setdefault(plain(code), code)
        if other != code:
            raise MappingError(f"statuses: {other} and {code} read the same.")
    for at, line in enumerate(mapping.history):
        dated(line.at, f"history[{at}].at")
        staged(line.stage, f"history[{at}].stage")
        for code in line.only:
            if code not in mapping.statuses:
                raise MappingError(f"history[{at}].only: there is no status code {code}.")


def _check_zone(name: str) -> None:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise MappingError(f"zone: there is no time zone {name!r}; write one like "
                           "Asia/Shanghai.") from None


def _check_date_form(form: str) -> None:
    sample = datetime(2024, 11, 29, 13, 5, 7)  # noqa: DTZ001 - only its digits matter
    try:
        back = datetime.strptime(sample.strftime(form), form)  # noqa: DTZ007 - as above
    except ValueError as error:
        raise MappingError(f"dates: {form!r} is no form of a date ({error}).") from None
    if back.date() != sample.date():
        raise MappingError(f"dates: {form!r} does not hold a whole day (%Y, %m and %d).")


_SPACES = re.compile(r"\s+")


def plain(text: str) -> str:
    """A heading or code without regard to width, case and spaces."""
    return _SPACES.sub("", unicodedata.normalize("NFKC", text)).casefold()
