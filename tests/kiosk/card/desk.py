"""A service of the test's own for the card worker: it asks cards as the real one does, by the
standards alone, and can be slow, away, or hear of a loss. And an ear for the worker's events."""

from __future__ import annotations

import hashlib
import queue
import secrets
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar

from cryptography.hazmat.primitives.ciphers import Cipher, modes
from cryptography.hazmat.primitives.ciphers.algorithms import AES, SM4
from cryptography.hazmat.primitives.cmac import CMAC

from kiosk.card.events import CardEvent, CardIn, CardOut, CardProven
from kiosk.card.worker import CardWorker
from status_service.client import (
    CardSessionOver,
    Opened,
    Proof,
    Relay,
    ServiceAway,
    Unproven,
)
from tests.kiosk.slot import AES_CARD, SM4_CARD

E = TypeVar("E")
READ = "00B095001E"


class Desk:
    """Knows the cards it is given (images, as JSON has them)."""

    def __init__(self, *cards: dict[str, Any]) -> None:
        self.cards = {card["serial"]: card for card in cards or (AES_CARD, SM4_CARD)}
        self.kiosk = b""
        self.open: dict[str, list[str]] = {}  # session: serial, profile, nonce
        self.proven: list[str] = []  # the sessions, in the order in which cards were proven
        self.expired = False  # whether challenges have run out
        self.closed: queue.Queue[str] = queue.Queue()
        self.away = False
        self.slow = 0.0  # seconds for each answer
        self.asked: queue.Queue[str] = queue.Queue()
        self._never = threading.Event()

    def _turn(self, name: str) -> None:
        self.asked.put(name)
        self._never.wait(self.slow)
        if self.away:
            raise ServiceAway("away")

    def card_open(self, kiosk: str) -> Relay:
        self._turn("open")
        self.kiosk = hashlib.sha256(kiosk.encode()).digest()[:8]
        session = secrets.token_hex(32)
        self.open[session] = []
        aids = (card["aid"] for card in (AES_CARD, SM4_CARD))
        return Relay(session, tuple((f"00A40400{len(aid) // 2:02X}{aid}00", READ)
                                    for aid in aids))

    def card_answer(self, session: str, script: int, answers: list[str]
                    ) -> Relay | Proof | Unproven:
        self._turn("answer")
        known = self.open[session]
        if not known:
            data = bytes.fromhex(answers[1])
            assert data[-2:] == b"\x90\x00" and len(data) == 32
            known += [data[12:20].hex().upper(), str(script)]
            return Relay(session, (self._challenge(session),))
        if not self._right(session, answers):
            return Unproven()
        self.proven.append(session)
        return Proof(2, str(self.cards[known[0]]["id"]), self._challenge(session))

    def card_pin(self, session: str, answers: Sequence[str]) -> Unproven:
        raise CardSessionOver  # these cards have none

    def card_pin_proven(self, session: str, answers: Sequence[str]) -> Unproven:
        raise CardSessionOver

    def cases(self, session: str, answers: tuple[str, ...]) -> Relay | Opened | Unproven:
        """A question about the holder's cases."""
        self._turn("cases")
        if session not in self.open:
            raise CardSessionOver
        if not answers or self.expired:
            self.expired = False
            return Relay(session, (self._challenge(session),))
        if not self._right(session, answers):
            self.open.pop(session)
            return Unproven()
        return Opened((), session, self._challenge(session))

    def _challenge(self, session: str) -> tuple[str, ...]:
        nonce = secrets.token_bytes(16)
        known = self.open[session]
        known[2:] = [nonce.hex()]
        sent = nonce + (self.kiosk if known[1] == "0" else b"")
        return (f"00880001{len(sent):02X}{sent.hex()}00",)

    def _right(self, session: str, answers: Sequence[str]) -> bool:
        serial, profile, nonce = self.open[session]
        card = self.cards.get(serial)
        expected = self._cryptogram(card, serial, bytes.fromhex(nonce), profile)
        return card is not None and bytes.fromhex(answers[0]) == expected + b"\x90\x00"

    def _cryptogram(self, card: dict[str, Any] | None, serial: str, nonce: bytes,
                    profile: str) -> bytes:
        key = bytes.fromhex(card["keys"]["01"]["key"]) if card else bytes(16)
        if profile == "0":
            mac = CMAC(AES(key))
            mac.update(b"\x01" + nonce + self.kiosk + bytes.fromhex(serial))
            return mac.finalize()
        cipher = Cipher(SM4(key), modes.ECB()).encryptor()  # noqa: S305 - as the card does
        return cipher.update(nonce) + cipher.finalize()

    def card_close(self, session: str) -> None:
        self._turn("close")
        self.open.pop(session, None)
        self.closed.put(session)

    def closes(self, session: str, within: float = 5.0) -> bool:
        """The next session that is closed is this one."""
        return self.closed.get(timeout=within) == session


class Content(Desk):
    """Finds every card that answers one command good."""

    def card_open(self, kiosk: str) -> Relay:
        self._turn("open")
        session = f"session-{self.asked.qsize()}"
        self.open[session] = []
        return Relay(session, (("00A40400",),))

    def card_answer(self, session: str, script: int, answers: list[str]
                    ) -> Relay | Proof | Unproven:
        self._turn("answer")
        assert answers == ["9000"]
        self.proven.append(session)
        return Proof(2, "somebody", ("0088",))

    def cases(self, session: str, answers: tuple[str, ...]) -> Relay | Opened | Unproven:
        """Content with a card that answers 9000 alone."""
        self._turn("cases")
        return Opened((), None, ("0088",)) if answers == ("9000",) else Unproven()


class Heard:
    """The worker's events, one after another."""

    def __init__(self) -> None:
        self.events: queue.Queue[CardEvent] = queue.Queue()

    def __call__(self, event: CardEvent) -> None:
        self.events.put(event)

    def next(self, kind: type[E], within: float = 5.0) -> E:
        """The next event, which must be of this kind."""
        event = self.events.get(timeout=within)
        assert isinstance(event, kind), event
        return event

    def proven(self, within: float = 5.0) -> CardProven:
        """The next two events: a card comes in and is proven."""
        came = self.next(CardIn, within)
        proven = self.next(CardProven, within)
        assert proven.generation == came.generation
        return proven

    def out(self, generation: int, within: float = 5.0) -> None:
        """The next event: this card is out."""
        assert self.next(CardOut, within).generation == generation

    def nothing(self, within: float = 1.5) -> bool:
        """True when nothing is heard for so many seconds: some looks of the worker."""
        try:
            event = self.events.get(timeout=within)
        except queue.Empty:
            return True
        raise AssertionError(event)


@contextmanager
def working(desk: Desk, heard: Heard) -> Iterator[CardWorker]:
    """A worker that runs."""
    worker = CardWorker(desk, "kiosk-1", heard)
    worker.start()
    try:
        yield worker
    finally:
        worker.stop()
