"""/v1/card-sessions, /v1/card-session, /v1/cards: a card proves itself by way of a kiosk
that only relays, and opens its holder's cases at level 2, after its PIN at level 3.

A card that the service does not accept is told so in one word, after the same steps: each
is looked up once, challenged, and its answer compared with what its key would give.

A handle of a reader is no identity of a card: every question about the holder's cases carries
the card's answer to a fresh challenge, and each answer hands out the next one.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Annotated, Any, NamedTuple

import msgspec
import sqlalchemy as sa
from flask import Response, request

from settings import Settings, SettingsError
from status_service.api.cases import Cases
from status_service.api.errors import Problem
from status_service.api.http import Api, Listed, fresh, page
from status_service.api.looks import Looks
from status_service.cardclient import SESSION, Bare, Opened, PinWanted, Proof, Relay, Unproven
from status_service.cases import number as case_number
from status_service.cases.answer import Answer
from status_service.cases.write import CaseWrite
from status_service.storage import tables
from status_service.trust.audit import Look
from status_service.trust.cards import register as cards_of_record
from status_service.trust.cards.contactless import Proves, Uid, is_random, kinds
from status_service.trust.cards.keys import Masters
from status_service.trust.cards.profiles import Profile, Use
from status_service.trust.cards.register import Card
from status_service.trust.cards.sessions import (
    NEXT_LIVES,
    CardSession,
    CardSessions,
    Over,
    StoreAway,
)
from status_service.trust.cards.verify import NONCE, Asked, begin, go_on, kiosk_octets
from status_service.trust.tokens import Token

PROVEN = 2  # the assurance level of a card that answered the challenge (design: assurance)
PIN_PROVEN = 3  # of one that did with the key it guards by its PIN
NO_ISSUER = b""  # of a card that is known by its UID alone
MOST_ANSWERS = 8  # in one script
HEADERS = (SESSION,)

Hex = Annotated[str, msgspec.Meta(max_length=1024, pattern="^([0-9A-Fa-f]{2})*$")]

_encode = msgspec.json.Encoder().encode
_received = msgspec.json.Decoder(CaseWrite).decode


class Opening(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A card was put into the reader of this kiosk."""

    kiosk: Annotated[str, msgspec.Meta(min_length=1, max_length=40)]


class Ran(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which script the card understood, and its answers with their status words."""

    script: Annotated[int, msgspec.Meta(ge=0)]
    answers: Annotated[tuple[Hex, ...], msgspec.Meta(max_length=MOST_ANSWERS)]

    def __repr__(self) -> str:
        return "Ran(redacted)"


class Asking(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A question about the holder's cases: all of them from `cursor` on, or the one with this
    number, however it is typed. answers: the card's to the challenge that came last."""

    answers: Annotated[tuple[Hex, ...], msgspec.Meta(max_length=MOST_ANSWERS)] = ()
    number: Annotated[str, msgspec.Meta(max_length=80)] | None = None
    cursor: Annotated[str, msgspec.Meta(max_length=40)] | None = None

    def __repr__(self) -> str:
        return "Asking(redacted)"


class Claim(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The digits printed on a card, however they were typed. They prove nothing."""

    number: Annotated[str, msgspec.Meta(min_length=1, max_length=80)]

    def __repr__(self) -> str:
        return "Claim(redacted)"


class Ended(msgspec.Struct, frozen=True):
    """The session is over, and was perhaps before."""

    ended: bool = True


class Proved(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The card's answers to a challenge."""

    answers: Annotated[tuple[Hex, ...], msgspec.Meta(max_length=MOST_ANSWERS)] = ()

    def __repr__(self) -> str:
        return "Proved(redacted)"


class There(NamedTuple):
    """The proven card is still in."""

    session: CardSession
    card: Card

    def __repr__(self) -> str:
        return "There(redacted)"


class Desk:
    """What a card session does. One per process; safe to use from many threads."""

    def __init__(self, api: Api, cases: Cases) -> None:
        self._api = api
        self._cases = cases
        self._looks = Looks(api)
        self._masters = masters(api.settings, api.engine)
        self._kinds = tuple(kinds().values())
        self.sessions = CardSessions(api.settings.redis_url, api.vault, api.now)

    def open(self, kiosk: str, token: Token) -> Relay:
        name = self.sessions.open(token.name, kiosk)
        return Relay(name, tuple(kind.read_script() for kind in self._kinds))

    def answer(self, name: str, ran: Ran, token: Token) -> Relay | Proof | Unproven | Bare:
        session = self.sessions.get(name, token.name)
        if session.stage == "opened":
            return self._challenge(name, session, ran)
        if session.stage == "challenged":
            return self._decide(name, session, ran)
        raise Over

    def _challenge(self, name: str, session: CardSession, ran: Ran) -> Relay | Bare:
        """Whatever the card gave to read, it is challenged, unless it can prove nothing."""
        if ran.script >= len(self._kinds):
            raise Problem("invalid-body", "There is no such script.")
        kind = self._kinds[ran.script]
        content = kind.content(ran.answers)
        if isinstance(kind, Uid):
            self.sessions.end(name)
            return self._bare(kind, content)
        asked = begin(kind, session.kiosk)
        self.sessions.challenge(name, asked.remember)
        self.sessions.keep(name, msgspec.structs.replace(
            session, stage="challenged", profile=kind.code, content=content))
        return Relay(name, (asked.script,))

    def _bare(self, kind: Uid, uid: bytes) -> Bare:
        """A number that anyone can copy opens what a keyed one does."""
        if not uid or is_random(uid):
            return Bare(is_random(uid), ())
        with self._api.engine.connect() as connection:
            card = cards_of_record.by_serial(connection, self._api.vault, NO_ISSUER, uid)
        if card is None or card.profile != kind.code or not card.counts(self._cases.today()):
            return Bare(False, ())
        return Bare(False, tuple(self.cases(card.applicant, 0, None).items))

    def _decide(self, name: str, session: CardSession, ran: Ran) -> Relay | Proof | Unproven:
        kind = self._kind(session)
        genuine = self._checked(name, session, ran.answers)
        if isinstance(genuine, Asked):
            self.sessions.challenge(name, genuine.remember)
            return Relay(name, (genuine.script,))
        read = kind.read(session.content)
        with self._api.engine.connect() as connection:
            card = cards_of_record.by_serial(
                connection, self._api.vault, read.issuer, read.serial)
            if card is None or not genuine & self._counts(card, kind, read.key_version):
                self.sessions.end(name)
                self._looks.card(name, session, "not-proven")
                return Unproven()
        session = msgspec.structs.replace(session, stage="proven", card=card.id, level=PROVEN)
        self._looks.card(name, session, "proven", PROVEN)
        return self.proof(name, session, card)

    def proof(self, name: str, session: CardSession, card: Card) -> Proof:
        """Go on with a session that stands at this level now."""
        with self._api.engine.connect() as connection:
            holder = cards_of_record.holder(connection, self._api.vault, card)
        self.sessions.keep(name, session)
        has_pin = getattr(self._kind(session), "pin", None) is not None
        return Proof(session.level, holder, self.next(name, session), has_pin)

    def _kind(self, session: CardSession) -> Proves:
        kind = kinds()[session.profile]
        if isinstance(kind, Uid):  # such a session ended at once
            raise Over
        return kind

    def _checked(self, name: str, session: CardSession, answers: tuple[str, ...],
                 use: Use = "open") -> Asked | bool:
        """What the answers to the session's challenge come to. Raises Over without one."""
        remembered = self.sessions.take_challenge(name)
        if remembered is None:
            raise Over
        kind = self._kind(session)
        return go_on(self._masters, kind, kind.read(session.content), session.kiosk, remembered,
                     answers, use)

    def _counts(self, card: Card, kind: Proves, key_version: int) -> bool:
        return (card.counts(self._cases.today()) & (card.profile == kind.code)
                & (card.key_version == key_version))

    def own(self, name: str, asking: Asking, token: Token) -> Relay | Opened | Unproven:
        """Cases of the holder of the card that is in: it proves once more that it is there."""
        there = self.again(name, asking.answers, token)
        if not isinstance(there, There):
            return there
        session, applicant = there.session, there.card.applicant
        found = (self.cases(applicant, session.level, asking.cursor) if asking.number is None
                 else Listed(self._one(applicant, asking.number, session.level)))
        shown = self._looks.own(name, session, found.items, asking.number)
        return Opened(shown, found.next, self.next(name, session))

    def again(self, name: str, answers: tuple[str, ...], token: Token) -> There | Relay | Unproven:
        """Whether the proven card is still there, by its answers to the latest challenge; or
        what it is to be asked. Raises Over."""
        session = self.sessions.get(name, token.name)
        if session.stage != "proven":
            raise Over
        card = self._card(name, session)
        try:
            genuine = self._checked(name, session, answers, _use(session)) if answers else None
        except Over:  # the challenge ran out, not the session
            genuine = None
        if genuine is None:
            return Relay(name, (self.next(name, session),))
        if isinstance(genuine, Asked):
            self.sessions.challenge(name, genuine.remember)
            return Relay(name, (genuine.script,))
        if not genuine:
            self.sessions.end(name)
            self._looks.card(name, session, "not-proven")
            return Unproven()
        return There(session, card)

    def pin(self, name: str, session: CardSession) -> PinWanted:
        """How the card checks its PIN, and the nonce that it is to answer afterwards."""
        kind = self._kind(session)
        if not isinstance(kind, Profile) or kind.pin is None:
            raise Problem("card-without-pin")
        nonce = secrets.token_bytes(NONCE)
        self.sessions.challenge(name, nonce, NEXT_LIVES)
        kiosk = kiosk_octets(session.kiosk)
        return PinWanted(kind.pin.template(), kind.pin.ask_counter(),
                         (kind.challenge(nonce, kiosk, "pin"),),
                         (kind.challenge(nonce, kiosk, _use(session)),))

    def pin_proven(self, name: str, answers: tuple[str, ...], token: Token) -> Proof | Unproven:
        """The card's answer with the key that it uses only after its PIN. Raises Over."""
        session = self.sessions.get(name, token.name)
        if session.stage != "proven":
            raise Over
        card = self._card(name, session)
        kind = self._kind(session)
        if not isinstance(kind, Profile) or kind.pin is None:
            raise Problem("card-without-pin")
        if self._checked(name, session, answers, "pin") is not True:
            self.sessions.end(name)
            self._looks.card(name, session, "not-proven")
            return Unproven()
        session = msgspec.structs.replace(session, level=PIN_PROVEN)
        self._looks.card(name, session, "proven", PIN_PROVEN)
        return self.proof(name, session, card)

    def next(self, name: str, session: CardSession) -> tuple[str, ...]:
        """What the card is to be asked before the next question. One that proved its PIN answers
        with the key it guards by it: after a reset it could not."""
        asked = begin(self._kind(session), session.kiosk, _use(session))
        self.sessions.challenge(name, asked.remember, NEXT_LIVES)
        return asked.script

    def _card(self, name: str, session: CardSession) -> Card:
        """The card of the record; one that was reported lost in between ends the session."""
        with self._api.engine.connect() as connection:
            card = cards_of_record.by_id(connection, session.card)
        if card is None or not card.counts(self._cases.today()):
            self.sessions.end(name)
            raise Over
        return card

    def claimed(self, typed: str) -> int:
        """The applicant whose card has this printed number. A card that does not count is as
        one that does not exist."""
        _, digits = case_number.keys(typed)
        with self._api.engine.connect() as connection:
            card = cards_of_record.by_printed(connection, self._api.vault, digits)
        if card is None or not card.counts(self._cases.today()):
            raise Problem("card-not-found",
                          check_digit_wrong=case_number.check_digit_wrong(digits))
        return card.applicant

    def cases(self, applicant: int, level: int, cursor: str | None) -> Listed[Answer]:
        """A page of somebody's cases, newest first."""
        found = sorted(self._rows(applicant), reverse=True,
                       key=lambda row: (_received(row[3]).received_on, row[4]))
        shown = page(found, lambda row: str(row[0]), cursor)
        return Listed([self._cases.shown(row, level) for row in shown.items],
                      shown.next)

    def newest(self, applicant: int) -> str:
        """The number of somebody's latest case; "" without one."""
        listed = self.cases(applicant, 0, None).items
        return listed[0].number if listed else ""

    def _one(self, applicant: int, typed: str, level: int) -> list[Answer]:
        """One case of this applicant; anybody else's is as one that does not exist."""
        key, _ = case_number.keys(typed)
        return [self._cases.shown(row, level) for row in self._rows(applicant, key)]

    def _rows(self, applicant: int, key: str | None = None) -> list[Any]:
        t = tables.cases
        wanted = sa.select(t.c.number, t.c.status, t.c.updated_at, t.c.body, t.c.id).where(
            t.c.applicant == applicant)
        if key is not None:
            wanted = wanted.where(t.c.number_key == key)
        with self._api.engine.connect() as connection:
            return list(connection.execute(wanted).all())


def _use(session: CardSession) -> Use:
    return "pin" if session.level == PIN_PROVEN else "open"


def masters(settings: Settings, engine: sa.Engine) -> Masters:
    """The card keys. Raises SettingsError when they are misshapen, and in production when the
    record has cards that could still count and whose keys are not there."""
    found = Masters.parse(settings.card_keys)
    if settings.production:
        with engine.connect() as connection:
            missing = cards_of_record.key_counts(connection).keys() - found.versions
        if missing:
            raise SettingsError("Set HALLWAY_CARD_KEYS with the key of version "
                                f"{', '.join(map(str, sorted(missing)))}: the record has cards "
                                "of it.")
    return found


@contextmanager
def told() -> Iterator[None]:
    """What a session's end, and Redis being away, mean to who asks."""
    try:
        yield
    except Over:
        raise Problem("card-session-over") from None
    except StoreAway:
        raise Problem("not-now") from None


def session() -> str:
    """The secret name of the request's session. Raises Over when it names none."""
    name = request.headers.get(SESSION, "")
    if not 0 < len(name) <= 80:
        raise Over
    return name


def register(api: Api, cases: Cases) -> Desk:
    """Gives what the routes do, for others about the same card sessions."""
    desk = Desk(api, cases)

    @api.route("POST", "/v1/card-sessions", scope="cards", body=Opening, returns=Relay,
               created=True, problems=("invalid-body", "not-now"),
               summary="Begin with a card: what the kiosk is to relay to it first.")
    def begin(body: Opening, token: Token) -> Response:
        with told():
            return fresh(_encode(desk.open(body.kiosk, token)), 201)

    @api.route("POST", "/v1/card-session/answers", scope="cards", body=Ran, headers=HEADERS,
               returns=Relay | Proof | Unproven | Bare,
               problems=("invalid-body", "card-session-over", "not-now"),
               summary="What the card answered: more to relay, or whether it proved itself.")
    def answers(body: Ran, token: Token) -> Response:
        with told():
            return fresh(_encode(desk.answer(session(), body, token)))

    @api.route("DELETE", "/v1/card-session", scope="cards", headers=HEADERS, returns=Ended,
               problems=("not-now",), summary="The card was removed. Harmless twice.")
    def end(token: Token) -> Ended:
        with told(), suppress(Over):
            name = session()
            desk.sessions.get(name, token.name)
            desk.sessions.end(name)
        return Ended()

    @api.route("POST", "/v1/card-session/cases", scope="cards", body=Asking, headers=HEADERS,
               returns=Relay | Opened | Unproven,
               problems=("invalid-body", "card-session-over", "not-now", "invalid-parameter"),
               summary="The cases of the proven card's holder, newest first, or one of them; "
                       "without the card's answer to a fresh challenge, that challenge.")
    def own_cases(body: Asking, token: Token) -> Response:
        with told():
            return fresh(_encode(desk.own(session(), body, token)))

    @api.route("POST", "/v1/card-session/pin", scope="cards", body=Proved, headers=HEADERS,
               returns=Relay | PinWanted | Unproven,
               problems=("invalid-body", "card-session-over", "card-without-pin", "not-now"),
               summary="How the kiosk has the card check its holder's PIN, which goes nowhere "
                       "else.")
    def pin(body: Proved, token: Token) -> Response:
        with told():
            name = session()
            there = desk.again(name, body.answers, token)
            return fresh(_encode(desk.pin(name, there.session) if isinstance(there, There)
                                 else there))

    @api.route("POST", "/v1/card-session/pin/answers", scope="cards", body=Proved,
               headers=HEADERS, returns=Proof | Unproven,
               problems=("invalid-body", "card-session-over", "card-without-pin", "not-now"),
               summary="What the card answered with the key it guards by its PIN: level 3.")
    def pin_answers(body: Proved, token: Token) -> Response:
        with told():
            return fresh(_encode(desk.pin_proven(session(), body.answers, token)))

    @api.route("POST", "/v1/cards/claim", scope="cards", body=Claim, returns=Listed[Answer],
               problems=("invalid-body", "card-not-found"),
               summary="The newest 100 cases of the card with this printed number, at level 0.")
    def claim(body: Claim, token: Token) -> Listed[Answer]:
        found = desk.cases(desk.claimed(body.number), 0, None)
        for answer in found.items:
            api.audit.later(Look("claim", "shown", channel="kiosk", program=token.name,
                                 number=answer.number))
        return Listed(found.items)

    return desk
