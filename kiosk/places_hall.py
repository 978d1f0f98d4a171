"""The screens of what the hall tells anyone: guides, notices, offices."""

from __future__ import annotations

from collections.abc import Sequence

from kiosk.places import act_button, screen
from kiosk.places_case import named
from kiosk.prompts import label, say
from kiosk.screen import (
    Block,
    Choice,
    Choices,
    Fact,
    Facts,
    Heading,
    Items,
    Note,
    Screen,
    Text,
    Tiles,
)
from kiosk.talk import Session
from status_service.client import (
    Category,
    Language,
    LocalText,
    Material,
    MatterDetail,
    MatterSummary,
    Notice,
    Office,
)
from status_service.wording.catalogue import CATALOGUES
from status_service.wording.said import full_day, identifier, trimmed


def whole(local: LocalText, language: Language) -> str:
    """A text of the office's with its full stop."""
    return local.in_(language).strip()


def categories(session: Session, found: Sequence[Category]) -> Screen:
    language = session.language
    items = tuple(Choice(f"open:{one.code}", named(one.name, language)) for one in found)
    return screen(session, (*_list(session, "categories", "nothing_here", items),
                            Text(say(language, "search_instead")),
                            Tiles((act_button(language, "go:search"),))))


def matters(session: Session, found: Sequence[MatterSummary]) -> Screen:
    return screen(session, _list(session, "matters", "nothing_here",
                                 _matters(found, session.language)))


def results(session: Session, found: Sequence[MatterSummary]) -> Screen:
    """What a search found, with the count; or what to do when it found nothing."""
    language = session.language
    if not found:
        said = say(language, "results_none", query=f"\u2068{session.subject}\u2069")
        return screen(session, (Note(said),))
    return screen(session, (Text(say(language, "results", count=len(found)), lead=True),
                            Choices(_matters(found, language))))


def _matters(found: Sequence[MatterSummary], language: Language) -> tuple[Choice, ...]:
    return tuple(Choice(f"open:{one.code}", named(one.name, language)) for one in found)


def _list(session: Session, said: str, empty: str, items: tuple[Choice, ...]) -> list[Block]:
    if not items:
        return [Text(say(session.language, empty), lead=True)]
    return [Text(say(session.language, said), lead=True), Choices(items)]


# -- how to apply --------------------------------------------------------------------------


def guide(session: Session, detail: MatterDetail) -> Screen:
    """Conditions, materials, steps, fee, time, where, whom to ask, legal basis."""
    language = session.language
    told, office = detail.matter.guide, detail.office
    blocks: list[Block] = [Text(whole(told.short, language))]
    for key, texts, numbered in (
            ("conditions", [whole(one, language) for one in told.conditions], False),
            ("materials", [material(one, language) for one in told.materials], True),
            ("steps", [whole(one, language) for one in told.steps], True)):
        if texts:
            blocks += [Heading(label(language, key)), Items(tuple(texts), numbered)]
    facts = [_fact(language, "fee", named(told.fee, language))]
    days = CATALOGUES[language].screen.allowance
    for key, count in (("promised", detail.matter.promised_days),
                       ("statutory", detail.matter.statutory_days)):
        if count:
            facts.append(_fact(language, key, days.fill(count)))
    facts.append(_fact(language, "where", named(office.address, language)))
    if office.floor is not None:
        facts.append(_fact(language, "floor", named(office.floor, language)))
    facts += [_fact(language, "hours", named(office.hours_text, language)),
              _fact(language, "ask", named(office.name, language)),
              _fact(language, "phone", identifier(office.phone, language))]
    blocks += [Heading(label(language, "terms")), Facts(tuple(facts))]
    if told.legal_basis:
        blocks += [Heading(label(language, "legal_basis")),
                   Items(tuple(whole(one, language) for one in told.legal_basis))]
    return screen(session, blocks, heading=named(detail.matter.name, language))


def material(one: Material, language: Language) -> str:
    """What to bring: how many, in which form, whether always, and a remark."""
    catalogue = CATALOGUES[language]
    said = catalogue.hall.guide_material.fill(
        one.copies, name=trimmed(one.name, language).text, form=catalogue.names.form[one.form])
    if not one.required:
        said = catalogue.hall.guide_optional.fill(material=said)
    if one.note is not None:
        said = say(language, "optional_note", material=said, note=named(one.note, language))
    return said


def _fact(language: Language, key: str, value: str) -> Fact:
    return Fact(key, label(language, key), value)


# -- notices and offices ---------------------------------------------------------------------


def notices(session: Session, found: Sequence[Notice]) -> Screen:
    language = session.language
    kinds = CATALOGUES[language].names.notice
    items = tuple(Choice(f"open:{one.code}", named(one.title, language),
                         full_day(one.published_on, language), kinds[one.kind]) for one in found)
    return screen(session, _list(session, "notices", "notices_none", items))


def notice(session: Session, one: Notice) -> Screen:
    language = session.language
    catalogue = CATALOGUES[language]
    blocks: list[Block] = [
        Facts((_fact(language, "kind", catalogue.names.notice[one.kind]),
               _fact(language, "published", full_day(one.published_on, language))))]
    if one.ends_on is not None:
        blocks.append(Note(catalogue.hall.notice_ends[one.kind].fill(
            date=full_day(one.ends_on, language)), "act"))
    blocks.append(Text(whole(one.body, language)))
    return screen(session, blocks, heading=named(one.title, language))


def offices(session: Session, found: Sequence[Office]) -> Screen:
    language = session.language
    items = tuple(Choice(f"open:{one.code}", named(one.name, language),
                         named(one.address, language)) for one in found)
    return screen(session, _list(session, "offices", "nothing_here", items))


def office(session: Session, one: Office) -> Screen:
    language = session.language
    facts = [_fact(language, "where", named(one.address, language))]
    if one.floor is not None:
        facts.append(_fact(language, "floor", named(one.floor, language)))
    if one.district is not None:
        facts.append(_fact(language, "district", named(one.district, language)))
    facts += [_fact(language, "hours", named(one.hours_text, language)),
              _fact(language, "phone", identifier(one.phone, language))]
    return screen(session, (Facts(tuple(facts)),), heading=named(one.name, language))
