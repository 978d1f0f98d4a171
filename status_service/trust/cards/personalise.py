"""What is written on a card, as commands: FMCOS-style, under the card's transport key when it
is blank, under its own management key afterwards (`profiles.Personalise`).

A secured command (CLA 84) carries its data ciphered with the key under which the card is
written, block by block, as one octet of length, the data, 80 00…; and four octets of a MAC over
the command, which begins with the card's latest challenge (as PBOC 2.0 part 1, secure
messaging; with a cipher of 16 octets a block the same over those). The service alone makes
them: a desk PC sees no key, and can change nothing that is secured.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import NamedTuple

from cryptography.hazmat.decrepit.ciphers.algorithms import TripleDES
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from status_service.trust.cards.profiles import Personalise, Pin, Profile

MAC = 4  # octets
INTERNAL, PIN, MASTER = 0x34, 0x3A, 0x39  # types of keys: to answer with, a PIN, to write under
NEW = 0x01  # P1 of WRITE KEY for one that is not there yet; its type for one that is
SELECT_MF = "00A40000023F00"
ERASE = "800E000000"  # all that lies under the MF


class Secured(NamedTuple):
    """A command that is ciphered and signed. header: INS, P1, P2."""

    header: bytes
    data: bytes

    def __repr__(self) -> str:
        return "Secured(redacted)"


Op = tuple[str, ...] | Secured  # plain commands in a row, or one that needs a challenge


class Keys(NamedTuple):
    """All keys of one card."""

    open: bytes
    pin: bytes
    manage: bytes

    def __repr__(self) -> str:
        return "Keys(redacted)"


def personalise(profile: Profile, keys: Keys, content: bytes, pin: str) -> list[Op]:
    """Everything from an erased card on. Its management key comes last, so that a card that
    was pulled in the middle is still written under the key it had, or under the new one."""
    how, guarded = _of(profile)
    aid, df = bytes.fromhex(profile.aid), bytes.fromhex(how.df)
    directory = bytes.fromhex("38 0400 F0 F0 95 FF FF") + aid
    sfi = profile.data_file.sfi
    return [
        (ERASE,
         _hex(b"\x80\xe0", df, bytes([len(directory)]), directory),
         _select(profile),
         "80E00000073F008095F0FFFF",  # the application's keys
         _hex(b"\x80\xe0\x00", bytes([sfi]), b"\x07\x28", len(content).to_bytes(2, "big"),
              b"\xf0\xf0\xff\xff"),
         _hex(b"\x00\xd6", bytes([0x80 | sfi, 0, len(content)]), content)),
        _write(NEW, profile.authenticate.key, INTERNAL, keys.open),
        _write(NEW, guarded.key, INTERNAL, keys.pin),
        Secured(bytes([0xD4, NEW, guarded.reference]),
                bytes([PIN, guarded.tries]) + pin_block(guarded, pin)),
        (SELECT_MF,),
        _write(MASTER, 0, MASTER, keys.manage),
    ]


def rekey(profile: Profile, keys: Keys, version: int) -> list[Op]:
    """New keys and what the data file says of them; the PIN stays."""
    _, guarded = _of(profile)
    file = profile.data_file
    says = _hex(b"\x00\xd6", bytes([0x80 | file.sfi, file.key_version, 1, version]))
    return [
        (_select(profile),),
        _write(INTERNAL, profile.authenticate.key, INTERNAL, keys.open),
        _write(INTERNAL, guarded.key, INTERNAL, keys.pin),
        (says, SELECT_MF),
        _write(MASTER, 0, MASTER, keys.manage),
    ]


def unblock(profile: Profile, pin: str) -> list[Op]:
    """A PIN that nobody knows yet in the place of the blocked one: PIN UNBLOCK."""
    _, guarded = _of(profile)
    return [(_select(profile),),
            Secured(bytes([0x2C, 0, guarded.reference]), pin_block(guarded, pin))]


def new_pin(profile: Profile, known: str) -> str:
    """The command, in hex with # where the digits go, that puts the holder's own PIN in the
    place of the one that the card was given. It is filled in at the desk."""
    how, guarded = _of(profile)
    form = guarded.template()[10:]
    data = pin_block(guarded, known).hex().upper() + how.between + form
    return f"{how.change_pin}{guarded.reference:02X}{len(data) // 2:02X}{data}"


def any_pin(pin: Pin) -> str:
    return "".join(secrets.choice("0123456789") for _ in range(pin.digits))


def pin_block(pin: Pin, digits: str) -> bytes:
    left = iter(digits)
    return bytes.fromhex("".join(next(left) if c == "#" else c for c in pin.template()[10:]))


# -- under a key ------------------------------------------------------------------------


def challenge_octets(profile: Profile) -> int:
    return 8 if _of(profile)[0].cipher == "3des" else 16


def authenticate(profile: Profile, key: bytes, challenge: bytes) -> str:
    """EXTERNAL AUTHENTICATE: the card's challenge, ciphered."""
    data = _cipher(profile, key)(challenge)
    return _hex(b"\x00\x82\x00\x00", bytes([len(data)]), data)


def secured(profile: Profile, key: bytes, command: Secured, challenge: bytes) -> str:
    """The command as it goes to the card, bound to the card's latest challenge."""
    cipher, size = _cipher(profile, key), challenge_octets(profile)
    body = cipher(_padded(bytes([len(command.data)]) + command.data, size))
    head = b"\x84" + command.header + bytes([len(body) + MAC])
    return _hex(head, body, _mac(profile, key, head + body, challenge))


def _mac(profile: Profile, key: bytes, message: bytes, start: bytes) -> bytes:
    """CBC-MAC. With two-key DES the first key alone but for the last block (ISO 9797-1,
    algorithm 3)."""
    size = challenge_octets(profile)
    last = _cipher(profile, key)
    inner = _cipher(profile, key[:8] * 2) if size == 8 else last
    padded, state = _padded(message, size), start
    for at in range(0, len(padded), size):
        mixed = bytes(a ^ b for a, b in zip(state, padded[at:at + size], strict=True))
        state = (last if at + size == len(padded) else inner)(mixed)
    return state[:MAC]


def _cipher(profile: Profile, key: bytes) -> Callable[[bytes], bytes]:
    name = _of(profile)[0].cipher
    made = (TripleDES(key + key[:8]) if name == "3des" else algorithms.SM4(key)
            if name == "sm4" else algorithms.AES(key))

    def cipher(blocks: bytes) -> bytes:
        encryptor = Cipher(made, modes.ECB()).encryptor()  # noqa: S305 - as the card does
        return encryptor.update(blocks) + encryptor.finalize()

    return cipher


def _padded(content: bytes, size: int) -> bytes:
    content += b"\x80"
    return content + bytes(-len(content) % size)


def _write(p1: int, reference: int, kind: int, key: bytes) -> Secured:
    """WRITE KEY."""
    return Secured(bytes([0xD4, p1, reference]), bytes([kind, 0]) + key)


def _select(profile: Profile) -> str:
    aid = bytes.fromhex(profile.aid)
    return _hex(b"\x00\xa4\x04\x0c", bytes([len(aid)]), aid)


def _of(profile: Profile) -> tuple[Personalise, Pin]:
    if profile.personalise is None or profile.pin is None:
        raise ValueError("cards of this kind are not written here")
    return profile.personalise, profile.pin


def _hex(*parts: bytes) -> str:
    return b"".join(parts).hex().upper()
