"""What a back office may tell us about a case: the body of `PUT /v1/cases/{number}`,
a line of an NDJSON stream, and what ingest makes of a line of a file.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated

import msgspec

from status_service.words import LocalText, Pause, ResultClass

Short = Annotated[str, msgspec.Meta(min_length=1, max_length=80)]


class Event(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """One entry of the history (办理过程). `key` makes it unique within its case:
    an event with a known key is never written again, so history is only appended."""

    key: Short
    status: str  # one of words.Status, or the back office's own code when it sends those
    at: datetime | None = None  # aware; None where the back office does not record it
    stage: str | None = None  # a code of the matter's stages
    phase: str | None = None  # for files whose cases have several phases or addresses
    note: LocalText | None = None  # for the applicant, level 1


class Paused(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """A span during which the clock stood still; `until` None: it still does."""

    since: date
    reason: Pause
    until: date | None = None


class Extension(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """More working days, with the reason an applicant is owed (延期)."""

    days: Annotated[int, msgspec.Meta(ge=1, le=365)]
    reason: LocalText


class Decision(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """The result as the back office gives it."""

    result: ResultClass
    outcome: str | None = None  # a code of the matter's outcomes
    decided_on: date | None = None
    reason: LocalText | None = None


class Pickup(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What waits to be collected."""

    what: LocalText
    office: str
    ready_on: date
    bring: LocalText


class Person(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """The applicant, as far as the back office says. Encrypted at rest; never logged."""

    name: str = ""
    phone: str = ""
    kind: str = "person"  # person or organisation
    language: str = "zh-CN"

    def __repr__(self) -> str:
        return "Person(redacted)"


class CaseWrite(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """A case as its back office states it now: the whole case, not a difference."""

    version: Annotated[int, msgspec.Meta(ge=1)]  # only moves forward; an older one is ignored
    matter: Short
    status: Short  # words.Status, or a code of the back office's own
    received_on: date
    reference: str = ""  # the back office's own id of the case
    since: date | None = None
    stage: str | None = None
    office: str | None = None  # default: the matter's office
    accepted_on: date | None = None
    project: LocalText | None = None
    promised_days: int | None = None  # default: the matter's
    statutory_days: int | None = None
    paused: tuple[Paused, ...] = ()
    extension: Extension | None = None
    missing: tuple[LocalText, ...] = ()
    supply_by: date | None = None
    decision: Decision | None = None
    pickup: Pickup | None = None
    handler_phone: str | None = None
    query_code: str | None = None  # digits on the acceptance slip; kept only as HMAC
    applicant: Person | None = None
    history: tuple[Event, ...] = ()
