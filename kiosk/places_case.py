"""The screens about cases: lists of them, one with its way, and what is taken away."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from kiosk import slip
from kiosk.places import act_button, screen
from kiosk.prompts import label, say
from kiosk.screen import (
    Block,
    Button,
    Choice,
    Choices,
    Facts,
    Heading,
    Note,
    Qr,
    Screen,
    Stop,
    Text,
    Tiles,
    Timeline,
    Tone,
)
from kiosk.talk import Session
from status_service.client import (
    Actor,
    Answer,
    Candidate,
    HistoryEntry,
    Language,
    LocalText,
    ResultClass,
    Status,
)
from status_service.wording.catalogue import CATALOGUES
from status_service.wording.said import full_day, identifier, isolated, trimmed

DUTY = ("actor", "missing", "supply_by", "collection", "collection_where", "collection_ready",
        "collection_bring")
STANDING = ("notice", "status", "since", "actor", "result", "decided", "reason",
            "deadline", "extension", "calendar", "stage", "next")
GOOD = (ResultClass.GRANTED, ResultClass.GRANTED_IN_PART)
PHONE_LEVEL = 2  # what a one-time code opens
BAD = (ResultClass.REFUSED, ResultClass.NOT_ACCEPTED)


def named(local: LocalText, language: Language) -> str:
    """A name of the office's; one that runs the other way keeps its direction."""
    return isolated(trimmed(local, language), language)


# -- lists -----------------------------------------------------------------------------


def own_cases(session: Session, answers: Sequence[Answer]) -> Screen:
    """All cases of the card's holder."""
    language = session.language
    if not answers:
        return screen(session, (Text(say(language, "cases_none"), lead=True),))
    return screen(session, (Text(say(language, "cases", count=len(answers)), lead=True),
                            choices(answers, language)),
                  more=(act_button(language, "go:phone"),) if session.pin else ())


def claimed_cases(session: Session, answers: Sequence[Answer]) -> Screen:
    """Cases of a card number that somebody keyed: why only so little is shown."""
    language = session.language
    if not answers:
        return screen(session, (Text(say(language, "cases_none"), lead=True),))
    return screen(session, (
        Text(say(language, "claimed", count=len(answers)), lead=True),
        _only_so_much(session, "claimed_why"), choices(answers, language)))


def _only_so_much(session: Session, why: str) -> Note:
    """Why not more is shown, and how one sees the rest."""
    language = session.language
    insertable = session.reader == "ready" and session.card != "proven"
    how = "insert_for_more" if insertable else "ask_for_more"
    return Note(CATALOGUES[language].marks.sentences.join((say(language, why), say(language, how))))


def choices(answers: Sequence[Answer], language: Language) -> Choices:
    short = CATALOGUES[language].names.status_short
    return Choices(tuple(
        Choice(f"open:{one.number}", named(one.matter, language), identifier(one.number, language),
               short[one.status], _tone(one))
        for one in answers))


def _tone(answer: Answer) -> Tone:
    if not answer.certain:
        return "note"
    if answer.actor is Actor.APPLICANT:
        return "act"
    if answer.result is not None:
        if answer.result.result in GOOD:
            return "good"
        if answer.result.result in BAD:
            return "bad"
    return "plain"


def which(session: Session, candidates: Sequence[Candidate]) -> Screen:
    """Several cases share the digits."""
    language = session.language
    between = CATALOGUES[language].marks.groups
    received = CATALOGUES[language].screen.labels["received"]
    return screen(session, (
        Text(say(language, "which"), lead=True),
        Choices(tuple(
            Choice(f"open:{one.number}", named(one.matter, language),
                   between.join((identifier(one.number, language),
                                 f"{received} {_day(one.received_on, language)}")))
            for one in candidates))))


def _day(iso: str, language: Language) -> str:
    return full_day(datetime.fromisoformat(iso).date(), language)


# -- one case --------------------------------------------------------------------------


def case(session: Session, answer: Answer, history: Sequence[HistoryEntry],
         at: datetime) -> Screen:
    """What the visitor must do, then where it stands, its way, and the rest."""
    language = session.language
    rows = slip.facts(answer, language, at)
    acting = answer.certain and answer.actor is Actor.APPLICANT
    duty = tuple(row for row in rows if row.key in DUTY) if acting else ()
    standing = tuple(row for row in rows if row.key in STANDING and row not in duty)
    rest = tuple(row for row in rows if row not in duty and row not in standing)
    blocks: list[Block] = []
    for key, facts in (("duty", duty), ("standing", standing)):
        if facts:
            blocks += [Heading(label(language, key)), Facts(facts)]
    if any(row.key == "withheld" for row in rows):
        blocks += _more(session, answer)
    way = timeline(answer, history, language, at)
    if way:
        blocks += [Heading(label(language, "way")), Timeline(way)]
    blocks += [Heading(label(language, "rest")), Facts(rest)]
    return screen(session, blocks, heading=named(answer.matter, language),
                  more=_take_away_buttons(session))


def _more(session: Session, answer: Answer) -> list[Block]:
    """That something is withheld, and what opens it here without a card."""
    blocks: list[Block] = [_only_so_much(session, "withheld")]
    act = {"case": "more", "unlocked": "send_code"}.get(session.place)
    if act and answer.level < PHONE_LEVEL:
        blocks.append(Tiles((act_button(session.language, f"go:{act}",
                                        detail=say(session.language, f"{act}_about")),)))
    return blocks


def _take_away_buttons(session: Session) -> tuple[Button, ...]:
    return tuple(act_button(session.language, act)
                 for act in (("print", "qr") if session.printer else ("qr",)))


def timeline(answer: Answer, history: Sequence[HistoryEntry], language: Language,
             at: datetime) -> tuple[Stop, ...]:
    """Where the case has been, where it is, and where it goes next.

    What is not certain is neither marked as now nor continued.
    """
    catalogue = CATALOGUES[language]
    stops: list[Stop] = []
    last = ""
    for entry in history:
        if entry.status not in catalogue.names.status:
            continue  # an office's own word that means nothing to us: the answer says so
        text = catalogue.names.status[Status(entry.status)]
        if entry.stage is not None:
            text = catalogue.marks.groups.join((text, named(entry.stage, language)))
        if stops and stops[-1].text == text:
            continue  # nothing an applicant could see has changed
        when = full_day(entry.at.astimezone(at.tzinfo).date(), language) if entry.at else ""
        stops.append(Stop(text, when))
        last = entry.status
    if not stops:
        stops = [Stop(catalogue.names.status[Status.RECEIVED],
                      full_day(answer.received_on, language))]
        last = Status.RECEIVED
    if not answer.certain:
        return tuple(stops)
    if last != answer.status:
        stops.append(Stop(catalogue.names.status[answer.status],
                          full_day(answer.since, language) if answer.since else ""))
    if answer.status is Status.CLOSED:
        return tuple(stops)
    stops[-1] = Stop(stops[-1].text, stops[-1].when, "now")
    if answer.next is not None:
        stops.append(Stop(named(answer.next, language), state="ahead"))
    stops.append(Stop(catalogue.names.status[Status.CLOSED], state="ahead"))
    return tuple(stops)


# -- taking away -----------------------------------------------------------------------


def take_away(session: Session, answer: Answer, at: datetime) -> Screen:
    """The slip as a code, and what it holds."""
    language = session.language
    code = slip.make(answer, language, at).code
    return screen(session, (
        Qr(code, say(language, "take_away")), Text(say(language, "take_away_safe")),
        Heading(say(language, "take_away_holds")), Text(code)),
        more=tuple(b for b in _take_away_buttons(session) if b.act == "print"))
