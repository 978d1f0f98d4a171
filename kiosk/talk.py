"""The words of a visit: what may come in, what goes out.

Plain data, as for the phone and the texts: `dialogue.step(session, input) -> Step`.
Whoever drives it (the window, a test) works out the effects in the background and
hands their results back as inputs.
"""

from __future__ import annotations

from datetime import datetime
from typing import Literal

import msgspec

from kiosk.screen import Fact, Screen
from status_service.client import (
    Answer,
    Candidate,
    Category,
    HistoryEntry,
    Language,
    MatterDetail,
    MatterSummary,
    Notice,
    Office,
)


class Session(msgspec.Struct, frozen=True, omit_defaults=True):
    """Where a visit stands. It is dropped whole at the end of the visit; the right to see
    somebody's cases is not in it but with the card."""

    language: Language = "zh-CN"
    place: str = "home"
    trail: tuple[tuple[str, str], ...] = ()  # where "back" leads: (place, its subject)
    subject: str = ""  # what this place is about: a number, a category, a matter's code
    typed: str = ""  # on the keys of this place
    reader: Reader = "ready"
    card: CardState = "none"
    holder: str = ""  # whose card is in, masked by the service
    level: int = 0  # what the card has proven
    pin: bool = False  # whether its PIN would raise that
    left: int | None = None  # tries of its PIN, if it says so; or seconds until one may try
    wrong: bool = False  # the PIN that was keyed in last
    tries: int = 0  # wrong codes for a case
    unlocked: Unlocked | None = None  # what a code opened
    bare: tuple[Answer, ...] = ()  # at level 0: of a card that has nothing but a number
    printer: bool = False  # a printer that can print is there
    stays: int = 0  # how often this visit's silence was extended
    visit: int = 0  # counts visits: what belongs to a former one is dropped
    shown: Screen | None = None  # the last screen: only what it offers can be touched

    def __repr__(self) -> str:  # what is typed may be a PIN or a code
        return f"Session(place={self.place!r}, redacted)"


class Unlocked(msgspec.Struct, frozen=True):
    """A case as a code opened it, and when. The grant for it has ended already."""

    answer: Answer
    history: tuple[HistoryEntry, ...]
    at: datetime

    def __repr__(self) -> str:
        return "Unlocked(redacted)"


Reader = Literal["ready", "no_reader", "no_service"]
CodeKind = Literal["query-code", "one-time-code"]
CardState = Literal["none", "reading", "unreadable", "refused", "away", "bare", "random", "proven"]


# -- what comes in: the visitor --------------------------------------------------


class Input(msgspec.Struct, frozen=True):
    """`at` is the time in the office's zone: the dialogue has no clock of its own."""

    at: datetime


class Begin(Input, frozen=True):
    """The kiosk starts."""

    printer: bool = False


class Touched(Input, frozen=True):
    """Something on the screen shown was touched and let go inside it."""

    act: str


class Silence(Input, frozen=True):
    """The time that the last step gave ran out."""


# -- what comes in: the card -----------------------------------------------------


class ReaderIs(Input, frozen=True):
    """The reader came, went, or the reader service did."""

    state: Reader


class CardIn(Input, frozen=True):
    """A card was inserted; it is being read."""


class CardProven(Input, frozen=True):
    """The card answered the service's challenge. `holder` is masked."""

    holder: str
    level: int
    pin: bool = False  # whether the holder's PIN would raise the level


class CardBare(Input, frozen=True):
    """The card has nothing but a number that anyone can copy; `random`: another one each time.
    answers: the cases of that number, if the office issued it, at level 0."""

    random: bool
    answers: tuple[Answer, ...]


class CardFailed(Input, frozen=True):
    """unreadable: no card we know, or it does not answer. refused: the service does not accept
    it (one word for unknown, reported lost, revoked, false). away: it cannot be checked now."""

    why: Literal["unreadable", "refused", "away"]


class CardOut(Input, frozen=True):
    """The card was taken out, or is no longer the same: the visit ends."""


# -- what comes in: results of look-ups --------------------------------------------


class CaseFound(Input, frozen=True):
    answer: Answer
    history: tuple[HistoryEntry, ...]


class SeveralFound(Input, frozen=True):
    candidates: tuple[Candidate, ...]


class NotFound(Input, frozen=True):
    slip: bool  # the check digit shows that a digit was mistyped


class TooManyNumbers(Input, frozen=True):
    """Too many different numbers were looked up at this kiosk; `seconds` until it may again."""

    seconds: int


class CasesFound(Input, frozen=True):
    """The cases of a card, newest first: proven, all that level shows; claimed by a keyed
    number, level 0."""

    answers: tuple[Answer, ...]
    claimed: bool


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
    """What was chosen is no longer there."""


class Away(Input, frozen=True):
    """The service cannot be asked now."""


class Printed(Input, frozen=True):
    """What became of a slip. `done` only when the printer said so."""

    done: bool


class PinTold(Input, frozen=True):
    """What the card said of its PIN (kiosk.card.pin.PinSaid)."""

    outcome: Literal["asked", "good", "wrong", "blocked", "failed", "later"]
    left: int | None = None
    seconds: int = 0


class PhoneTold(Input, frozen=True):
    """Whether a code went to the new phone, or the phone was changed."""

    what: Literal["sent", "changed"]
    done: bool


class CodeOpened(Input, frozen=True):
    """A code was right: the case with all that it opens."""

    answer: Answer
    history: tuple[HistoryEntry, ...]

    def __repr__(self) -> str:
        return "CodeOpened(redacted)"


class CodeRefused(Input, frozen=True):
    """A code opens nothing: wrong, another case's, or locked. Which of them, nobody is told."""


class CodeOnItsWay(Input, frozen=True):
    """A code was asked for. Whether there is a phone that it goes to is not told."""


class LostTold(Input, frozen=True):
    """Staff know that somebody has lost their code."""


Result = (CaseFound | SeveralFound | NotFound | TooManyNumbers | CasesFound | CategoriesFound
          | MattersFound | GuideFound | NoticesFound | OfficesFound | Gone | Away | Printed
          | PinTold | PhoneTold | CodeOpened | CodeRefused | CodeOnItsWay | LostTold)


# -- what goes out -----------------------------------------------------------------


class FindNumber(msgspec.Struct, frozen=True):
    """A case number, or else a card's printed number: the visitor need not know which.
    -> CaseFound, SeveralFound, CasesFound (claimed), NotFound, TooManyNumbers, Away"""

    typed: str


class FindCase(msgspec.Struct, frozen=True):
    """One case; one's own, with all that the card in the reader has proven.
    -> CaseFound, Gone, TooManyNumbers, Away"""

    number: str
    own: bool


class ListOwnCases(msgspec.Struct, frozen=True):
    """-> CasesFound, Away"""


class ListCardCases(msgspec.Struct, frozen=True):
    """Of a keyed card number. -> CasesFound (claimed), Gone, Away"""

    number: str


class ListCategories(msgspec.Struct, frozen=True):
    pass


class ListMatters(msgspec.Struct, frozen=True):
    category: str


class SearchMatters(msgspec.Struct, frozen=True):
    """By words, full pinyin or pinyin initials."""

    query: str


class FindMatter(msgspec.Struct, frozen=True):
    code: str


class ListNotices(msgspec.Struct, frozen=True):
    pass


class ListOffices(msgspec.Struct, frozen=True):
    pass


class Slip(msgspec.Struct, frozen=True):
    """What a visitor takes away on paper: no name, no project, no handler."""

    language: Language
    title: str
    facts: tuple[Fact, ...]
    foot: str
    code: str  # the content of its QR code


class Print(msgspec.Struct, frozen=True):
    """-> Printed"""

    slip: Slip


class AskPin(msgspec.Struct, frozen=True):
    """How many tries the card's PIN has left. -> PinTold, Away"""


class EnterPin(msgspec.Struct, frozen=True):
    """The card checks it; it goes nowhere else. -> PinTold, Away"""

    pin: str

    def __repr__(self) -> str:
        return "EnterPin(redacted)"


class SendPhoneCode(msgspec.Struct, frozen=True):
    """To the phone that the holder wants registered. -> PhoneTold, Away"""

    phone: str
    language: Language

    def __repr__(self) -> str:
        return "SendPhoneCode(redacted)"


class ChangePhone(msgspec.Struct, frozen=True):
    """With the code that came there. -> PhoneTold, Away"""

    code: str

    def __repr__(self) -> str:
        return "ChangePhone(redacted)"


class ShowCode(msgspec.Struct, frozen=True):
    """For one case. Never asked twice: each one counts. -> CodeOpened, CodeRefused, Away"""

    number: str
    digits: str
    kind: CodeKind

    def __repr__(self) -> str:
        return "ShowCode(redacted)"


class SendCode(msgspec.Struct, frozen=True):
    """A one-time code to the phone that is registered for a case. -> CodeOnItsWay, Away"""

    number: str
    language: Language


class TellLost(msgspec.Struct, frozen=True):
    """The query code of a case is lost: a task for staff. -> LostTold, Away"""

    number: str


class Wipe(msgspec.Struct, frozen=True):
    """The visit is over, or the card is not to be trusted any more: end its session at the
    service, forget everything."""


Effect = (FindNumber | FindCase | ListOwnCases | ListCardCases | ListCategories | ListMatters
          | SearchMatters | FindMatter | ListNotices | ListOffices | Print | Wipe
          | AskPin | EnterPin | SendPhoneCode | ChangePhone | ShowCode | SendCode | TellLost)


class Step(msgspec.Struct, frozen=True):
    """What an input comes to. `seconds` without a touch bring `Silence`; None: for ever."""

    session: Session
    show: Screen
    seconds: float | None = None
    effects: tuple[Effect, ...] = ()
