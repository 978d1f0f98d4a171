"""What effects come to at the real service, and when nobody answers there."""

from __future__ import annotations

import queue

import processes
from kiosk import talk
from kiosk.asker import Asker, Back, resolve
from status_service.client import Client
from tests.kiosk.visit import NOW
from tests.servers import Hall

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
    found = resolve(hall.client, None, talk.ListCategories(), None, NOW)
    assert isinstance(found, talk.CategoriesFound) and found.categories
    matters = resolve(hall.client, None, talk.ListMatters(found.categories[0].code), None, NOW)
    assert isinstance(matters, talk.MattersFound) and matters.matters
    guide = resolve(hall.client, None, talk.FindMatter(matters.matters[0].code), None, NOW)
    assert isinstance(guide, talk.GuideFound)
    assert resolve(hall.client, None, talk.FindMatter("none"), None, NOW) == talk.Gone(at=NOW)


def test_a_number_that_nobody_has(hall: Hall) -> None:
    found = resolve(hall.client, None, talk.FindNumber("99999999"), None, NOW)
    assert isinstance(found, talk.NotFound)


def test_one_s_own_without_a_proven_card_is_nothing(hall: Hall) -> None:
    assert resolve(hall.client, None, talk.FindCase("1", own=True), None, NOW) == talk.Gone(at=NOW)
    assert resolve(hall.client, None, talk.ListOwnCases(), None, NOW) == talk.CasesFound(
        at=NOW, answers=(), claimed=False)


def test_a_card_session_that_never_was(hall: Hall) -> None:
    found = resolve(hall.client, None, talk.ListOwnCases(), "no-such-session", NOW)
    assert found == talk.CardFailed(at=NOW, why="away")


def test_nobody_there() -> None:
    assert resolve(nobody(), None, talk.ListNotices(), None, NOW) == talk.Away(at=NOW)


def test_printed_only_when_the_printer_says_so() -> None:
    for done in (True, False):
        paper = Paper(done)
        assert resolve(nobody(), paper, talk.Print(SLIP), None, NOW) == talk.Printed(
            at=NOW, done=done)
        assert paper.slips == [SLIP]
    assert resolve(nobody(), None, talk.Print(SLIP), None, NOW) == talk.Printed(at=NOW, done=False)


def test_each_result_comes_back_with_its_ticket_and_the_printer_is_told(hall: Hall) -> None:
    came: queue.Queue[tuple[str, Back]] = queue.Queue()
    printers: queue.Queue[bool] = queue.Queue()
    asker: Asker[str] = Asker(hall.client, Paper(True), lambda: NOW,
                              lambda ticket, back: came.put((ticket, back)), printers.put)
    asker.start()
    try:
        asker.ask(talk.ListOffices(), "offices", None)
        asker.ask(talk.Print(SLIP), "slip", None)
        found = dict(came.get(timeout=20) for _ in range(2))
        assert isinstance(found["offices"], talk.OfficesFound)
        assert found["slip"] == talk.Printed(at=NOW, done=True)
        assert printers.get(timeout=20) is True
    finally:
        asker.stop()
