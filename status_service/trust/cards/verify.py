"""Whether a card has the key it should have: the same computations and one comparison for
every card of a kind, whatever else is wrong with it.

A proof begins with what the card is asked (`begin`) and goes on with what it answers (`go_on`),
once for a CPU card, in two rounds for a DESFire; in between, what is to be remembered is kept
where nobody gets it twice (sessions).
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Sequence
from typing import NamedTuple

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from status_service.trust.cards.contactless import Desfire, Proves, wrapped
from status_service.trust.cards.keys import Masters, cipher_ecb, cmac
from status_service.trust.cards.profiles import NONCE_OCTETS, CardData, Profile, Use, answered

KIOSK_OCTETS = 8
NONCE = 16  # octets of a challenge
BLOCK = 16  # octets of AES
FIRST = b"\0"  # remembered of a DESFire that was asked for its challenge


class Asked(NamedTuple):
    """What a card is to be asked, commands in hex, and what to remember until it answers."""

    script: tuple[str, ...]
    remember: bytes


def begin(kind: Proves, kiosk: str, use: Use = "open") -> Asked:
    """A new challenge for a card of this kind in this kiosk."""
    if isinstance(kind, Desfire):
        return Asked((wrapped(0xAA, bytes([kind.key])),), FIRST)
    nonce = secrets.token_bytes(NONCE)
    return Asked((kind.challenge(nonce, kiosk_octets(kiosk), use),), nonce)


def go_on(masters: Masters, kind: Proves, card: CardData, kiosk: str, remembered: bytes,
          answers: Sequence[str], use: Use = "open") -> Asked | bool:
    """Whether the card with this data proved itself by its answers to what it was asked; or
    what it is to be asked next."""
    answer = answered(answers[-1]) if len(answers) == 1 else b""
    if not isinstance(kind, Desfire):
        return proves(masters, kind, card, remembered, kiosk, answer, use)
    key = masters.key_of(kind, card)
    if remembered == FIRST:
        challenge = answer[:BLOCK].ljust(BLOCK, b"\0")  # of a card that lies, anything
        return mutual(key, challenge, secrets.token_bytes(BLOCK))
    return (knew(key, remembered, answer) & (len(answer) == BLOCK)
            & (card.key_version in masters.versions))


def kiosk_octets(kiosk: str) -> bytes:
    """What stands for a kiosk in a challenge: the first octets of its name's SHA-256."""
    return hashlib.sha256(kiosk.encode()).digest()[:KIOSK_OCTETS]


def expected(profile: Profile, key: bytes, nonce: bytes, kiosk: bytes, serial: bytes) -> bytes:
    """What a card with `key` answers to the profile's challenge.

    aes-cmac: AES-CMAC over 01, nonce, kiosk, serial. sm4, 3des: the nonce's block ciphered.
    """
    if profile.algorithm == "aes-cmac":
        bound = kiosk if profile.authenticate.kiosk else b""
        return cmac(key, b"\x01" + nonce + bound + serial)
    return cipher_ecb(profile.algorithm, key, nonce[:NONCE_OCTETS[profile.algorithm]])


def proves(masters: Masters, profile: Profile, card: CardData, nonce: bytes, kiosk: str,
           answer: bytes, use: Use = "open") -> bool:
    """Whether `answer` is that of the genuine card with this data to this very challenge."""
    key = masters.card_key(profile, card.key_version, card.serial, use)
    wanted = expected(profile, key, nonce, kiosk_octets(kiosk), card.serial)
    same = hmac.compare_digest(wanted, answer[:len(wanted)].ljust(len(wanted), b"\0"))
    return same & (len(answer) == len(wanted)) & (card.key_version in masters.versions)


# -- DESFire: Authenticate AES (0xAA). Both sides prove that they have the key; the session key
# that both could now make of the two numbers is made by nobody, for no command follows.


def mutual(key: bytes, challenge: bytes, own: bytes) -> Asked:
    """As a reader answers ek(RndB) with ek(RndA || RndB'), in CBC from ek(RndB) on."""
    decryptor = Cipher(algorithms.AES(key), modes.CBC(bytes(BLOCK))).decryptor()
    theirs = decryptor.update(challenge) + decryptor.finalize()
    encryptor = Cipher(algorithms.AES(key), modes.CBC(challenge)).encryptor()
    sent = encryptor.update(own + theirs[1:] + theirs[:1]) + encryptor.finalize()
    return Asked((wrapped(0xAF, sent),), own + sent[-BLOCK:])


def knew(key: bytes, remembered: bytes, answer: bytes) -> bool:
    """Whether the card knew our number: it says ek(RndA'), in CBC from our last block on."""
    own, last = remembered[:BLOCK], remembered[BLOCK:]
    encryptor = Cipher(algorithms.AES(key), modes.CBC(last)).encryptor()
    wanted = encryptor.update(own[1:] + own[:1]) + encryptor.finalize()
    return hmac.compare_digest(wanted, answer[:BLOCK].ljust(BLOCK, b"\0"))
