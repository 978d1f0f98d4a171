"""The webhooks of text messages: what Twilio asks, and what it is answered.

A message is answered once: its reply is kept under its MessageSid and given
again, byte for byte, to every repeat. With Redis away there is no session and
no memory; a look-up at level 0 is the same twice, so it is answered still.
"""

from __future__ import annotations

import base64
import binascii
import logging
from collections.abc import Callable, Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

import msgspec
from flask import Blueprint, Response, request

from settings import Settings
from sms import dialogue, replies, twiml
from sms.aside import Consent, Outcome, Teller
from sms.evidence import Cases
from sms.talk import (
    Away,
    Effect,
    FindMatters,
    Found,
    Learned,
    ListNotices,
    ListOffices,
    OpenMatter,
    Record,
    Session,
    Text,
)
from status_service.client import Client, Refused, ServiceAway
from webhooks import Doors, StoreAway, Turns

SESSION_TTL = 30 * 86400  # seconds the language is remembered
STOPPED_TTL = 5 * 366 * 86400  # seconds a STOP keeps us silent; the ledger keeps it for ever
MOST_TRIES = 8  # of a text whose sender's other texts come between
MOST_STEPS = 6  # of one turn; two is the usual number

# Twilio's MessageStatus to the outbox's state; others say nothing new.
STATES = {"sent": "sent", "delivered": "delivered", "read": "delivered",
          "undelivered": "undelivered", "failed": "failed", "canceled": "failed"}
OPTED_OUT = "21610"  # "attempt to send to unsubscribed recipient"

log = logging.getLogger("sms")
_session = msgspec.msgpack.Decoder(Session)
_encode = msgspec.msgpack.Encoder().encode


def create_blueprint(settings: Settings, client: Client, turns: Turns,
                     clock: Callable[[], datetime]) -> Blueprint:
    """/sms/inbound, /sms/status and /sms/fallback; `clock` gives aware times."""
    blueprint = Blueprint("sms", __name__)
    doors = Doors(settings)
    texts = Texts(settings, client, turns, clock)

    @blueprint.post("/sms/inbound", endpoint="inbound")
    @doors.turn
    def inbound(given: dict[str, str], _query: str) -> bytes:
        return texts.answer(given)

    @blueprint.post("/sms/fallback", endpoint="fallback")
    @doors.turn
    def fallback(given: dict[str, str], _query: str) -> bytes:
        # Twilio comes here when /sms/inbound failed, with the same message: once more.
        log.warning("fallback asked, ErrorCode %s", given.get("ErrorCode", "")[:10])
        return texts.answer(given)

    @blueprint.post("/sms/status", endpoint="status")
    @doors.guarded
    def status(given: dict[str, str]) -> Response:
        return Response(status=204 if texts.note_status(given, request.args) else 503)

    return blueprint


class Texts:
    """Answers texts: sessions and remembered replies around the dialogue."""

    def __init__(self, settings: Settings, client: Client, turns: Turns,
                 clock: Callable[[], datetime]) -> None:
        self._client = client
        self._cases = Cases(client)
        self._turns = turns
        self._clock = clock
        self._zone = ZoneInfo(settings.zone)
        self._phone = replies.as_written(settings.person_phone)
        self._teller = Teller(settings, client, turns)

    def answer(self, given: dict[str, str]) -> bytes:
        """The TwiML for one inbound message."""
        sender, sid = given.get("From", ""), given.get("MessageSid", "")
        if not sender or not sid:
            return twiml.SILENCE  # nobody to answer
        turns = self._turns
        reply_key = turns.key("text", sid)
        session_key = turns.key("sender", sender, given.get("To", ""))
        reply = twiml.SILENCE
        for _ in range(MOST_TRIES):
            try:
                raw, kept = turns.recall_apart(reply_key, session_key)
            except StoreAway:
                log.warning("Redis away: a text is answered without its session")
                return self._turn(Session(), given)[1]
            if kept is not None:
                return kept
            session, reply = self._turn(_decoded(raw), given)
            try:
                stored = turns.remember_apart(reply_key, session_key, raw, _encode(session), reply,
                                              STOPPED_TTL if session.stopped else SESSION_TTL)
            except StoreAway:
                log.warning("Redis away: a text's session is not kept")
                return reply
            if stored is not None:
                return stored
        log.warning("a sender's texts come faster than they can be told apart")
        return reply

    def _turn(self, session: Session, given: dict[str, str]) -> tuple[Session, bytes]:
        now = self._clock()
        at = int(now.timestamp())
        text = Text(unwrapped(given.get("Body", "")), at, given.get("OptOutType", ""))
        taken = dialogue.step(session, text)
        said = taken.say
        waiting = list(taken.effects)
        for _ in range(MOST_STEPS):
            if not waiting:
                break
            effect = waiting.pop(0)
            taken = dialogue.step(
                taken.session, Learned(effect, self._carry_out(effect, given, now), at))
            said += taken.say
            waiting += taken.effects
        if not said:
            return taken.session, twiml.SILENCE
        today = now.astimezone(self._zone).date()
        return taken.session, twiml.message(
            replies.render(said, taken.session.language, today, self._phone))

    def _carry_out(self, effect: Effect, given: dict[str, str], now: datetime) -> Found:
        if isinstance(effect, Record):
            return self._teller.tell(Consent(given["From"], effect.stopped,
                                             given["MessageSid"], now))
        try:
            return self._ask(effect, given)
        except ServiceAway:
            log.warning("service away: a text is answered with an apology")
        except Refused as refused:
            log.error("the service refused a question: %s",
                      refused.problem.get("type", refused.status))
        return Away()

    def _ask(self, effect: Effect, given: dict[str, str]) -> Found:
        client = self._client
        match effect:
            case FindMatters(words=words):
                return client.matters(query=words)
            case OpenMatter(code=code):
                return client.matter(code)
            case ListNotices():
                return client.notices()
            case ListOffices():
                return client.offices()
            case Record():
                raise AssertionError("see _carry_out")
        conversation = self._turns.key("sender", given["From"], given.get("To", ""))
        return self._cases.found(effect, given["From"], conversation)

    def note_status(self, given: Mapping[str, str], address: Mapping[str, str]) -> bool:
        """Pass on what became of a message we sent; False when that must come again.
        `address` are the parameters that our callback address itself carries."""
        state = STATES.get(given.get("MessageStatus", ""))
        notification = address.get("notification", "")
        error = given.get("ErrorCode", "")[:10]
        sid = given.get("MessageSid", "")
        kept = True
        if error == OPTED_OUT and given.get("To"):
            kept = self._teller.tell(Consent(given["To"], True, f"{OPTED_OUT}:{sid}",
                                             self._clock()))
        if state and notification:
            kept = self._teller.tell(Outcome(notification, state, sid, error)) and kept
        return kept


def unwrapped(body: str) -> str:
    """The text itself where a carrier passed it on in base64 (seen with long texts), and
    only where nothing else can be meant."""
    plain = body.strip()
    if len(plain) < 24 or len(plain) % 4 or plain.isdigit() or not plain.isascii():
        return body
    if plain.lower() == plain or plain.upper() == plain:
        return body
    try:
        text = base64.b64decode(plain, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return body
    return text if text.replace("\n", "").replace("\r", "").isprintable() else body


def _decoded(raw: bytes | None) -> Session:
    """A session in a form of another release is begun anew."""
    if raw is None:
        return Session()
    try:
        return _session.decode(raw)
    except msgspec.DecodeError:
        log.warning("a session of another form is begun anew")
        return Session()

