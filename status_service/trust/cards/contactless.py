"""Contactless kinds beside the CPU cards: DESFire, which proves itself, and cards that have
nothing but a UID, which prove nothing (`profiles/contactless/*.yaml`)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Annotated, Literal

import msgspec

from status_service.trust.cards.profiles import (
    HERE,
    CardData,
    DataFile,
    Profile,
    answered,
    profiles,
)

AID_OCTETS = 3  # of a DESFire application
UID_OCTETS = 7  # of a DESFire
VERSION_FRAMES = 3  # of GetVersion; the last begins with the UID
RANDOM = 0x08  # first octet of a UID of four that is another one each time (ISO 14443-3, 6.5.4)


class Desfire(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind",
              tag="desfire"):
    """MIFARE DESFire EV1 and later: native commands, wrapped (90 INS 00 00 Lc .. 00), AES.

    aid: as it goes over the wire. key: number of the key that proves the card. data_file: a
    standard data file free to read without a key; `sfi` is its number. diversify_by: what a
    card's key was made from; cards that hide their UID need "serial". system: as in An10922.
    """

    code: str
    aid: str
    key: Annotated[int, msgspec.Meta(ge=0, le=13)]
    data_file: DataFile
    diversify_by: Literal["serial", "uid"]
    system: str

    def __post_init__(self) -> None:
        if len(bytes.fromhex(self.aid)) != AID_OCTETS:
            raise ValueError("an application of a DESFire has an AID of 3 octets")

    def read_script(self) -> tuple[str, ...]:
        """SelectApplication, ReadData of the file, and GetVersion where its UID is needed."""
        file = self.data_file
        script = [wrapped(0x5A, bytes.fromhex(self.aid)),
                  wrapped(0xBD, bytes([file.sfi, 0, 0, 0, file.length, 0, 0]))]
        if self.diversify_by == "uid":
            script += [wrapped(0x60), *[wrapped(0xAF)] * (VERSION_FRAMES - 1)]
        return tuple(script)

    def content(self, answers: Sequence[str]) -> bytes:
        """What to keep of the answers to read_script: the file, then the UID."""
        file = answered(answers[1]) if len(answers) > 1 else b""
        whole = file[:self.data_file.length].ljust(self.data_file.length, b"\0")
        last = 1 + VERSION_FRAMES
        return whole + (answered(answers[last])[:UID_OCTETS] if len(answers) > last else b"")

    def read(self, content: bytes) -> CardData:
        """As Profile.read."""
        uid = content[self.data_file.length:].ljust(UID_OCTETS, b"\0")
        return self.data_file.read(content)._replace(uid=uid)

    def distinct(self, card: CardData) -> bytes:
        """What the card's key was made from (AN10922, 2.2): UID or serial, AID, system."""
        own = card.uid if self.diversify_by == "uid" else card.serial
        return own + bytes.fromhex(self.aid) + self.system.encode()


class Uid(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind",
          tag="uid"):
    """A card that only carries a number: level 0, whatever it answers."""

    code: str

    def read_script(self) -> tuple[str, ...]:
        """The reader, not the card, answers with the UID (PC/SC part 3, 3.2.2.1.3)."""
        return ("FFCA000000",)

    def content(self, answers: Sequence[str]) -> bytes:
        """The UID; 4, 7 or 10 octets."""
        return answered(answers[0])[:10] if answers else b""


def is_random(uid: bytes) -> bool:
    """Whether the card says another number each time it is asked."""
    return len(uid) == 4 and uid[0] == RANDOM


def wrapped(instruction: int, data: bytes = b"") -> str:
    """A native command of a DESFire in an ISO 7816-4 APDU, in hex."""
    body = bytes([len(data)]) + data if data else b""
    return (bytes([0x90, instruction, 0, 0]) + body + b"\0").hex().upper()


Kind = Profile | Desfire | Uid
Proves = Profile | Desfire  # kinds that have a key to prove themselves by


@cache
def kinds() -> Mapping[str, Kind]:
    """All kinds by code, in the order in which a kiosk tries them: those that prove nothing
    come last. Raises msgspec.ValidationError when a file is not as its type says."""
    found = [msgspec.yaml.decode(path.read_bytes(), type=Desfire | Uid)
             for path in sorted((HERE / "contactless").glob("*.yaml"))]
    ordered = sorted(found, key=lambda kind: isinstance(kind, Uid))
    return {**profiles(), **{kind.code: kind for kind in ordered}}
