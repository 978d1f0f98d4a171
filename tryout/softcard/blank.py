"""A CPU card as its maker delivers it, and what is written on it: as FMCOS does it.

Nothing is written before EXTERNAL AUTHENTICATE under the key at the MF, which is the maker's
transport key until another is written. Files are made before keys, keys come ciphered and
signed over the card's latest challenge, which serves once. What is written stays without power.
"""

from __future__ import annotations

import dataclasses
import secrets

from cryptography.hazmat.decrepit.ciphers.algorithms import TripleDES
from cryptography.hazmat.primitives.ciphers import Cipher, modes
from cryptography.hazmat.primitives.ciphers.algorithms import AES

from tryout.softcard.card import (
    BLOCKED,
    CONDITIONS,
    NO_SUCH_KEY,
    NOT_ALLOWED,
    NOT_FOUND,
    OK,
    UNKNOWN_CLA,
    UNKNOWN_INS,
    WRONG_LENGTH,
    WRONG_P1_P2,
    Command,
    Refused,
    SoftCard,
)
from tryout.softcard.image import Image, Key, Pin

EXISTS = b"\x6a\x89"
WRONG_MAC = b"\x69\x88"
WRONG_DATA = b"\x6a\x80"
TRIES = 15  # of the key at the MF
MF = b"\x3f\x00"
ATR = bytes.fromhex("3B6800000073C84013009000")


def blank_image(name: str = "blank", protocol: str = "T=0") -> Image:
    """What is to be seen of a card on which nothing is written."""
    return Image(id=name, label={}, printed="", atr=ATR, protocol=protocol, aid=bytes(5), files={},
                 keys={}, serial=b"")


class BlankCard(SoftCard):
    """algorithm: of the keys it will answer challenges with; 3des, sm4: it is written under
    3DES; aes-cmac: under AES."""

    def __init__(self, transport: bytes, algorithm: str = "sm4", *, changes: str = "805E01",
                 protocol: str = "T=0") -> None:
        super().__init__(blank_image(protocol=protocol))
        self.algorithm = algorithm
        self._master = transport
        self._master_tries = TRIES
        self._df = b""  # its identifier; none before it is made
        self._key_file = False
        self._changes = bytes.fromhex(changes)
        self.reset()

    @property
    def _size(self) -> int:
        return 16 if self.algorithm == "aes-cmac" else 8

    def reset(self) -> None:
        super().reset()
        self._allowed = False
        self._challenge = b""
        self._at_mf = True

    def answer(self, apdu: bytes) -> bytes:
        try:
            command = Command.of(apdu)
            does = {(0x00, 0x82): self._external_authenticate, (0x80, 0x0E): self._erase,
                    (0x80, 0xE0): self._create, (0x00, 0xD6): self._update,
                    (0x84, 0xD4): self._write_key, (0x84, 0x2C): self._unblock,
                    (0x80, 0x5E): self._change_pin, (0x00, 0x24): self._change_pin,
                    }.get((command.cla, command.ins))
            if does is not None:
                self._pending = b""
                return does(command)
            if command.cla != 0x00:
                raise Refused(UNKNOWN_CLA)
        except Refused as refused:
            return refused.status
        return super().answer(apdu)

    def _select(self, command: Command) -> bytes:
        if command.p1 == 0x00 and command.data == MF:
            self._selected, self._current, self._verified, self._at_mf = False, None, False, True
            return OK
        if not self._df:
            raise Refused(NOT_FOUND)
        said = super()._select(command)
        self._at_mf = False
        return said

    def _get_challenge(self, command: Command) -> bytes:
        said = super()._get_challenge(command)
        self._challenge = said[:-2]
        return said

    def _take(self) -> bytes:
        challenge, self._challenge = self._challenge, b""
        if len(challenge) != self._size:
            raise Refused(CONDITIONS)
        return challenge

    def _external_authenticate(self, command: Command) -> bytes:
        challenge = self._take()
        if not self._master_tries:
            raise Refused(BLOCKED)
        if command.p1 or command.p2:
            raise Refused(NO_SUCH_KEY)
        self._allowed = command.data == self._cipher(self._master, challenge)
        self._master_tries = TRIES if self._allowed else self._master_tries - 1
        if not self._allowed:
            raise Refused(bytes([0x63, 0xC0 | self._master_tries]))
        return OK

    def _needs(self, allowed: bool) -> None:
        if not allowed:
            raise Refused(NOT_ALLOWED)

    def _erase(self, command: Command) -> bytes:
        self._needs(self._allowed and self._at_mf)
        self.image, self._df, self._key_file = blank_image(protocol=self.image.protocol), b"", False
        return OK

    def _create(self, command: Command) -> bytes:
        self._needs(self._allowed)
        data, kind = command.data, command.data[:1]
        if kind == b"\x38":
            if not self._at_mf:
                raise Refused(CONDITIONS)
            if self._df:
                raise Refused(EXISTS)
            if not 5 <= len(data) - 8 <= 16:
                raise Refused(WRONG_DATA)
            self._df = bytes([command.p1, command.p2])
            self.image = dataclasses.replace(self.image, aid=data[8:])
        elif not self._selected:
            raise Refused(CONDITIONS)
        elif kind == b"\x3f":
            if self._key_file:
                raise Refused(EXISTS)
            self._key_file = True
        elif kind == b"\x28":
            if command.p2 in self.image.files:
                raise Refused(EXISTS)
            size = int.from_bytes(data[1:3], "big")
            self.image = dataclasses.replace(
                self.image, files={**self.image.files, command.p2: bytes(size)})
        else:
            raise Refused(WRONG_DATA)
        return OK

    def _update(self, command: Command) -> bytes:
        sfi = command.p1 & 0x1F
        self._needs(self._allowed)
        if not self._selected or sfi not in self.image.files :
            raise Refused(NOT_FOUND)
        content = bytearray(self.image.files[sfi])
        end = command.p2 + len(command.data)
        if not command.data or end > len(content):
            raise Refused(WRONG_LENGTH)
        content[command.p2:end] = command.data
        self.image = dataclasses.replace(
            self.image, files={**self.image.files, sfi: bytes(content)},
            serial=bytes(content[12:20]))
        return OK

    def _write_key(self, command: Command) -> bytes:
        data = self._opened(command)
        kind, value = data[:1], data[2:]
        if self._at_mf:
            if command.p1 != 0x39 or kind != b"\x39" or command.p2 or len(value) != 16:
                raise Refused(WRONG_P1_P2)
            self._master = value
            return OK
        if not self._key_file:
            raise Refused(CONDITIONS)
        if kind == b"\x3a" and command.p1 == 0x01:
            self._pin(command.p2, data[1], value)
        elif kind == b"\x34" and command.p1 in (0x01, 0x34) and len(value) == 16:
            if (command.p1 == 0x01) == (command.p2 in self.image.keys):
                raise Refused(EXISTS if command.p1 == 0x01 else NO_SUCH_KEY)
            self.image = dataclasses.replace(self.image, keys={
                **self.image.keys, command.p2: Key(self.algorithm, value)})
        else:
            raise Refused(WRONG_P1_P2)
        return OK

    def _pin(self, reference: int, tries: int, block: bytes) -> None:
        guarded = frozenset(self.image.keys) - {min(self.image.keys, default=0)}
        self.image = dataclasses.replace(self.image, pin=Pin(
            reference, block, tries, self.algorithm == "aes-cmac", guarded))
        self.tries = tries

    def _unblock(self, command: Command) -> bytes:
        block = self._opened(command)
        pin = self.image.pin
        if pin is None or command.p2 != pin.reference or not self._selected:
            raise Refused(NO_SUCH_KEY)
        if len(block) != len(pin.block):
            raise Refused(WRONG_LENGTH)
        self._pin(pin.reference, pin.tries, block)
        return OK

    def _change_pin(self, command: Command) -> bytes:
        if bytes([command.cla, command.ins, command.p1]) != self._changes:
            raise Refused(UNKNOWN_INS)
        pin = self.image.pin
        if pin is None or command.p2 != pin.reference or not self._selected:
            raise Refused(NO_SUCH_KEY)
        between = b"\xff" if self._changes[0] == 0x80 else b""
        size = len(pin.block)
        if len(command.data) != 2 * size + len(between):
            raise Refused(WRONG_LENGTH)
        if not self.tries:
            raise Refused(BLOCKED)
        if command.data[:size + len(between)] != pin.block + between:
            self.tries -= 1
            raise Refused(bytes([0x63, 0xC0 | self.tries]) if self.tries else BLOCKED)
        self._pin(pin.reference, pin.tries, command.data[-size:])
        return OK

    # -- under the key at the MF -----------------------------------------------------------

    def _opened(self, command: Command) -> bytes:
        """What a secured command says; refused unless it was signed over our challenge."""
        start = self._take()
        self._needs(self._allowed)
        body, mac = command.data[:-4], command.data[-4:]
        if not body or len(body) % self._size:
            raise Refused(WRONG_LENGTH)
        head = bytes([command.cla, command.ins, command.p1, command.p2, len(command.data)])
        if not secrets.compare_digest(self._mac(head + body, start), mac):
            raise Refused(WRONG_MAC)
        plain = self._decipher(body)
        said = plain[1:1 + plain[0]]
        if plain[1 + plain[0]:].rstrip(b"\0") != b"\x80":
            raise Refused(WRONG_DATA)
        return said

    def _mac(self, message: bytes, start: bytes) -> bytes:
        message += b"\x80"
        message += bytes(-len(message) % self._size)
        blocks = [message[at:at + self._size] for at in range(0, len(message), self._size)]
        single = self._master[:8] * 2 if self._size == 8 else self._master
        for block in blocks[:-1]:
            start = self._cipher(single, _xor(start, block))
        return self._cipher(self._master, _xor(start, blocks[-1]))[:4]

    def _mode(self, key: bytes) -> Cipher[modes.ECB]:
        made = AES(key) if self._size == 16 else TripleDES(key + key[:8])
        return Cipher(made, modes.ECB())  # noqa: S305 - as such cards do

    def _cipher(self, key: bytes, content: bytes) -> bytes:
        encryptor = self._mode(key).encryptor()
        return encryptor.update(content) + encryptor.finalize()

    def _decipher(self, content: bytes) -> bytes:
        decryptor = self._mode(self._master).decryptor()
        return decryptor.update(content) + decryptor.finalize()


def _xor(one: bytes, other: bytes) -> bytes:
    return bytes(a ^ b for a, b in zip(one, other, strict=True))
