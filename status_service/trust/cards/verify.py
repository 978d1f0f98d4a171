"""Whether a card has the key it should have: one computation and one comparison, the same
for every card, whatever else is wrong with it.

A proof begins with what the card is asked (`begin`) and goes on with what it answers (`go_on`);
in between, what is to be remembered is kept where nobody gets it twice (sessions).
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Sequence
from typing import NamedTuple

from status_service.trust.cards.keys import Masters, cipher_ecb, cmac
from status_service.trust.cards.profiles import NONCE_OCTETS, CardData, Profile

STATUS_GOOD = b"\x90\x00"
KIOSK_OCTETS = 8
NONCE = 16  # octets of a challenge


class Asked(NamedTuple):
    """What a card is to be asked, commands in hex, and what to remember until it answers."""

    script: tuple[str, ...]
    remember: bytes


def begin(profile: Profile, kiosk: str) -> Asked:
    """A new challenge for a card of this kind in this kiosk."""
    nonce = secrets.token_bytes(NONCE)
    return Asked((profile.challenge(nonce, kiosk_octets(kiosk)),), nonce)


def go_on(masters: Masters, profile: Profile, card: CardData, kiosk: str, remembered: bytes,
          answers: Sequence[str]) -> bool:
    """Whether the card with this data proved itself by its answers to what it was asked."""
    answer = answered(answers[-1]) if len(answers) == 1 else b""
    return proves(masters, profile, card, remembered, kiosk, answer)


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
           answer: bytes) -> bool:
    """Whether `answer` is that of the genuine card with this data to this very challenge."""
    key = masters.card_key(profile, card.key_version, card.serial)
    wanted = expected(profile, key, nonce, kiosk_octets(kiosk), card.serial)
    same = hmac.compare_digest(wanted, answer[:len(wanted)].ljust(len(wanted), b"\0"))
    return same & (len(answer) == len(wanted)) & (card.key_version in masters.versions)


def answered(answer: str) -> bytes:
    """The data of one answer in hex, without its status word; nothing when the card refused
    or when this is no answer at all."""
    try:
        octets = bytes.fromhex(answer)
    except ValueError:
        return b""
    return octets[:-2] if octets[-2:] == STATUS_GOOD else b""
