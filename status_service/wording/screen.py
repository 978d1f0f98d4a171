"""An answer as the lines of a screen: every fact that may be shown, each with a label."""

from __future__ import annotations

from datetime import date

from status_service.cases.answer import Answer, Collection, Deadline, Looked, Result
from status_service.wording.catalogue import CATALOGUES, Catalogue
from status_service.wording.said import (
    Row,
    full_day,
    identifier,
    isolated,
    listed,
    trimmed,
)
from status_service.wording.speech import DECIDED, actor_sentence
from status_service.words import Actor, Language, LocalText, Pause, ResultClass

_GOOD = (ResultClass.GRANTED, ResultClass.GRANTED_IN_PART)
_BAD = (ResultClass.REFUSED, ResultClass.NOT_ACCEPTED)


class _Rows:
    def __init__(self, catalogue: Catalogue, language: Language) -> None:
        self.catalogue = catalogue
        self.language = language
        self.rows: list[Row] = []

    def add(self, key: str, value: str, tone: str = "plain", label: str = "") -> None:
        labels = self.catalogue.screen.labels
        self.rows.append(Row(key, labels[label or key], value, tone))

    def named(self, local: LocalText) -> str:
        return isolated(trimmed(local, self.language), self.language)

    def day(self, day: date) -> str:
        return full_day(day, self.language)

    def joined(self, parts: list[str]) -> str:
        return self.catalogue.marks.groups.join(parts)


def answer_screen(answer: Answer, language: Language, today: date) -> tuple[Row, ...]:
    """The answer as lines, in order; keys are stable, dates carry their year.

    As in speech, an answer that is not `certain` claims no more than what was last known.
    """
    catalogue = CATALOGUES[language]
    words = catalogue.screen
    rows = _Rows(catalogue, language)
    rows.add("number", identifier(answer.number, language))
    rows.add("matter", rows.named(answer.matter))
    if answer.certain and answer.project is not None:
        rows.add("project", rows.named(answer.project))
    if not answer.certain:
        rows.add("notice", words.uncertain.fill(), "note")
    rows.add("status", catalogue.names.status[answer.status],
             label="status" if answer.certain else "last_known")
    if answer.since is not None:
        rows.add("since", rows.day(answer.since))
    if answer.certain:
        acting = answer.actor is Actor.APPLICANT
        rows.add("actor", actor_sentence(words.actor, answer).fill(), "act" if acting else "plain")
    if answer.supply_by is not None:
        day = rows.day(answer.supply_by)
        if answer.supply_by < today:
            rows.add("supply_by", words.supply_by_passed.fill(date=day), "bad")
        else:
            rows.add("supply_by", day, "act")
    if answer.certain:
        _add_the_rest(rows, answer)
    rows.add("received", rows.day(answer.received_on))
    if answer.certain and answer.looked is not None:
        _add_looked(rows, answer.looked)
    _add_office(rows, answer)
    return tuple(rows.rows)


def _add_the_rest(rows: _Rows, answer: Answer) -> None:
    if answer.missing:
        things = listed([trimmed(thing, rows.language) for thing in answer.missing], rows.language)
        rows.add("missing", isolated(things, rows.language), "act")
    if answer.result is not None:
        _add_result(rows, answer.result)
    elif answer.status in DECIDED and "result" not in answer.withheld:
        rows.add("result", rows.catalogue.screen.no_result.fill(), "note")
    if answer.deadline is not None:
        _add_deadline(rows, answer.deadline)
    if answer.stage is not None:
        rows.add("stage", rows.named(answer.stage))
    if answer.next is not None:
        rows.add("next", rows.named(answer.next))
    if answer.collection is not None:
        _add_collection(rows, answer.collection)
    if answer.handler_phone is not None:
        rows.add("handler", identifier(answer.handler_phone, rows.language))


def _add_result(rows: _Rows, result: Result) -> None:
    said = rows.catalogue.names.result[result.result]
    if result.outcome is not None:
        said = rows.catalogue.screen.outcome.fill(result=said, outcome=rows.named(result.outcome))
    tone = ("good" if result.result in _GOOD else "bad" if result.result in _BAD else "plain")
    rows.add("result", said, tone)
    if result.decided_on is not None:
        rows.add("decided", rows.day(result.decided_on))
    if result.reason is not None:
        rows.add("reason", rows.named(result.reason))


def _add_deadline(rows: _Rows, deadline: Deadline) -> None:
    words = rows.catalogue.screen.clock
    left = deadline.left
    parts: list[str] = []
    if deadline.clock == "ended":
        parts.append(words.ended.fill(deadline.used, days=deadline.days))
        if left < 0:
            parts.append(words.ended_late.fill(-left))
    else:
        if deadline.clock == "stopped":
            parts.append(words.stopped.fill(
                pause=rows.catalogue.names.pause[deadline.pause or Pause.OTHER]))
        elif deadline.due is not None:
            due = words.due_promised if deadline.kind == "promised" else words.due_statutory
            parts.append(due.fill(date=rows.day(deadline.due)))
        if left > 0:
            parts.append(words.left.fill(left))
        elif left == 0:
            parts.append(words.left_none.fill())
        else:
            parts.append(words.late.fill(-left))
        parts.append(rows.catalogue.screen.allowance.fill(deadline.days))
    rows.add("deadline", rows.joined(parts), "bad" if left < 0 else "plain")
    if deadline.extended_by:
        said = words.extended.fill(deadline.extended_by)
        if deadline.extension_reason is not None:
            said = rows.catalogue.screen.because.fill(
                what=said, reason=rows.named(deadline.extension_reason))
        rows.add("extension", said)
    if deadline.provisional:
        rows.add("calendar", words.provisional.fill(), "note")


def _add_collection(rows: _Rows, collection: Collection) -> None:
    words = rows.catalogue.screen
    rows.add("collection", rows.named(collection.what), "good")
    rows.add("collection_where", words.place.fill(
        office=rows.named(collection.office.name), address=rows.named(collection.office.address)))
    rows.add("collection_ready", words.from_date.fill(date=rows.day(collection.ready_on)))
    rows.add("collection_bring", rows.named(collection.bring), "act")


def _add_looked(rows: _Rows, looked: Looked) -> None:
    words = rows.catalogue.screen
    if looked.last_on is None or looked.channel is None:
        rows.add("looked", words.looked_none.fill(days=looked.days))
    else:
        rows.add("looked", words.looked.fill(
            looked.times, days=looked.days, date=rows.day(looked.last_on),
            channel=rows.catalogue.names.channel[looked.channel]))


def _add_office(rows: _Rows, answer: Answer) -> None:
    office = answer.office
    phone = identifier(office.phone, rows.language)
    tone = "plain" if answer.certain else "act"
    rows.add("office", rows.named(office.name), tone)
    rows.add("phone", phone, tone)
    rows.add("address", rows.named(office.address))
    rows.add("hours", rows.named(office.hours))
    catalogue = rows.catalogue
    withheld = catalogue.withheld(answer)
    if withheld:
        things = catalogue.marks.things.join(withheld)
        rows.add("withheld", catalogue.screen.withheld.fill(
            things=things, office=rows.named(office.name), phone=phone), "note")
