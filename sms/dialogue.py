"""The conversation by text, as a pure function.

`step(session, given)` takes the sender's session and a text, or the result of
an effect, and gives the new session, what to say and which effects to carry
out; each effect's result comes back as `Learned`. The webhook, the tests and
any simulator drive this same function; time comes in with each input.
"""

from __future__ import annotations

from hashlib import blake2s
from typing import TypeVar

import msgspec

from sms.grammar import GRAMMAR, Reading
from sms.segments import count
from sms.talk import (
    Awaited,
    Away,
    Effect,
    FindMatters,
    Found,
    Learned,
    Line,
    ListNotices,
    ListOffices,
    LookUp,
    Opened,
    OpenMatter,
    Options,
    Question,
    QuestionKind,
    Record,
    SendCode,
    Session,
    ShowOneTime,
    Step,
    TellLost,
    Text,
)
from sms.typed import even_out, fold
from status_service.client import (
    Answer,
    Candidate,
    Language,
    LocalText,
    MatterDetail,
    MatterSummary,
    Notice,
    Office,
    Several,
    TooMany,
    Unknown,
)

HELP_EVERY = 600  # seconds between two short helps for texts that were not understood
OPEN_FOR = 1800  # seconds a numbered question may be answered by its number
WINDOW = 600  # seconds in which texts are counted
MOST_IN_WINDOW = 20  # texts answered in that time: two machines must not talk for ever
MOST_OPTIONS = 5  # of a numbered question
FEWEST_OPTIONS = 2
QUESTION_SEGMENTS = 3  # segments that the options of a question take at most
BARE = range(2, 25)  # letters of a text that may be a matter's name without a keyword

AWAITED_FOR = 300  # seconds that a one-time code is waited for: it lives no longer
NOT_MISSED = frozenset({"project", "handler_phone", "looked"})  # nobody asks for these by text

T = TypeVar("T")

def step(session: Session, given: Text | Learned) -> Step:
    """One step of the conversation. Never raises for anything a sender may type."""
    if isinstance(given, Learned):
        return _learned(session, given)
    reading = GRAMMAR.read(given.body)
    if given.opt_out in ("STOP", "START"):  # Twilio has acted on it: so do we
        kind = "stop" if given.opt_out == "STOP" else "start"
        reading = msgspec.structs.replace(reading, kind=kind, twilio=True)
    if reading.kind == "stop":
        confirm = not reading.twilio and not session.stopped
        session = _spoken(session, reading)
        return Step(_with(session, stopped=True, question=None),
                    effects=(Record(stopped=True, confirm=confirm),))
    if reading.kind == "start":
        return Step(_with(_spoken(session, reading), stopped=False),
                    effects=(Record(stopped=False, confirm=True),))
    if session.stopped or reading.kind == "automatic":
        return Step(session)
    session = _counted(session, given.at)
    if session.texts > MOST_IN_WINDOW:
        return Step(session, (Line("slow_down"),) if session.texts == MOST_IN_WINDOW + 1 else ())
    session = _spoken(session, reading)
    awaited = session.awaits
    if awaited and reading.digits and given.at - awaited.asked_at <= AWAITED_FOR:
        return Step(session, effects=(ShowOneTime(awaited.number, reading.digits),))
    if reading.kind == "choice":
        return _chosen(session, reading.choice, given)
    if reading.kind in ("unknown", "empty"):
        return _unknown(session, reading, given.at)
    return _understood(_with(session, question=None, puzzle=""), reading, given.at)


def _understood(session: Session, reading: Reading, at: int) -> Step:
    match reading.kind:
        case "number":
            return Step(session, effects=(_look_up(reading),))
        case "code" if reading.numbers:
            return Step(session, effects=(SendCode(reading.numbers[0], session.language),))
        case "lost" if reading.numbers:
            return Step(session, effects=(TellLost(reading.numbers[0]),))
        case "code" | "lost":
            return Step(session, (Line("code_how" if reading.kind == "code" else "lost_how"),))
        case "numbers":
            numbers = tuple(spelt[0] for spelt in reading.numbers[:MOST_OPTIONS])
            return _ask(session, "number", "which_number", numbers, numbers, at)
        case "guide" if reading.words:
            return Step(session, effects=(FindMatters(reading.words),))
        case "guide":
            return Step(session, (Line("guide_how"),))
        case "notices":
            return Step(session, effects=(ListNotices(reading.words),))
        case "offices":
            return Step(session, effects=(ListOffices(reading.words),))
        case "language":
            return Step(session, (Line("language_set" if reading.chosen else "language_which"),))
        case "help":
            return Step(session, (Line("help"),))
        case "personal" | "stop_hint":
            return Step(session, (Line(reading.kind),))
    raise AssertionError(f"no answer for {reading.kind}")  # the kinds are a closed list


def _look_up(reading: Reading) -> LookUp:
    """"24019651 402816" may be one number with a space in it: that is looked up first."""
    whole, coded = reading.numbers[0], reading.coded
    return LookUp(whole, reading.code, () if coded == whole else coded)


def _spoken(session: Session, reading: Reading) -> Session:
    """The language to answer in: chosen, else the text's own, else the last one."""
    if reading.chosen:
        return _with(session, language=reading.chosen, by_choice=True)
    if reading.language and not session.by_choice and reading.language != session.language:
        return _with(session, language=reading.language)
    return session


def _counted(session: Session, at: int) -> Session:
    if at - session.counted_from >= WINDOW:
        return _with(session, counted_from=at, texts=1)
    return _with(session, texts=session.texts + 1)


def _chosen(session: Session, choice: int, given: Text) -> Step:
    question = session.question
    if question is None or given.at - question.asked_at > OPEN_FOR:
        return _unknown(_with(session, question=None), Reading("unknown", words=given.body),
                        given.at)
    if choice > len(question.keys):
        return Step(session, (Line("choose", {"most": str(len(question.keys))}),))
    key = question.keys[choice - 1]
    effects: dict[QuestionKind, Effect] = {
        "case": LookUp((key,)),
        "number": LookUp((key,)),
        "matter": OpenMatter(key),
        "notice": ListNotices(code=key),
        "office": ListOffices(code=key),
    }
    return Step(_with(session, puzzle=""), effects=(effects[question.kind],))


def _unknown(session: Session, reading: Reading, at: int) -> Step:
    """A text without keyword or number: perhaps a matter's name. The same text again is a
    machine's, or was answered: silence."""
    puzzle = blake2s(fold(even_out(reading.words)).encode(), digest_size=6).hexdigest()
    if puzzle == session.puzzle:
        return Step(session)
    session = _with(session, puzzle=puzzle)
    words = reading.words.strip()
    if reading.kind == "unknown" and len(fold(words)) in BARE:
        return Step(session, effects=(FindMatters(words, bare=True),))
    return _puzzled(session, at)


def _puzzled(session: Session, at: int) -> Step:
    if at - session.helped_at < HELP_EVERY:
        return Step(session)
    return Step(_with(session, helped_at=at), (Line("help_short"),))


def _learned(session: Session, given: Learned) -> Step:
    effect, found, at = given.effect, given.found, given.at
    if isinstance(effect, Record):
        return _recorded(session, effect, found is True)
    if isinstance(found, Away):
        return Step(session, (Line("away"),))
    if isinstance(effect, ShowOneTime):
        return _one_time(session, found)
    if isinstance(effect, (LookUp, SendCode, TellLost)):
        return _looked_up(session, effect, found, at)
    if isinstance(effect, FindMatters):
        return _matters(session, effect, _items(found, MatterSummary), at)
    if isinstance(effect, OpenMatter):
        return Step(session, (found,) if isinstance(found, MatterDetail) else (Line("no_guide"),))
    if isinstance(effect, ListNotices):
        return _notices(session, effect, _items(found, Notice), at)
    return _offices(session, effect, _items(found, Office), at)


def _recorded(session: Session, effect: Record, kept: bool) -> Step:
    if not kept:
        return Step(session, (Line("stop_lost" if effect.stopped else "start_lost"),))
    if not effect.confirm:
        return Step(session)
    return Step(session, (Line("stopped" if effect.stopped else "started"),))


def _looked_up(session: Session, effect: LookUp | SendCode | TellLost, found: Found,
               at: int) -> Step:
    if isinstance(found, Opened) and found.answer:
        if found.proven:
            return Step(session, (found.answer,))
        return Step(session, (found.answer, Line("code_wrong")))
    if isinstance(found, Answer):
        return _of_case(session, effect, found, at)
    if isinstance(found, Several):
        several = found.candidates[:MOST_OPTIONS]
        return _ask(session, "case", "which_case", tuple(c.number for c in several),
                    tuple(_candidate(c, session.language) for c in several), at)
    if isinstance(found, TooMany):
        return Step(session, (Line("too_many"),))
    slip = isinstance(found, Unknown) and found.slip
    return Step(session, (Line("slip" if slip else "not_found", {"number": effect.spellings[0]}),))


def _of_case(session: Session, effect: LookUp | SendCode | TellLost, answer: Answer,
             at: int) -> Step:
    number = {"number": answer.number}
    if isinstance(effect, SendCode):
        return Step(_with(session, awaits=Awaited(answer.number, at)),
                    (Line("code_sent", number),))
    if isinstance(effect, TellLost):
        return Step(session, (Line("lost_told", number),))
    if set(answer.withheld) - NOT_MISSED:
        return Step(session, (answer, Line("more_with_code", number)))
    return Step(session, (answer,))


def _one_time(session: Session, found: Found) -> Step:
    if isinstance(found, Opened) and found.proven and found.answer:
        return Step(_with(session, awaits=None), (found.answer,))
    return Step(session, (Line("one_time_wrong"),))


def _candidate(candidate: Candidate, language: Language) -> str:
    return f"{candidate.number} {candidate.matter.in_(language)} {candidate.received_on}"


def _matters(session: Session, effect: FindMatters, found: list[MatterSummary], at: int) -> Step:
    if effect.bare:
        if not 0 < len(found) <= MOST_OPTIONS:
            return _puzzled(session, at)
        session = _with(session, puzzle="", question=None)  # it was understood after all
    if not found:
        return Step(session, (Line("no_guide"),))
    if len(found) == 1:
        return Step(session, effects=(OpenMatter(found[0].code),))
    shown = found[:MOST_OPTIONS]
    key = "which_matter" if len(found) <= MOST_OPTIONS else "which_of_many"
    return _ask(session, "matter", key, tuple(m.code for m in shown),
                tuple(m.name.in_(session.language) for m in shown), at)


def _notices(session: Session, effect: ListNotices, found: list[Notice], at: int) -> Step:
    if effect.code:
        found = [notice for notice in found if notice.code == effect.code]
    found = _about(effect.words, [(notice, (notice.title, notice.body)) for notice in found])
    if not found:
        return Step(session, (Line("no_notices"),))
    if len(found) == 1:
        return Step(session, (found[0],))
    shown = found[:MOST_OPTIONS]
    return _ask(session, "notice", "which_notice", tuple(n.code for n in shown),
                tuple(n.title.in_(session.language) for n in shown), at)


def _offices(session: Session, effect: ListOffices, found: list[Office], at: int) -> Step:
    if effect.code:
        found = [office for office in found if office.code == effect.code]
    found = _about(effect.words, [
        (office, (office.name, office.address, office.district or LocalText()))
        for office in found])
    if not found:
        return Step(session, (Line("no_offices"),))
    if len(found) == 1:
        return Step(session, (found[0],))
    shown = found[:MOST_OPTIONS]
    key = "which_office" if len(found) <= MOST_OPTIONS else "which_office_of_many"
    return _ask(session, "office", key, tuple(o.code for o in shown),
                tuple(f"{o.name.in_(session.language)} {o.phone}" for o in shown), at)


def _ask(session: Session, kind: QuestionKind, key: str, keys: tuple[str, ...],
         options: tuple[str, ...], at: int) -> Step:
    """Ask which. Long options are fewer, so that the question stays a short text."""
    while len(options) > FEWEST_OPTIONS and count("\n".join(options)).segments > QUESTION_SEGMENTS:
        options = options[:-1]
    keys = keys[:len(options)]
    return Step(_with(session, question=Question(kind, keys, at)), (Options(key, options),))


def _about(words: str, items: list[tuple[T, tuple[LocalText, ...]]]) -> list[T]:
    """The items whose texts, in any language, hold the words; all when none does."""
    wanted = fold(even_out(words))
    fitting = [item for item, texts in items
               if wanted and any(wanted in fold(even_out(said))
                                 for text in texts for said in (text.zh, text.en, text.ug))]
    return fitting or [item for item, _ in items]


def _items(found: Found, kind: type[T]) -> list[T]:
    return [item for item in found if isinstance(item, kind)] if isinstance(found, list) else []


def _with(session: Session, **changes: object) -> Session:
    return msgspec.structs.replace(session, **changes)
