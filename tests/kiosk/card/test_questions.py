"""Questions about the cases of a card's holder: each time the card that is in proves itself."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from smartcard import scard

from kiosk.card import reader as reader_module
from kiosk.card import worker as worker_module
from kiosk.card.events import CardFailed, CardIn, CardOut, CardProven, ReaderIs
from kiosk.card.visit import CardGone
from status_service.client import Opened, ServiceAway
from tests.kiosk.card.desk import Content, Desk, Heard, working
from tests.kiosk.card.service import Service
from tests.kiosk.slot import AES_CARD, SM4_CARD, Reader

GOOD = (0, [0x90, 0x00])
OTHER = (0, [0xAA, 0x90, 0x00])  # what a card without the key answers


@pytest.fixture
def heard() -> Heard:
    return Heard()


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch) -> Iterator[Service]:
    double = Service()
    monkeypatch.setattr(reader_module, "scard", double)
    yield double
    assert double.handles == set()


def asked(desk: Desk) -> list[str]:
    """What the service was asked since the last time."""
    found = []
    while not desk.asked.empty():
        found.append(desk.asked.get())
    return found


# -- a real reader service, a card that computes -------------------------------------------


@pytest.mark.parametrize("card", [AES_CARD, SM4_CARD], ids=["aes", "sm4"])
def test_each_question_costs_one_question(reader: Reader, heard: Heard,
                                          card: dict[str, str]) -> None:
    """The next challenge comes with each answer; one that ran out is asked for anew."""
    desk = Desk()
    with working(desk, heard) as worker:
        heard.next(ReaderIs)
        reader.insert(card)
        proven = heard.proven()
        assert asked(desk) == ["open", "answer", "answer"]
        for _ in range(3):
            assert isinstance(worker.ask(proven.generation, desk.cases), Opened)
            assert asked(desk) == ["cases"]
        desk.expired = True
        assert isinstance(worker.ask(proven.generation, desk.cases), Opened)
        assert asked(desk) == ["cases", "cases"]


def test_a_service_that_was_away_goes_on_where_it_was(reader: Reader, heard: Heard) -> None:
    desk = Desk()
    with working(desk, heard) as worker:
        heard.next(ReaderIs)
        reader.insert(AES_CARD)
        proven = heard.proven()
        desk.away = True
        with pytest.raises(ServiceAway):
            worker.ask(proven.generation, desk.cases)
        desk.away = False
        asked(desk)
        assert isinstance(worker.ask(proven.generation, desk.cases), Opened)
        assert asked(desk) == ["cases", "cases"], "the answer before may have been taken"


def test_a_session_that_ended_at_the_service_is_begun_anew(
        reader: Reader, heard: Heard, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker_module, "AWAY_RETRY", 0.1)
    desk = Desk()
    with working(desk, heard) as worker:
        heard.next(ReaderIs)
        reader.insert(AES_CARD)
        proven = heard.proven()
        desk.open.clear()
        with pytest.raises(CardGone):
            worker.ask(proven.generation, desk.cases)
        assert heard.next(CardFailed).why == "away"
        again = heard.next(CardProven)
        assert again.generation == proven.generation
        assert isinstance(worker.ask(again.generation, desk.cases), Opened)


def test_another_card_between_two_questions(reader: Reader, heard: Heard) -> None:
    """The same ATR, faster than the reader's polling: nothing of anybody's is told, and the
    card that is in now opens nothing before it was taken out."""
    desk = Desk()
    with working(desk, heard) as worker:
        heard.next(ReaderIs)
        reader.insert(AES_CARD)
        first = heard.proven()
        reader.swap(SM4_CARD)
        with pytest.raises(CardGone):
            worker.ask(first.generation, desk.cases)
        assert desk.closes(desk.proven[0])
        ended = heard.events.get(timeout=5)
        assert isinstance(ended, CardOut | CardFailed) and ended.generation == first.generation
        if isinstance(ended, CardFailed):
            assert ended.why == "unreadable" and len(desk.proven) == 1
            reader.remove()
            heard.out(first.generation)
            reader.insert(SM4_CARD)
        assert heard.proven().holder == "sm4"
        with pytest.raises(CardGone):
            worker.ask(first.generation, desk.cases)


# -- what a real one does but once in a year ------------------------------------------------


def test_another_card_under_the_same_handle(service: Service, heard: Heard) -> None:
    """Its answer ends the session, and whatever is in the slot must be taken out."""
    desk = Content()
    service.answers = [GOOD, GOOD, OTHER]
    service.insert()
    with working(desk, heard) as worker:
        heard.next(ReaderIs)
        first = heard.proven()
        assert isinstance(worker.ask(first.generation, desk.cases), Opened)
        with pytest.raises(CardGone):
            worker.ask(first.generation, desk.cases)
        failed = heard.next(CardFailed)
        assert (failed.generation, failed.why) == (first.generation, "refused")
        assert desk.closes(desk.proven[0])
        assert heard.nothing(0.3) and len(service.commands) == 3
        service.put("A", scard.SCARD_STATE_EMPTY, 2)
        heard.out(first.generation)


def test_a_card_that_lost_its_application_is_not_the_one_that_was_proven(
        service: Service, heard: Heard) -> None:
    desk = Content()
    service.answers = [GOOD, (0, [0x69, 0x85])]
    service.insert()
    with working(desk, heard) as worker:
        heard.next(ReaderIs)
        first = heard.proven()
        asked(desk)
        with pytest.raises(CardGone):
            worker.ask(first.generation, desk.cases)
        assert heard.next(CardFailed).why == "refused"
        assert desk.closes(desk.proven[0]) and asked(desk) == ["close"]


@pytest.mark.parametrize("answer", [(0, []), (0x80100016, []), (0x80100069, [])])
def test_a_command_that_fails_is_the_end(service: Service, heard: Heard,
                                         monkeypatch: pytest.MonkeyPatch,
                                         answer: tuple[int, list[int]]) -> None:
    monkeypatch.setattr(worker_module, "SETTLE", 0.05)
    desk = Content()
    service.answers = [GOOD, answer, GOOD]
    service.insert()
    with working(desk, heard) as worker:
        heard.next(ReaderIs)
        first = heard.proven()
        with pytest.raises(CardGone):
            worker.ask(first.generation, desk.cases)
        assert desk.closes(desk.proven[0])
        assert heard.next(CardFailed).why == "unreadable"
        with pytest.raises(CardGone):
            worker.ask(first.generation, desk.cases)
        assert len(service.commands) == 2, "nothing is ever sent again on the handle"


def test_nobody_waits_for_a_visit_that_is_over(service: Service, heard: Heard) -> None:
    desk = Content()
    service.answers = [GOOD]
    service.insert()
    with working(desk, heard) as worker:
        with pytest.raises(CardGone):
            worker.ask(1, desk.cases)
        heard.next(ReaderIs)
        first = heard.proven()
        worker.end_visit(first.generation)
        for generation in (first.generation, first.generation + 1):
            with pytest.raises(CardGone):
                worker.ask(generation, desk.cases)
        service.put("A", scard.SCARD_STATE_EMPTY, 2)
        heard.out(first.generation)
        service.insert(count=3)
        heard.next(CardIn)
        with pytest.raises(CardGone):
            worker.ask(2, desk.cases)
