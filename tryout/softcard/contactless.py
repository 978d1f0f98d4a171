"""Contactless cards: a DESFire EV1 with one application, and memory cards.

The DESFire speaks native commands wrapped in ISO 7816-4 APDUs and authenticates by AES. Written
from NXP's public data sheet extracts and from traces of real cards; see the tests.
"""

from __future__ import annotations

import secrets

from cryptography.hazmat.primitives.ciphers import Cipher, modes
from cryptography.hazmat.primitives.ciphers.algorithms import AES

from tryout.softcard.card import NOT_FOUND, OK, UNKNOWN_CLA, UNKNOWN_INS, Command, Refused
from tryout.softcard.image import RANDOM_UID, Image

# The native status, second octet after 91
DONE, MORE = 0x00, 0xAF
UNKNOWN, NO_SUCH_KEY, LENGTH = 0x1C, 0x40, 0x7E
NO_APPLICATION, NOT_PROVEN, BEYOND, ABORTED, NO_FILE = 0xA0, 0xAE, 0xBE, 0xCA, 0xF0

HARDWARE = bytes.fromhex("04010101001805")  # GetVersion of an EV1 with 8 KB
SOFTWARE = bytes.fromhex("04010101041805")
BATCH = bytes.fromhex("BA5455D8304515")


class MemoryCard:
    """A MIFARE Classic and the like: all that a reader tells of it without a key is its UID."""

    def __init__(self, image: Image) -> None:
        self.image = image
        self.reset()

    def reset(self) -> None:
        self.uid = self.image.uid
        if self.uid == RANDOM_UID:
            self.uid += secrets.token_bytes(3)

    def answer(self, apdu: bytes) -> bytes:
        """As the reader answers for it (PC/SC part 3). Never raises."""
        if apdu[:1] != b"\xff":
            return UNKNOWN_CLA
        return self.uid + OK if apdu == bytes.fromhex("FFCA000000") else UNKNOWN_INS


class Desfire:
    """The chip, under power from the beginning."""

    def __init__(self, image: Image) -> None:
        self.image = image
        self.reset()

    def reset(self) -> None:
        self.uid = self.image.uid
        if self.uid == RANDOM_UID:
            self.uid += secrets.token_bytes(3)
        self._selected = False
        self._frames: list[bytes] = []  # of GetVersion, to be fetched
        self._asked: tuple[bytes, bytes] | None = None  # key and RndB of an authentication
        self.proven = -1  # the key that was proven last

    def answer(self, apdu: bytes) -> bytes:
        """The response APDU to any octets whatever. Never raises."""
        try:
            command = Command.of(apdu)
            if command.cla == 0xFF and apdu == bytes.fromhex("FFCA000000"):
                return self.uid + OK
            if command.cla == 0x00:
                raise Refused(NOT_FOUND if command.ins == 0xA4 else UNKNOWN_INS)
            if command.cla != 0x90 or command.p1 or command.p2:
                raise Refused(UNKNOWN_CLA)
            return self._native(command.ins, command.data)
        except Refused as refused:
            return refused.status

    def _native(self, code: int, data: bytes) -> bytes:
        frames, asked = self._frames, self._asked
        self._frames, self._asked = [], None  # whatever is not gone on with at once is void
        if code == 0xAF:
            if frames:
                return self._frame(frames)
            if asked is None:
                raise Refused(_status(ABORTED))
            return self._finish(*asked, data)
        does = {0x5A: self._select, 0xBD: self._read, 0xAA: self._authenticate}.get(code)
        if code == 0x60 and not data:
            uid = bytes(7) if self.image.uid == RANDOM_UID else self.uid.ljust(7, b"\0")
            return self._frame([HARDWARE, SOFTWARE, uid + BATCH])
        if does is None:
            raise Refused(_status(UNKNOWN))
        return does(data)

    def _frame(self, frames: list[bytes]) -> bytes:
        self._frames = frames[1:]
        return frames[0] + _status(MORE if self._frames else DONE)

    def _select(self, data: bytes) -> bytes:
        if len(data) != 3:
            raise Refused(_status(LENGTH))
        if data != self.image.aid:
            raise Refused(_status(NO_APPLICATION))
        self._selected, self.proven = True, -1
        return _status(DONE)

    def _read(self, data: bytes) -> bytes:
        """ReadData of a standard file that is free to read: number, offset, length."""
        if len(data) != 7:
            raise Refused(_status(LENGTH))
        content = self.image.files.get(data[0]) if self._selected else None
        if content is None:
            raise Refused(_status(NO_FILE))
        offset, length = (int.from_bytes(data[at:at + 3], "little") for at in (1, 4))
        end = offset + length if length else len(content)
        if end > len(content):
            raise Refused(_status(BEYOND))
        return content[offset:end] + _status(DONE)

    def _authenticate(self, data: bytes) -> bytes:
        if len(data) != 1:
            raise Refused(_status(LENGTH))
        key = self.image.keys.get(data[0]) if self._selected else None
        if key is None:
            raise Refused(_status(NO_SUCH_KEY))
        self.proven = -1
        number = self.number()
        self._asked = key.value, number
        self._key_number = data[0]
        return _cbc(key.value, bytes(16), number) + _status(MORE)

    def _finish(self, key: bytes, number: bytes, data: bytes) -> bytes:
        if len(data) != 32:
            raise Refused(_status(LENGTH))
        started = _cbc(key, bytes(16), number)
        decryptor = Cipher(AES(key), modes.CBC(started)).decryptor()
        plain = decryptor.update(data) + decryptor.finalize()
        theirs, ours = plain[:16], plain[16:]
        if ours != number[1:] + number[:1]:
            raise Refused(_status(NOT_PROVEN))
        self.proven = self._key_number
        return _cbc(key, data[16:], theirs[1:] + theirs[:1]) + _status(DONE)

    def number(self) -> bytes:
        """RndB."""
        return secrets.token_bytes(16)


def _cbc(key: bytes, start: bytes, content: bytes) -> bytes:
    encryptor = Cipher(AES(key), modes.CBC(start)).encryptor()
    return encryptor.update(content) + encryptor.finalize()


def _status(native: int) -> bytes:
    return bytes([0x91, native])
