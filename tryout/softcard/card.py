"""A CPU card of ISO 7816-4 with one application: files to read, keys to answer challenges."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from tryout.softcard.algorithms import CHALLENGE_SIZES, cryptogram
from tryout.softcard.image import Image

# Status words, ISO 7816-4 table 5 and 6
OK = b"\x90\x00"
END_OF_FILE = b"\x62\x82"  # fewer octets than asked for
WRONG_LENGTH = b"\x67\x00"
NOT_ALLOWED = b"\x69\x82"  # security status not satisfied
BLOCKED = b"\x69\x83"  # authentication method blocked
CONDITIONS = b"\x69\x85"  # conditions of use not satisfied
NO_CURRENT_FILE = b"\x69\x86"
NOT_FOUND = b"\x6a\x82"  # file or application
WRONG_P1_P2 = b"\x6a\x86"
NO_SUCH_KEY = b"\x6a\x88"  # referenced data not found
WRONG_OFFSET = b"\x6b\x00"
UNKNOWN_INS = b"\x6d\x00"
UNKNOWN_CLA = b"\x6e\x00"

MOST = 256  # octets in a short answer; what Le=00 asks for
CHALLENGES = (4, 8, 16)  # octets GET CHALLENGE gives


class Refused(Exception):
    """The command ends with this status word and nothing else."""

    def __init__(self, status: bytes) -> None:
        super().__init__()
        self.status = status


@dataclass(frozen=True, slots=True, repr=False)
class Command:
    """A short command APDU in its parts."""

    cla: int
    ins: int
    p1: int
    p2: int
    data: bytes
    le: int | None  # octets expected, 1..256

    @classmethod
    def of(cls, apdu: bytes) -> Command:
        """Raises Refused(6700) when its length is not what its parts say (ISO 7816-3, 12.1)."""
        if len(apdu) < 4:
            raise Refused(WRONG_LENGTH)
        header, body = apdu[:4], apdu[4:]
        data, le = b"", None
        if len(body) == 1:
            le = body[0] or MOST
        elif body:
            data, rest = body[1:1 + body[0]], body[1 + body[0]:]
            # Lc=00 opens the extended form, which these cards do not have.
            if not body[0] or len(data) != body[0] or len(rest) > 1:
                raise Refused(WRONG_LENGTH)
            le = (rest[0] or MOST) if rest else None
        return cls(header[0], header[1], header[2], header[3], data, le)


class SoftCard:
    """The chip. It is under power from the beginning; power off and reset lose its state."""

    def __init__(self, image: Image) -> None:
        self.image = image
        self.tries = image.pin.tries if image.pin else 0  # kept without power
        self.reset()

    def reset(self) -> None:
        """As after power on: no application, no file, nothing to fetch."""
        self._selected = False
        self._current: bytes | None = None  # the file that was read last
        self._pending = b""  # what GET RESPONSE may fetch
        self._verified = False  # the PIN, since the application was selected

    def answer(self, apdu: bytes) -> bytes:
        """The response APDU, data and status word, to any octets whatever. Never raises."""
        pending, self._pending = self._pending, b""  # lost unless it is fetched at once
        try:
            command = Command.of(apdu)
            if command.cla != 0x00:
                raise Refused(UNKNOWN_CLA)
            if command.ins == 0xC0:
                return self._get_response(command, pending)
            does = {0xA4: self._select, 0xB0: self._read_binary, 0x84: self._get_challenge,
                    0x88: self._internal_authenticate, 0x20: self._verify}.get(command.ins)
            if does is None:
                raise Refused(UNKNOWN_INS)
            return does(command)
        except Refused as refused:
            return refused.status

    # -- commands ------------------------------------------------------------

    def _select(self, command: Command) -> bytes:
        if command.p1 != 0x04 or command.p2 not in (0x00, 0x0C):  # by AID; with and without FCI
            raise Refused(WRONG_P1_P2)
        if not 1 <= len(command.data) <= 16:
            raise Refused(WRONG_LENGTH)
        if command.data != self.image.aid:
            raise Refused(NOT_FOUND)  # what was selected stays selected
        self._selected, self._current, self._verified = True, None, False
        if command.p2 == 0x0C:
            return OK
        name = bytes([0x84, len(self.image.aid)]) + self.image.aid
        return self._hand_over(bytes([0x6F, len(name)]) + name, command)

    def _read_binary(self, command: Command) -> bytes:
        expected = self._outgoing(command)
        if command.p1 & 0x80:
            if command.p1 & 0x60:
                raise Refused(WRONG_P1_P2)
            content, offset = self._file(command.p1 & 0x1F), command.p2
        else:
            content, offset = self._file(0), command.p1 << 8 | command.p2
        if offset >= len(content):
            raise Refused(WRONG_OFFSET)
        self._current = content
        there = content[offset:offset + expected]
        if len(there) == expected:
            return there + OK
        if self.image.protocol == "T=0":
            return bytes([0x6C, len(there)])
        return there + (OK if expected == MOST else END_OF_FILE)

    def _file(self, identifier: int) -> bytes:
        if identifier == 0:
            if self._current is None:
                raise Refused(NO_CURRENT_FILE)
            return self._current
        content = self.image.files.get(identifier) if self._selected else None
        if content is None:
            raise Refused(NOT_FOUND)
        return content

    def _internal_authenticate(self, command: Command) -> bytes:
        if command.p1 != 0x00:
            raise Refused(WRONG_P1_P2)
        if not self._selected:
            raise Refused(CONDITIONS)
        key = self.image.keys.get(command.p2)
        if key is None:
            raise Refused(NO_SUCH_KEY)
        if len(command.data) != CHALLENGE_SIZES[key.algorithm]:
            raise Refused(WRONG_LENGTH)
        if self.image.pin and command.p2 in self.image.pin.keys and not self._verified:
            raise Refused(NOT_ALLOWED)
        return self._hand_over(self.prove(command.p2, command.data), command)

    def prove(self, reference: int, challenge: bytes) -> bytes:
        """What its key makes of a challenge of the right size."""
        key = self.image.keys[reference]
        return cryptogram(key.algorithm, key.value, challenge, self.image.serial)

    def _verify(self, command: Command) -> bytes:
        """ISO 7816-4, 11.6.6. A wrong PIN costs a try, a right one gives all of them back."""
        pin = self.image.pin
        if pin is None:
            raise Refused(UNKNOWN_INS)
        if command.p1 != 0x00:
            raise Refused(WRONG_P1_P2)
        if command.p2 != pin.reference or not self._selected:
            raise Refused(NO_SUCH_KEY)
        if not command.data:
            if not pin.counter:
                raise Refused(WRONG_LENGTH)
            if self._verified:
                return OK
            return bytes([0x63, 0xC0 | self.tries]) if self.tries else BLOCKED
        if len(command.data) != len(pin.block):
            raise Refused(WRONG_LENGTH)
        self._verified = False
        if not self.tries:
            raise Refused(BLOCKED)
        if command.data != pin.block:
            self.tries -= 1
            raise Refused(bytes([0x63, 0xC0 | self.tries]) if self.tries else BLOCKED)
        self.tries, self._verified = pin.tries, True
        return OK

    def _get_challenge(self, command: Command) -> bytes:
        if command.p1 or command.p2:
            raise Refused(WRONG_P1_P2)
        expected = self._outgoing(command)
        if expected not in CHALLENGES:
            raise Refused(WRONG_LENGTH)
        return secrets.token_bytes(expected) + OK

    def _get_response(self, command: Command, pending: bytes) -> bytes:
        if command.p1 or command.p2:
            raise Refused(WRONG_P1_P2)
        expected = self._outgoing(command)
        if not pending:
            raise Refused(CONDITIONS)
        if expected > len(pending):
            self._pending = pending
            return bytes([0x6C, len(pending)])
        given, self._pending = pending[:expected], pending[expected:]
        return given + (bytes([0x61, len(self._pending)]) if self._pending else OK)

    # -- transmission --------------------------------------------------------

    def _outgoing(self, command: Command) -> int:
        """How many octets a command without data asks for. In T=0, P3=00 is sent where Le
        is absent (ISO 7816-3, 12.2), and that asks for all."""
        if command.data:
            raise Refused(WRONG_LENGTH)
        if command.le is None:
            if self.image.protocol != "T=0":
                raise Refused(WRONG_LENGTH)
            return MOST
        return command.le

    def _hand_over(self, data: bytes, command: Command) -> bytes:
        """The answer to a command that brought data: in T=0 it must be fetched."""
        if self.image.protocol == "T=0":  # its TPDU has no room for Le beside Lc
            self._pending = data
            return bytes([0x61, len(data)])
        if command.le is None:
            return OK
        if command.le < len(data):
            return bytes([0x6C, len(data)])
        return data + OK
