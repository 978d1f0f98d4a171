"""An answer as a text: the core facts always, the others as far as they cost no segment more."""

from __future__ import annotations

import re
from datetime import date

from status_service.cases.answer import Answer
from status_service.wording.catalogue import CATALOGUES, Catalogue
from status_service.wording.said import listed, plain_identifier, short_day, trimmed
from status_service.wording.speech import DECIDED, actor_sentence
from status_service.words import Language, Pause

# 3GPP TS 23.038, 6.2.1: the default alphabet and its extension table.
_BASIC = ("@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
          "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà")
_EXTENDED = "^{}\\[~]|€"
_gsm7 = re.compile(f"[{re.escape(_BASIC + _EXTENDED)}]*").fullmatch
_extended = re.compile(f"[{re.escape(_EXTENDED)}]").findall


def segments(text: str) -> int:
    """How many SMS a text is: 160 or 153 septets (an extended one counts two), 70 or 67
    UCS-2 units (outside the first plane two), 3GPP TS 23.038 and 23.040."""
    if _gsm7(text):
        size, single, chained = len(text) + len(_extended(text)), 160, 153
    else:
        size, single, chained = len(text.encode("utf-16-le")) // 2, 70, 67
    return 1 if size <= single else -(-size // chained)


class _Draft:
    """The pieces of a text in their order, each with what it could grow to."""

    def __init__(self) -> None:
        self.pieces: list[str] = []
        self.growth: list[tuple[int, int, str]] = []  # rank (1 is tried first), place, longer

    def must(self, piece: str) -> None:
        self.pieces.append(piece)

    def may(self, rank: int, longer: str, core: str = "") -> None:
        """`core` in any case, `longer` in its stead where there is room."""
        self.growth.append((rank, len(self.pieces), longer))
        self.pieces.append(core)

    def text(self, between: str) -> str:
        """The longest text that is no more segments than its core."""
        pieces = self.pieces
        best = between.join([piece for piece in pieces if piece])
        most = segments(best)
        for _, place, longer in sorted(self.growth):
            core, pieces[place] = pieces[place], longer
            longer_text = between.join([piece for piece in pieces if piece])
            if segments(longer_text) <= most:
                best = longer_text
            else:
                pieces[place] = core
        return best


def answer_text(answer: Answer, language: Language, today: date) -> str:
    """The answer as one text, one segment where the core facts fit one.

    Core: matter, status and since, who must act, the last day to supply, the
    deadline and the days left while it runs, the result and its outcome, a phone to ask; and
    at the level that may read them, what is missing and how to collect.
    """
    catalogue = CATALOGUES[language]
    words = catalogue.text
    draft = _Draft()
    draft.may(1, words.number.fill(number=plain_identifier(answer.number, language)))
    matter = trimmed(answer.matter, language).text
    if answer.matter.said(language)[1] != language:
        matter = words.foreign.fill(name=matter)
    status = catalogue.names.status_short[answer.status]
    since = None if answer.since is None else short_day(answer.since, language, today)
    if not answer.certain:
        draft.must(words.uncertain.fill(matter=matter))
        draft.must(words.last_known.fill(status=status) if since is None
                   else words.last_known_since.fill(status=status, date=since))
    else:
        draft.must(words.head.fill(matter=matter, status=status) if since is None
                   else words.head_since.fill(matter=matter, status=status, date=since))
    _draft_duty(draft, answer, catalogue, language, today)
    if answer.certain:
        _draft_deadline(draft, answer, catalogue, language, today)
        _draft_result(draft, answer, catalogue, language, today)
        _draft_details(draft, answer, catalogue, language, today)
    _draft_office(draft, answer, catalogue, language)
    return draft.text(catalogue.marks.sentences)


def _draft_duty(draft: _Draft, answer: Answer, catalogue: Catalogue, language: Language,
                today: date) -> None:
    """Who must act and by when; the commonest duty, to supply something, in one sentence."""
    words = catalogue.text
    if answer.supply_by is None:
        if answer.certain:
            draft.must(actor_sentence(words.actor, answer).fill())
        return
    day = short_day(answer.supply_by, language, today)
    passed = answer.supply_by < today
    who = actor_sentence(words.actor, answer) if answer.certain else None
    if who is words.actor.applicant_supplement and not passed:
        draft.must(words.must_supply_by.fill(date=day))
        return
    if who is not None:
        draft.must(who.fill())
    draft.must((words.supply_by_passed if passed else words.supply_by).fill(date=day))


def _draft_deadline(draft: _Draft, answer: Answer, catalogue: Catalogue, language: Language,
                    today: date) -> None:
    deadline = answer.deadline
    if deadline is None:
        return
    words = catalogue.text.clock
    left = deadline.left
    if deadline.clock == "ended":
        took = words.ended.fill(deadline.used, days=deadline.days)
        if left < 0:
            took += catalogue.marks.sentences + words.ended_late.fill(-left)
        draft.may(4, took)
    else:
        if deadline.clock == "stopped":
            draft.must(words.stopped.fill(
                pause=catalogue.names.pause_short[deadline.pause or Pause.OTHER]))
        elif deadline.due is not None:
            due = words.due_promised if deadline.kind == "promised" else words.due_statutory
            draft.must(due.fill(date=short_day(deadline.due, language, today)))
        if left > 0:
            draft.must(words.left.fill(left))
        elif left == 0:
            draft.must(words.left_none.fill())
        else:
            draft.must(words.late.fill(-left))
    if deadline.provisional:
        draft.must(words.provisional.fill())
    if deadline.extended_by:
        draft.may(5, words.extended.fill(deadline.extended_by))


def _draft_result(draft: _Draft, answer: Answer, catalogue: Catalogue, language: Language,
                  today: date) -> None:
    words = catalogue.text
    result = answer.result
    if result is None:
        if answer.status in DECIDED and "result" not in answer.withheld:
            draft.must(words.no_result.fill())
        return
    said = catalogue.names.result[result.result]
    if result.outcome is None:
        draft.must(words.result.fill(result=said))
    else:
        draft.must(words.result_outcome.fill(
            result=said, outcome=trimmed(result.outcome, language)))
    if result.decided_on is not None:
        draft.may(3, words.decided.fill(date=short_day(result.decided_on, language, today)))
    if result.reason is not None:
        draft.may(8, words.reason.fill(reason=trimmed(result.reason, language)))


def _draft_details(draft: _Draft, answer: Answer, catalogue: Catalogue, language: Language,
                   today: date) -> None:
    words = catalogue.text
    if answer.missing:
        draft.must(words.missing.fill(
            things=listed([trimmed(thing, language) for thing in answer.missing], language)))
    if answer.collection is not None:
        collection = answer.collection
        draft.must(words.collection.fill(
            what=trimmed(collection.what, language),
            office=trimmed(collection.office.name, language),
            date=short_day(collection.ready_on, language, today),
            bring=trimmed(collection.bring, language)))
    if answer.stage is not None:
        draft.may(7, words.stage.fill(stage=trimmed(answer.stage, language)))
    if answer.next is not None:
        draft.may(6, words.next.fill(next=trimmed(answer.next, language)))
    if answer.project is not None:
        draft.may(9, words.project.fill(project=trimmed(answer.project, language)))
    if answer.handler_phone is not None:
        draft.may(10, words.handler.fill(phone=plain_identifier(answer.handler_phone, language)))
    looked = answer.looked
    if looked is None:
        return
    if looked.last_on is None or looked.channel is None:
        draft.may(11, words.looked_none.fill(days=looked.days))
    else:
        draft.may(11, words.looked.fill(
            looked.times, days=looked.days, date=short_day(looked.last_on, language, today),
            channel=catalogue.names.channel_short[looked.channel]))


def _draft_office(draft: _Draft, answer: Answer, catalogue: Catalogue,
                  language: Language) -> None:
    """Whom to ask, last, so that a phone makes the number a link; and what to ask for."""
    words = catalogue.text
    office = trimmed(answer.office.name, language)
    phone = plain_identifier(answer.office.phone, language)
    short = catalogue.names.withheld_short
    things = [short[path] for path in answer.withheld if path in short] if answer.certain else []
    if things:
        said = catalogue.marks.things.join(things)
        draft.may(2, words.withheld_office.fill(things=said, office=office, phone=phone),
                  words.withheld.fill(things=said, phone=phone))
    else:
        draft.may(2, words.ask_office.fill(office=office, phone=phone),
                  words.ask.fill(phone=phone))
