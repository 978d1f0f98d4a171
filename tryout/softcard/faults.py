"""Cards that misbehave: worn, pulled out, forged."""

from __future__ import annotations

import dataclasses
import secrets
import time
from collections.abc import Callable

from tryout.softcard.algorithms import CHALLENGE_SIZES, cryptogram
from tryout.softcard.card import SoftCard
from tryout.softcard.contactless import Desfire, MemoryCard
from tryout.softcard.image import Image, Key

FAULTS = {
    "mute": "never answers a command",
    "slow": "takes 300 ms for every command",
    "pulled": "is pulled out in the middle of the nth command: pulled:3; pulled is pulled:2",
    "garbage": "answers random octets",
    "short": "answers a single octet",
    "cloned": "has everything that can be read from a card, but not its keys",
    "replay": "answers every challenge as another challenge was answered once",
    "reset": "loses its power after every command: no application, no PIN",
    "locked": "its PIN is blocked",
    "version": "names a version of its key that there is not",
}
SLOW = 0.3  # seconds


class FaultError(Exception):
    """There is no such fault. The text names those there are."""


class PulledOut(Exception):
    """The card left the reader before it could answer."""


def _cloned(image: Image) -> Image:
    return dataclasses.replace(image, keys={
        reference: Key(key.algorithm, secrets.token_bytes(len(key.value)))
        for reference, key in image.keys.items()})


class Recording(SoftCard):
    """A forger's card: it has no key, but one answer of each key, to a challenge of its own."""

    def __init__(self, image: Image) -> None:
        super().__init__(_cloned(image))
        self._recorded = {
            reference: cryptogram(
                key.algorithm, key.value,
                secrets.token_bytes(CHALLENGE_SIZES[key.algorithm]), image.serial)
            for reference, key in image.keys.items()}

    def prove(self, reference: int, challenge: bytes) -> bytes:
        return self._recorded[reference]


class DesfireRecording(Desfire):
    """The same of a DESFire: what it said once to a reader of the house."""

    def __init__(self, image: Image) -> None:
        super().__init__(_cloned(image))
        self._recorded = secrets.token_bytes(16), secrets.token_bytes(16)

    def _authenticate(self, data: bytes) -> bytes:
        super()._authenticate(data)
        return self._recorded[0] + b"\x91\xaf"

    def _finish(self, key: bytes, number: bytes, data: bytes) -> bytes:
        return self._recorded[1] + b"\x91\x00"


Chip = SoftCard | Desfire | MemoryCard


def chip(image: Image, fault: str = "") -> Chip:
    """The card of this image, forged or spoilt by `fault` where that is about what is on it."""
    if fault == "cloned":
        image = _cloned(image)
    elif fault == "version":
        image = dataclasses.replace(image, files={
            at: content[:8] + b"\xee" + content[9:] for at, content in image.files.items()})
    if image.kind == "memory":
        return MemoryCard(image)
    if image.kind == "desfire":
        return DesfireRecording(image) if fault == "replay" else Desfire(image)
    card = Recording(image) if fault == "replay" else SoftCard(image)
    if fault == "locked":
        card.tries = 0
    return card


class Inserted:
    """A card with its fault, as the reader meets it."""

    def __init__(self, image: Image, fault: str = "",
                 pause: Callable[[float], object] = time.sleep,
                 card: Chip | None = None) -> None:
        """`fault`: "" for none, a name of FAULTS or "pulled:N"; `pause` waits seconds; `card`:
        a chip that keeps what is written on it. Raises FaultError."""
        name, _, count = (fault or image.fault).partition(":")
        if name and (name not in FAULTS or (count and (name != "pulled" or not _counts(count)))):
            raise FaultError(f"No such fault. There are: {', '.join(FAULTS)}, pulled:N.")
        self._card = card or chip(image, name)
        self._fault = name
        self._left = int(count or 2)
        self._pause = pause

    def reset(self) -> None:
        self._card.reset()

    def answer(self, apdu: bytes) -> bytes | None:
        """None: it says nothing, ever. Raises PulledOut."""
        match self._fault:
            case "mute":
                return None
            case "slow":
                self._pause(SLOW)
            case "pulled":
                self._left -= 1
                if self._left <= 0:
                    raise PulledOut
            case "garbage":
                return secrets.token_bytes(2 + secrets.randbelow(40))
            case "short":
                return self._card.answer(apdu)[:1]
            case "reset":
                said = self._card.answer(apdu)
                self._card.reset()
                return said
        return self._card.answer(apdu)


def _counts(text: str) -> bool:
    return text.isascii() and text.isdigit() and 1 <= int(text) <= 999
