"""The webhooks of a call: what Twilio asks, and the TwiML it is answered with.

A turn is (CallSid, step): its reply is kept and given again, byte for byte, to
every repeat. Within a turn look-ups come first, then what is said, then the
reply is stored; a text asked for carries the turn's own key, so that it is sent
once. Whatever breaks, the caller hears a sentence and is offered a person.
"""

from __future__ import annotations

import logging
import traceback
from collections.abc import Callable
from datetime import datetime
from urllib.parse import parse_qs, urlsplit
from zoneinfo import ZoneInfo

import msgspec
from flask import Blueprint, Response, abort
from msgspec.structs import replace

from ivr import dialogue, way
from ivr.audio import Audio, AudioAway
from ivr.lookups import Lookups, textable
from ivr.prompts import Prompts
from ivr.talk import DialEnded, Dialled, Input, Keys, Mended, SayAgain, Session, Silence, Step
from ivr.twiml import Writer
from settings import Settings
from status_service.client import LANGUAGES, Client, Language
from webhooks import Doors, StoreAway, Turns

MOST_EFFECTS = 6  # of one turn; two is the usual number
AUDIO_KEPT = 86_400  # seconds Twilio may keep a rendered sentence
ENDED = frozenset(("completed", "busy", "failed", "no-answer", "canceled"))
ANSWERED = frozenset(("completed", "answered"))  # DialCallStatus after somebody spoke

log = logging.getLogger("ivr")
_session = msgspec.msgpack.Decoder(Session)
_encode = msgspec.msgpack.Encoder().encode


def create_blueprint(settings: Settings, client: Client, turns: Turns,
                     clock: Callable[[], datetime]) -> Blueprint:
    """/ivr/voice, /ivr/status, /ivr/fallback and /ivr/audio; `clock` gives aware times."""
    blueprint = Blueprint("ivr", __name__)
    doors = Doors(settings)
    audio = Audio(settings)
    calls = Calls(settings, client, turns, clock, audio)

    @blueprint.post("/ivr/voice", endpoint="voice")
    @doors.turn
    def voice(given: dict[str, str], query: str) -> bytes:
        return calls.turn(_call(given), given, *_place(query))

    @blueprint.post("/ivr/fallback", endpoint="fallback")
    @doors.turn
    def fallback(given: dict[str, str], _query: str) -> bytes:
        # Twilio comes here when a turn failed or took too long.
        log.warning("fallback asked, ErrorCode %s", given.get("ErrorCode", "")[:10])
        where = _place(urlsplit(given.get("ErrorUrl", "")).query)
        return calls.fall_back(_call(given), given, *where)

    @blueprint.post("/ivr/status", endpoint="status")
    @doors.guarded
    def status(given: dict[str, str]) -> Response:
        if given.get("CallStatus") in ENDED:
            calls.close(_call(given))
        return Response(status=204)

    @blueprint.get("/ivr/audio/<opaque>", endpoint="audio")
    def spoken(opaque: str) -> Response:
        sentence = audio.open(opaque)
        if sentence is None:
            abort(404)
        try:
            octets = audio.speech(*sentence).read_bytes()
        except (AudioAway, OSError) as error:
            log.error("a sentence cannot be spoken: %s", type(error).__name__)
            return Response(status=503)  # Twilio goes on with the next verb
        return Response(octets, mimetype="audio/wav", headers={
            "Content-Language": sentence[1], "Cache-Control": f"private, max-age={AUDIO_KEPT}"})

    return blueprint


class Calls:
    """Answers turns: sessions and remembered replies around the dialogue."""

    def __init__(self, settings: Settings, client: Client, turns: Turns,
                 clock: Callable[[], datetime], audio: Audio) -> None:
        self._turns = turns
        self._clock = clock
        self._zone = ZoneInfo(settings.zone)
        self._mute = audio.mute
        self._lookups = Lookups(client, settings.person_phone)
        prompts = Prompts(settings.person_phone, settings.twilio_number)
        self._writer = Writer(prompts, audio, settings.person_phone, settings.twilio_number)

    def turn(self, call: str, given: dict[str, str], number: int,
             language: Language | None) -> bytes:
        """The reply to turn `number` of a call, the same for every repeat."""
        key = self._turns.key("call", call)
        try:
            try:
                return self._answer(key, call, given, number, language)
            except StoreAway:
                raise
            except Exception as error:  # the caller hears a sentence, whatever it is
                _log_accident(error)
                return self._mend(key, str(number), given, number, language)
        except StoreAway as error:
            log.error("the store is away (%s)", error)
            return self._without_store(given, number, language)

    def fall_back(self, call: str, given: dict[str, str], number: int,
                  language: Language | None) -> bytes:
        """The reply when Twilio could not have, or not use, that of turn `number`."""
        try:
            return self._mend(self._turns.key("call", call), f"fallback {number}", given,
                              number, language)
        except StoreAway as error:
            log.error("the store is away (%s)", error)
            return self._without_store(given, number, language)

    def close(self, call: str) -> None:
        """The call is over: what it has opened is closed, its session is forgotten; its replies
        stay, for repeats."""
        key = self._turns.key("call", call)
        try:
            session = _decoded(self._turns.recall(key, "closed")[0])
            if session and session.grant:
                self._lookups.end(session.grant, call)
            self._turns.remember(key, "closed", b"", b"closed")
        except StoreAway as error:
            log.warning("a call's end is not recorded (%s); its session expires", error)

    # -- one turn ----------------------------------------------------------------

    def _answer(self, key: str, call: str, given: dict[str, str], number: int,
                language: Language | None) -> bytes:
        stored, reply = self._turns.recall(key, str(number))
        if reply is not None:
            return reply
        at = self._now()
        session = _decoded(stored)
        if session is None:
            session = self._fresh(given, number - 1, language)
            lost = number > 0
        else:
            lost = False
        said = self._talk(session, self._input(given, number, session, lost, at), at, call,
                          given, number)
        return self._commit(key, str(number), said, max(number, session.step))

    def _talk(self, session: Session, heard: Input, at: datetime, call: str,
              given: dict[str, str], number: int) -> Step:
        said = dialogue.step(session, heard)
        for _ in range(MOST_EFFECTS):
            if not said.effects:
                return said
            text_key = self._turns.key("text", call, str(number))
            for effect in said.effects:
                result = self._lookups.result(effect, at, given.get("From", ""), text_key,
                                               call)
                said = dialogue.step(said.session, result)
        raise RuntimeError(f"a turn at {said.session.place} does not end")

    def _input(self, given: dict[str, str], number: int, session: Session, lost: bool,
               at: datetime) -> Input:
        if "DialCallStatus" in given:
            return DialEnded(at, given["DialCallStatus"] in ANSWERED)
        if lost:
            return Mended(at)
        if number != session.step + 1:  # ahead of us or behind, and not a repeat
            return SayAgain(at)
        if number == 0:
            return Dialled(at, session.textable, session.mute)
        digits = given.get("Digits", "")
        return Keys(at, digits) if digits else Silence(at)

    def _commit(self, key: str, field: str, said: Step, number: int) -> bytes:
        session = replace(said.session, step=number)
        reply = self._writer.write(said, number + 1)
        return self._turns.remember(key, field, _encode(session), reply)

    # -- when something is wrong ---------------------------------------------------

    def _mend(self, key: str, field: str, given: dict[str, str], number: int,
              language: Language | None) -> bytes:
        """The first time apologise and go back to the menu; after that call a person."""
        stored, reply = self._turns.recall(key, field)
        if reply is not None:
            return reply
        session = _decoded(stored) or self._fresh(given, number, language)
        number = max(number, session.step)
        if session.broken:
            known = session.language if session.chosen else None
            # Whether somebody is there is not asked: asking may be what breaks.
            reply = self._writer.person(("broken_again", "connecting"), self._spoken(known),
                                        number + 1, known)
            session = replace(session, step=number, place="person", broken=session.broken + 1)
            return self._turns.remember(key, field, _encode(session), reply)
        return self._commit(key, field, dialogue.step(session, Mended(self._now())), number)

    def _without_store(self, given: dict[str, str], number: int,
                       language: Language | None) -> bytes:
        if "DialCallStatus" in given:
            why = () if given["DialCallStatus"] in ANSWERED else ("nobody_answered",)
            return self._writer.farewell((*why, "goodbye"), self._spoken(language))
        spoken = self._spoken(language)
        if self._lookups.person_at_work(self._now()):
            return self._writer.person(("store_away", "connecting"), spoken, number + 1, language)
        return self._writer.farewell(("store_away", "person_closed", "goodbye"), spoken)

    def _spoken(self, language: Language | None) -> tuple[Language, ...]:
        """The caller's language; while it is unknown, all that can be spoken."""
        if language:
            return (language,)
        return way.languages(self._mute)

    def _fresh(self, given: dict[str, str], step: int, language: Language | None) -> Session:
        return Session(step=step, language=language or LANGUAGES[0], chosen=bool(language),
                       place="main" if language else "language",
                       textable=textable(given.get("From", "")) is not None, mute=self._mute)

    def _now(self) -> datetime:
        return self._clock().astimezone(self._zone)


def _call(given: dict[str, str]) -> str:
    """Which call; 400 for a signed request that names none."""
    call = given.get("CallSid", "")
    if not call:
        abort(400)
    return call


def _place(query: str) -> tuple[int, Language | None]:
    """(turn, language) of a turn's query string; the first turn has none."""
    found = parse_qs(query)
    step = found.get("step", ["0"])[-1]
    spoken = found.get("lang", [""])[-1]
    number = int(step) if step.isascii() and step.isdigit() and len(step) < 7 else 0
    return number, next((one for one in LANGUAGES if one == spoken), None)


def _decoded(stored: bytes | None) -> Session | None:
    """The session; None when there is none, or an older program wrote it otherwise."""
    if not stored:
        return None
    try:
        return _session.decode(stored)
    except msgspec.DecodeError:
        log.warning("a session of another version is not understood; the call starts anew")
        return None


def _log_accident(error: Exception) -> None:
    """By type and place: an error's message may hold what the caller keyed."""
    places = "".join(traceback.format_tb(error.__traceback__))
    log.error("a turn broke: %s\n%s", type(error).__name__, places)

