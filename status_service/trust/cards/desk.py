"""The card desk: what a clerk does with a card in their reader, step by step.

A job says what the card is to be sent, hears its answers, and goes on. It lies in Redis between
two steps, sealed; each step is taken once. Nothing counts before the card proved itself at the
end: one that was pulled out in the middle is put in again, and the job is done anew.
"""

from __future__ import annotations

import logging
import random
import secrets
from collections.abc import Callable
from datetime import date, datetime
from functools import partial
from typing import Literal, NamedTuple

import msgspec
import sqlalchemy as sa
from sqlalchemy import Engine

from status_service.carddeskclient import Action, DeskDone, DeskStep, Outcome
from status_service.cases import number as case_number
from status_service.storage import tables
from status_service.storage.engine import writing
from status_service.trust import audit
from status_service.trust.audit import Look
from status_service.trust.cards import personalise, register
from status_service.trust.cards.keys import Masters
from status_service.trust.cards.personalise import Keys, Op, Secured
from status_service.trust.cards.profiles import CardData, Profile, answered, profiles
from status_service.trust.cards.register import CardState, Issued
from status_service.trust.cards.sessions import Over
from status_service.trust.cards.verify import NONCE, kiosk_octets, proves
from status_service.trust.personal import Vault
from status_service.trust.shelf import Shelf

log = logging.getLogger(__name__)

LIVES = 120  # seconds for one step of a job
KIOSK = "card-desk"  # what a card's answer is bound to at a desk
MOST_BEGUN = 3  # cards of one applicant that were broken off; each try costs one of the card's
TRANSPORT = -1
YEARS = 10  # a new card is valid
KIND = "fmcos"  # of a new card, unless the clerk says another
BLOCKS: dict[Action, frozenset[str]] = {  # in which state a card must be for what
    "found": frozenset({CardState.LOST}), "rekey": frozenset({CardState.ACTIVE}),
    "unblock": frozenset({CardState.ACTIVE})}
DONE: dict[Action, Outcome] = {"issue": "issued", "replace": "issued", "show": "shown",
                               "found": "found", "rekey": "rekeyed", "unblock": "unblocked"}


class Job(msgspec.Struct, frozen=True):
    """Where a clerk's work on the card in the reader stands.

    tries: what may be at the card's MF, the first of them now: a card of the record (0: a new
    one) and the version of its management key (TRANSPORT: the maker's key). at: which operation
    of the plan comes next. version: of the keys that the card has at the end.
    """

    owner: str  # the token's name
    clerk: str
    action: Action
    stage: Literal["reading", "knocking", "entering", "asking", "writing", "proving"]
    profile: str
    applicant: int = 0  # of a new card
    card: int = 0
    replaces: int = 0
    version: int = 0
    tries: tuple[tuple[int, int], ...] = ()
    at: int = 0
    pin: str = ""  # that the card was given, until its holder sets their own
    nonce: bytes = b""

    def __repr__(self) -> str:
        return f"Job(action={self.action!r}, stage={self.stage!r}, redacted)"


_c = tables.cards.c
_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(Job).decode
_with = msgspec.structs.replace


class Held(NamedTuple):
    """A card of the record."""

    id: int
    applicant: int
    state: str


class CardDesk:
    """One per process; safe to use from many threads. Every method may raise ShelfAway."""

    def __init__(self, engine: Engine, vault: Vault, masters: Masters, redis_url: str,
                 issuer: bytes, transport: bytes, now: Callable[[], datetime],
                 today: Callable[[], date]) -> None:
        self._engine, self._vault, self._masters = engine, vault, masters
        self._shelf = Shelf(redis_url, vault)
        self._issuer, self._transport = issuer, transport
        self._now, self._today = now, today

    # -- what is asked ---------------------------------------------------------------------

    def begin(self, owner: str, clerk: str, action: Action, number: str,
              kind: str) -> DeskStep | DeskDone:
        name = secrets.token_urlsafe(32)
        if action not in ("issue", "replace"):
            return self._read(name, Job(owner, clerk, action, "reading", next(iter(profiles()))))
        profile = profiles().get(kind or KIND)
        if profile is None or profile.personalise is None:
            return DeskDone("unreadable")
        if not self._transport or not self._masters.versions:
            return DeskDone("no-key")
        job = Job(owner, clerk, action, "knocking", profile.code,
                  version=max(self._masters.versions), pin=_pin(profile))
        with self._engine.connect() as connection:
            old: Held | None = None
            if action == "replace":
                named = self._one(connection, number)
                if not isinstance(named, Held):
                    return DeskDone(named)
                if named.state == CardState.ISSUING:  # it was never handed out
                    return DeskDone("wrong-state")
                old = named
            applicant = old.applicant if old else self._applicant(connection, number)
            if applicant is None:
                return DeskDone("no-holder")
            begun = connection.execute(sa.select(_c.id, _c.key_version).where(
                _c.applicant == applicant, _c.state == CardState.ISSUING,
                _c.profile == profile.code).order_by(_c.id.desc()).limit(MOST_BEGUN)).all()
        # One that was broken off has its own key by now, or the maker's still.
        tries = [(0, TRANSPORT), *((card, version) for card, held in begun
                                   for version in dict.fromkeys((held, job.version)))]
        return self._knock(name, _with(job, applicant=applicant, tries=tuple(tries),
                                       replaces=old.id if old else 0))

    def go(self, owner: str, name: str, answers: tuple[str, ...]) -> DeskStep | DeskDone:
        """Raises Over."""
        kept = self._shelf.take(self._shelf.key("card-desk", name))
        if kept is None:
            raise Over
        job = _decode(kept)
        if job.owner != owner:
            raise Over
        does = {"reading": self._was_read, "knocking": self._enter, "entering": self._entered,
                "asking": self._secure, "writing": self._wrote, "proving": self._proved}
        return does[job.stage](name, job, answers)

    def set_state(self, clerk: str, number: str, state: CardState) -> DeskDone:
        """Without the card: it is lost, or revoked. At once: every question of a card session
        and every claim looks the card up."""
        before = [CardState.ACTIVE, CardState.LOST, CardState.ISSUING]
        with writing(self._engine).begin() as connection:
            card = self._one(connection, number)
            if not isinstance(card, Held):
                return DeskDone(card)
            if state == CardState.LOST:
                before = [CardState.ACTIVE, CardState.LOST]
            done = self._turn(connection, card.id, before, state)
            outcome: Outcome = "lost" if state == CardState.LOST else "revoked"
            if not done and card.state != state:
                outcome = "wrong-state"
            self._noted(connection, clerk, outcome, card.id)
            return self._about(connection, outcome, card.id)

    def key_counts(self) -> dict[int, int]:
        """How many cards that could still count have keys of each version."""
        with self._engine.connect() as connection:
            return dict.fromkeys(self._masters.versions, 0) | register.key_counts(connection)

    # -- reading what lies in the reader ---------------------------------------------------

    def _read(self, name: str, job: Job) -> DeskStep:
        return self._step(name, _with(job, stage="reading"), profiles()[job.profile].read_script())

    def _was_read(self, name: str, job: Job, answers: tuple[str, ...]) -> DeskStep | DeskDone:
        codes = list(profiles())
        profile = profiles()[job.profile]
        content = profile.content(answers)
        if not content:
            following = codes[codes.index(job.profile) + 1:]
            return self._read(name, _with(job, profile=following[0])) if following else DeskDone(
                "unreadable")
        read = profile.read(content)
        with self._engine.connect() as connection:
            card = register.by_serial(connection, self._vault, read.issuer, read.serial)
            if card is None or card.profile != profile.code:
                return DeskDone("no-card")
            if card.state not in BLOCKS.get(job.action, {card.state}):
                return self._about(connection, "wrong-state", card.id)
        job = _with(job, card=card.id, version=card.key_version)
        if job.action in ("show", "found"):
            return self._prove(name, job)
        if profile.personalise is None:
            return DeskDone("unreadable")
        if job.action == "unblock":
            held = ((card.id, card.key_version),)
            return self._knock(name, _with(job, pin=_pin(profile), tries=held))
        newest = max(self._masters.versions, default=card.key_version)
        if card.key_version == newest and read.key_version == newest:
            return self._prove(name, job)
        # One that was pulled out while it was rewritten may have the new key already.
        tries = tuple((card.id, v) for v in dict.fromkeys((card.key_version, newest)))
        return self._knock(name, _with(job, version=newest, tries=tries))

    # -- writing on it ---------------------------------------------------------------------

    def _knock(self, name: str, job: Job) -> DeskStep:
        """Ask for a challenge, to show the card the key under which it is written."""
        return self._step(name, _with(job, stage="knocking"),
                          (personalise.SELECT_MF, self._challenge(job)))

    def _enter(self, name: str, job: Job, answers: tuple[str, ...]) -> DeskStep | DeskDone:
        challenge = self._given(job, answers)
        if not challenge:
            return DeskDone("not-blank" if job.action in ("issue", "replace") else "card-failed")
        profile = profiles()[job.profile]
        return self._step(name, _with(job, stage="entering"),
                          (personalise.authenticate(profile, self._key(job), challenge),))

    def _entered(self, name: str, job: Job, answers: tuple[str, ...]) -> DeskStep | DeskDone:
        if answers == ("9000",):
            card = job.tries[0][0] or self._new(job)
            return self._next(name, _with(job, card=card))
        if job.tries[1:]:
            return self._knock(name, _with(job, tries=job.tries[1:]))
        return DeskDone("not-blank" if job.action in ("issue", "replace") else "unproven")

    def _next(self, name: str, job: Job) -> DeskStep:
        plan = self._plan(job)
        if job.at >= len(plan):
            return self._prove(name, job)
        operation = plan[job.at]
        if isinstance(operation, Secured):
            return self._step(name, _with(job, stage="asking"), (self._challenge(job),))
        return self._step(name, _with(job, stage="writing"), operation)

    def _secure(self, name: str, job: Job, answers: tuple[str, ...]) -> DeskStep | DeskDone:
        challenge, operation = self._given(job, answers), self._plan(job)[job.at]
        if not challenge or not isinstance(operation, Secured):
            return DeskDone("card-failed")
        return self._step(name, _with(job, stage="writing"), (personalise.secured(
            profiles()[job.profile], self._key(job), operation, challenge),))

    def _wrote(self, name: str, job: Job, answers: tuple[str, ...]) -> DeskStep | DeskDone:
        operation = self._plan(job)[job.at]
        wanted = 1 if isinstance(operation, Secured) else len(operation)
        if answers != ("9000",) * wanted:
            return DeskDone("card-failed")
        return self._next(name, _with(job, at=job.at + 1))

    def _plan(self, job: Job) -> list[Op]:
        profile = profiles()[job.profile]
        if job.action == "unblock":
            return personalise.unblock(profile, job.pin)
        keys = self._keys(job, job.version)
        if job.action == "rekey":
            return personalise.rekey(profile, keys, job.version)
        return personalise.personalise(profile, keys, self._content(job), job.pin)

    def _key(self, job: Job) -> bytes:
        """That is at its MF, or is tried there."""
        card, version = job.tries[0]
        if version == TRANSPORT:
            return self._transport
        return self._keys(_with(job, card=card), version).manage

    # -- the proof, and what counts from then on -------------------------------------------

    def _prove(self, name: str, job: Job) -> DeskStep:
        profile, nonce = profiles()[job.profile], secrets.token_bytes(NONCE)
        return self._step(name, _with(job, stage="proving", nonce=nonce), (
            *profile.read_script(), profile.challenge(nonce, kiosk_octets(KIOSK))))

    def _proved(self, name: str, job: Job, answers: tuple[str, ...]) -> DeskDone:
        profile = profiles()[job.profile]
        content, last = profile.content(answers[:2]), answered(answers[-1]) if answers else b""
        read = profile.read(content)
        good = (len(answers) == 3 and read == profile.read(self._content(job))
                and proves(self._masters, profile, read, job.nonce, KIOSK, last))
        with writing(self._engine).begin() as connection:
            if not good:
                self._noted(connection, job.clerk, "unproven", job.card)
                if job.action == "show":
                    return _with(self._about(connection, "shown", job.card), proven=False)
                return self._about(connection, "unproven", job.card)
            outcome = self._counts(connection, job)
            self._noted(connection, job.clerk, outcome, job.card)
            found = self._about(connection, outcome, job.card)
        pin = personalise.new_pin(profile, job.pin) if job.pin else ""
        return _with(found, proven=True, pin="" if outcome == "wrong-state" else pin)

    def _counts(self, connection: sa.Connection, job: Job) -> Outcome:
        """What the record says from now on."""
        done = True
        outcome = DONE[job.action]
        match job.action:
            case "issue" | "replace":
                done = self._turn(connection, job.card, [CardState.ISSUING], CardState.ACTIVE,
                                  job.version)
                if done and job.replaces:
                    self._turn(connection, job.replaces, list(CardState), CardState.REVOKED)
            case "found":
                done = self._turn(connection, job.card, [CardState.LOST], CardState.ACTIVE)
            case "rekey":
                if not job.at:
                    outcome = "current"
                done = self._turn(connection, job.card, [CardState.ACTIVE], CardState.ACTIVE,
                                  job.version)
            case "unblock":
                done = self._turn(connection, job.card, [CardState.ACTIVE], CardState.ACTIVE)
        return outcome if done else "wrong-state"

    def _turn(self, connection: sa.Connection, card: int, before: list[CardState],
              state: CardState, version: int | None = None) -> bool:
        values: dict[str, object] = {"state": state.value}
        if version is not None:
            values["key_version"] = version
        return bool(connection.execute(tables.cards.update().where(
            _c.id == card, _c.state.in_(before)).values(values)).rowcount)

    def _noted(self, connection: sa.Connection, clerk: str, outcome: Outcome, card: int) -> None:
        """Every end of a clerk's work on a card passes here, in the transaction that makes it
        count and at its end: the audit is locked last. The log names no clerk."""
        audit.append(connection, self._vault, [(self._now(), Look(
            "change", "not-proven" if outcome in ("unproven", "wrong-state") else "done", 3,
            "staff", "card-desk", source=clerk, visit=f"card-desk\0{clerk}",
            detail=f"card {card}: {outcome}"))])
        log.info("Card desk: card %d of the record, %s.", card, outcome)

    # -- helpers ---------------------------------------------------------------------------

    def _step(self, name: str, job: Job, commands: tuple[str, ...]) -> DeskStep:
        self._shelf.put(self._shelf.key("card-desk", name), _encode(job).decode(), LIVES)
        return DeskStep(name, commands)

    def _challenge(self, job: Job) -> str:
        """GET CHALLENGE."""
        octets = personalise.challenge_octets(profiles()[job.profile])
        return f"00840000{octets:02X}"

    def _given(self, job: Job, answers: tuple[str, ...]) -> bytes:
        challenge = answered(answers[-1]) if answers else b""
        wanted = personalise.challenge_octets(profiles()[job.profile])
        return challenge if len(challenge) == wanted else b""

    def _applicant(self, connection: sa.Connection, number: str) -> int | None:
        key, _ = case_number.keys(number)
        found: int | None = connection.execute(sa.select(tables.cases.c.applicant).where(
            tables.cases.c.number_key == key)).scalar() if key else None
        return found

    def _one(self, connection: sa.Connection, number: str) -> Held | Outcome:
        """The card with this printed number, or the only one that counts of whose case it is."""
        _, digits = case_number.keys(number)
        wanted = sa.select(_c.id, _c.applicant, _c.state)
        printed = connection.execute(wanted.where(
            _c.printed_hash == self._vault.keyed_hash("card-printed", digits))).first()
        if printed:
            return Held(*printed)
        applicant = self._applicant(connection, number)
        if applicant is None:
            return "no-card"
        found = connection.execute(wanted.where(_c.applicant == applicant, _c.state.in_(
            [CardState.ACTIVE, CardState.LOST]))).all()
        if len(found) > 1:
            return "several"
        return Held(*found[0]) if found else "no-card"

    def _new(self, job: Job) -> int:
        """A blank card gets a serial of its own, always: two cards with the same keys would
        each be taken for the other."""
        today = self._today()
        until = date(today.year + YEARS, today.month, min(today.day, 28))
        while True:
            issued = Issued(self._issuer, secrets.token_bytes(8),
                            case_number.make(today.year, random.SystemRandom()), job.profile,
                            job.version, until, CardState.ISSUING)
            with writing(self._engine).begin() as connection:
                if register.add(connection, self._vault, issued, job.applicant, self._now()):
                    card = register.by_serial(connection, self._vault, issued.issuer,
                                              issued.serial)
                    if card is not None:
                        return card.id

    def _row(self, connection: sa.Connection, card: int) -> tuple[register.Card, list[str]]:
        """The card, and its issuer, serial and printed number."""
        found = register.by_id(connection, card)
        if found is None:
            raise Over
        sealed = connection.execute(sa.select(_c.sealed).where(_c.id == card)).scalar_one()
        return found, self._vault.unseal(sealed).split("\0")

    def _content(self, job: Job) -> bytes:
        """The data file as it should be."""
        with self._engine.connect() as connection:
            card, (issuer, serial, _) = self._row(connection, job.card)
        file = profiles()[job.profile].data_file
        return file.write(CardData(bytes.fromhex(issuer), job.version, bytes.fromhex(serial),
                                   card.valid_until))

    def _keys(self, job: Job, version: int) -> Keys:
        profile = profiles()[job.profile]
        with self._engine.connect() as connection:
            _, (_, serial, _) = self._row(connection, job.card)
        key = partial(self._masters.card_key, profile, version, bytes.fromhex(serial))
        return Keys(key("open"), key("pin"), key("manage"))

    def _about(self, connection: sa.Connection, outcome: Outcome, card: int) -> DeskDone:
        found, (_, _, printed) = self._row(connection, card)
        return DeskDone(outcome, kind=found.profile, printed=printed, state=found.state,
                        key_version=found.key_version, valid_until=str(found.valid_until),
                        holder=register.holder(connection, self._vault, found))


def _pin(profile: Profile) -> str:
    return personalise.any_pin(profile.pin) if profile.pin else ""
