"""/v1/desk: what a clerk's own program does for an applicant whom the clerk sees face to face
(see trust.desk). Each request names the clerk.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from typing import Annotated
from zoneinfo import ZoneInfo

import msgspec
from flask import Response

from status_service.api.errors import Problem
from status_service.api.http import CLERK, Api, clerk, fresh
from status_service.trust.audit import AuditAway
from status_service.trust.desk import By, Desk, DeskCase, NoApplicant, NoCase, NoSpeaker
from status_service.trust.handlers import Role, Speaker
from status_service.trust.personal import Name, Phone
from status_service.trust.shelf import Shelf
from status_service.trust.tokens import Token

HEADERS = (CLERK,)
USUAL = ("no-clerk", "case-not-found", "not-now")

Words = Annotated[str, msgspec.Meta(min_length=1, max_length=80)]

_encode = msgspec.json.Encoder().encode


class NewSpeaker(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A handler (经办人) or a representative (代办人), who has a term. until: the last day.
    only_this_case: they speak for no other of the applicant's cases."""

    role: Role
    name: Words
    phone: Words
    until: date | None = None
    only_this_case: bool = False

    def __repr__(self) -> str:
        return "NewSpeaker(redacted)"


class NewPhone(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Another registered phone."""

    phone: Words

    def __repr__(self) -> str:
        return "NewPhone(redacted)"


class NewCode(msgspec.Struct, frozen=True):
    """A query code, told this once. lockout_over: wrong attempts on the case are forgotten;
    when False, Redis was away and they end by themselves."""

    code: str
    lockout_over: bool

    def __repr__(self) -> str:
        return "NewCode(redacted)"


class Changed(msgspec.Struct, frozen=True):
    """It is done."""

    changed: bool = True


@contextmanager
def told() -> Iterator[None]:
    """What the desk cannot do means to who asks."""
    try:
        yield
    except NoCase:
        raise Problem("case-not-found") from None
    except NoApplicant:
        raise Problem("no-applicant") from None
    except AuditAway:
        raise Problem("not-now") from None
    except NoSpeaker:
        raise Problem("speaker-not-found") from None
    except ValueError as error:
        raise Problem("invalid-body", str(error)) from None


def _phone(typed: str) -> Phone:
    try:
        return Phone.parse(typed)
    except ValueError:
        raise Problem("invalid-address") from None


def register(api: Api) -> None:
    zone = ZoneInfo(api.settings.zone)
    desk = Desk(api.engine, api.vault, Shelf(api.settings.redis_url, api.vault), api.now,
                lambda: api.now().astimezone(zone).date())

    @api.route("GET", "/v1/desk/cases/{number}", scope="desk", headers=HEADERS,
               returns=DeskCase, problems=USUAL,
               summary="Who may ask about a case, people masked, and what desks did about it.")
    def show(number: str, token: Token) -> DeskCase:
        with told():
            return desk.show(number, By(token.name, clerk()))

    @api.route("POST", "/v1/desk/cases/{number}/speakers", scope="desk", headers=HEADERS,
               body=NewSpeaker, returns=Speaker, created=True,
               problems=(*USUAL, "invalid-body", "invalid-address", "no-applicant"),
               summary="Name a handler or a representative; one with this phone is renewed.")
    def name(number: str, body: NewSpeaker, token: Token) -> Response:
        with told():
            made, new = desk.name_speaker(
                number, By(token.name, clerk()), role=body.role, name=Name(body.name),
                phone=_phone(body.phone), until=body.until, only_this_case=body.only_this_case)
        return fresh(_encode(made), 201 if new else 200)

    @api.route("DELETE", "/v1/desk/cases/{number}/speakers/{speaker}", scope="desk",
               headers=HEADERS, returns=Changed,
               problems=(*USUAL, "speaker-not-found", "no-applicant"),
               summary="End what a handler or a representative may; effective at once.")
    def remove(number: str, speaker: str, token: Token) -> Changed:
        by = By(token.name, clerk())
        if not (speaker.isascii() and speaker.isdecimal() and len(speaker) <= 18):
            raise Problem("speaker-not-found")
        with told():
            desk.remove_speaker(number, int(speaker), by)
        return Changed()

    @api.route("POST", "/v1/desk/cases/{number}/query-code", scope="desk", headers=HEADERS,
               returns=NewCode, problems=USUAL,
               summary="A new query code, told once, to be printed; the old one stops at once.")
    def issue(number: str, token: Token) -> Response:
        with told():
            made = desk.issue_code(number, By(token.name, clerk()))
        return Response(_encode(NewCode(made.code.reveal(), made.lockout_over)),
                        headers=[("Cache-Control", "no-store")], content_type="application/json")

    @api.route("PUT", "/v1/desk/cases/{number}/phone", scope="desk", headers=HEADERS,
               body=NewPhone, returns=Changed,
               problems=(*USUAL, "invalid-body", "invalid-address", "no-applicant"),
               summary="Register another phone for the applicant; the old one stops at once.")
    def change(number: str, body: NewPhone, token: Token) -> Changed:
        with told():
            desk.change_phone(number, _phone(body.phone), By(token.name, clerk()))
        return Changed()
