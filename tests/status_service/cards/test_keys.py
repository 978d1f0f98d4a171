"""Keys and answers of cards, held against published vectors; what profiles and names are."""

from __future__ import annotations

from datetime import date

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from settings import SettingsError
from status_service.trust.cards.keys import Masters, an10922, cipher_ecb, cmac
from status_service.trust.cards.profiles import (
    Authenticate,
    Pboc,
    Profile,
    answered,
    profiles,
)
from status_service.trust.cards.verify import expected, kiosk_octets, proves
from status_service.trust.personal import Name

ROOT = "00112233445566778899AABBCCDDEEFF"
MASTERS = Masters.parse(f"1:{ROOT}, 7:{'5' * 32}")
SERIAL = bytes.fromhex("5C0647F2CB4A14E7")
NONCE = bytes(range(16))


def octets(text: str) -> bytes:
    return bytes.fromhex(text)


def test_diversification_gives_the_vector_of_an10922() -> None:
    """AN10922 rev. 2.2, 2.2.1: UID, AID, system identifier."""
    content = octets("04782E21801D80" "3042F5" "4E585020416275")
    assert an10922(octets(ROOT), content) == octets("A8DD63A3B89D54B37CA802473FDA9175")


@pytest.mark.parametrize("length", [*range(16), 32, 40])
def test_diversification_refuses_what_plain_cmac_would_do_otherwise(length: int) -> None:
    """AN10922 pads to two blocks; CMAC of one block is another value."""
    with pytest.raises(ValueError, match="16 to 31"):
        an10922(octets(ROOT), bytes(length))


def test_ciphers_give_their_published_vectors() -> None:
    assert cmac(octets("2B7E151628AED2A6ABF7158809CF4F3C"),  # RFC 4493, example 2
                octets("6BC1BEE22E409F96E93D7E117393172A")) == octets(
                    "070A16B46B4D4144F79BDD9DD04A287C")
    plain = octets("0123456789ABCDEFFEDCBA9876543210")  # GB/T 32907-2016, A.1
    assert cipher_ecb("sm4", plain, plain) == octets("681EDF34D206965E86B3E94F536E4246")
    # With two equal halves it is single DES: key and block of the well-known worked example.
    single = octets("133457799BBCDFF1")
    assert cipher_ecb("3des", single * 2, octets("0123456789ABCDEF")) == octets(
        "85E813540F0AB405")


def three_des() -> Profile:
    """A card of the older kind: no sample card is one, but the verifier knows them."""
    return msgspec.structs.replace(
        profiles()["fmcos"], code="old", algorithm="3des",
        authenticate=Authenticate(p1=0, key=1, nonce=8, kiosk=False), diversification=Pboc())


KINDS = [profiles()["hallway-aes"], profiles()["fmcos"], three_des()]


def data_file(version: int = 1, serial: bytes = SERIAL) -> bytes:
    return (octets("5955515541480001") + bytes([version, 1, 0, 0]) + serial
            + octets("20240506" "20440505" "0000"))


@pytest.mark.parametrize("profile", KINDS, ids=lambda p: p.algorithm)
def test_only_the_right_answer_to_this_challenge_proves_a_card(profile: Profile) -> None:
    read = profile.read(data_file())
    kiosk = kiosk_octets("kiosk-1")
    key = MASTERS.card_key(profile, 1, SERIAL)
    right = expected(profile, key, NONCE, kiosk, SERIAL)
    assert len(right) == (8 if profile.algorithm == "3des" else 16)
    assert proves(MASTERS, profile, read, NONCE, "kiosk-1", right)
    for bit in range(8 * len(right)):
        wrong = bytearray(right)
        wrong[bit // 8] ^= 1 << bit % 8
        assert not proves(MASTERS, profile, read, NONCE, "kiosk-1", bytes(wrong))
    for short in range(len(right)):
        assert not proves(MASTERS, profile, read, NONCE, "kiosk-1", right[:short])
    assert not proves(MASTERS, profile, read, NONCE, "kiosk-1", right + b"\0")
    assert not proves(MASTERS, profile, read, NONCE[::-1], "kiosk-1", right)
    assert not proves(MASTERS, profile, profile.read(data_file(7)), NONCE, "kiosk-1", right)
    other = profile.read(data_file(serial=SERIAL[::-1]))
    assert not proves(MASTERS, profile, other, NONCE, "kiosk-1", right)
    if profile.authenticate.kiosk:
        assert not proves(MASTERS, profile, read, NONCE, "kiosk-2", right)


@pytest.mark.parametrize("profile", KINDS, ids=lambda p: p.algorithm)
def test_a_version_nobody_has_is_worked_on_and_never_proves(profile: Profile) -> None:
    read = profile.read(data_file(version=9))
    dummy = MASTERS.card_key(profile, 9, SERIAL)
    assert dummy != Masters.parse(f"1:{ROOT}").card_key(profile, 9, SERIAL), "another at each start"
    answer = expected(profile, dummy, NONCE, kiosk_octets("k"), SERIAL)
    assert not proves(MASTERS, profile, read, NONCE, "k", answer)
    assert not proves(Masters({}), profile, profile.read(data_file()), NONCE, "k", answer)


def test_no_key_serves_twice() -> None:
    keys = {MASTERS.card_key(profile, version, serial)
            for profile in KINDS for version in (1, 7) for serial in (SERIAL, SERIAL[::-1])}
    assert len(keys) == 12
    assert "redacted" in repr(MASTERS)


@given(st.binary(max_size=60))
def test_any_octets_are_read_as_something(content: bytes) -> None:
    for profile in KINDS:
        read = profile.read(content)
        assert len(read.serial) == len(read.issuer) == 8
        assert "redacted" in repr(read)


def test_a_data_file_is_read_as_written() -> None:
    read = KINDS[0].read(data_file(3))
    assert (read.issuer, read.key_version, read.serial, read.valid_until) == (
        octets("5955515541480001"), 3, SERIAL, date(2044, 5, 5))
    assert KINDS[0].read(data_file()[:-6] + b"\x20\x26\x13\x32\0\0").valid_until is None


@given(st.text(max_size=12))
def test_any_text_is_an_answer_or_none(text: str) -> None:
    assert isinstance(answered(text), bytes)


def test_an_answer_counts_only_with_its_status_word() -> None:
    assert answered("AABB9000") == b"\xaa\xbb"
    assert answered("AABB6A88") == answered("9") == answered("zz9000") == answered("") == b""


def test_commands_are_those_of_the_standard() -> None:
    select, read = profiles()["fmcos"].read_script()
    assert select == "00A4040009A0000000038698070100"
    assert read == "00B095001E"
    assert profiles()["fmcos"].challenge(NONCE, b"12345678") == f"0088000110{NONCE.hex().upper()}00"
    aes = profiles()["hallway-aes"].challenge(NONCE, kiosk_octets("kiosk-1"))
    assert aes == f"0088000118{NONCE.hex().upper()}{kiosk_octets('kiosk-1').hex().upper()}00"


@pytest.mark.parametrize("setting", ["1", "1:12", f"256:{ROOT}", f"1:{ROOT},1:{ROOT}",
                                     f"1:{ROOT};2:{ROOT}", f"one:{ROOT}", f"1:{'g' * 32}"])
def test_misshapen_keys_are_refused_without_being_told(setting: str) -> None:
    with pytest.raises(SettingsError, match="HALLWAY_CARD_KEYS") as refused:
        Masters.parse(setting)
    assert ROOT not in str(refused.value)


def test_no_keys_are_no_versions() -> None:
    assert Masters.parse("").versions == frozenset()
    assert MASTERS.versions == {1, 7}


@pytest.mark.parametrize(("change", "why"), [
    ({"aid": "A0"}, "AID"), ({"algorithm": "aes-cmac"}, "diversification"),
    ({"authenticate": Authenticate(p1=0, key=1, nonce=8, kiosk=False)}, "nonce"),
])
def test_a_profile_that_cannot_be_is_refused(change: dict[str, object], why: str) -> None:
    plain = msgspec.to_builtins(profiles()["fmcos"])
    with pytest.raises(msgspec.ValidationError, match=why):
        msgspec.convert(plain | msgspec.to_builtins(change), Profile)


@pytest.mark.parametrize(("name", "organisation", "masked"), [
    ("王小明", False, "王**"), ("欧阳海", False, "欧**"), ("Elena Marlowe", False, "E**"),
    ("ئاينۇر تۇرسۇن", False, "ئ**"), ("  É. Dupont", False, "É**"), ("", False, "**"),
    ("云泉禾木置业有限公司", True, "云泉**公司"), ("云泉市水务局", True, "云泉**务局"),
    ("云泉市水局", True, "云**"),
    ("Yunquan Water Ltd", True, "Yu**td"),
])
def test_a_masked_name_is_known_to_its_bearer_only(name: str, organisation: bool,
                                                   masked: str) -> None:
    assert Name(name).masked(organisation) == masked
