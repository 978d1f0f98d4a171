"""The sentences, one YAML file a language, checked when this module is imported.

The types below are the list of keys: a file that lacks one, has one too many,
or names other placeholders than its sisters stops the start with a sentence
that says where. Nothing ever falls back to another language.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from string import Formatter
from typing import Any, cast, get_args

import msgspec
import yaml

from status_service.cases.answer import CAN_BE_WITHHELD, Answer
from status_service.words import LANGUAGES, Channel, Language, Pause, ResultClass, Status

HERE = Path(__file__).parent
# The applicant knows it; the office has one; nobody asks for it before it is there.
NOT_MISSED = frozenset({"project", "handler_phone", "looked"})


class CatalogueError(Exception):
    """A catalogue is incomplete or disagrees with the others. Its text says where."""


class Sentence:
    """One sentence with named places, taken apart once, when it is loaded.

    `fill(place=value, ...)` is the sentence as one string; `parts` are its
    literals, each with the name of the place that follows it (or None).
    """

    __slots__ = ("fill", "parts", "places", "text")

    def __init__(self, text: str) -> None:
        self.text = text
        self.fill: Callable[..., str] = text.format
        self.parts: tuple[tuple[str, str | None], ...] = tuple(
            (literal, place) for literal, place, _, _ in Formatter().parse(text)
        )
        self.places = frozenset(place for _, place in self.parts if place is not None)


class Counted:
    """A sentence about a number of things, `{n}`: English has a form for one."""

    __slots__ = ("one", "other")

    def __init__(self, one: Sentence, other: Sentence) -> None:
        self.one = one
        self.other = other

    def of(self, n: int) -> Sentence:
        """The form for `n` things."""
        return self.one if n == 1 else self.other

    def fill(self, n: int, **values: object) -> str:
        return (self.one if n == 1 else self.other).fill(n=n, **values)


class _Keys(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A group of sentences; all keys are needed, no other is allowed."""


class Dates(_Keys, frozen=True):
    months: tuple[str, ...]
    months_short: tuple[str, ...]
    spoken: Sentence
    spoken_year: Sentence
    short: Sentence
    short_year: Sentence


class Marks(_Keys, frozen=True):
    """How pieces are put together: things of a list, groups of digits, sentences of a text."""

    things: str
    groups: str
    sentences: str


class Names(_Keys, frozen=True):
    status: dict[Status, str]
    status_short: dict[Status, str]
    result: dict[ResultClass, str]
    pause: dict[Pause, str]
    pause_short: dict[Pause, str]
    withheld: dict[str, str]  # by path, as in cases.answer.CAN_BE_WITHHELD, but for NOT_MISSED
    withheld_short: dict[str, str]  # those without which the applicant cannot act
    form: dict[str, str]  # guides.types.Material.form
    notice: dict[str, str]  # guides.types.Notice.kind
    channel: dict[Channel, str]  # how somebody looked
    channel_short: dict[Channel, str]


class Actors(_Keys, frozen=True):
    office: Sentence
    nobody: Sentence
    applicant: Sentence
    applicant_supplement: Sentence
    applicant_collect: Sentence


class Clock(_Keys, frozen=True):
    """What is said of working days; `due` is by the kind of the limit."""

    due_promised: Sentence
    due_statutory: Sentence
    left: Counted
    left_none: Sentence
    late: Counted
    stopped: Sentence
    ended: Counted
    ended_late: Counted
    extended: Counted
    provisional: Sentence


class Speech(_Keys, frozen=True):
    matter: Sentence
    status: Sentence
    status_since: Sentence
    uncertain: Sentence
    last_known: Sentence
    last_known_since: Sentence
    actor: Actors
    supply_by: Sentence
    supply_by_passed: Sentence
    missing: Sentence
    clock: Clock
    extension_reason: Sentence
    result: Sentence
    no_result: Sentence
    outcome: Sentence
    decided: Sentence
    reason: Sentence
    stage: Sentence
    next: Sentence
    collection_what: Sentence
    collection_where: Sentence
    collection_ready: Sentence
    collection_bring: Sentence
    project: Sentence
    handler: Sentence
    looked: Counted
    looked_none: Sentence
    ask: Sentence
    withheld: Sentence


class Text(_Keys, frozen=True):
    number: Sentence
    foreign: Sentence  # a matter named in another language only
    head: Sentence
    head_since: Sentence
    uncertain: Sentence
    last_known: Sentence
    last_known_since: Sentence
    actor: Actors
    supply_by: Sentence
    supply_by_passed: Sentence
    must_supply_by: Sentence  # who must act and by when, in one
    missing: Sentence
    clock: Clock
    result: Sentence
    result_outcome: Sentence
    no_result: Sentence
    decided: Sentence
    reason: Sentence
    stage: Sentence
    next: Sentence
    collection: Sentence
    project: Sentence
    handler: Sentence
    looked: Counted
    looked_none: Sentence
    ask: Sentence
    ask_office: Sentence
    withheld: Sentence
    withheld_office: Sentence


class Screen(_Keys, frozen=True):
    labels: dict[str, str]  # by Row.key
    uncertain: Sentence
    actor: Actors
    supply_by_passed: Sentence
    clock: Clock
    allowance: Counted
    no_result: Sentence
    outcome: Sentence
    because: Sentence
    place: Sentence
    from_date: Sentence
    looked: Counted
    looked_none: Sentence
    withheld: Sentence


class Hall(_Keys, frozen=True):
    """Guides, notices and offices, spoken and as text."""

    guide: Sentence
    guide_ask: Sentence
    guide_text: Sentence
    guide_material: Counted
    guide_optional: Sentence
    guide_more: Counted
    guide_days: Counted
    guide_fee: Sentence
    guide_place: Sentence
    guide_office: Sentence
    guide_hours: Sentence
    guide_phone: Sentence
    notice: Sentence
    notice_text: Sentence
    notice_ends: dict[str, Sentence]  # by Notice.kind
    notice_ends_text: dict[str, Sentence]
    office: Sentence
    office_where: Sentence
    office_hours: Sentence
    office_phone: Sentence
    office_text: Sentence


class Catalogue(_Keys, frozen=True):
    language: str
    review: tuple[str, ...]  # paths that a native reader should check
    digits: tuple[str, ...]  # 0 to 9 as read out one by one
    dates: Dates
    marks: Marks
    names: Names
    speech: Speech
    text: Text
    screen: Screen
    hall: Hall

    def withheld(self, answer: Answer) -> list[str]:
        """What the asker may not hear here and may want to: said with whom to ask."""
        if not answer.certain:
            return []
        return [self.names.withheld[path] for path in answer.withheld if path not in NOT_MISSED]


def walk(node: object, path: str = "") -> Iterator[tuple[str, str | Sentence | Counted]]:
    """Every word and sentence under `node`, with its dotted path."""
    if isinstance(node, (str, Sentence, Counted)):
        yield path, node
        return
    items: Mapping[Any, object]
    if isinstance(node, msgspec.Struct):
        items = {name: getattr(node, name) for name in node.__struct_fields__}
    elif isinstance(node, dict):
        items = node
    else:
        items = dict(enumerate(cast(tuple[object, ...], node)))
    for key, below in items.items():
        yield from walk(below, f"{path}.{key}" if path else str(key))


def sentences(catalogue: Catalogue) -> dict[str, str | Sentence | Counted]:
    """All keys of a catalogue that applicants hear or read."""
    return {path: value for path, value in walk(catalogue)
            if path != "language" and not path.startswith("review.")}


def _places(value: str | Sentence | Counted) -> frozenset[str]:
    if isinstance(value, Sentence):
        return value.places
    if isinstance(value, Counted):
        return value.other.places
    return frozenset(Sentence(value).places)


def _decode(kind: type, raw: Any) -> Any:
    """YAML to sentences; a plain string counts alike for one and for many."""
    if kind is Sentence and isinstance(raw, str):
        return Sentence(raw)
    if kind is Counted:
        forms = raw if isinstance(raw, dict) else {"one": raw, "other": raw}
        if set(forms) == {"one", "other"} and all(isinstance(f, str) for f in forms.values()):
            return Counted(Sentence(forms["one"]), Sentence(forms["other"]))
    raise ValueError(f"expected a sentence, got {raw!r}")


def read(language: Language, raw: object) -> Catalogue:
    """A catalogue from what YAML gave. Raises CatalogueError."""
    try:
        found = msgspec.convert(raw, Catalogue, dec_hook=_decode)
    except (msgspec.ValidationError, ValueError) as error:
        raise CatalogueError(f"{language}.yaml: {error}") from error
    if found.language != language:
        raise CatalogueError(f"{language}.yaml says it is {found.language!r}.")
    return found


def check(catalogues: Mapping[Language, Catalogue]) -> None:
    """Refuse catalogues that differ in keys or in places. Raises CatalogueError."""
    first = catalogues[LANGUAGES[0]]
    expected = sentences(first)
    for language, catalogue in catalogues.items():
        mine = sentences(catalogue)
        if odd := sorted(set(mine) ^ set(expected)):
            raise CatalogueError(f"{language}.yaml: not in every language: {', '.join(odd)}")
        for path, value in mine.items():
            if _places(value) != _places(expected[path]):
                raise CatalogueError(f"{language}.yaml: {path} has other placeholders.")
            if isinstance(value, Counted) and not value.one.places | {"n"} == value.other.places:
                raise CatalogueError(f"{language}.yaml: {path}: one and other differ.")
            text = value.other.text if isinstance(value, Counted) else (
                value.text if isinstance(value, Sentence) else value)
            if not text and not path.startswith("marks."):
                raise CatalogueError(f"{language}.yaml: {path} is empty.")
    names = first.names
    for given, needed in ((names.status, Status), (names.status_short, Status),
                          (names.result, ResultClass), (names.pause, Pause),
                          (names.pause_short, Pause)):
        if set(given) != set(needed):
            raise CatalogueError(f"names: not every {needed.__name__} has a name.")
    if not set(names.channel) == set(names.channel_short) == set(get_args(Channel)):
        raise CatalogueError("names: not every channel has a name.")
    if set(names.withheld) != set(CAN_BE_WITHHELD) - NOT_MISSED:
        raise CatalogueError("names: not every field that may be withheld has a name.")


def load() -> dict[Language, Catalogue]:
    """All catalogues, checked against each other."""
    found: dict[Language, Catalogue] = {}
    for language in LANGUAGES:
        source = (HERE / f"{language}.yaml").read_text("utf-8")
        found[language] = read(language, yaml.safe_load(source))
    check(found)
    return found


CATALOGUES = load()
