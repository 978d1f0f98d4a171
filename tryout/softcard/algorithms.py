"""What a card computes with its keys in INTERNAL AUTHENTICATE."""

from __future__ import annotations

from cryptography.hazmat.decrepit.ciphers.algorithms import TripleDES
from cryptography.hazmat.primitives.ciphers import Cipher, modes
from cryptography.hazmat.primitives.ciphers.algorithms import AES, SM4
from cryptography.hazmat.primitives.cmac import CMAC

# Octets of the command's data. aes-cmac: 16 of the challenge, 8 that name the terminal.
CHALLENGE_SIZES = {"aes-cmac": 24, "sm4": 16, "3des": 8}


def aes_cmac(key: bytes, message: bytes) -> bytes:
    """AES-128-CMAC (RFC 4493), 16 octets."""
    mac = CMAC(AES(key))
    mac.update(message)
    return mac.finalize()


def sm4_ecb(key: bytes, block: bytes) -> bytes:
    """One block of SM4 (GB/T 32907-2016)."""
    # One block under a key with no other use needs no mode beyond the block cipher.
    encryptor = Cipher(SM4(key), modes.ECB()).encryptor()  # noqa: S305
    return encryptor.update(block) + encryptor.finalize()


def triple_des_ecb(key: bytes, block: bytes) -> bytes:
    """One block of DES-EDE with two keys (NIST SP 800-67, keying option 2)."""
    encryptor = Cipher(TripleDES(key + key[:8]), modes.ECB()).encryptor()  # noqa: S305
    return encryptor.update(block) + encryptor.finalize()


def cryptogram(algorithm: str, key: bytes, challenge: bytes, serial: bytes) -> bytes:
    """The card's answer to a challenge of CHALLENGE_SIZES[algorithm] octets."""
    if algorithm == "aes-cmac":
        return aes_cmac(key, b"\x01" + challenge + serial)
    if algorithm == "sm4":
        return sm4_ecb(key, challenge)
    return triple_des_ecb(key, challenge)
