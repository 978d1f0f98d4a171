"""What the results of look-ups come to. Each is shown only where it was asked for; one that
comes late, after the visitor went on, leaves the screen as it is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from msgspec.structs import replace

from kiosk import places_case, places_hall, slip, steps_code
from kiosk.places import OWN
from kiosk.talk import (
    Away,
    CaseFound,
    CasesFound,
    CategoriesFound,
    Gone,
    GuideFound,
    Input,
    MattersFound,
    NotFound,
    NoticesFound,
    OfficesFound,
    Print,
    Printed,
    Session,
    SeveralFound,
    Step,
    TooManyNumbers,
)
from kiosk.way import LOOKUPS, enter, same, show


def _case_found(session: Session, given: CaseFound) -> Step:
    place, answer = session.place, given.answer
    if place in ("found", "which"):
        session = replace(session, place="case", subject=answer.number)
    elif place not in ("case", "qr", "print", "own", "own_qr", "own_print") or (
            answer.number != session.subject):
        return same(session)
    if answer.level > 0 and not (session.place in OWN and session.card == "proven"):
        return same(session)  # a claim never opens more than anyone may see
    if session.place in ("case", "own"):
        return show(session, places_case.case(session, answer, given.history, given.at))
    if session.place in ("qr", "own_qr"):
        return show(session, places_case.take_away(session, answer, given.at))
    return enter(session, "printing", Print(slip.make(answer, session.language, given.at)))


def _several_found(session: Session, given: SeveralFound) -> Step:
    if session.place not in ("found", "which"):
        return same(session)
    session = replace(session, place="which")
    return show(session, places_case.which(session, given.candidates))


def _not_found(session: Session, given: NotFound) -> Step:
    if session.place not in ("found", "which"):
        return same(session)
    return enter(replace(session, subject="slip" if given.slip else ""), "not_found")


def _too_many(session: Session, given: TooManyNumbers) -> Step:
    if session.place not in ("found", "which", "case", "qr", "print"):
        return same(session)
    minutes = max(1, -(-given.seconds // 60))
    return enter(replace(session, subject=str(minutes)), "too_many")


def _cases_found(session: Session, given: CasesFound) -> Step:
    if given.claimed and session.place in ("found", "claimed"):
        if any(answer.level > 0 for answer in given.answers):
            return same(session)
        session = replace(session, place="claimed")
        return show(session, places_case.claimed_cases(session, given.answers))
    if not given.claimed and session.place == "cases" and session.card == "proven":
        return show(session, places_case.own_cases(session, given.answers))
    return same(session)


def _categories_found(session: Session, given: CategoriesFound) -> Step:
    if session.place != "categories":
        return same(session)
    return show(session, places_hall.categories(session, given.categories))


def _matters_found(session: Session, given: MattersFound) -> Step:
    if session.place == "results":
        return show(session, places_hall.results(session, given.matters))
    if session.place == "matters" and all(m.category == session.subject for m in given.matters):
        return show(session, places_hall.matters(session, given.matters))
    return same(session)


def _guide_found(session: Session, given: GuideFound) -> Step:
    if session.place != "guide" or given.matter.matter.code != session.subject:
        return same(session)
    return show(session, places_hall.guide(session, given.matter))


def _notices_found(session: Session, given: NoticesFound) -> Step:
    if session.place == "notices":
        return show(session, places_hall.notices(session, given.notices))
    if session.place != "notice":
        return same(session)
    for notice in given.notices:
        if notice.code == session.subject:
            return show(session, places_hall.notice(session, notice))
    return enter(session, "gone")


def _offices_found(session: Session, given: OfficesFound) -> Step:
    if session.place == "offices":
        return show(session, places_hall.offices(session, given.offices))
    if session.place != "office":
        return same(session)
    for office in given.offices:
        if office.code == session.subject:
            return show(session, places_hall.office(session, office))
    return enter(session, "gone")


def _gone(session: Session, _: Gone) -> Step:
    return enter(session, "gone") if session.place in LOOKUPS else same(session)


def _away(session: Session, _: Away) -> Step:
    if session.place in steps_code.WAITS:
        return steps_code.away(session)
    if session.place not in LOOKUPS:
        return same(session)
    # "Try again" means what failed last.
    before = tuple(stop for stop in session.trail if stop[0] != "away")
    return enter(replace(session, trail=(*before, (session.place, session.subject)), subject=""),
                 "away")


def _printed(session: Session, given: Printed) -> Step:
    if session.place != "printing":
        return same(session)
    return enter(session, "printed" if given.done else "print_failed")


HANDLERS: dict[type[Input], Callable[[Session, Any], Step]] = {
    CaseFound: _case_found,
    SeveralFound: _several_found,
    NotFound: _not_found,
    TooManyNumbers: _too_many,
    CasesFound: _cases_found,
    CategoriesFound: _categories_found,
    MattersFound: _matters_found,
    GuideFound: _guide_found,
    NoticesFound: _notices_found,
    OfficesFound: _offices_found,
    Gone: _gone,
    Away: _away,
    Printed: _printed,
}
