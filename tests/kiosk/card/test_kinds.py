"""Each kind of card, and what can be wrong with it, through a real pcscd to the real service."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import pytest

from kiosk.card.events import CardBare, CardFailed, CardIn, CardOut, ReaderIs
from kiosk.card.pin import Pin, PinSaid
from kiosk.card.visit import CardGone
from kiosk.card.worker import CardWorker
from tests.kiosk.card.desk import Heard
from tests.kiosk.cards import card_images
from tests.kiosk.slot import Reader
from tests.servers import Hall

RIGHT, WRONG = "246810", "735193"
SEEN_WITHIN = 10.0  # seconds

Images = dict[str, dict[str, Any]]


@pytest.fixture(scope="module")
def images(hall: Hall, tmp_path_factory: pytest.TempPathFactory) -> Images:
    return card_images(hall, tmp_path_factory.mktemp("cards"))


@contextmanager
def standing(hall: Hall, heard: Heard) -> Iterator[CardWorker]:
    """A kiosk's worker, its reader ready."""
    worker = CardWorker(hall.client, "kiosk-1", heard)
    worker.start()
    try:
        heard.next(ReaderIs)
        yield worker
    finally:
        worker.stop()


def levels(hall: Hall, worker: CardWorker, generation: int) -> set[int]:
    return {answer.level for answer in worker.ask(generation, hall.client.card_cases).items}


@pytest.mark.parametrize("card", ["aynur", "zhou"])
def test_a_pin_from_a_wrong_one_to_level_3(reader: Reader, hall: Hall, images: Images,
                                           card: str) -> None:
    heard = Heard()
    counts = images[card]["pin"]["counter"]
    with standing(hall, heard) as worker:
        reader.insert(images[card])
        proven = heard.proven(SEEN_WITHIN)
        assert proven.pin and levels(hall, worker, proven.generation) == {2}
        ask = partial(worker.pin, proven.generation)
        assert ask(None) == PinSaid("asked", 3 if counts else None)
        assert ask(Pin(WRONG)) == PinSaid("wrong", 2)
        assert ask(Pin("12345")) == PinSaid("failed"), "no card is asked for that"
        assert levels(hall, worker, proven.generation) == {2}
        assert ask(Pin(RIGHT)) == PinSaid("good")
        for _ in range(2):
            assert levels(hall, worker, proven.generation) == {3}


def test_a_pin_that_gets_blocked_leaves_the_cases_open(reader: Reader, hall: Hall,
                                                       images: Images) -> None:
    heard = Heard()
    with standing(hall, heard) as worker:
        reader.insert(images["aynur"])
        proven = heard.proven(SEEN_WITHIN)
        said = [worker.pin(proven.generation, Pin(WRONG)) for _ in range(4)]
        assert [one.outcome for one in said] == ["wrong", "wrong", "blocked", "blocked"]
        assert worker.pin(proven.generation, None) == PinSaid("blocked", 0)
        assert worker.pin(proven.generation, Pin(RIGHT)).outcome == "blocked"
        assert levels(hall, worker, proven.generation) == {2}


def test_a_blocked_card_is_told_before_anybody_keys_in(reader: Reader, hall: Hall,
                                                       images: Images) -> None:
    heard = Heard()
    with standing(hall, heard) as worker:
        reader.insert(images["aynur"], "locked")
        proven = heard.proven(SEEN_WITHIN)
        assert worker.pin(proven.generation, None) == PinSaid("blocked", 0)


def test_no_pin_is_left_in_the_process(reader: Reader, hall: Hall, images: Images) -> None:
    heard = Heard()
    with standing(hall, heard) as worker:
        reader.insert(images["aynur"])
        proven = heard.proven(SEEN_WITHIN)
        pin = Pin("918273")
        worker.pin(proven.generation, pin)
        gc.collect()
        held = [one for one in gc.get_objects() if isinstance(one, list | tuple | dict)]
        octets = [value for one in held
                  for value in (one.values() if isinstance(one, dict) else one)
                  if isinstance(value, bytes | bytearray)]
        assert not any(b"918273" in bytes(value) for value in octets)
        assert bytes(pin._digits) == bytes(6)


def test_another_card_while_the_pin_is_keyed_in(reader: Reader, hall: Hall,
                                                images: Images) -> None:
    """A PIN that goes with another card's answers opens nothing of the first one's."""
    heard = Heard()
    with standing(hall, heard) as worker:
        reader.insert(images["aynur"])
        first = heard.proven(SEEN_WITHIN)
        reader.swap(images["marlowe"])
        with pytest.raises(CardGone):
            worker.pin(first.generation, Pin(RIGHT))
        ended = heard.events.get(timeout=SEEN_WITHIN)
        assert isinstance(ended, CardOut | CardFailed) and ended.generation == first.generation


def test_a_desfire(reader: Reader, hall: Hall, images: Images) -> None:
    heard = Heard()
    with standing(hall, heard) as worker:
        reader.insert(images["desfire"])
        proven = heard.proven(SEEN_WITHIN)
        assert (proven.level, proven.pin) == (2, False)
        for _ in range(3):
            assert levels(hall, worker, proven.generation) == {2}
        reader.swap(images["desfire"], "cloned")
        with pytest.raises(CardGone):
            worker.ask(proven.generation, hall.client.card_cases)


@pytest.mark.parametrize("card", ["aynur", "zhou", "desfire"])
@pytest.mark.parametrize("fault", ["cloned", "replay", "version"])
def test_a_card_that_is_not_genuine(reader: Reader, hall: Hall, images: Images, card: str,
                                    fault: str) -> None:
    heard = Heard()
    with standing(hall, heard):
        reader.insert(images[card], fault)
        heard.next(CardIn, SEEN_WITHIN)
        assert heard.next(CardFailed, SEEN_WITHIN).why == "refused"


@pytest.mark.parametrize("fault", ["garbage", "short", "reset", "pulled:4", "pulled:3"])
def test_a_desfire_that_breaks(reader: Reader, hall: Hall, images: Images, fault: str) -> None:
    """Whatever it does, it is not accepted, and the next card is."""
    heard = Heard()
    with standing(hall, heard):
        reader.insert(images["desfire"], fault)
        came = heard.next(CardIn, SEEN_WITHIN)
        ended = heard.events.get(timeout=SEEN_WITHIN)
        assert isinstance(ended, CardFailed | CardOut) and ended.generation == came.generation
        reader.remove()
        while not isinstance(ended, CardOut):
            ended = heard.events.get(timeout=SEEN_WITHIN)
        reader.insert(images["desfire"])
        heard.proven(SEEN_WITHIN)


def test_a_slow_desfire_is_waited_for(reader: Reader, hall: Hall, images: Images) -> None:
    heard = Heard()
    with standing(hall, heard):
        reader.insert(images["desfire"], "slow")
        heard.proven(20.0)


def test_a_card_that_has_but_a_number(reader: Reader, hall: Hall, images: Images) -> None:
    heard = Heard()
    with standing(hall, heard) as worker:
        reader.insert(images["bare"])
        heard.next(CardIn, SEEN_WITHIN)
        bare = heard.next(CardBare, SEEN_WITHIN)
        assert bare.answers and not bare.random
        assert {answer.level for answer in bare.answers} == {0}
        with pytest.raises(CardGone):
            worker.ask(bare.generation, hall.client.card_cases)
        reader.remove()
        heard.out(bare.generation)
        reader.insert(images["bare"] | {"uid": "08"})
        heard.next(CardIn, SEEN_WITHIN)
        again = heard.next(CardBare, SEEN_WITHIN)
        assert again.random and not again.answers
