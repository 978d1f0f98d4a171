"""What names a person: sealed at rest, found by keyed hash, printed as redacted."""

from __future__ import annotations

import hashlib
import os
import unicodedata
from hmac import digest as hmac_digest

import phonenumbers
from cryptography.hazmat.primitives import hashes, hmac
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

NONCE = 12  # octets, NIST SP 800-38D
LONG_NAME = 6  # characters from which four of them do not tell a name
HOME = "CN"  # a number without country code is one of ours


class Personal:
    """A datum that names a person. `reveal` is the only way to it."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        return self._value

    def __eq__(self, other: object) -> bool:
        return isinstance(other, type(self)) and other._value == self._value

    def __hash__(self) -> int:
        return hash((type(self), self._value))

    def __repr__(self) -> str:
        return f"{type(self).__name__}(redacted)"

    __str__ = __repr__

    def __format__(self, spec: str) -> str:
        return repr(self)


class Phone(Personal):
    """A phone number in E.164."""

    @classmethod
    def parse(cls, typed: str, region: str = HOME) -> Phone:
        """Raises ValueError, without the number in it, when it cannot be one."""
        try:
            number = phonenumbers.parse(typed, region)
        except phonenumbers.NumberParseException:
            raise ValueError("not a phone number") from None
        if not phonenumbers.is_possible_number(number):
            raise ValueError("not a possible phone number")
        return cls(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))

    def masked(self) -> str:
        """Its last four digits: enough for its bearer to know it by."""
        return f"***{self._value[-4:]}"


class Name(Personal):
    """The name of a person or an organisation."""

    def masked(self, organisation: bool = False) -> str:
        """Enough for its bearer to know it by, too little for a bystander.

        A person: the first character and two stars, 王** or E**. An organisation: its first
        two and last two characters, 云泉**公司; where that would be nearly all, as a person.
        """
        name = " ".join(unicodedata.normalize("NFC", self._value).split())
        if organisation and len(name) >= LONG_NAME:
            return f"{name[:2]}**{name[-2:]}"
        return f"{name[:1]}**"


class QueryCode(Personal):
    """The digits printed on the acceptance slip."""


class Vault:
    """Seals and hashes with keys drawn from the secret outside the record."""

    def __init__(self, secret: str) -> None:
        self._cipher = AESGCM(_derive(secret, b"seal"))
        self._hash_key = _derive(secret, b"hash")
        self._chain_key = _derive(secret, b"audit")

    def fingerprint(self, content: bytes) -> bytes:
        """16 octets, equal for equal content. Keyed: content may hold a short code, which a
        plain hash would give away."""
        return hashlib.blake2b(content, digest_size=16, key=self._hash_key).digest()

    def chained(self, content: bytes) -> bytes:
        """HMAC-SHA256 under a key of its own: what holds the audit's rows together."""
        return hmac_digest(self._chain_key, content, "sha256")

    def seal(self, text: str) -> bytes:
        nonce = os.urandom(NONCE)
        return nonce + self._cipher.encrypt(nonce, text.encode(), None)

    def unseal(self, sealed: bytes) -> str:
        """Raises cryptography's InvalidTag when the secret is another or the bytes were changed."""
        return self._cipher.decrypt(sealed[:NONCE], sealed[NONCE:], None).decode()

    def keyed_hash(self, kind: str, text: str) -> bytes:
        """Equal for equal texts of one kind; says nothing without the secret."""
        mac = hmac.HMAC(self._hash_key, hashes.SHA256())
        mac.update(kind.encode() + b"\0" + text.encode())
        return mac.finalize()


def _derive(secret: str, purpose: bytes) -> bytes:
    return HKDF(hashes.SHA256(), 32, None, b"hallway:" + purpose).derive(secret.encode())
