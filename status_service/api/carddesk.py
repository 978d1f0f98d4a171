"""/v1/cards/desk and its like: a clerk issues, blocks and rewrites cards. Each question that
changes something names the clerk; numbers of cases and cards are in bodies, never in a path."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import msgspec
from flask import Response

from status_service.api.cards import HEADERS, MOST_ANSWERS, Hex, masters, session, told
from status_service.api.cases import Cases
from status_service.api.errors import Problem
from status_service.api.http import Api, fresh
from status_service.carddeskclient import Action, DeskDone, DeskStep, KeyCount, KeyCounts
from status_service.trust.audit import AuditAway
from status_service.trust.cards.desk import CardDesk
from status_service.trust.cards.register import CardState
from status_service.trust.shelf import ShelfAway
from status_service.trust.tokens import Token

Clerk = Annotated[str, msgspec.Meta(min_length=1, max_length=40, pattern=r"\S")]
Number = Annotated[str, msgspec.Meta(max_length=80)]
_encode = msgspec.json.Encoder().encode


class Beginning(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """clerk: who works here, by the name of the staff's own. number: a case number of the
    applicant's, or what is printed on the card that is replaced. kind: of a new card."""

    clerk: Clerk
    action: Action
    number: Number = ""
    kind: Annotated[str, msgspec.Meta(max_length=40)] = ""

    def __repr__(self) -> str:
        return "Beginning(redacted)"


class Answered(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the card answered to each command, with its status word."""

    answers: Annotated[tuple[Hex, ...], msgspec.Meta(max_length=MOST_ANSWERS)]

    def __repr__(self) -> str:
        return "Answered(redacted)"


class Named(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The card with this printed number, or the only one of whose case has this number."""

    clerk: Clerk
    number: Annotated[str, msgspec.Meta(min_length=1, max_length=80)]

    def __repr__(self) -> str:
        return "Named(redacted)"


@contextmanager
def _told() -> Iterator[None]:
    with told():
        try:
            yield
        except (ShelfAway, AuditAway):
            raise Problem("not-now") from None


def register(api: Api, cases: Cases) -> None:
    settings = api.settings
    keys = masters(settings, api.engine)
    desk = CardDesk(api.engine, api.vault, keys, settings.redis_url,
                    bytes.fromhex(settings.card_issuer),
                    bytes.fromhex(settings.card_transport_key), api.now, cases.today)

    @api.route("POST", "/v1/cards/desk", scope="card-desk", body=Beginning,
               returns=DeskStep | DeskDone, problems=("invalid-body", "not-now"),
               summary="A clerk begins to work on the card in their reader: what it is sent first.")
    def begin(body: Beginning, token: Token) -> Response:
        with _told():
            return fresh(_encode(desk.begin(token.name, body.clerk, body.action, body.number,
                                            body.kind)))

    @api.route("POST", "/v1/cards/desk/answers", scope="card-desk", body=Answered,
               headers=HEADERS, returns=DeskStep | DeskDone,
               problems=("invalid-body", "card-session-over", "not-now"),
               summary="What the card answered: what it is sent next, or what came of it.")
    def answers(body: Answered, token: Token) -> Response:
        with _told():
            return fresh(_encode(desk.go(token.name, session(), body.answers)))

    @api.route("POST", "/v1/cards/lost", scope="card-desk", body=Named, returns=DeskDone,
               problems=("invalid-body", "not-now"),
               summary="A card is lost: from now on it counts nowhere. Harmless twice.")
    def lost(body: Named, token: Token) -> Response:
        with _told():
            return fresh(_encode(desk.set_state(body.clerk, body.number, CardState.LOST)))

    @api.route("POST", "/v1/cards/revoke", scope="card-desk", body=Named, returns=DeskDone,
               problems=("invalid-body", "not-now"),
               summary="A card never counts again. Harmless twice.")
    def revoke(body: Named, token: Token) -> Response:
        with _told():
            return fresh(_encode(desk.set_state(body.clerk, body.number, CardState.REVOKED)))

    @api.route("GET", "/v1/cards/keys", scope="card-desk", returns=KeyCounts,
               summary="The versions of the card keys, and how many cards need each.")
    def key_counts(token: Token) -> KeyCounts:
        newest = max(keys.versions, default=None)
        return KeyCounts(tuple(
            KeyCount(version, version in keys.versions, version == newest, count)
            for version, count in sorted(desk.key_counts().items())))
