"""DESFire cards, which prove themselves in two rounds, and cards that have but a number."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import msgspec
import pytest

from status_service.trust.cards import contactless
from status_service.trust.cards.contactless import Desfire, kinds
from status_service.trust.cards.keys import Masters
from status_service.trust.cards.profiles import CardData
from status_service.trust.cards.verify import FIRST, Asked, begin, go_on, knew, mutual
from tests.status_service.api.conftest import Asker
from tests.status_service.cards.conftest import CARDS, OF_WANG
from tests.status_service.cards.kiosk import KEYS, WANG, Visit, image_of, sample_card
from tryout.softcard import Image
from tryout.softcard.faults import Chip
from tryout.softcard.faults import chip as made

MASTERS = Masters.parse(KEYS)


def card(name: str, fault: str = "") -> Chip:
    return made(image_of(CARDS[name]), fault)


def shown(channel: Asker, name: str, fault: str = "") -> Visit:
    visit = Visit(channel)
    visit.show(card(name, fault))
    return visit


# -- DESFire -------------------------------------------------------------------------


def test_authenticate_aes_is_that_of_a_real_card() -> None:
    """A recorded authentication ("DESFire EV1 Communication Examples", Elmue): key 0, all zero."""
    asked = mutual(bytes(16), bytes.fromhex("B969FDFE56FD91FC9DE6F6F213B8FD1E"),
                   bytes.fromhex("F44B26F5686F3A391CD38EBD10772281"))
    assert asked.script == (
        "90AF000020"
        "36AAD7DF6E436BA08D18613830A70D5AD43E3D3F4A8D47541EEE623A934E4774" "00",)
    said = bytes.fromhex("800DB680BC146BD121D6578F2D2E2059")
    assert knew(bytes(16), asked.remember, said)
    assert not knew(bytes(16), asked.remember, said[::-1])
    assert not knew(bytes(15) + b"\1", asked.remember, said)


def test_a_desfire_opens_its_holders_cases_at_level_2(channel: Asker) -> None:
    visit = Visit(channel)
    proof = visit.show(card("desfire")).json
    assert (proof["type"], proof["level"], proof["pin"]) == ("proof", 2, False)
    assert proof["challenge"] == ["90AA0000010100"]
    for _ in range(2):
        got = visit.asks().json
        assert {item["number"] for item in got["items"]} == set(OF_WANG)
        assert all(item["level"] == 2 for item in got["items"])


def test_each_question_to_a_desfire_costs_one_round_more(channel: Asker) -> None:
    visit = shown(channel, "desfire")
    first = visit.cases(*map(visit.card, visit.challenge)).json
    assert first["type"] == "relay" and first["scripts"][0][0].startswith("90AF000020")
    answer = visit.card(first["scripts"][0][0])
    opened = visit.cases(answer).json
    assert opened["type"] == "opened"
    assert visit.cases(answer).json["type"] == "relay", "to another challenge it is but octets"
    assert visit.cases(answer).json == {"type": "unproven"}


@pytest.mark.parametrize("fault", ["cloned", "replay", "version"])
def test_a_desfire_that_is_not_genuine(channel: Asker, fault: str) -> None:
    visit = Visit(channel)
    assert visit.show(card("desfire", fault)).json == {"type": "unproven"}


def test_another_desfire_between_two_questions(channel: Asker) -> None:
    visit = shown(channel, "desfire")
    other = made(image_of(sample_card("3122334455667788", "0", WANG, "desfire")))
    other.answer(bytes.fromhex("905A000003F48A1000"))
    visit.card = lambda command: other.answer(bytes.fromhex(command)).hex()
    assert visit.asks().json == {"type": "unproven"}
    assert visit.cases().status_code == 401


def test_a_card_that_answers_amiss_in_the_middle(channel: Asker) -> None:
    for given in ("", "91ae", "9000", "ff" * 15 + "91af", "ff" * 40 + "91af"):
        visit = Visit(channel)
        genuine = card("desfire")

        def says(command: str, genuine: Chip = genuine, given: str = given) -> str:
            if command.startswith("90AA"):
                return given
            return genuine.answer(bytes.fromhex(command)).hex()

        def ask(visit: Visit = visit, says: Callable[[str], str] = says) -> str:
            visit.card = says
            command = visit.read(says)
            relay = visit.decide(says(command)).json
            assert relay["type"] == "relay", "up to the end every card is worked on alike"
            answer = visit.decide(says(relay["scripts"][0][0])).json
            return str(answer["type"])

        assert ask() == "unproven", given


def by_uid() -> Desfire:
    plain = msgspec.to_builtins(kinds()["desfire"])
    return msgspec.convert(plain | {"diversify_by": "uid"}, Desfire)


def image_by_uid() -> Image:
    image = image_of(CARDS["desfire"])
    data = CardData(b"", 1, b"", None, image.uid)
    key = dataclasses.replace(image.keys[1], value=MASTERS.key_of(by_uid(), data))
    return dataclasses.replace(image, keys={1: key})


def test_a_key_that_was_made_from_the_uid() -> None:
    kind, chip = by_uid(), made(image_by_uid())
    answers = [chip.answer(bytes.fromhex(command)).hex() for command in kind.read_script()]
    assert len(answers) == 5 and answers[-1].endswith("9100")
    data = kind.read(kind.content(answers))
    assert data.uid == chip.image.uid and data.serial == chip.image.serial
    asked = begin(kind, "kiosk-1")
    assert asked.remember == FIRST
    going = go_on(MASTERS, kind, data, "kiosk-1", asked.remember,
                  [chip.answer(bytes.fromhex(asked.script[0])).hex()])
    assert isinstance(going, Asked)
    assert go_on(MASTERS, kind, data, "kiosk-1", going.remember,
                 [chip.answer(bytes.fromhex(going.script[0])).hex()]) is True


def test_a_card_that_hides_its_uid_proves_itself_by_its_serial(channel: Asker) -> None:
    hidden = made(dataclasses.replace(image_of(CARDS["desfire"]), uid=b"\x08"))
    assert Visit(channel).show(hidden).json["type"] == "proof"


# -- nothing but a number ---------------------------------------------------------------


def test_a_bare_number_opens_what_a_keyed_one_does(channel: Asker) -> None:
    visit = Visit(channel)
    got = visit.show(card("uid")).json
    assert got["type"] == "bare" and not got["random"]
    assert {item["number"] for item in got["items"]} == set(OF_WANG)
    assert all(item.get("level", 0) == 0 for item in got["items"])
    assert visit.asks().status_code == 401, "there is no session to go on with"


@pytest.mark.parametrize("uid", ["04999999", "04112233445566", "04112233445566778899"])
def test_a_number_that_nobody_issued(channel: Asker, uid: str) -> None:
    stranger = made(dataclasses.replace(image_of(CARDS["uid"]), uid=bytes.fromhex(uid)))
    assert Visit(channel).show(stranger).json == {"type": "bare", "random": False, "items": []}


def test_a_number_that_is_another_one_each_time(channel: Asker) -> None:
    random = made(dataclasses.replace(image_of(CARDS["uid"]), uid=b"\x08"))
    assert Visit(channel).show(random).json == {"type": "bare", "random": True, "items": []}


def test_the_number_of_a_card_that_proves_itself_is_not_enough(channel: Asker) -> None:
    """A memory card with the UID, or the serial, of a card that has a key."""
    for copied in (image_of(CARDS["desfire"]).uid, bytes.fromhex(CARDS["wang"].serial)[:7]):
        forged = made(dataclasses.replace(image_of(CARDS["uid"]), uid=copied))
        assert Visit(channel).show(forged).json["items"] == []


def test_kinds_that_prove_nothing_are_tried_last() -> None:
    assert list(kinds()) == ["hallway-aes", "fmcos", "desfire", "uid"]
    assert contactless.is_random(bytes.fromhex("08A1B2C3"))
    assert not contactless.is_random(bytes.fromhex("08A1B2C3D4E5F6"))
