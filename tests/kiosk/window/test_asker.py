"""What effects come to at the real service, and when nobody answers there."""

from __future__ import annotations

import queue
from functools import partial

import pytest

import processes
from kiosk import talk
from kiosk.asker import AT_ONCE, Asker, Back, resolve
from kiosk.card.visit import CardGone, Question
from status_service.client import Answer, Client, Opened, Visit
from tests.kiosk.visit import NOW
from tests.servers import Hall

WHO = Visit("kiosk", "a-visit", "kiosk-of-the-tests")
SLIP = talk.Slip("en", "t", (), "f", "c")


def nobody() -> Client:
    return Client(f"http://127.0.0.1:{processes.free_port()}", "x")


class Paper:
    def __init__(self, done: bool) -> None:
        self.done = done
        self.slips: list[talk.Slip] = []

    def ready(self) -> bool:
        return self.done

    def print(self, slip: talk.Slip) -> bool:
        self.slips.append(slip)
        return self.done


def test_guides_and_offices(hall: Hall) -> None:
    found = resolve(hall.client, None, talk.ListCategories(), None, NOW, WHO)
    assert isinstance(found, talk.CategoriesFound) and found.categories
    matters = resolve(hall.client, None, talk.ListMatters(found.categories[0].code), None, NOW, WHO)
    assert isinstance(matters, talk.MattersFound) and matters.matters
    guide = resolve(hall.client, None, talk.FindMatter(matters.matters[0].code), None, NOW, WHO)
    assert isinstance(guide, talk.GuideFound)
    assert resolve(hall.client, None, talk.FindMatter("none"), None, NOW, WHO) == talk.Gone(at=NOW)


def test_a_number_that_nobody_has(hall: Hall) -> None:
    found = resolve(hall.client, None, talk.FindNumber("99999999"), None, NOW, WHO)
    assert isinstance(found, talk.NotFound)


def test_one_s_own_without_a_proven_card_is_nothing(hall: Hall) -> None:
    assert resolve(hall.client, None, talk.FindCase("1", own=True), None, NOW,
                   WHO) == talk.Gone(at=NOW)
    assert resolve(hall.client, None, talk.ListOwnCases(), None, NOW, WHO) == talk.CasesFound(
        at=NOW, answers=(), claimed=False)


def gone(_: Question) -> Opened:
    raise CardGone


def test_a_question_for_a_card_that_is_gone_has_no_answer(hall: Hall) -> None:
    """What is to be shown then, the card's own events say."""
    for effect in (talk.ListOwnCases(), talk.FindCase("1", own=True)):
        with pytest.raises(CardGone):
            resolve(hall.client, None, effect, gone, NOW, WHO)
    came: queue.Queue[tuple[str, Back]] = queue.Queue()
    asker: Asker[str] = Asker(hall.client, None, lambda: NOW,
                              lambda ticket, back: came.put((ticket, back)), lambda _: None)
    asker.ask(talk.ListOwnCases(), "own", gone, WHO)
    for _ in range(AT_ONCE):
        asker.ask(talk.ListOffices(), "offices", None, WHO)
    assert {came.get(timeout=20)[0] for _ in range(AT_ONCE)} == {"offices"}
    asker.stop()


def test_a_card_of_many_pages_proves_itself_for_each(hall: Hall) -> None:
    answer = hall.client.case("263947201581")
    assert isinstance(answer, Answer)
    asked: list[dict[str, str | None]] = []

    def holder(question: Question) -> Opened:
        assert isinstance(question, partial)
        asked.append(question.keywords)
        return Opened((answer,), "2" if len(asked) == 1 else None, ())

    found = resolve(hall.client, None, talk.ListOwnCases(), holder, NOW, WHO)
    assert found == talk.CasesFound(at=NOW, answers=(answer, answer), claimed=False)
    assert [one["cursor"] for one in asked] == [None, "2"]
    one = resolve(hall.client, None, talk.FindCase(answer.number, own=True), holder, NOW, WHO)
    assert isinstance(one, talk.CaseFound) and asked[-1]["number"] == answer.number


def test_nobody_there() -> None:
    assert resolve(nobody(), None, talk.ListNotices(), None, NOW, WHO) == talk.Away(at=NOW)


def test_printed_only_when_the_printer_says_so() -> None:
    for done in (True, False):
        paper = Paper(done)
        assert resolve(nobody(), paper, talk.Print(SLIP), None, NOW, WHO) == talk.Printed(
            at=NOW, done=done)
        assert paper.slips == [SLIP]
    assert resolve(nobody(), None, talk.Print(SLIP), None, NOW, WHO) == talk.Printed(
        at=NOW, done=False)


def test_each_result_comes_back_with_its_ticket_and_the_printer_is_told(hall: Hall) -> None:
    came: queue.Queue[tuple[str, Back]] = queue.Queue()
    printers: queue.Queue[bool] = queue.Queue()
    asker: Asker[str] = Asker(hall.client, Paper(True), lambda: NOW,
                              lambda ticket, back: came.put((ticket, back)), printers.put)
    asker.start()
    try:
        asker.ask(talk.ListOffices(), "offices", None, WHO)
        asker.ask(talk.Print(SLIP), "slip", None, WHO)
        found = dict(came.get(timeout=20) for _ in range(2))
        assert isinstance(found["offices"], talk.OfficesFound)
        assert found["slip"] == talk.Printed(at=NOW, done=True)
        assert printers.get(timeout=20) is True
    finally:
        asker.stop()
