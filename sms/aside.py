"""What must reach the service later when it is away now: STOP and START, and what became
of a message. Kept in Redis, encrypted, and handed on by the worker in order."""

from __future__ import annotations

import base64
import logging
from datetime import datetime

import msgspec
from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from settings import Settings
from status_service.client import Client, Refused, ServiceAway
from webhooks import StoreAway, Turns

QUEUE = "sms"
log = logging.getLogger("sms")


class Consent(msgspec.Struct, frozen=True, tag=True):
    """STOP or START of a phone number, said at `at`."""

    address: str
    stopped: bool
    proof: str  # the message's or call's id
    at: datetime


class Outcome(msgspec.Struct, frozen=True, tag=True):
    """What became of a notification."""

    notification: str
    state: str
    provider_id: str
    error: str


class Teller:
    """Tells the service, now or as soon as it is back."""

    def __init__(self, settings: Settings, client: Client, turns: Turns) -> None:
        key = HKDF(hashes.SHA256(), 32, None, b"hallway:aside").derive(settings.secret.encode())
        self._cipher = Fernet(base64.urlsafe_b64encode(key))
        self._client = client
        self._turns = turns

    def tell(self, news: Consent | Outcome) -> bool:
        """True when the service has it or it is safely put aside; False when it is lost."""
        try:
            self._hand_on(news)
            return True
        except ServiceAway:
            pass
        try:
            self._turns.queue(QUEUE, self._cipher.encrypt(msgspec.json.encode(news)))
            return True
        except StoreAway:
            log.error("service and Redis away: a %s is lost", type(news).__name__)
            return False

    def catch_up(self) -> int:
        """Hand on what was put aside; returns how many. Raises ServiceAway, StoreAway."""
        return self._turns.unqueue(QUEUE, self._decode_and_hand_on)

    def _decode_and_hand_on(self, sealed: bytes) -> None:
        try:
            news: Consent | Outcome = msgspec.json.decode(
                self._cipher.decrypt(sealed), type=Consent | Outcome)
        except (InvalidToken, msgspec.DecodeError) as error:  # the secret or the form changed
            log.error("something put aside cannot be read any more: %s", type(error).__name__)
            return
        self._hand_on(news)

    def _hand_on(self, news: Consent | Outcome) -> None:
        """A refusal is final: the same words again would be refused again."""
        try:
            if isinstance(news, Consent):
                self._client.consent(address=news.address, stopped=news.stopped, channel="sms",
                                     proof=news.proof, at=news.at)
            else:
                self._client.report(news.notification, news.state, news.provider_id, news.error)
        except Refused as refused:
            log.warning("the service refused a %s: %s", type(news).__name__,
                        refused.problem.get("type", refused.status))
