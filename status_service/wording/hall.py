"""What the hall tells anyone, as sentences: how to apply, notices, offices."""

from __future__ import annotations

import re

from status_service.guides.types import Material, MatterDetail, Notice, Office
from status_service.wording.catalogue import CATALOGUES
from status_service.wording.said import (
    Said,
    digits_speech,
    full_day,
    name,
    plain_identifier,
    say,
    trimmed,
)
from status_service.wording.text import segments
from status_service.words import Language, LocalText

MOST_SEGMENTS = 10  # a phone puts that many together; Twilio takes 1,600 characters


def guide_speech(detail: MatterDetail, language: Language) -> tuple[Said, ...]:
    """How to apply, in some 20 seconds: the guide's own short form and whom to ask."""
    words = CATALOGUES[language].hall
    out: list[Said] = []
    say(out, language, words.guide, matter=trimmed(detail.matter.name, language))
    out.append(name(detail.matter.guide.short, language))
    say(out, language, words.guide_ask, office=trimmed(detail.office.name, language),
        phone=digits_speech(detail.office.phone, language))
    return tuple(out)


def guide_text(detail: MatterDetail, language: Language) -> str:
    """How to apply, as a checklist: what to bring line by line, how long, what it costs,
    where. What is too long for a phone gives up, in this order, the opening hours, what
    stands in brackets behind a material, the address (texted on its own when asked for),
    and the last materials, which are then counted."""
    materials = detail.matter.guide.materials
    for given_up in range(4):
        text = _guide_text(detail, language, len(materials), given_up)
        if segments(text) <= MOST_SEGMENTS:
            return text
    for kept in range(len(materials) - 1, -1, -1):
        text = _guide_text(detail, language, kept, given_up=3)
        if segments(text) <= MOST_SEGMENTS:
            break
    return text


def _guide_text(detail: MatterDetail, language: Language, kept: int,
                given_up: int) -> str:
    words = CATALOGUES[language].hall
    matter, office = detail.matter, detail.office
    materials = matter.guide.materials
    lines = [words.guide_text.fill(matter=trimmed(matter.name, language))]
    lines += [f"{number}. {_material(material, language, brackets=given_up < 2)}"
              for number, material in enumerate(materials[:kept], 1)]
    if kept < len(materials):
        lines.append(words.guide_more.fill(len(materials) - kept))
    days = matter.promised_days or matter.statutory_days
    if days:
        lines.append(words.guide_days.fill(days))
    lines.append(words.guide_fee.fill(fee=trimmed(matter.guide.fee, language)))
    place = words.guide_place if given_up < 3 else words.guide_office
    lines.append(place.fill(office=trimmed(office.name, language),
                            address=trimmed(office.address, language)))
    if given_up < 1:
        lines.append(words.guide_hours.fill(hours=trimmed(office.hours_text, language)))
    lines.append(words.guide_phone.fill(phone=plain_identifier(office.phone, language)))
    return "\n".join(lines)


_BRACKETS = re.compile(r"\s*[（(][^（()）]*[）)]")


def _material(material: Material, language: Language, brackets: bool) -> str:
    catalogue = CATALOGUES[language]
    name_said = trimmed(material.name, language).text
    said = catalogue.hall.guide_material.fill(
        material.copies, name=name_said if brackets else _BRACKETS.sub("", name_said),
        form=catalogue.names.form[material.form])
    if material.required:
        return said
    return catalogue.hall.guide_optional.fill(material=said)


def notice_speech(notice: Notice, language: Language) -> tuple[Said, ...]:
    """A notice read out: what kind, its title, its text, and the day that matters."""
    catalogue = CATALOGUES[language]
    words = catalogue.hall
    out: list[Said] = []
    say(out, language, words.notice, kind=catalogue.names.notice[notice.kind],
        title=trimmed(notice.title, language))
    out.append(name(notice.body, language))
    if notice.ends_on is not None:
        say(out, language, words.notice_ends[notice.kind],
            date=full_day(notice.ends_on, language))
    return tuple(out)


def notice_text(notice: Notice, language: Language) -> str:
    """A notice as a text; the day that matters is never cut off, a long body is."""
    catalogue = CATALOGUES[language]
    words = catalogue.hall
    end = ""
    if notice.ends_on is not None:
        end = " " + words.notice_ends_text[notice.kind].fill(
            date=full_day(notice.ends_on, language))

    def whole(body: str) -> str:
        return words.notice_text.fill(
            kind=catalogue.names.notice[notice.kind], title=trimmed(notice.title, language),
            date=full_day(notice.published_on, language), body=body) + end

    body = notice.body.in_(language)
    text = whole(body)
    if segments(text) <= MOST_SEGMENTS:
        return text
    # The longest beginning of the body that fits, found by halving.
    fits, over = 0, len(body)
    while over - fits > 1:
        middle = (fits + over) // 2
        if segments(whole(body[:middle].rstrip() + "...")) <= MOST_SEGMENTS:
            fits = middle
        else:
            over = middle
    return whole(body[:fits].rstrip() + "...")


def office_speech(office: Office, language: Language) -> tuple[Said, ...]:
    """Where an office is, when it is open and its phone, a sentence each."""
    words = CATALOGUES[language].hall
    out: list[Said] = []
    say(out, language, words.office, office=trimmed(office.name, language))
    say(out, language, words.office_where, address=_address(office, language))
    say(out, language, words.office_hours, hours=trimmed(office.hours_text, language))
    say(out, language, words.office_phone, phone=digits_speech(office.phone, language))
    return tuple(out)


def office_text(office: Office, language: Language) -> str:
    """The same as one text."""
    return CATALOGUES[language].hall.office_text.fill(
        office=trimmed(office.name, language), address=_address(office, language),
        hours=trimmed(office.hours_text, language),
        phone=plain_identifier(office.phone, language))


def _address(office: Office, language: Language) -> Said:
    """Address and floor, in the language of the address."""
    address = trimmed(office.address, language)
    if office.floor is None:
        return address
    floor = _same(office.floor, address.language)
    between = CATALOGUES[address.language].marks.groups
    return Said(address.text + (between + floor if floor else ""), address.language)


def _same(local: LocalText, language: Language) -> str:
    text, real = local.said(language)
    return text if real == language else ""
