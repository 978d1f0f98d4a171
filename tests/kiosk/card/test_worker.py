"""Stories of a card in a real reader service: pcscd, its virtual reader, a software card."""

from __future__ import annotations

import logging
import threading
import time

import pytest

from kiosk.card import worker as worker_module
from kiosk.card.events import CardFailed, CardIn, CardProven, ReaderIs
from kiosk.card.worker import CardWorker
from tests.kiosk.card.desk import Desk, Heard, working
from tests.kiosk.slot import AES_CARD, OTHER_CARD, SM4_CARD, Reader
from tryout.softcard import Image, Slot


@pytest.fixture
def desk() -> Desk:
    return Desk()


@pytest.fixture
def heard() -> Heard:
    return Heard()


@pytest.mark.parametrize("card", [AES_CARD, SM4_CARD], ids=["aes", "sm4"])
def test_a_card_is_proven_and_pulled(reader: Reader, desk: Desk, heard: Heard,
                                     card: dict[str, str]) -> None:
    with working(desk, heard):
        assert heard.next(ReaderIs).state == "ready"
        reader.insert(card)
        proven = heard.proven()
        assert (proven.level, proven.holder) == (2, card["id"])
        assert list(desk.open) == desk.proven
        reader.remove()
        heard.out(proven.generation, within=1)
        assert desk.closes(desk.proven[0])
        assert desk.open == {}


def test_a_card_that_was_in_before_the_kiosk(reader: Reader, desk: Desk, heard: Heard) -> None:
    reader.insert(AES_CARD)
    with working(desk, heard):
        assert heard.next(ReaderIs).state == "ready"
        proven = heard.proven()
    heard.out(proven.generation)
    assert desk.closes(desk.proven[0]), "the kiosk ends: so does the session"


def test_each_card_has_its_own_generation(reader: Reader, desk: Desk, heard: Heard) -> None:
    with working(desk, heard):
        heard.next(ReaderIs)
        for generation, card in enumerate((AES_CARD, SM4_CARD, AES_CARD), 1):
            reader.insert(card)
            proven = heard.proven()
            assert (proven.generation, proven.holder) == (generation, card["id"])
            reader.remove()
            heard.out(generation)


@pytest.mark.parametrize(("fault", "why"), [
    ("garbage", "unreadable"), ("short", "unreadable"), ("cloned", "refused"),
    ("replay", "refused")])
def test_a_bad_card(reader: Reader, desk: Desk, heard: Heard, fault: str, why: str) -> None:
    with working(desk, heard):
        heard.next(ReaderIs)
        reader.insert(AES_CARD, fault)
        came = heard.next(CardIn)
        failed = heard.next(CardFailed)
        assert (failed.generation, failed.why) == (came.generation, why)
        desk.closed.get(timeout=5)
        assert desk.open == {}
        reader.remove()
        heard.out(came.generation)
        reader.insert(SM4_CARD)
        assert heard.proven().holder == "sm4", "the reader is not spoilt"


def test_a_slow_card_is_proven(reader: Reader, desk: Desk, heard: Heard) -> None:
    with working(desk, heard):
        heard.next(ReaderIs)
        reader.insert(SM4_CARD, "slow")
        assert heard.proven().holder == "sm4"


@pytest.mark.parametrize("command", [1, 2, 3])
def test_pulled_in_the_middle_of_a_command(reader: Reader, desk: Desk, heard: Heard,
                                           command: int) -> None:
    with working(desk, heard):
        heard.next(ReaderIs)
        reader.insert(AES_CARD, f"pulled:{command}")
        heard.out(heard.next(CardIn).generation, within=3)
        desk.closed.get(timeout=5)
        assert desk.open == {}


def test_a_card_of_a_kind_nobody_knows(reader: Reader, desk: Desk, heard: Heard) -> None:
    with working(desk, heard):
        heard.next(ReaderIs)
        reader.insert(OTHER_CARD)
        heard.next(CardIn)
        assert heard.next(CardFailed).why == "unreadable"
        assert [desk.asked.get(timeout=5) for _ in range(2)] == ["open", "close"]


def test_a_card_the_service_does_not_know(reader: Reader, heard: Heard) -> None:
    with working(Desk(SM4_CARD), heard):
        heard.next(ReaderIs)
        reader.insert(AES_CARD)
        heard.next(CardIn)
        assert heard.next(CardFailed).why == "refused"


def test_a_mute_card_holds_nothing_up(reader: Reader, desk: Desk, heard: Heard,
                                      monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker_module, "MUTE_AFTER", 0.5)
    with working(desk, heard) as worker:
        heard.next(ReaderIs)
        reader.insert(AES_CARD, "mute")
        came = heard.next(CardIn)
        failed = heard.next(CardFailed)
        assert (failed.generation, failed.why) == (came.generation, "unreadable")
        desk.closed.get(timeout=5)
        asked = time.monotonic()
        worker.end_visit()
        assert time.monotonic() - asked < 0.1, "the screen never waits for a card"
        reader.remove()
        heard.out(came.generation)
        reader.insert(AES_CARD)
        assert heard.proven().holder == "aes"


def test_a_mute_card_does_not_keep_the_kiosk_from_ending(
        reader: Reader, desk: Desk, heard: Heard, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker_module, "STOP_WITHIN", 0.5)
    with working(desk, heard):
        heard.next(ReaderIs)
        reader.insert(AES_CARD, "mute")
        heard.next(CardIn)
        assert desk.asked.get(timeout=5) == "open"
        ended = time.monotonic()
    assert time.monotonic() - ended < 2


def test_the_reader_service_is_killed_in_the_middle_of_a_visit(
        reader: Reader, desk: Desk, heard: Heard) -> None:
    """A card that stayed in the slot works again, untouched; and so does the next one."""
    with working(desk, heard):
        heard.next(ReaderIs)
        reader.insert(AES_CARD)
        first = heard.proven()
        reader.kill()
        heard.out(first.generation, within=2)
        assert heard.next(ReaderIs).state == "no_service"
        assert desk.closes(desk.proven[0])
        reader.restart()
        assert heard.next(ReaderIs, within=10).state == "ready"
        second = heard.proven()
        assert second.generation > first.generation
        assert desk.proven[1] != desk.proven[0]
        reader.remove()
        heard.out(second.generation)
        reader.insert(SM4_CARD)
        assert heard.proven().holder == "sm4"


def test_the_reader_service_is_killed_while_a_card_is_asked(
        reader: Reader, desk: Desk, heard: Heard) -> None:
    with working(desk, heard):
        heard.next(ReaderIs)
        reader.insert(AES_CARD, "mute")
        came = heard.next(CardIn)
        assert desk.asked.get(timeout=5) == "open"
        reader.kill()
        heard.out(came.generation)
        assert heard.next(ReaderIs).state == "no_service"
        reader.remove()
        reader.restart()
        assert heard.next(ReaderIs, within=10).state == "ready"
        reader.insert(AES_CARD)
        assert heard.proven().holder == "aes"


def test_the_kiosk_starts_before_the_reader_service(reader: Reader, desk: Desk,
                                                    heard: Heard) -> None:
    reader.kill()
    with working(desk, heard):
        assert heard.next(ReaderIs).state == "no_service"
        reader.restart()
        assert heard.next(ReaderIs, within=10).state == "ready"
        reader.insert(AES_CARD)
        assert heard.proven().holder == "aes"


def test_another_card_in_a_moment_ends_the_visit(reader: Reader, desk: Desk,
                                                 heard: Heard) -> None:
    """The same ATR, another serial, faster than the reader's polling."""
    with working(desk, heard):
        heard.next(ReaderIs)
        reader.insert(AES_CARD)
        first = heard.proven()
        reader.swap(SM4_CARD)
        heard.out(first.generation)
        assert desk.closes(desk.proven[0])
        second = heard.proven()
        assert second.holder == "sm4"
        assert desk.proven[1] != desk.proven[0]


def test_the_service_is_slow_and_the_card_is_pulled(reader: Reader, desk: Desk,
                                                    heard: Heard) -> None:
    desk.slow = 3.0
    with working(desk, heard):
        heard.next(ReaderIs)
        reader.insert(AES_CARD)
        came = heard.next(CardIn)
        assert desk.asked.get(timeout=5) == "open"
        reader.remove()
        heard.out(came.generation, within=1)
        desk.slow = 0.0
        reader.insert(SM4_CARD)
        assert heard.proven(within=8).holder == "sm4"
        desk.closed.get(timeout=5)
        assert len(desk.open) == 1, "what the slow answer opened was closed again"


def test_the_service_is_away_and_comes_back(reader: Reader, desk: Desk, heard: Heard,
                                            monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker_module, "AWAY_RETRY", 0.3)
    desk.away = True
    with working(desk, heard):
        heard.next(ReaderIs)
        reader.insert(AES_CARD)
        came = heard.next(CardIn)
        assert heard.next(CardFailed).why == "away"
        for _ in range(3):
            assert desk.asked.get(timeout=5) == "open"
        assert heard.events.empty(), "told once"
        desk.away = False
        assert heard.next(CardProven).generation == came.generation


def test_a_visit_is_ended_with_the_card_still_in(reader: Reader, desk: Desk,
                                                 heard: Heard) -> None:
    with working(desk, heard) as worker:
        heard.next(ReaderIs)
        reader.insert(AES_CARD)
        proven = heard.proven()
        worker.end_visit(proven.generation - 1)
        assert desk.proven[0] in desk.open, "a former visit is meant"
        worker.end_visit()
        assert desk.closes(desk.proven[0])
        worker.end_visit()
        assert heard.nothing()
        reader.remove()
        heard.out(proven.generation)
        reader.insert(AES_CARD)
        assert heard.proven().holder == "aes"


def test_a_forgotten_card_stays_shut_when_the_reader_service_comes_back(
        reader: Reader, desk: Desk, heard: Heard) -> None:
    """Its holder has finished and gone: nobody who comes by may see the cases."""
    with working(desk, heard) as worker:
        heard.next(ReaderIs)
        reader.insert(AES_CARD)
        proven = heard.proven()
        worker.end_visit()
        reader.kill()
        heard.out(proven.generation)
        assert heard.next(ReaderIs).state == "no_service"
        reader.restart()
        assert heard.next(ReaderIs, within=10).state == "ready"
        assert heard.nothing()
        reader.remove()
        assert heard.nothing(), "nobody was told of it"
        reader.insert(AES_CARD)
        assert heard.proven().holder == "aes"


def test_the_card_that_came_first_is_used(reader: Reader, desk: Desk, heard: Heard) -> None:
    other = Slot("127.0.0.1", reader.port + 1)
    with working(desk, heard):
        heard.next(ReaderIs)
        other.insert(Image.of(dict(SM4_CARD)))
        try:
            first = heard.proven()
            assert first.holder == "sm4"
            reader.insert(AES_CARD)
            assert heard.nothing()
        finally:
            other.remove()
        heard.out(first.generation)
        assert heard.proven().holder == "aes"


def test_nothing_secret_is_logged(reader: Reader, desk: Desk, heard: Heard,
                                  caplog: pytest.LogCaptureFixture,
                                  monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker_module, "MUTE_AFTER", 0.3)
    caplog.set_level(logging.DEBUG)
    sessions = []
    with working(desk, heard):
        heard.next(ReaderIs)
        reader.insert(AES_CARD)
        sessions.append(heard.proven())
        reader.remove()
        heard.out(1)
        reader.insert(AES_CARD, "mute")
        heard.next(CardIn)
        heard.next(CardFailed)
        reader.remove()
        heard.out(2)
    assert "mute" in caplog.text and desk.proven[0] not in caplog.text
    for event in sessions:
        assert event.holder not in caplog.text.split() and event.holder not in repr(event)
        assert str(AES_CARD["serial"]).lower() not in caplog.text.lower()


def _used() -> tuple[int, int]:
    """Threads and open files of this process."""
    from pathlib import Path

    return threading.active_count(), len(list(Path("/proc/self/fd").iterdir()))


def _visits(reader: Reader, heard: Heard, count: int) -> list[float]:
    """So many visitors; the seconds from insertion to proof of each."""
    took = []
    for _ in range(count):
        began = time.monotonic()
        reader.insert(AES_CARD)
        proven = heard.proven()
        took.append(time.monotonic() - began)
        reader.remove()
        heard.out(proven.generation)
    return took


def test_visitors_leave_nothing_behind(reader: Reader, desk: Desk, heard: Heard) -> None:
    with working(desk, heard):
        heard.next(ReaderIs)
        _visits(reader, heard, 2)
        before = _used()
        _visits(reader, heard, 6)
        assert _used() == before
    assert desk.open == {}


@pytest.mark.soak
def test_a_hundred_visitors(reader: Reader, desk: Desk, heard: Heard) -> None:
    """Also workers come and go: contexts fail at some 160, so a leak of theirs shows."""
    with working(desk, heard):
        heard.next(ReaderIs)
        _visits(reader, heard, 2)
        before = _used()
        took = sorted(_visits(reader, heard, 100))
        assert _used() == before
    assert took[50] < 1.0, "of which the polling of the virtual reader takes up to half a second"
    for _ in range(200):
        worker = CardWorker(desk, "kiosk-1", heard)
        worker.start()
        assert heard.next(ReaderIs).state == "ready"
        worker.stop()
