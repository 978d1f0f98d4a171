"""/v1/card-session/phone: who holds a card and knows its PIN registers another phone.

The new phone must be in their hands: a one-time code goes there, and what is keyed in after it
decides. Both questions carry the card's answer to a fresh challenge, as all of them do.
"""

from __future__ import annotations

import secrets
from datetime import timedelta
from typing import Annotated

import msgspec
from flask import Response

from status_service.api.cards import HEADERS, PIN_PROVEN, Desk, Proved, There, session, told
from status_service.api.errors import Problem
from status_service.api.http import Api, fresh
from status_service.cardclient import PhoneAsked, PhoneChanged, Relay, Unproven
from status_service.notifications import outbox
from status_service.notifications.outbox import NoConsent
from status_service.storage.engine import writing
from status_service.trust import onetime, registered
from status_service.trust.audit import AuditAway, Look
from status_service.trust.cards.sessions import CardSession
from status_service.trust.lockout import Lockout
from status_service.trust.onetime import OneTimeCodes
from status_service.trust.personal import Phone
from status_service.trust.shelf import Shelf, ShelfAway
from status_service.trust.tokens import Token
from status_service.words import Language

_encode = msgspec.json.Encoder().encode


class NewPhone(Proved, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The number of the new phone, however it was typed. language: of the text to it."""

    phone: Annotated[str, msgspec.Meta(min_length=1, max_length=40)]
    language: Language


class PhoneCode(Proved, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The code that came to the new phone."""

    code: Annotated[str, msgspec.Meta(min_length=1, max_length=40)]


class PhoneDesk:
    """One per process; safe to use from many threads. Every method may raise ShelfAway."""

    def __init__(self, api: Api, desk: Desk) -> None:
        self._api, self._desk = api, desk
        shelf = Shelf(api.settings.redis_url, api.vault)
        self._codes = OneTimeCodes(shelf, api.vault)
        self._lockout = Lockout(shelf)

    def ask(self, body: NewPhone, token: Token) -> PhoneAsked | Relay | Unproven:
        name = session()
        there = self._there(name, body.answers, token)
        if not isinstance(there, There):
            return there
        held = there.session
        try:
            phone = Phone.parse(body.phone)
        except ValueError:
            return PhoneAsked(False, self._desk.next(name, held))
        sent = self._send(name, held, there.card.applicant, phone, body.language)
        if sent:
            held = msgspec.structs.replace(held, phone=phone.reveal())
            self._desk.sessions.keep(name, held)
        return PhoneAsked(sent, self._desk.next(name, held))

    def _send(self, name: str, held: CardSession, applicant: int, phone: Phone,
              language: Language) -> bool:
        about = _about(applicant)
        if not self._codes.may_send(about, "kiosk", held.kiosk):
            return False
        code = self._codes.make(about, "kiosk", name, 0, phone)
        api = self._api
        try:
            with writing(api.engine).begin() as connection:
                return outbox.queue(
                    connection, api.vault, key=f"code:{secrets.token_hex(16)}", medium="sms",
                    phone=phone, language=language, kind="code",
                    subject=self._desk.newest(applicant), now=api.now(),
                    sealed=api.vault.seal(code.reveal()),
                    expires=timedelta(seconds=onetime.LIVES))
        except NoConsent:
            return False

    def change(self, body: PhoneCode, token: Token) -> PhoneChanged | Relay | Unproven:
        name = session()
        there = self._there(name, body.answers, token)
        if not isinstance(there, There):
            return there
        held, about = there.session, _about(there.card.applicant)
        attempt = self._lockout.attempt("one-time-code", about, "kiosk", held.kiosk)
        right = (self._codes.check(about, "kiosk", name, body.code.strip()).right
                 & attempt.free & bool(held.phone))
        self._lockout.settle(attempt, right)
        if right:
            self._codes.end(about, "kiosk", name)
            with writing(self._api.engine).begin() as connection:
                registered.change_phone(connection, self._api.vault, there.card.applicant,
                                        Phone(held.phone))
                self._api.audit.add(connection, Look(
                    "change", "done", held.level, "kiosk", token.name, source=held.kiosk,
                    visit=name, detail="phone-changed"))
            held = msgspec.structs.replace(held, phone="")
            self._desk.sessions.keep(name, held)
        return PhoneChanged(right, self._desk.next(name, held))

    def _there(self, name: str, answers: tuple[str, ...],
               token: Token) -> There | Relay | Unproven:
        there = self._desk.again(name, answers, token)
        if isinstance(there, There) and there.session.level < PIN_PROVEN:
            raise Problem("pin-needed")
        return there


def _about(applicant: int) -> str:
    """Under what codes and wrong attempts are counted."""
    return f"phone-of:{applicant}"


def register(api: Api, desk: Desk) -> None:
    door = PhoneDesk(api, desk)

    @api.route("POST", "/v1/card-session/phone", scope="cards", body=NewPhone, headers=HEADERS,
               returns=Relay | PhoneAsked | Unproven,
               problems=("invalid-body", "card-session-over", "pin-needed", "not-now"),
               summary="At level 3: send a code to the phone that the holder wants registered.")
    def ask(body: NewPhone, token: Token) -> Response:
        with told():
            try:
                return fresh(_encode(door.ask(body, token)))
            except (ShelfAway, AuditAway):
                raise Problem("not-now") from None

    @api.route("POST", "/v1/card-session/phone/code", scope="cards", body=PhoneCode,
               headers=HEADERS, returns=Relay | PhoneChanged | Unproven,
               problems=("invalid-body", "card-session-over", "pin-needed", "not-now"),
               summary="The code that came to that phone: with it, the phone is registered.")
    def change(body: PhoneCode, token: Token) -> Response:
        with told():
            try:
                return fresh(_encode(door.change(body, token)))
            except (ShelfAway, AuditAway):
                raise Problem("not-now") from None
