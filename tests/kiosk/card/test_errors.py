"""What the reader service says when something is wrong with it, the reader or the card."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from smartcard import scard

from kiosk.card import reader as reader_module
from kiosk.card import worker as worker_module
from kiosk.card.events import CardFailed, CardIn, CardProven, ReaderIs
from status_service.client import Proof, Relay, Unproven
from tests.kiosk.card.desk import Content, Desk, Heard, working
from tests.kiosk.card.service import ATR, Service

GOOD = (0, [0x90, 0x00])
PULLED = scard.SCARD_W_REMOVED_CARD


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch) -> Iterator[Service]:
    """Whatever happened: no handle and no context is left in the end."""
    double = Service()
    monkeypatch.setattr(reader_module, "scard", double)
    yield double
    assert double.handles == set()
    assert double.contexts == set()


@pytest.fixture
def desk() -> Desk:
    return Content()


@pytest.fixture
def heard() -> Heard:
    return Heard()


@pytest.mark.parametrize("code", [0x8010001D, 0x8010001E, 0x80100003, 0x80100013, 0x8010006A,
                                  0x80100004 - (1 << 32)])
@pytest.mark.parametrize("function", ["SCardGetStatusChange", "SCardListReaders"])
def test_whatever_is_unexpected_makes_a_new_context(
        service: Service, desk: Desk, heard: Heard, function: str, code: int) -> None:
    service.answers = [GOOD, GOOD]
    service.insert()
    with working(desk, heard):
        assert heard.next(ReaderIs).state == "ready"
        first = heard.proven()
        service.fail(function, code)
        heard.out(first.generation)
        assert heard.next(ReaderIs).state == "no_service"
        assert heard.next(ReaderIs).state == "ready"
        assert heard.proven().generation > first.generation
        assert len(service.contexts) == 1


def test_a_service_that_stays_away_is_tried_again(
        service: Service, desk: Desk, heard: Heard, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker_module, "BACK_OFF", (0.01, 0.02))
    service.fail("SCardEstablishContext", *[scard.SCARD_E_NO_SERVICE] * 5)
    with working(desk, heard):
        assert heard.next(ReaderIs).state == "no_service"
        assert heard.next(ReaderIs).state == "ready"
    assert service.fails["SCardEstablishContext"] == []


def test_the_reader_is_unplugged_and_comes_back(service: Service, desk: Desk,
                                                heard: Heard) -> None:
    service.answers = [GOOD, GOOD]
    service.insert()
    with working(desk, heard):
        heard.next(ReaderIs)
        proven = heard.proven()
        service.unplug("A")
        heard.out(proven.generation)
        assert heard.next(ReaderIs).state == "no_reader"
        assert desk.closes(desk.proven[0])
        service.insert()
        assert heard.next(ReaderIs).state == "ready"
        heard.proven()


@pytest.mark.parametrize(("count", "atr"), [(3, ATR), (1, ATR[:-1] + b"\x01")],
                         ids=["counter", "atr"])
def test_another_card_between_two_looks(service: Service, desk: Desk, heard: Heard,
                                        count: int, atr: bytes) -> None:
    service.answers = [GOOD, GOOD]
    service.insert()
    with working(desk, heard):
        heard.next(ReaderIs)
        first = heard.proven()
        # INUSE changes as soon as somebody connects: it makes the ATR be looked at again.
        service.put("A", scard.SCARD_STATE_PRESENT | scard.SCARD_STATE_INUSE, count, atr)
        heard.out(first.generation)
        assert desk.closes(desk.proven[0])
        heard.proven()
        assert desk.proven[1] != desk.proven[0]
    assert service.commands[0][0] != service.commands[1][0], "never on the former handle"


@pytest.mark.parametrize("code", [PULLED, scard.SCARD_W_RESET_CARD])
def test_the_handle_tells_of_another_card(service: Service, desk: Desk, heard: Heard,
                                          code: int) -> None:
    service.answers = [GOOD, GOOD]
    service.insert()
    with working(desk, heard):
        heard.next(ReaderIs)
        first = heard.proven()
        service.fail("SCardStatus", code)
        heard.out(first.generation)
        heard.proven()
        assert desk.proven[1] != desk.proven[0]


@pytest.mark.parametrize("answer", [
    (0, []), (0, [0x90]), (0x80100016, []), (0x80100069, []), (0x8010002F, [0x90, 0x00])])
def test_a_command_that_fails_ends_the_session(
        service: Service, desk: Desk, heard: Heard, monkeypatch: pytest.MonkeyPatch,
        answer: tuple[int, list[int]]) -> None:
    """Also when the code says success; and nothing is ever sent again on the handle."""
    monkeypatch.setattr(worker_module, "SETTLE", 0.05)
    service.answers = [answer, GOOD]
    service.insert()
    with working(desk, heard):
        heard.next(ReaderIs)
        heard.next(CardIn)
        assert heard.next(CardFailed).why == "unreadable"
        assert desk.closed.get(timeout=5)
        assert heard.nothing(0.3)
        assert len(service.commands) == 1
        service.put("A", scard.SCARD_STATE_EMPTY, 2)
        heard.out(1)
        service.insert(count=3)
        assert heard.proven().generation == 2


def test_a_command_that_fails_for_the_card_was_pulled(service: Service, desk: Desk,
                                                      heard: Heard) -> None:
    service.answers = [(0, [])]
    service.insert()
    with working(desk, heard):
        heard.next(ReaderIs)
        heard.next(CardIn)
        assert desk.closed.get(timeout=5)
        service.put("A", scard.SCARD_STATE_EMPTY, 2)
        heard.out(1)


def test_another_program_holds_the_card_for_a_moment(service: Service, desk: Desk,
                                                     heard: Heard) -> None:
    service.answers = [GOOD]
    service.fail("SCardConnect", *[scard.SCARD_E_SHARING_VIOLATION] * 3)
    service.insert()
    with working(desk, heard):
        heard.next(ReaderIs)
        heard.proven()


def test_another_program_keeps_the_card(service: Service, desk: Desk, heard: Heard,
                                        monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker_module, "BUSY_WITHIN", 0.2)
    service.fail("SCardConnect", *[scard.SCARD_E_SHARING_VIOLATION] * 1000)
    service.insert()
    with working(desk, heard):
        heard.next(ReaderIs)
        heard.next(CardIn)
        assert heard.next(CardFailed).why == "unreadable"


def test_a_card_without_life(service: Service, desk: Desk, heard: Heard,
                             monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker_module, "SETTLE", 0.05)
    service.fail("SCardConnect", scard.SCARD_W_UNRESPONSIVE_CARD)
    service.put("A", scard.SCARD_STATE_PRESENT | scard.SCARD_STATE_MUTE, 1)
    with working(desk, heard):
        heard.next(ReaderIs)
        heard.next(CardIn)
        assert heard.next(CardFailed).why == "unreadable"


def test_a_session_that_is_over_is_begun_anew(service: Service, heard: Heard,
                                              monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the client raises, the card is asked again while it stays in."""
    monkeypatch.setattr(worker_module, "AWAY_RETRY", 0.1)

    class Forgetful(Content):
        forgot = False

        def card_answer(self, session: str, script: int, answers: list[str]
                        ) -> Relay | Proof | Unproven:
            if not self.forgot:
                self.forgot = True
                raise KeyError("over")
            return super().card_answer(session, script, answers)

    desk = Forgetful()
    service.answers = [GOOD, GOOD]
    service.insert()
    with working(desk, heard):
        heard.next(ReaderIs)
        heard.next(CardIn)
        assert heard.next(CardFailed).why == "away"
        assert heard.next(CardProven).generation == 1
        assert desk.closed.get(timeout=5)
        assert len(desk.open) == 1
