"""/v1/card-sessions, /v1/card-session, /v1/cards: a card proves itself by way of a kiosk
that only relays, and opens its holder's cases at level 2.

A card that the service does not accept is told so in one word, after the same steps: each
is looked up once, challenged, and its answer compared with what its key would give.

A handle of a reader is no identity of a card: every question about the holder's cases carries
the card's answer to a fresh challenge, and each answer hands out the next one.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Annotated, Any

import msgspec
import sqlalchemy as sa
from flask import Response, request

from settings import Settings, SettingsError
from status_service.api.cases import Cases
from status_service.api.errors import Problem
from status_service.api.http import Api, Listed, fresh, page
from status_service.api.looks import Looks
from status_service.cardclient import SESSION, Opened, Proof, Relay, Unproven
from status_service.cases import number as case_number
from status_service.cases.answer import Answer
from status_service.cases.write import CaseWrite
from status_service.storage import tables
from status_service.trust.audit import Look
from status_service.trust.cards import register as cards_of_record
from status_service.trust.cards.keys import Masters
from status_service.trust.cards.profiles import Profile, profiles
from status_service.trust.cards.register import Card
from status_service.trust.cards.sessions import (
    NEXT_LIVES,
    CardSession,
    CardSessions,
    Over,
    StoreAway,
)
from status_service.trust.cards.verify import answered, begin, go_on
from status_service.trust.tokens import Token

PROVEN = 2  # the assurance level of a card that answered the challenge (design: assurance)
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


class Desk:
    """What a card session does. One per process; safe to use from many threads."""

    def __init__(self, api: Api, cases: Cases) -> None:
        self._api = api
        self._cases = cases
        self._looks = Looks(api)
        self._masters = masters(api.settings, api.engine)
        self._profiles = tuple(profiles().values())
        self.sessions = CardSessions(api.settings.redis_url, api.vault, api.now)

    def open(self, kiosk: str, token: Token) -> Relay:
        name = self.sessions.open(token.name, kiosk)
        return Relay(name, tuple(profile.read_script() for profile in self._profiles))

    def answer(self, name: str, ran: Ran, token: Token) -> Relay | Proof | Unproven:
        session = self.sessions.get(name, token.name)
        if session.stage == "opened":
            return self._challenge(name, session, ran)
        if session.stage == "challenged":
            return self._decide(name, session, ran)
        raise Over

    def _challenge(self, name: str, session: CardSession, ran: Ran) -> Relay:
        """Whatever the card gave to read, it is challenged."""
        if ran.script >= len(self._profiles):
            raise Problem("invalid-body", "There is no such script.")
        profile = self._profiles[ran.script]
        content = answered(ran.answers[-1]) if len(ran.answers) == 2 else b""
        asked = begin(profile, session.kiosk)
        self.sessions.challenge(name, asked.remember)
        self.sessions.keep(name, msgspec.structs.replace(
            session, stage="challenged", profile=profile.code, content=content))
        return Relay(name, (asked.script,))

    def _decide(self, name: str, session: CardSession, ran: Ran) -> Proof | Unproven:
        remembered = self.sessions.take_challenge(name)
        if remembered is None:
            raise Over
        profile = profiles()[session.profile]
        read = profile.read(session.content)
        with self._api.engine.connect() as connection:
            card = cards_of_record.by_serial(
                connection, self._api.vault, read.issuer, read.serial)
            genuine = go_on(self._masters, profile, read, session.kiosk, remembered, ran.answers)
            if card is None or not genuine & self._counts(card, profile, read.key_version):
                self.sessions.end(name)
                self._looks.card(name, session, "not-proven")
                return Unproven()
            holder = cards_of_record.holder(connection, self._api.vault, card)
        session = msgspec.structs.replace(session, stage="proven", card=card.id, level=PROVEN)
        self._looks.card(name, session, "proven", PROVEN)
        self.sessions.keep(name, session)
        return Proof(PROVEN, holder, self._next(name, session))

    def _counts(self, card: Card, profile: Profile, key_version: int) -> bool:
        return (card.counts(self._cases.today()) & (card.profile == profile.code)
                & (card.key_version == key_version))

    def own(self, name: str, asking: Asking, token: Token) -> Relay | Opened | Unproven:
        """Cases of the holder of the card that is in: it proves once more that it is there."""
        session = self.sessions.get(name, token.name)
        if session.stage != "proven":
            raise Over
        applicant = self._holder(name, session)
        remembered = self.sessions.take_challenge(name) if asking.answers else None
        if remembered is None:
            return Relay(name, (self._next(name, session),))
        profile = profiles()[session.profile]
        if not go_on(self._masters, profile, profile.read(session.content), session.kiosk,
                     remembered, asking.answers):
            self.sessions.end(name)
            self._looks.card(name, session, "not-proven")
            return Unproven()
        found = (self.cases(applicant, session.level, asking.cursor) if asking.number is None
                 else Listed(self._one(applicant, asking.number, session.level)))
        shown = self._looks.own(name, session, found.items, asking.number)
        return Opened(shown, found.next, self._next(name, session))

    def _next(self, name: str, session: CardSession) -> tuple[str, ...]:
        """What the card is to be asked before the next question."""
        asked = begin(profiles()[session.profile], session.kiosk)
        self.sessions.challenge(name, asked.remember, NEXT_LIVES)
        return asked.script

    def _holder(self, name: str, session: CardSession) -> int:
        """The applicant whose card this is; one that was reported lost in between ends the
        session."""
        with self._api.engine.connect() as connection:
            card = cards_of_record.by_id(connection, session.card)
        if card is None or not card.counts(self._cases.today()):
            self.sessions.end(name)
            raise Over
        return card.applicant

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


def masters(settings: Settings, engine: sa.Engine) -> Masters:
    """The card keys. Raises SettingsError when they are misshapen, and in production when the
    record has cards whose keys are not there."""
    found = Masters.parse(settings.card_keys)
    if settings.production:
        with engine.connect() as connection:
            missing = cards_of_record.key_versions(connection) - found.versions
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


def register(api: Api, cases: Cases) -> None:
    desk = Desk(api, cases)

    @api.route("POST", "/v1/card-sessions", scope="cards", body=Opening, returns=Relay,
               created=True, problems=("invalid-body", "not-now"),
               summary="Begin with a card: what the kiosk is to relay to it first.")
    def begin(body: Opening, token: Token) -> Response:
        with told():
            return fresh(_encode(desk.open(body.kiosk, token)), 201)

    @api.route("POST", "/v1/card-session/answers", scope="cards", body=Ran, headers=HEADERS,
               returns=Relay | Proof | Unproven,
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

    @api.route("POST", "/v1/cards/claim", scope="cards", body=Claim, returns=Listed[Answer],
               problems=("invalid-body", "card-not-found"),
               summary="The newest 100 cases of the card with this printed number, at level 0.")
    def claim(body: Claim, token: Token) -> Listed[Answer]:
        found = desk.cases(desk.claimed(body.number), 0, None)
        for answer in found.items:
            api.audit.later(Look("claim", "shown", channel="kiosk", program=token.name,
                                 number=answer.number))
        return Listed(found.items)
