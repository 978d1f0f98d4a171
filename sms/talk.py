"""The words of a conversation by text: what is remembered, what comes in, what goes out.

Everything here is plain data; see `dialogue`.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from status_service.client import (
    Answer,
    Language,
    MatterDetail,
    MatterSummary,
    Notice,
    Office,
    Several,
    TooMany,
    Unknown,
)

QuestionKind = Literal["case", "number", "matter", "notice", "office"]


class Question(msgspec.Struct, frozen=True, array_like=True):
    """A numbered question that was asked; `keys` are what the numbers stand for."""

    kind: QuestionKind
    keys: tuple[str, ...]
    asked_at: int


class Awaited(msgspec.Struct, frozen=True, array_like=True):
    """The case whose one-time code is on its way."""

    number: str
    asked_at: int


class Session(msgspec.Struct, frozen=True, array_like=True, omit_defaults=True):
    """What is remembered of a sender. Times in seconds since 1970."""

    language: Language = "zh-CN"
    by_choice: bool = False  # the sender named the language
    stopped: bool = False
    question: Question | None = None
    helped_at: int = 0
    puzzle: str = ""  # digest of the last text that was not understood
    counted_from: int = 0
    texts: int = 0  # since `counted_from`
    awaits: Awaited | None = None  # a one-time code that was asked for


# -- what comes in

class Text(msgspec.Struct, frozen=True):
    """A text. `opt_out` is Twilio's own reading of it (OptOutType), where it gives one."""

    body: str
    at: int
    opt_out: str = ""


class Away(msgspec.Struct, frozen=True):
    """The service could not be asked."""


# -- what goes out

class LookUp(msgspec.Struct, frozen=True):
    """Find a case; the spellings are tried in order. code: a query code that was sent along;
    coded: where nothing has those spellings, the number without the code. What a code or the
    sender's phone opens comes with it.
    Learned: Answer, Opened, Several, Unknown, TooMany."""

    spellings: tuple[str, ...]
    code: str = ""
    coded: tuple[str, ...] = ()

    def __repr__(self) -> str:  # a code reaches no log by way of a repr
        return f"LookUp(spellings={self.spellings!r}, code={bool(self.code)})"


class SendCode(msgspec.Struct, frozen=True):
    """Have a one-time code sent to the registered phone. Learned: Answer of the case, whose
    code is on its way if there is a phone; Several, Unknown, TooMany."""

    spellings: tuple[str, ...]
    language: Language


class ShowOneTime(msgspec.Struct, frozen=True):
    """The code that came. Learned: Opened."""

    number: str
    code: str

    def __repr__(self) -> str:
        return "ShowOneTime(redacted)"


class TellLost(msgspec.Struct, frozen=True):
    """The sender has no query code (any more). Learned: Answer, whose task was made; Several,
    Unknown, TooMany."""

    spellings: tuple[str, ...]


class FindMatters(msgspec.Struct, frozen=True):
    """Search matters. `bare`: no keyword said that a guide is meant. Learned: a list."""

    words: str
    bare: bool = False


class OpenMatter(msgspec.Struct, frozen=True):
    """Learned: MatterDetail, or None."""

    code: str


class ListNotices(msgspec.Struct, frozen=True):
    """Learned: a list; `code` or `words` say which of them is meant."""

    words: str = ""
    code: str = ""


class ListOffices(msgspec.Struct, frozen=True):
    """Learned: a list; `code` or `words` say which of them is meant."""

    words: str = ""
    code: str = ""


class Record(msgspec.Struct, frozen=True):
    """Write STOP or START into the ledger. Learned: True when it is written or safely put
    aside, False when it is lost. `confirm`: nobody else tells the sender."""

    stopped: bool
    confirm: bool


class Opened(msgspec.Struct, frozen=True):
    """What evidence came to. answer: with all that it opens, else as anyone may hear it; None
    where only evidence was asked about and it opened nothing."""

    proven: bool
    answer: Answer | None = None


Effect = (
    LookUp | SendCode | ShowOneTime | TellLost | FindMatters | OpenMatter | ListNotices
    | ListOffices | Record
)
Found = (
    Answer | Opened | Several | Unknown | TooMany | list[MatterSummary] | MatterDetail
    | list[Notice] | list[Office] | bool | Away | None
)


class Learned(msgspec.Struct, frozen=True):
    """What an effect brought."""

    effect: Effect
    found: Found
    at: int


class Line(msgspec.Struct, frozen=True):
    """One of our own sentences, by its key in `replies/`."""

    key: str
    values: dict[str, str] = {}


class Options(msgspec.Struct, frozen=True):
    """A numbered question: a sentence before it and the options."""

    key: str
    options: tuple[str, ...]


Say = Line | Options | Answer | MatterDetail | Notice | Office


class Step(msgspec.Struct, frozen=True):
    """say: in order, one message; nothing: the text is not answered."""

    session: Session
    say: tuple[Say, ...] = ()
    effects: tuple[Effect, ...] = ()
