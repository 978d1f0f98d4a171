"""The words of a call: its session, what may come in, what goes out.

Everything here is plain data. `dialogue.step` turns (session, input) into a
`Step`; whoever drives it (webhooks, a SIP line, a test) works out the effects
and hands their results back as inputs.
"""

from __future__ import annotations

from datetime import datetime
from typing import Literal

import msgspec

from status_service.client import (
    Answer,
    Candidate,
    Category,
    Language,
    MatterDetail,
    MatterSummary,
    Notice,
    Office,
)
from status_service.wording import Said

SESSION_LIMIT = 4096  # octets of an encoded session; a test holds it
MOST_DIGITS = 40  # keyed at once; what is longer is no case number


class Session(msgspec.Struct, frozen=True, omit_defaults=True):
    """Where a call stands. Nothing in it names a person; the caller's number is not here.
    `typed` is a case number, never a code."""

    step: int = -1  # the last turn answered
    language: Language = "zh-CN"
    chosen: bool = False  # the caller's language is known; until then all are spoken
    place: str = "language"  # a menu of menu.yaml, or "person"
    after: str = ""  # the place to try again when a look-up failed
    typed: str = ""  # the digits keyed, or the number chosen
    category: str = ""
    subject: str = ""  # what was just heard: a case number, a matter's, notice's, office's code
    choices: tuple[str, ...] = ()  # what keys 1, 2, ... of the list just heard stand for
    page: int = 0
    misses: int = 0  # silences and wrong keys in a row
    unfound: int = 0  # numbers nobody has, in a row
    gave_up: bool = False  # a person was called because nobody pressed a key
    broken: int = 0  # failures on our side, see web
    textable: bool = False  # the caller's number is shown and can get a text
    mute: tuple[Language, ...] = ()  # languages this machine cannot speak
    first: tuple[str, ...] = ()  # prompts to say before a look-up's result
    grant: str = ""  # secret: what evidence has opened for this call
    refused: int = 0  # codes that opened nothing, in a row

    def __repr__(self) -> str:  # the grant reaches no log by way of a repr
        return f"Session(step={self.step}, place={self.place!r}, redacted)"


# -- what comes in: the caller ------------------------------------------------


class Input(msgspec.Struct, frozen=True):
    """`at` is the time in the office's zone: the dialogue has no clock of its own."""

    at: datetime


class Dialled(Input, frozen=True):
    """The call begins."""

    textable: bool
    mute: tuple[Language, ...] = ()


class Keys(Input, frozen=True):
    digits: str


class Silence(Input, frozen=True):
    """The time to press a key ran out."""


class DialEnded(Input, frozen=True):
    """The call to a person is over, or nobody took it."""

    answered: bool


class SayAgain(Input, frozen=True):
    """The thread was lost between the caller and us: say where we are."""


class Mended(Input, frozen=True):
    """A turn broke on our side: apologise and go back to the main menu."""


# -- what comes in: results of look-ups ---------------------------------------


class Found(Input, frozen=True):
    answer: Answer


class SeveralFound(Input, frozen=True):
    candidates: tuple[Candidate, ...]


class NotFound(Input, frozen=True):
    slip: bool  # the check digit shows that a digit was mistyped


class CategoriesFound(Input, frozen=True):
    categories: tuple[Category, ...]


class MattersFound(Input, frozen=True):
    matters: tuple[MatterSummary, ...]


class GuideFound(Input, frozen=True):
    matter: MatterDetail


class NoticesFound(Input, frozen=True):
    notices: tuple[Notice, ...]


class OfficesFound(Input, frozen=True):
    offices: tuple[Office, ...]


class Gone(Input, frozen=True):
    """What the caller chose is no longer there."""


class PersonFound(Input, frozen=True):
    at_work: bool


class TextQueued(Input, frozen=True):
    pass


class TextForbidden(Input, frozen=True):
    """The number has said STOP."""


class TooMany(Input, frozen=True):
    """This caller has asked about too many different numbers."""


class Opened(Input, frozen=True):
    """A code was right: the case with all that it opens, and a grant for the rest of the call."""

    answer: Answer
    grant: str

    def __repr__(self) -> str:
        return "Opened(redacted)"


class NotOpened(Input, frozen=True):
    """A code opened nothing. Why is not known here either."""


class CodeOnItsWay(Input, frozen=True):
    """A one-time code is sent, if a phone is registered."""


class LostTold(Input, frozen=True):
    """Staff know that the query code is lost."""


class Away(Input, frozen=True):
    """The service cannot be asked now. `what`: a look-up, a text to be sent, or a code."""

    what: Literal["lookup", "text", "code"]


# -- what goes out -------------------------------------------------------------


class FindCase(msgspec.Struct, frozen=True):
    """grant: for what it opens besides; "" without one."""

    typed: str
    grant: str = ""

    def __repr__(self) -> str:
        return f"FindCase(typed={self.typed!r})"


class ShowCode(msgspec.Struct, frozen=True):
    """A query code, or the one-time code of this call. former: a grant that it replaces."""

    number: str
    code: str
    kind: Literal["query-code", "one-time-code"]
    former: str = ""

    def __repr__(self) -> str:
        return f"ShowCode(kind={self.kind!r}, redacted)"


class SendCode(msgspec.Struct, frozen=True):
    """Have a one-time code sent to the phone that is registered for the case."""

    number: str
    language: Language


class TellLost(msgspec.Struct, frozen=True):
    """The query code of the case is lost: a task for staff."""

    number: str


class ListCategories(msgspec.Struct, frozen=True):
    pass


class ListMatters(msgspec.Struct, frozen=True):
    category: str


class FindMatter(msgspec.Struct, frozen=True):
    code: str


class ListNotices(msgspec.Struct, frozen=True):
    pass


class ListOffices(msgspec.Struct, frozen=True):
    pass


class FindPerson(msgspec.Struct, frozen=True):
    """Is somebody at the person's phone now?"""


class SendText(msgspec.Struct, frozen=True):
    """Text `subject` to the caller's own number, which the driver knows."""

    kind: Literal["answer", "guide"]
    subject: str
    language: Language


Effect = (
    FindCase
    | ShowCode
    | SendCode
    | TellLost
    | ListCategories
    | ListMatters
    | FindMatter
    | ListNotices
    | ListOffices
    | FindPerson
    | SendText
)


class Line(msgspec.Struct, frozen=True):
    """A sentence of the catalogue, with what its placeholders stand for."""

    prompt: str
    language: Language
    values: tuple[tuple[str, str], ...] = ()


Expect = Literal["key", "number", "person", "nothing"]


class Step(msgspec.Struct, frozen=True):
    """What a turn comes to. With `effects` it is not over: their results go back in.

    expect: one key; a number ended by #; nothing of the caller while a person is
    called; or nothing more at all, and the call ends.
    """

    session: Session
    say: tuple[Line | Said, ...] = ()
    expect: Expect = "key"
    effects: tuple[Effect, ...] = ()
