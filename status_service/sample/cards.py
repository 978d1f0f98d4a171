"""Cards for the sample hall: for the record, and as images for a software card.

An image holds the card's key, as a card's chip does: only a development machine makes one.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path

import msgspec
import sqlalchemy as sa

from settings import Settings, SettingsError
from status_service.cases.store import identity_hash
from status_service.cases.write import CaseWrite, Person
from status_service.storage import tables
from status_service.trust.cards import register
from status_service.trust.cards.contactless import Desfire, Kind, Uid, kinds
from status_service.trust.cards.keys import Masters
from status_service.trust.cards.profiles import CardData
from status_service.trust.cards.register import CardState, Issued
from status_service.trust.personal import Vault
from status_service.words import LocalText, Status

FILE = Path(__file__).parent / "cards.yaml"
ATR = "3B6800000073C84013009000"  # T=0, eight historical octets (ISO 7816-3, 8)
# As a contactless reader makes them up (PC/SC part 3, 3.1.3.2.3).
DESFIRE_ATR = "3B8180018080"
MEMORY_ATR = "3B8F8001804F0CA000000306030001000000006A"  # MIFARE Classic of 1 KB
KEY_VERSION = 1
PROFILE_VERSION = 1  # octet 9 of the data file

Cases = tuple[tuple[str, CaseWrite], ...]


class Wish(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A case that a holder is to have besides their own."""

    status: Status
    matter: str | None = None

    def fits(self, case: CaseWrite, holder: Person) -> bool:
        return (case.status == self.status and self.matter in (None, case.matter)
                and case.applicant is not None and case.applicant.kind == holder.kind)


class SampleCard(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A card of cards.yaml. label: what it shows, for who tries it out. serial: of a card that
    has nothing else, its UID. pin: where its kind has one."""

    id: str
    label: LocalText
    printed: str
    serial: str
    profile: str
    holder: Person
    more: tuple[Wish, ...] = ()
    state: CardState = CardState.ACTIVE
    pin: str = "246810"
    issued_on: date = date(2024, 5, 6)
    valid_until: date = date(2044, 5, 5)

    def issued(self, issuer: str) -> Issued:
        if isinstance(kinds()[self.profile], Uid):
            issuer = ""
        return Issued(bytes.fromhex(issuer), bytes.fromhex(self.serial), self.printed,
                      self.profile, KEY_VERSION, self.valid_until, self.state)


class Cards(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """cards.yaml. issuer: of all of them, 8 octets in hex."""

    issuer: str
    cards: tuple[SampleCard, ...]


def load() -> Cards:
    """Raises msgspec.ValidationError when the file is not as its type says."""
    return msgspec.yaml.decode(FILE.read_bytes(), type=Cards)


def hand_over(cases: Cases, cards: tuple[SampleCard, ...], keep: frozenset[str]) -> Cases:
    """The same cases, some of them given to holders of cards as they wish; those in `keep`
    stay with their applicants."""
    found = dict(cases)
    free = [number for number, _ in reversed(cases) if number not in keep]
    for card in cards:
        for wish in card.more:
            number = next((n for n in free if wish.fits(found[n], card.holder)), None)
            if number is not None:
                free.remove(number)
                found[number] = msgspec.structs.replace(found[number], applicant=card.holder)
    return tuple((number, found[number]) for number, _ in cases)


def seed(connection: sa.Connection, vault: Vault, now: datetime) -> int:
    """Record the cards of those holders whom the record knows, in a transaction of the
    caller's; returns how many were new."""
    held = load()
    t = tables.applicants
    added = 0
    for card in held.cards:
        wanted = identity_hash(vault, card.holder)
        applicant = connection.execute(
            sa.select(t.c.id).where(t.c.identity_hash == wanted)).scalar()
        if applicant is not None:
            added += register.add(connection, vault, card.issued(held.issuer), applicant, now)
    return added


def images(settings: Settings, directory: Path) -> int:
    """Write an image of each card into `directory`, for the software card; returns how many.

    Raises SettingsError in production, and without the keys.
    """
    if settings.production:
        raise SettingsError("Card images hold keys: they are made in development only "
                            "(HALLWAY_MODE).")
    masters = Masters.parse(settings.card_keys)
    if KEY_VERSION not in masters.versions:
        raise SettingsError(f"Set HALLWAY_CARD_KEYS with a key of version {KEY_VERSION}.")
    directory.mkdir(parents=True, exist_ok=True, mode=0o700)
    held = load()
    known = kinds()
    for at, card in enumerate(held.cards, 1):
        content = image(card, held.issuer, known[card.profile], masters)
        path = directory / f"{at:02d}-{card.id}.json"
        path.unlink(missing_ok=True)  # one that is there may be readable by others
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(msgspec.json.format(msgspec.json.encode(content), indent=1) + b"\n")
    return len(held.cards)


def image(card: SampleCard, issuer: str, kind: Kind,
          masters: Masters) -> Mapping[str, object]:
    """What is on the chip and on the face of a card."""
    face = {"id": card.id, "label": msgspec.to_builtins(card.label), "printed": card.printed,
            "serial": card.serial, "fault": ""}
    if isinstance(kind, Uid):
        return face | {"kind": "memory", "atr": MEMORY_ATR, "protocol": "T=1", "aid": "",
                       "files": {}, "keys": {}, "uid": card.serial}
    serial = bytes.fromhex(card.serial)
    data = (bytes.fromhex(issuer) + bytes([KEY_VERSION, PROFILE_VERSION, 0, 0]) + serial
            + _bcd(card.issued_on) + _bcd(card.valid_until) + b"\0\0")
    uid = b"\x04" + serial[-6:]  # 04: NXP
    key = masters.key_of(kind, CardData(b"", KEY_VERSION, serial, None, uid))
    chip = face | {"aid": kind.aid, "files": {f"{kind.data_file.sfi:02X}": data.hex().upper()}}
    if isinstance(kind, Desfire):
        return chip | {
            "kind": "desfire", "atr": DESFIRE_ATR, "protocol": "T=1", "uid": uid.hex().upper(),
            "keys": {f"{kind.key:02X}": {"algorithm": "desfire-aes", "key": key.hex().upper()}}}
    keys = {f"{kind.authenticate.key:02X}": {"algorithm": kind.algorithm,
                                             "key": key.hex().upper()}}
    made = chip | {"atr": ATR, "protocol": "T=0", "keys": keys}
    pin = kind.pin
    if pin is not None:
        guarded = masters.card_key(kind, KEY_VERSION, serial, "pin")
        keys[f"{pin.key:02X}"] = {"algorithm": kind.algorithm, "key": guarded.hex().upper()}
        digits = iter(card.pin)
        block = "".join(next(digits) if c == "#" else c for c in pin.template()[10:])
        made["pin"] = {"reference": f"{pin.reference:02X}", "block": block,
                       "tries": pin.tries, "counter": pin.counter, "keys": [f"{pin.key:02X}"]}
    return made


def _bcd(day: date) -> bytes:
    return bytes.fromhex(f"{day:%Y%m%d}")
