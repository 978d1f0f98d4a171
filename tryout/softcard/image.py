"""Card images: everything a card is before it is inserted, read strictly from JSON objects."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

# octets; 3DES with two keys
KEY_SIZES = {"aes-cmac": 16, "sm4": 16, "3des": 16, "desfire-aes": 16}
KINDS = ("cpu", "desfire", "memory")
RANDOM_UID = b"\x08"  # alone: a UID of four octets that is another one after each reset
PROTOCOLS = ("T=0", "T=1")


class ImageError(Exception):
    """An image does not describe a card. The text says what is wrong; it holds no value of it."""


@dataclass(frozen=True, slots=True, repr=False)
class Key:
    """A key that never leaves its card."""

    algorithm: str  # one of KEY_SIZES
    value: bytes


@dataclass(frozen=True, slots=True, repr=False)
class Pin:
    """What VERIFY is held against."""

    reference: int  # P2 of VERIFY
    block: bytes  # the right data field
    tries: int
    counter: bool  # whether VERIFY without data tells how many tries are left
    keys: frozenset[int]  # that answer only after it

    @classmethod
    def of(cls, data: Any) -> Pin:
        tries = data["tries"]
        if not isinstance(tries, int) or not 1 <= tries <= 15:
            raise ImageError("A PIN has 1 to 15 tries.")
        return cls(_byte(data["reference"]), _octets(data["block"], "pin"), tries,
                   data["counter"] is True, frozenset(_byte(key) for key in data["keys"]))


@dataclass(frozen=True, slots=True, repr=False)
class Image:
    """One card. It has no repr: a card's serial and keys belong into no log."""

    id: str
    label: Mapping[str, str]  # language -> what the card shows
    printed: str  # the number on its face, "" when it bears none
    atr: bytes  # ISO 7816-3
    protocol: str  # one of PROTOCOLS
    aid: bytes  # of its only application, 5..16 octets; 3 of a DESFire, none of a memory card
    files: Mapping[int, bytes]  # by short file identifier, 1..30
    keys: Mapping[int, Key]  # by key reference, 0..255
    serial: bytes
    fault: str = ""  # the fault it has whenever it is inserted, see faults.FAULTS
    kind: str = "cpu"  # one of KINDS
    uid: bytes = b""  # of a contactless card
    pin: Pin | None = None

    @classmethod
    def of(cls, data: object) -> Image:
        """From a decoded JSON object. Raises ImageError."""
        if not isinstance(data, dict):
            raise ImageError("A card image is a JSON object.")
        known = {"id", "label", "printed", "atr", "protocol", "aid", "files", "keys", "serial",
                 "fault", "kind", "uid", "pin"}
        if unknown := sorted(set(data) - known):
            raise ImageError(f"Unknown fields: {', '.join(unknown)}.")
        try:
            keys = {_byte(reference): Key(key["algorithm"], _octets(key["key"], "key"))
                    for reference, key in data["keys"].items()}
            image = cls(
                id=_text(data["id"], "id"), printed=_text(data["printed"], "printed"),
                label={_text(k, "label"): _text(v, "label") for k, v in data["label"].items()},
                atr=_octets(data["atr"], "atr"), protocol=_text(data["protocol"], "protocol"),
                aid=_octets(data["aid"], "aid"),
                files={_byte(sfi): _octets(content, "files")
                       for sfi, content in data["files"].items()},
                keys=keys, serial=_octets(data["serial"], "serial"),
                fault=_text(data.get("fault", ""), "fault"),
                kind=_text(data.get("kind", "cpu"), "kind"),
                uid=_octets(data.get("uid", ""), "uid"),
                pin=Pin.of(data["pin"]) if "pin" in data else None)
        except KeyError as missing:
            raise ImageError(f"The field {missing} is missing.") from None
        except (AttributeError, TypeError):
            raise ImageError("label, files, keys and pin are JSON objects.") from None
        image._check()
        return image

    def _check(self) -> None:
        if not self.id:
            raise ImageError("The id is empty.")
        if not 2 <= len(self.atr) <= 33 or self.atr[0] not in (0x3B, 0x3F):  # ISO 7816-3
            raise ImageError("The ATR is 2 to 33 octets and begins with 3B or 3F.")
        if self.protocol not in PROTOCOLS:
            raise ImageError(f"The protocol is one of {', '.join(PROTOCOLS)}.")
        if self.kind not in KINDS:
            raise ImageError(f"The kind is one of {', '.join(KINDS)}.")
        if self.kind == "cpu" and not 5 <= len(self.aid) <= 16:  # ISO 7816-5
            raise ImageError("The AID is 5 to 16 octets.")
        if len(self.aid) != {"desfire": 3, "memory": 0}.get(self.kind, len(self.aid)):
            raise ImageError("The AID of a DESFire is 3 octets; a memory card has none.")
        if self.kind != "cpu" and (self.protocol, self.pin) != ("T=1", None):
            raise ImageError("A contactless card speaks T=1 and has no PIN.")
        if self.kind != "cpu" and self.uid != RANDOM_UID and len(self.uid) not in (4, 7, 10):
            raise ImageError("A UID is 4, 7 or 10 octets, or 08: random.")
        if not all(1 <= sfi <= 30 for sfi in self.files):  # ISO 7816-4
            raise ImageError("Short file identifiers are 01 to 1E.")
        for key in self.keys.values():
            if KEY_SIZES.get(key.algorithm) != len(key.value):
                raise ImageError(f"A key has 16 octets, its algorithm is one of "
                                 f"{', '.join(KEY_SIZES)}.")


def read_images(directory: Path) -> list[Image]:
    """All images of a directory, in the order of their file names. Raises ImageError."""
    images: list[Image] = []
    try:
        for path in sorted(directory.iterdir()):
            if path.suffix != ".json":
                continue
            try:
                images.append(Image.of(json.loads(path.read_text("utf-8"))))
            except (ValueError, ImageError) as wrong:
                why = str(wrong) if isinstance(wrong, ImageError) else "It is not JSON."
                raise ImageError(f"{path.name}: {why}") from None
    except OSError as wrong:
        raise ImageError(f"The card images cannot be read: {wrong}") from None
    if len({image.id for image in images}) < len(images):
        raise ImageError("Two card images have the same id.")
    return images


def _text(value: Any, field: str) -> str:
    if not isinstance(value, str):
        raise ImageError(f"{field}: a text is expected.")
    return value


def _octets(value: Any, field: str) -> bytes:
    try:
        return bytes.fromhex(_text(value, field))
    except ValueError:
        raise ImageError(f"{field}: pairs of hexadecimal digits are expected.") from None


def _byte(value: str) -> int:
    octets = _octets(value, "files and keys")
    if len(octets) != 1:
        raise ImageError("Files and keys are numbered by two hexadecimal digits.")
    return octets[0]
