"""An answer as speech: short sentences, one thought each, the urgent ones first."""

from __future__ import annotations

from datetime import date

from status_service.cases.answer import Answer, Collection, Deadline, Looked, Result
from status_service.wording.catalogue import CATALOGUES, Actors, Catalogue, Sentence
from status_service.wording.said import (
    Said,
    digits_speech,
    listed,
    office_phone_speech,
    say,
    spoken_day,
    trimmed,
)
from status_service.words import Actor, Language, Pause, Status

DECIDED = (Status.DECIDED, Status.COLLECT, Status.CLOSED)  # statuses at which a result is expected


def actor_sentence(actors: Actors, answer: Answer) -> Sentence:
    """Who must act now; of the applicant's duties the two common ones have their own words."""
    if answer.actor is Actor.OFFICE:
        return actors.office
    if answer.actor is Actor.NOBODY:
        return actors.nobody
    if answer.status is Status.SUPPLEMENT:
        return actors.applicant_supplement
    if answer.status is Status.COLLECT:
        return actors.applicant_collect
    return actors.applicant


def answer_speech(answer: Answer, language: Language, today: date) -> tuple[Said, ...]:
    """The answer as sentences to be spoken, in order.

    today: the day in the office's zone; dates of another year are said with it.
    An answer that is not `certain` claims nothing but the last known status and
    the last day to supply something, if one is set.
    """
    catalogue = CATALOGUES[language]
    words = catalogue.speech
    out: list[Said] = []

    say(out, language, words.matter, matter=trimmed(answer.matter, language))
    status = catalogue.names.status[answer.status]
    if not answer.certain:
        say(out, language, words.uncertain)
    plain, dated = ((words.status, words.status_since) if answer.certain
                    else (words.last_known, words.last_known_since))
    if answer.since is None:
        say(out, language, plain, status=status)
    else:
        say(out, language, dated, status=status, date=spoken_day(answer.since, language, today))
    if answer.certain:
        say(out, language, actor_sentence(words.actor, answer))
    if answer.supply_by is not None:
        passed = answer.supply_by < today
        say(out, language, words.supply_by_passed if passed else words.supply_by,
            date=spoken_day(answer.supply_by, language, today))
    if answer.certain:
        _say_the_rest(out, answer, catalogue, language, today)

    office = trimmed(answer.office.name, language)
    phone = office_phone_speech(answer.office.phone, language)
    withheld = catalogue.withheld(answer)
    if withheld:
        things = catalogue.marks.things.join(withheld)
        say(out, language, words.withheld, things=things, office=office, phone=phone)
    else:
        say(out, language, words.ask, office=office, phone=phone)
    return tuple(out)


def _say_the_rest(out: list[Said], answer: Answer, catalogue: Catalogue, language: Language,
                  today: date) -> None:
    words = catalogue.speech
    if answer.missing:
        say(out, language, words.missing,
            things=listed([trimmed(thing, language) for thing in answer.missing], language))
    if answer.result is not None:
        _say_result(out, answer.result, catalogue, language, today)
    elif answer.status in DECIDED and "result" not in answer.withheld:
        say(out, language, words.no_result)
    if answer.deadline is not None:
        _say_deadline(out, answer.deadline, catalogue, language, today)
    if answer.stage is not None:
        say(out, language, words.stage, stage=trimmed(answer.stage, language))
    if answer.next is not None:
        say(out, language, words.next, next=trimmed(answer.next, language))
    if answer.collection is not None:
        _say_collection(out, answer.collection, catalogue, language, today)
    if answer.project is not None:
        say(out, language, words.project, project=trimmed(answer.project, language))
    if answer.handler_phone is not None:
        say(out, language, words.handler, phone=digits_speech(answer.handler_phone, language))
    if answer.looked is not None:
        _say_looked(out, answer.looked, catalogue, language, today)


def _say_result(out: list[Said], result: Result, catalogue: Catalogue, language: Language,
                today: date) -> None:
    words = catalogue.speech
    say(out, language, words.result, result=catalogue.names.result[result.result])
    if result.outcome is not None:
        say(out, language, words.outcome, outcome=trimmed(result.outcome, language))
    if result.decided_on is not None:
        say(out, language, words.decided, date=spoken_day(result.decided_on, language, today))
    if result.reason is not None:
        say(out, language, words.reason, reason=trimmed(result.reason, language))


def _say_deadline(out: list[Said], deadline: Deadline, catalogue: Catalogue, language: Language,
                  today: date) -> None:
    words = catalogue.speech.clock
    left = deadline.left
    if deadline.clock == "ended":
        say(out, language, words.ended.of(deadline.used), n=deadline.used, days=deadline.days)
        if left < 0:
            say(out, language, words.ended_late.of(-left), n=-left)
    else:
        if deadline.clock == "stopped":
            say(out, language, words.stopped,
                pause=catalogue.names.pause[deadline.pause or Pause.OTHER])
        elif deadline.due is not None:
            say(out, language,
                words.due_promised if deadline.kind == "promised" else words.due_statutory,
                date=spoken_day(deadline.due, language, today))
        if left > 0:
            say(out, language, words.left.of(left), n=left)
        elif left == 0:
            say(out, language, words.left_none)
        else:
            say(out, language, words.late.of(-left), n=-left)
    if deadline.extended_by:
        say(out, language, words.extended.of(deadline.extended_by), n=deadline.extended_by)
    if deadline.extension_reason is not None:
        say(out, language, catalogue.speech.extension_reason,
            reason=trimmed(deadline.extension_reason, language))
    if deadline.provisional:
        say(out, language, words.provisional)


def _say_collection(out: list[Said], collection: Collection, catalogue: Catalogue,
                    language: Language, today: date) -> None:
    words = catalogue.speech
    say(out, language, words.collection_what, what=trimmed(collection.what, language))
    say(out, language, words.collection_where, office=trimmed(collection.office.name, language),
        address=trimmed(collection.office.address, language))
    say(out, language, words.collection_ready,
        date=spoken_day(collection.ready_on, language, today))
    say(out, language, words.collection_bring, bring=trimmed(collection.bring, language))


def _say_looked(out: list[Said], looked: Looked, catalogue: Catalogue, language: Language,
                today: date) -> None:
    words = catalogue.speech
    if looked.last_on is None or looked.channel is None:
        say(out, language, words.looked_none, days=looked.days)
    else:
        say(out, language, words.looked.of(looked.times), days=looked.days, n=looked.times,
            channel=catalogue.names.channel[looked.channel],
            date=spoken_day(looked.last_on, language, today))
