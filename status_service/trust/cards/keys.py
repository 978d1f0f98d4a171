"""Card keys: the masters from the settings, each card's own key from its master.

`HALLWAY_CARD_KEYS` holds one root of 16 octets a version: "1:<32 hex>,2:<32 hex>". The
master key of an algorithm is HKDF-SHA256 of the root without salt, with the info
"hallway:card-master:" and the algorithm's name, 16 octets: so no key serves two ciphers. The
masters of the keys that cards guard by their PIN have ":pin" after the name, those of the keys
under which a card is written ":manage": what is done with one key says nothing of another.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping

from cryptography.hazmat.decrepit.ciphers.algorithms import TripleDES
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.cmac import CMAC
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from settings import SettingsError
from status_service.trust.cards.contactless import Desfire, Proves
from status_service.trust.cards.profiles import Algorithm, An10922, CardData, Use

KEY = 16  # octets
FORM = re.compile(r"(\d{1,3}):([0-9a-fA-F]{32})")
WRONG = ("Set HALLWAY_CARD_KEYS to a number from 0 to 255 and 32 hex digits for each version "
         "of the card keys: 1:…,2:… (openssl rand -hex 16).")


class Masters:
    """The master keys by version and algorithm. A version that is not there has keys as well,
    random ones: a card that names it is worked on like any other, and fails."""

    def __init__(self, roots: Mapping[int, bytes]) -> None:
        self.versions = frozenset(roots)
        self._keys: dict[tuple[int | None, str], bytes] = {}
        for name in ("aes-cmac", "sm4", "3des", "desfire-aes",
                     "aes-cmac:pin", "sm4:pin", "3des:pin",
                     "aes-cmac:manage", "sm4:manage", "3des:manage"):
            self._keys[None, name] = secrets.token_bytes(KEY)
            for version, root in roots.items():
                self._keys[version, name] = HKDF(
                    hashes.SHA256(), KEY, None, b"hallway:card-master:" + name.encode()
                ).derive(root)

    def __repr__(self) -> str:
        return "Masters(redacted)"

    @classmethod
    def parse(cls, setting: str) -> Masters:
        """From `settings.card_keys`; none when it is empty. Raises SettingsError, without the
        setting in it."""
        roots: dict[int, bytes] = {}
        for part in filter(None, (p.strip() for p in setting.split(","))):
            match = FORM.fullmatch(part)
            if match is None or int(match[1]) > 255 or int(match[1]) in roots:
                raise SettingsError(WRONG)
            roots[int(match[1])] = bytes.fromhex(match[2])
        return cls(roots)

    def card_key(self, profile: Proves, version: int, serial: bytes,
                 use: Use = "open") -> bytes:
        """The key of the card with this serial."""
        return self.key_of(profile, CardData(b"", version, serial, None), use)

    def key_of(self, kind: Proves, card: CardData, use: Use = "open") -> bytes:
        """The key that a card with this data has for this use."""
        known = card.key_version if card.key_version in self.versions else None
        if isinstance(kind, Desfire):
            return an10922(self._keys[known, "desfire-aes"], kind.distinct(card))
        named: str = kind.algorithm
        master = self._keys[known, named if use == "open" else f"{named}:{use}"]
        how = kind.diversification
        if isinstance(how, An10922):
            aid = bytes.fromhex(kind.aid)[-how.aid_octets:]
            return an10922(master, card.serial + aid + how.system.encode())
        content = card.serial + bytes(octet ^ 0xFF for octet in card.serial)
        return cipher_ecb(kind.algorithm, master, content)


def an10922(master: bytes, content: bytes) -> bytes:
    """AES-128 key diversification (NXP AN10922 rev. 2.2, 2.2.1).

    It MACs two blocks whatever the length, which plain CMAC does only for 17 to 32 octets
    with the constant: other lengths are refused with ValueError.
    """
    message = b"\x01" + content
    if not 17 <= len(message) <= 32:
        raise ValueError("diversification input must be 16 to 31 octets")
    return cmac(master, message)


def cmac(key: bytes, message: bytes) -> bytes:
    """AES-CMAC (NIST SP 800-38B), 16 octets."""
    mac = CMAC(algorithms.AES(key))
    mac.update(message)
    return mac.finalize()


def cipher_ecb(algorithm: Algorithm, key: bytes, content: bytes) -> bytes:
    """Whole blocks with SM4 (GB/T 32907) or two-key triple DES (as PBOC), one by one."""
    cipher = algorithms.SM4(key) if algorithm == "sm4" else TripleDES(key + key[:8])
    encryptor = Cipher(cipher, modes.ECB()).encryptor()  # noqa: S305 - single random blocks
    return encryptor.update(content) + encryptor.finalize()
