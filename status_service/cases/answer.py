"""The answer: everything a channel may say about one case, before it is put into words.

`cases.compose` makes it from the record; `wording` says it as speech, as text
or for a screen. Each field declares the assurance level it needs; `at_level`
takes away what the asker may not hear and says so in `withheld`, so that the
channel can tell the person how to get it.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from types import MappingProxyType
from typing import Any, Literal

import msgspec

from status_service.words import Actor, Channel, LocalText, Pause, ResultClass, Status


class OfficeLine(msgspec.Struct, frozen=True, omit_defaults=True):
    """Whom to ask: enough of an office to name it, call it and find it."""

    code: str
    name: LocalText
    phone: str  # as dialled, e.g. "0991-4810012"
    address: LocalText
    hours: LocalText


class Deadline(msgspec.Struct, frozen=True, omit_defaults=True):
    """The time limit that binds the office, in working days (工作日).

    kind: promised (承诺) when the matter promises one, else statutory (法定).
    days: the whole allowance, extension included.
    due: the last day; None while the clock is stopped, for then nobody can know it.
    used, left: working days; `left` is negative when the case is late.
    clock: running, stopped (see `pause`) or ended (decided; used is final).
    provisional: the span reaches a year whose holidays are not yet published.
    """

    kind: Literal["promised", "statutory"]
    days: int
    used: int
    left: int
    clock: Literal["running", "stopped", "ended"]
    due: date | None = None
    pause: Pause | None = None
    extended_by: int = 0
    extension_reason: LocalText | None = None
    provisional: bool = False


class Collection(msgspec.Struct, frozen=True, omit_defaults=True):
    """What is ready, where and from when to fetch it, and what to bring (领取)."""

    what: LocalText
    office: OfficeLine
    ready_on: date
    bring: LocalText


class Result(msgspec.Struct, frozen=True, omit_defaults=True):
    """The decision: its class, and the matter's own outcome in words."""

    result: ResultClass
    outcome: LocalText | None = None  # the matter's own, e.g. 信息不存在
    decided_on: date | None = None
    reason: LocalText | None = None


class Looked(msgspec.Struct, frozen=True, omit_defaults=True):
    """Who looked at the details of a case (level 1 and above), the asker's own visit aside.

    times: visits, a call or a card in the reader, within the last `days`. last_on: the day of
    the last of them, in the office's zone; channel: how it came. Both None where times is 0.
    """

    days: int
    times: int
    last_on: date | None = None
    channel: Channel | None = None


class Answer(msgspec.Struct, frozen=True, omit_defaults=True):
    """One case as an applicant may hear it. Dates are days in the office's zone."""

    number: str  # as the back office writes it
    matter: LocalText
    matter_code: str
    status: Status
    actor: Actor
    office: OfficeLine  # whom to ask
    as_of: datetime  # when the record was last told something, UTC
    received_on: date
    level: int = 0
    certain: bool = True  # False: the back office sent an unknown code; status is the last known
    since: date | None = None  # since when this status; None where the back office does not say
    stage: LocalText | None = None
    next: LocalText | None = None
    deadline: Deadline | None = None
    result: Result | None = None
    supply_by: date | None = None  # last day to supply what is missing
    project: LocalText | None = None
    missing: tuple[LocalText, ...] = ()
    collection: Collection | None = None
    handler_phone: str | None = None
    looked: Looked | None = None
    withheld: tuple[str, ...] = ()  # names of fields that exist but need a higher level


class HistoryEntry(msgspec.Struct, frozen=True, omit_defaults=True):
    """One event of a case as anyone may see it: when, and how far the case came."""

    status: str
    at: datetime | None = None
    stage: LocalText | None = None


# The assurance level that each field needs, and each part of one that needs more than the
# whole (design: assurance). The number, the level itself and `withheld` are the answer's frame.
FIELD_LEVEL: dict[str, int] = {
    "matter": 0,
    "matter_code": 0,
    "status": 0,
    "actor": 0,
    "office": 0,
    "as_of": 0,
    "received_on": 0,
    "certain": 0,
    "since": 0,
    "stage": 0,
    "next": 0,
    "deadline": 0,
    "result": 0,
    "supply_by": 0,
    "project": 1,
    "missing": 1,
    "collection": 1,
    "handler_phone": 1,
    "result.reason": 1,
    "deadline.extension_reason": 1,
    "looked": 2,
}
HIGHEST = 3

_DEFAULTS = {field.name: field.default for field in msgspec.structs.fields(Answer)}
# What an answer can do without: only of this an office may ask for a higher level.
CAN_BE_WITHHELD = tuple(path for path in FIELD_LEVEL
                        if "." in path or _DEFAULTS[path] in (None, ()))


class Levels:
    """The profile of an office: the default one, tightened."""

    def __init__(self, tightened: Mapping[str, int] = MappingProxyType({})) -> None:
        """Raises ValueError, in a sentence, for what is no field or would loosen one."""
        for path, level in tightened.items():
            if path not in CAN_BE_WITHHELD:
                raise ValueError(f"{path!r} cannot be withheld; these can: "
                                 f"{', '.join(CAN_BE_WITHHELD)}.")
            if not FIELD_LEVEL[path] <= level <= HIGHEST:
                raise ValueError(f"{path} needs level {FIELD_LEVEL[path]} or more, to {HIGHEST}.")
        self.needed: Mapping[str, int] = MappingProxyType({**FIELD_LEVEL, **tightened})
        self.above = tuple(
            tuple((path, *path.split(".")) for path, needed in self.needed.items()
                  if needed > level)
            for level in range(HIGHEST + 1))


DEFAULT = Levels()


def at_level(answer: Answer, level: int, levels: Levels = DEFAULT) -> Answer:
    """The part of `answer` that somebody at assurance `level` may hear."""
    changes: dict[str, Any] = {}
    withheld: list[str] = []
    for path, outer, *inner in levels.above[level]:
        value = changes.get(outer, getattr(answer, outer))
        if not value or (inner and getattr(value, inner[0]) is None):
            continue
        changes[outer] = (msgspec.structs.replace(value, **{inner[0]: None}) if inner
                          else _DEFAULTS[outer])
        withheld.append(path)
    if not changes and answer.level == level:
        return answer
    return msgspec.structs.replace(answer, level=level, withheld=tuple(withheld), **changes)
