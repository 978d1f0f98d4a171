"""Kinds of cards as data: how a card of each is read and challenged (`profiles/*.yaml`)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from functools import cache
from pathlib import Path
from typing import Annotated, Literal, NamedTuple

import msgspec

HERE = Path(__file__).parent / "profiles"

Algorithm = Literal["aes-cmac", "sm4", "3des"]
# Of a card's keys: for whoever asks, only after its PIN, to write on the card (personalise).
Use = Literal["open", "pin", "manage"]
Octet = Annotated[int, msgspec.Meta(ge=0, le=255)]
Span = tuple[Octet, Octet]  # where it begins, how many octets

STATUS_GOOD = frozenset({b"\x90\x00", b"\x91\x00", b"\x91\xaf"})  # the latter two of a DESFire
NONCE_OCTETS: dict[Algorithm, int] = {"aes-cmac": 16, "sm4": 16, "3des": 8}


class CardData(NamedTuple):
    """What the data file says; unproven. Spans are as the card gave them."""

    issuer: bytes
    key_version: int
    serial: bytes
    valid_until: date | None  # None when it is no date
    uid: bytes = b""  # where the kind of card needs it

    def __repr__(self) -> str:
        return "CardData(redacted)"


class DataFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The file anyone may read, as PBOC's EF15: what stands at which octet."""

    sfi: Annotated[int, msgspec.Meta(ge=1, le=30)]  # short file identifier, ISO 7816-4
    length: Annotated[int, msgspec.Meta(ge=1, le=255)]
    issuer: Span
    key_version: Octet
    serial: Span
    valid_until: Octet  # four octets, BCD YYYYMMDD

    def __post_init__(self) -> None:
        ends = (sum(self.issuer), sum(self.serial), self.key_version + 1, self.valid_until + 4)
        if max(ends) > self.length or self.serial[1] != 8:
            raise ValueError("the data file does not hold what it should")

    def read(self, content: bytes) -> CardData:
        """What the file says, of any octets whatever."""
        held = content[:self.length].ljust(self.length, b"\0")
        return CardData(
            held[self.issuer[0]:sum(self.issuer)], held[self.key_version],
            held[self.serial[0]:sum(self.serial)],
            _date(held[self.valid_until:self.valid_until + 4]))

    def write(self, card: CardData) -> bytes:
        """The file of a new card, which must have its date."""
        content = bytearray(self.length)
        content[self.issuer[0]:sum(self.issuer)] = card.issuer
        content[self.key_version] = card.key_version
        content[self.serial[0]:sum(self.serial)] = card.serial
        if card.valid_until is None:
            raise ValueError("a new card says until when it is valid")
        content[self.valid_until:self.valid_until + 4] = bytes.fromhex(f"{card.valid_until:%Y%m%d}")
        return bytes(content)


class Authenticate(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The parameters of INTERNAL AUTHENTICATE (ISO 7816-4, 11.5.2)."""

    p1: Octet  # the algorithm's reference
    key: Octet  # P2, the key's
    nonce: Annotated[int, msgspec.Meta(ge=8, le=16)]  # octets of the service's challenge
    kiosk: bool  # whether eight octets that stand for the kiosk follow it


class Pin(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The holder's PIN, which the card checks itself: VERIFY (ISO 7816-4, 11.6.6).

    key: P2 of INTERNAL AUTHENTICATE with a second key, which the card uses only after a right
    PIN; that is how a right PIN is proven. block: how the digits lie in VERIFY; iso9564-2 is
    format 2 of ISO 9564-1. counter: whether VERIFY without data tells how many tries are left.
    """

    reference: Octet  # P2 of VERIFY
    key: Octet
    digits: Annotated[int, msgspec.Meta(ge=4, le=12)]
    tries: Annotated[int, msgspec.Meta(ge=1, le=15)]
    block: Literal["ascii", "bcd", "iso9564-2"]
    counter: bool

    def __post_init__(self) -> None:
        if self.block == "bcd" and self.digits % 2:
            raise ValueError("BCD holds an even number of digits")

    def template(self) -> str:
        """VERIFY in hex, with # where each digit goes: who fills it in knows no card."""
        block = {"ascii": "3#" * self.digits, "bcd": "#" * self.digits,
                 "iso9564-2": f"2{self.digits:X}{'#' * self.digits}".ljust(16, "F")}[self.block]
        return f"002000{self.reference:02X}{len(block) // 2:02X}{block}"

    def ask_counter(self) -> str:
        """VERIFY without data; "" where this kind of card does not know it."""
        return f"002000{self.reference:02X}" if self.counter else ""


class Personalise(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How the card desk writes a card of this kind (`personalise`), as FMCOS has it.

    cipher: of what is written under a key. df: the application's file identifier, hex.
    change_pin: CLA, INS and P1 of the command that puts a new PIN in the place of a known one;
    between: what separates the two.
    """

    cipher: Literal["3des", "sm4", "aes"]
    df: Annotated[str, msgspec.Meta(pattern="^[0-9A-F]{4}$")]
    change_pin: Annotated[str, msgspec.Meta(pattern="^[0-9A-F]{6}$")]
    between: Literal["", "FF"] = ""


class An10922(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind",
              tag="an10922"):
    """NXP AN10922 over serial, the AID's last octets, and the system's name."""

    system: str
    aid_octets: Annotated[int, msgspec.Meta(ge=1, le=16)]


class Pboc(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="pboc"):
    """As PBOC cards: the serial and its complement, ciphered with the master key."""


class Profile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One kind of card."""

    code: str
    aid: str  # of its application, hex; 5 to 16 octets (ISO 7816-4, 12.2.3)
    data_file: DataFile
    authenticate: Authenticate
    algorithm: Algorithm
    diversification: An10922 | Pboc
    pin: Pin | None = None
    personalise: Personalise | None = None

    def __post_init__(self) -> None:
        if not 5 <= len(bytes.fromhex(self.aid)) <= 16:
            raise ValueError("an AID has 5 to 16 octets")
        if self.authenticate.nonce < NONCE_OCTETS[self.algorithm]:
            raise ValueError("the nonce is too short for the algorithm")
        if isinstance(self.diversification, An10922) != (self.algorithm == "aes-cmac"):
            raise ValueError("this diversification is not for this algorithm")
        if self.pin is not None and self.pin.key == self.authenticate.key:
            raise ValueError("the PIN guards a key of its own")

    def read_script(self) -> tuple[str, ...]:
        """SELECT by AID, then READ BINARY of the data file by its short identifier."""
        aid = bytes.fromhex(self.aid)
        file = self.data_file
        return (_hex(b"\x00\xa4\x04\x00", bytes([len(aid)]), aid, b"\x00"),
                _hex(b"\x00\xb0", bytes([0x80 | file.sfi, 0, file.length])))

    def challenge(self, nonce: bytes, kiosk: bytes, use: Use = "open") -> str:
        """INTERNAL AUTHENTICATE over the nonce and, where the profile says so, the kiosk."""
        how = self.authenticate
        key = self.pin.key if self.pin and use == "pin" else how.key
        data = nonce[:how.nonce] + (kiosk if how.kiosk else b"")
        return _hex(b"\x00\x88", bytes([how.p1, key, len(data)]), data, b"\x00")

    def content(self, answers: Sequence[str]) -> bytes:
        """What to keep of the answers to read_script: the data file."""
        return answered(answers[-1]) if len(answers) == 2 else b""

    def read(self, content: bytes) -> CardData:
        """What a data file says. Whatever else the octets are, it gives something of the same
        size: a card that lies is challenged like any other."""
        return self.data_file.read(content)


@cache
def profiles() -> Mapping[str, Profile]:
    """All profiles by code, in the order in which a kiosk tries them. Raises
    msgspec.ValidationError when a file is not as its type says."""
    found = [msgspec.yaml.decode(path.read_bytes(), type=Profile)
             for path in sorted(HERE.glob("*.yaml"), reverse=True)]
    return {profile.code: profile for profile in found}


def answered(answer: str) -> bytes:
    """The data of one answer in hex, without its status word; nothing when the card refused
    or when this is no answer at all."""
    try:
        octets = bytes.fromhex(answer)
    except ValueError:
        return b""
    return octets[:-2] if octets[-2:] in STATUS_GOOD else b""


def _date(octets: bytes) -> date | None:
    try:
        return date.fromisoformat(octets.hex())
    except ValueError:
        return None


def _hex(*parts: bytes) -> str:
    return b"".join(parts).hex().upper()
