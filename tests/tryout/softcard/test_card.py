"""The chip, held against published vectors and against any octets whatever."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.kiosk.slot import AES_CARD, SM4_CARD
from tryout.softcard import FAULTS, FaultError, Image, ImageError, SoftCard
from tryout.softcard.algorithms import aes_cmac, sm4_ecb, triple_des_ecb
from tryout.softcard.contactless import Desfire, MemoryCard
from tryout.softcard.faults import Inserted, PulledOut

SELECT = "00A404000CD15600012348414C4C574159"
FILE = "110022003300440001010000a1a2a3a4a5a6a7a820260101209912310000"
FCI = "6f0e840cd15600012348414c4c574159"
DES_CARD = AES_CARD | {"keys": {"01": {"algorithm": "3des",
                                       "key": "0123456789ABCDEF23456789ABCDEF01"}}}
T1_CARD = AES_CARD | {"protocol": "T=1"}


def card(data: dict[str, Any] = AES_CARD, *apdus: str) -> SoftCard:
    """A card that has heard these commands."""
    made = SoftCard(Image.of(data))
    for apdu in apdus:
        made.answer(bytes.fromhex(apdu))
    return made


def says(made: SoftCard, apdu: str) -> str:
    return made.answer(bytes.fromhex(apdu)).hex()


# -- the standards' own vectors --------------------------------------------------


@pytest.mark.parametrize(("octets", "mac"), [  # RFC 4493, section 4
    (0, "bb1d6929e95937287fa37d129b756746"),
    (16, "070a16b46b4d4144f79bdd9dd04a287c"),
    (40, "dfa66747de9ae63030ca32611497c827"),
    (64, "51f0bebf7e3b9d92fc49741779363cfe"),
])
def test_aes_cmac_is_that_of_rfc_4493(octets: int, mac: str) -> None:
    message = bytes.fromhex(
        "6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51"
        "30c81c46a35ce411e5fbc1191a0a52eff69f2445df4f9b17ad2b417be66c3710")
    key = bytes.fromhex("2b7e151628aed2a6abf7158809cf4f3c")
    assert aes_cmac(key, message[:octets]).hex() == mac


def test_sm4_is_that_of_gb_t_32907() -> None:
    key = bytes.fromhex("0123456789abcdeffedcba9876543210")  # appendix A.1: key and plain alike
    assert sm4_ecb(key, key).hex() == "681edf34d206965e86b3e94f536e4246"


def test_triple_des_with_equal_keys_is_the_des_of_nist() -> None:
    key = bytes.fromhex("0101010101010101" * 2)  # SP 800-17, table A.1, first entry
    assert triple_des_ecb(key, bytes.fromhex("8000000000000000")).hex() == "95f8a5e5dd31d900"


def test_triple_des_is_that_of_nist() -> None:
    # SP 800-67, appendix B: three keys; the third is ours only where it equals the first, so
    # the chain of the first two is held against single DES, which is EDE with equal keys.
    first, second = bytes.fromhex("0123456789abcdef"), bytes.fromhex("23456789abcdef01")
    block = bytes.fromhex("5468652071756663")
    from cryptography.hazmat.decrepit.ciphers.algorithms import TripleDES
    from cryptography.hazmat.primitives.ciphers import Cipher, modes

    def des(key: bytes, data: bytes, *, back: bool = False) -> bytes:
        cipher = Cipher(TripleDES(key * 3), modes.ECB())  # noqa: S305
        return (cipher.decryptor() if back else cipher.encryptor()).update(data)

    assert triple_des_ecb(first + second, block) == des(
        first, des(second, des(first, block), back=True))
    third = bytes.fromhex("456789abcdef0123")
    three = Cipher(TripleDES(first + second + third), modes.ECB())  # noqa: S305
    assert three.encryptor().update(block).hex() == "a826fd8ce53b855f"


# -- the profile -----------------------------------------------------------------


def test_select_is_fetched_in_the_manner_of_t0() -> None:
    made = card()
    assert says(made, SELECT) == "6110"
    assert says(made, "00C0000020") == "6c10"
    assert says(made, "00C0000008") == FCI[:16] + "6108"
    assert says(made, "00C0000008") == FCI[16:] + "9000"
    assert says(made, "00C0000008") == "6985"


def test_what_is_not_fetched_at_once_is_lost() -> None:
    made = card(AES_CARD, SELECT)
    assert says(made, "00B095001E") == FILE + "9000"
    assert says(made, "00C0000010") == "6985"


def test_in_t1_answers_come_with_the_command() -> None:
    made = card(T1_CARD)
    assert says(made, SELECT + "00") == FCI + "9000"
    assert says(made, SELECT) == "9000"
    assert says(made, "00B0950000") == FILE + "9000"
    assert says(made, "00B095001F") == FILE + "6282"
    assert says(made, "00B09500") == "6700"


@pytest.mark.parametrize(("apdu", "answer"), [
    ("00B095001E", FILE + "9000"),
    ("00B0950C08", "a1a2a3a4a5a6a7a89000"),
    ("00B0951C02", "00009000"),
    ("00B0951C03", "6c02"),
    ("00B0950000", "6c1e"),
    ("00B09500", "6c1e"),
    ("00B0951E01", "6b00"),  # behind its end
    ("00B0960001", "6a82"),  # no such file
    ("00B0F50001", "6a86"),
    ("00B0000001", "6986"),  # no current file yet
    ("00B0800001", "6986"),
    ("00B095000100", "6700"),
    ("00B09500000100", "6700"),  # extended length
    ("00A4040009A0000000038698070", None),
    ("00A4040009A00000000386980701", "6a82"),
    ("00A4040C0CD15600012348414C4C574159", "9000"),
    ("00A4000002 3F00", "6a86"),
    ("00A4040200", "6a86"),
    ("00A40400", "6700"),
    ("0088000118" + "00" * 24, "6110"),
    ("0088000118" + "00" * 24 + "10", "6110"),  # Le that a reader cuts off
    ("0088000110" + "00" * 16, "6700"),
    ("0088000218" + "00" * 24, "6a88"),
    ("0088010118" + "00" * 24, "6a86"),
    ("00C0000001", "6985"),
    ("00C0010001", "6a86"),
    ("0084000003", "6700"),
    ("0084010008", "6a86"),
    ("0020008100", "6d00"),
    ("80CA9F7F00", "6e00"),
    ("", "6700"),
    ("00A404", "6700"),
])
def test_each_command_ends_with_its_status_word(apdu: str, answer: str | None) -> None:
    made = card(AES_CARD, SELECT, "00A4040C0CD15600012348414C4C574159")
    if answer is None:  # half an octet is no APDU: cut off, its Lc does not fit
        apdu, answer = apdu[:-1], "6700"
    assert says(made, apdu) == answer


def test_the_file_read_last_is_the_current_one() -> None:
    made = card(AES_CARD, SELECT, "00B0950001")
    assert says(made, "00B0000C08") == "a1a2a3a4a5a6a7a89000"


def test_a_refused_select_leaves_what_was_selected() -> None:
    made = card(AES_CARD, SELECT, "00A4040009A00000000386980701")
    assert says(made, "00B095001E") == FILE + "9000"


def test_reset_loses_the_application_and_what_was_to_fetch() -> None:
    made = card(AES_CARD, SELECT)
    made.reset()
    assert says(made, "00C0000010") == "6985"
    assert says(made, "00B095001E") == "6a82"
    assert says(made, "0088000118" + "00" * 24) == "6985"


def test_get_challenge_is_random() -> None:
    made = card()
    first, second = says(made, "0084000008"), says(made, "0084000008")
    assert first != second
    assert first.endswith("9000") and len(first) == 20


@pytest.mark.parametrize(("data", "challenge", "expected"), [
    (AES_CARD, "0f" * 24, aes_cmac(bytes.fromhex("2b7e151628aed2a6abf7158809cf4f3c"),
                                   bytes.fromhex("01" + "0f" * 24 + "a1a2a3a4a5a6a7a8")).hex()),
    (SM4_CARD, "0123456789abcdeffedcba9876543210", "681edf34d206965e86b3e94f536e4246"),
    (DES_CARD, "5468652071756663", triple_des_ecb(
        bytes.fromhex("0123456789abcdef23456789abcdef01"),
        bytes.fromhex("5468652071756663")).hex()),
], ids=["aes-cmac", "sm4", "3des"])
def test_a_challenge_is_answered_by_the_key(
        data: dict[str, Any], challenge: str, expected: str) -> None:
    aid = str(data["aid"])
    made = card(data, f"00A40400{len(aid) // 2:02X}{aid}")
    assert says(made, f"00880001{len(challenge) // 2:02x}{challenge}") == \
        f"61{len(expected) // 2:02x}"
    assert says(made, f"00C00000{len(expected) // 2:02x}") == expected + "9000"


CLOSE = st.builds(  # octets that look like a command of these cards
    lambda cla, ins, p1, p2, rest: bytes([cla, ins, p1, p2]) + rest,
    st.sampled_from([0, 0, 0, 0x80]), st.sampled_from([0xA4, 0xB0, 0x84, 0x88, 0xC0]),
    st.sampled_from([0, 4, 0x80, 0x95]), st.integers(0, 255), st.binary(max_size=30))


@given(st.sampled_from([AES_CARD, SM4_CARD, DES_CARD, T1_CARD]),
       st.lists(st.one_of(st.binary(max_size=300), CLOSE, st.just(bytes.fromhex(SELECT)))))
def test_any_octets_are_answered_with_a_status_word(
        data: dict[str, Any], apdus: list[bytes]) -> None:
    made = card(data)
    for apdu in apdus:
        answer = made.answer(apdu)
        assert 2 <= len(answer) <= 258
        assert answer[-2] == 0x90 or 0x61 <= answer[-2] <= 0x6F  # ISO 7816-3, 10.3.3
        assert len(answer) == 2 or answer[-2] in (0x90, 0x61, 0x62)


# -- faults ----------------------------------------------------------------------

CHALLENGE = bytes.fromhex("0088000118" + "00" * 24)
FETCH = bytes.fromhex("00C0000010")


def proof(inserted: Inserted, nonce: int) -> bytes | None:
    inserted.answer(bytes.fromhex(SELECT))
    inserted.answer(CHALLENGE[:-1] + bytes([nonce]))
    return inserted.answer(FETCH)


def test_a_clone_reads_like_its_original_and_proves_otherwise() -> None:
    clone, original = (Inserted(Image.of(AES_CARD), fault) for fault in ("cloned", ""))
    assert proof(clone, 1) != proof(original, 1)
    assert proof(clone, 1) == proof(clone, 1) != proof(clone, 2)
    read = bytes.fromhex("00B095001E")
    assert clone.answer(read) == original.answer(read) == bytes.fromhex(FILE + "9000")


def test_a_recording_gives_the_same_proof_for_ever() -> None:
    forged, original = (Inserted(Image.of(AES_CARD), fault) for fault in ("replay", ""))
    assert proof(forged, 1) == proof(forged, 2) != proof(original, 1)


def test_a_mute_card_says_nothing() -> None:
    assert Inserted(Image.of(AES_CARD), "mute").answer(bytes.fromhex(SELECT)) is None


def test_a_short_answer_is_one_octet() -> None:
    assert Inserted(Image.of(AES_CARD), "short").answer(bytes.fromhex(SELECT)) == b"\x61"


def test_garbage_is_never_twice_the_same() -> None:
    inserted = Inserted(Image.of(AES_CARD), "garbage")
    assert len({inserted.answer(bytes.fromhex(SELECT)) for _ in range(50)}) > 10


def test_a_slow_card_takes_300_ms_for_each_command() -> None:
    waited: list[float] = []
    inserted = Inserted(Image.of(AES_CARD | {"fault": "slow"}), pause=waited.append)
    proof(inserted, 1)
    assert waited == [0.3] * 3


@pytest.mark.parametrize(("fault", "before"), [("pulled:1", 0), ("pulled", 1), ("pulled:3", 2)])
def test_a_card_is_pulled_at_the_command_that_was_said(fault: str, before: int) -> None:
    inserted = Inserted(Image.of(AES_CARD), fault)
    for _ in range(before):
        assert inserted.answer(bytes.fromhex(SELECT)) == b"\x61\x10"
    with pytest.raises(PulledOut):
        inserted.answer(bytes.fromhex(SELECT))


@pytest.mark.parametrize("fault", ["broken", "mute:2", "pulled:0", "pulled:x", "pulled:²"])
def test_a_fault_there_is_not_is_refused_with_those_there_are(fault: str) -> None:
    with pytest.raises(FaultError) as refused:
        Inserted(Image.of(AES_CARD), fault)
    assert all(name in str(refused.value) for name in FAULTS)


# -- images ----------------------------------------------------------------------


@pytest.mark.parametrize("change", [
    {"id": ""}, {"atr": "00"}, {"atr": "3"}, {"protocol": "T=2"}, {"aid": "A0"}, {"files": []},
    {"files": {"1F": "00"}}, {"files": {"0015": "00"}}, {"files": {"15": 5}}, {"pin": "123456"},
    {"keys": {"01": {"algorithm": "aes", "key": "00" * 16}}}, {"keys": {"01": {"key": "00"}}},
    {"keys": {"01": {"algorithm": "sm4", "key": "00" * 8}}}, {"keys": {"01": None}},
    {"label": {"en": 1}},
], ids=str)
def test_an_image_that_is_no_card_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(ImageError):
        Image.of(AES_CARD | change)


@given(st.recursive(st.none() | st.integers() | st.text(max_size=5),
                    lambda inner: st.lists(inner) | st.dictionaries(
                        st.sampled_from(sorted(AES_CARD)), inner), max_leaves=20))
def test_any_json_is_a_card_or_a_plain_refusal(data: object) -> None:
    try:
        Image.of(AES_CARD | data if isinstance(data, dict) else data)
    except ImageError as refused:
        assert "A1A2A3A4A5A6A7A8" not in str(refused)


def test_a_card_is_not_to_be_seen_in_a_log() -> None:
    shown = repr(Image.of(AES_CARD)) + repr(Image.of(AES_CARD).keys)
    assert "a1a2" not in shown.lower() and "b'" not in shown


# -- contactless ------------------------------------------------------------------------

DESFIRE = AES_CARD | {"kind": "desfire", "protocol": "T=1", "aid": "F48A10",
                      "uid": "04A1A2A3A4A5A6",
                      "files": {"01": FILE}, "keys": {
                          "00": {"algorithm": "desfire-aes", "key": "00" * 16}}}
MEMORY = AES_CARD | {"kind": "memory", "protocol": "T=1", "aid": "", "files": {}, "keys": {},
                     "uid": "04A1B2C3"}


class Recorded(Desfire):
    """With the number that a real card drew when it was listened to."""

    def number(self) -> bytes:
        return bytes.fromhex("C05DDD714FD788A6B7B754F3C4D066E8")


def test_a_desfire_authenticates_as_a_real_one_did() -> None:
    """"DESFire EV1 Communication Examples" (Elmue), key 0 of AES, all zero."""
    made = Recorded(Image.of(DESFIRE))
    assert made.answer(bytes.fromhex("905A000003F48A1000")).hex() == "9100"
    assert made.answer(bytes.fromhex("90AA0000010000")).hex() == (
        "b969fdfe56fd91fc9de6f6f213b8fd1e" "91af")
    said = ("90AF00002036AAD7DF6E436BA08D18613830A70D5A"
            "D43E3D3F4A8D47541EEE623A934E477400")
    assert made.answer(bytes.fromhex(said)).hex() == "800db680bc146bd121d6578f2d2e2059" "9100"
    assert made.proven == 0
    assert made.answer(bytes.fromhex(said)).hex() == "91ca", "nothing was begun"


@pytest.mark.parametrize(("apdu", "answer"), [
    ("FFCA000000", "04a1a2a3a4a5a69000"), ("9060000000", "0401010100180591af"),
    ("90BD0000070100000004000000", "91f0"), ("905A00000311223300", "91a0"),
    ("90AA0000010000", "9140"), ("90AF000000", "91ca"), ("9099000000", "911c"),
    (SELECT, "6a82"), ("0084000008", "6d00"), ("80CA000000", "6e00"), ("90", "6700"),
])
def test_a_desfire_ends_each_command_with_its_status(apdu: str, answer: str) -> None:
    assert Desfire(Image.of(DESFIRE)).answer(bytes.fromhex(apdu)).hex() == answer


def test_what_a_desfire_has_to_read() -> None:
    made = Desfire(Image.of(DESFIRE))
    made.answer(bytes.fromhex("905A000003F48A1000"))
    for apdu, answer in (("90BD0000070100000000000000", FILE + "9100"),
                         ("90BD000007010800000100000000"[:-2], "019100"),
                         ("90BD000007010000001F000000", "91be"),
                         ("90BD0000070200000001000000", "91f0")):
        assert made.answer(bytes.fromhex(apdu)).hex() == answer


def test_a_wrong_reader_is_not_believed() -> None:
    made = Desfire(Image.of(DESFIRE))
    made.answer(bytes.fromhex("905A000003F48A1000"))
    made.answer(bytes.fromhex("90AA0000010000"))
    assert made.answer(bytes.fromhex("90AF000020" + "00" * 32 + "00")).hex() == "91ae"
    assert made.proven == -1


def test_a_memory_card_has_a_number_and_nothing_else() -> None:
    made = MemoryCard(Image.of(MEMORY))
    assert made.answer(bytes.fromhex("FFCA000000")).hex() == "04a1b2c39000"
    assert made.answer(bytes.fromhex(SELECT)).hex() == "6e00"
    random = MemoryCard(Image.of(MEMORY | {"uid": "08"}))
    seen = set()
    for _ in range(4):
        random.reset()
        seen.add(random.answer(bytes.fromhex("FFCA000000")))
    assert len(seen) == 4 and all(uid[0] == 8 and len(uid) == 6 for uid in seen)


@pytest.mark.parametrize("wrong", [
    {"kind": "stone"}, {"kind": "memory"}, {"uid": ""}, {"protocol": "T=0"}, {"aid": "F48A"}])
def test_a_contactless_image_is_read_strictly(wrong: dict[str, Any]) -> None:
    with pytest.raises(ImageError):
        Image.of(DESFIRE | wrong)


# -- the PIN ------------------------------------------------------------------------------

AES_KEY: dict[str, str] = AES_CARD["keys"]["01"]  # type: ignore[index]
PIN_OF_CARD = {"reference": "81", "block": "313233343536", "tries": 3, "counter": True,
               "keys": ["02"]}
PIN_CARD = T1_CARD | {"keys": {"01": AES_KEY, "02": AES_KEY}, "pin": PIN_OF_CARD}
RIGHT, WRONG, COUNT = "0020008106313233343536", "0020008106393939393939", "00200081"
GUARDED = "0088000218" + "11" * 24 + "00"


def test_a_pin_is_counted_and_blocked_as_iso_7816_says() -> None:
    made = card(PIN_CARD, SELECT)
    assert [says(made, apdu) for apdu in (COUNT, GUARDED, WRONG, COUNT, RIGHT, COUNT)] == [
        "63c3", "6982", "63c2", "63c2", "9000", "9000"]
    assert says(made, GUARDED).endswith("9000")
    made.reset()
    says(made, SELECT)
    assert says(made, GUARDED) == "6982", "the PIN counts until the power goes"
    assert [says(made, WRONG) for _ in range(3)] == ["63c2", "63c1", "6983"]
    assert (says(made, RIGHT), says(made, COUNT)) == ("6983", "6983")
    made.reset()
    says(made, SELECT)
    assert says(made, RIGHT) == "6983", "and stays blocked without power"


def test_a_card_without_a_counter_refuses_to_be_asked() -> None:
    made = card(PIN_CARD | {"pin": {**PIN_OF_CARD, "counter": False}}, SELECT)
    assert says(made, COUNT) == "6700"


@pytest.mark.parametrize(("fault", "command", "answer"), [
    ("locked", RIGHT, "6983"), ("reset", "00B095001E", "6a82")])
def test_the_newer_faults(fault: str, command: str, answer: str) -> None:
    inserted = Inserted(Image.of(PIN_CARD), fault)
    inserted.answer(bytes.fromhex(SELECT))
    said = inserted.answer(bytes.fromhex(command))
    assert said is not None and said.hex() == answer


def test_a_version_of_its_key_that_there_is_not() -> None:
    inserted = Inserted(Image.of(PIN_CARD), "version")
    inserted.answer(bytes.fromhex(SELECT))
    said = inserted.answer(bytes.fromhex("00B095001E"))
    assert said is not None and said[8] == 0xEE
