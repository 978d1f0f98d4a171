"""The driver with the real dialogue and the real layout: what it shows, drops and survives."""

from __future__ import annotations

import logging
from typing import Literal

import pytest

from kiosk import dialogue, talk
from kiosk.card import events
from kiosk.look.layout import lay_out
from kiosk.look.sheet import Ink, Panel, Sheet
from kiosk.screen import Screen
from kiosk.window.driver import TRY_AGAIN, WAIT_SHOWN, Driver, Ticket
from tests.kiosk.visit import NOW

PANEL = Panel.of(1080, 1920, 21.5)
SECRET = "Aynur-2694"


class Stage:
    """A glass, a clock and an asker that the test holds in its hands."""

    def __init__(self) -> None:
        self.clock = 1000.0
        self.sheet: Sheet | None = None
        self.asked: list[tuple[talk.Effect, Ticket, int | None]] = []
        self.ended: list[int] = []
        self.locked = False
        self.forgot = 0
        self.fails = 0  # how many layouts fail from now on
        self.driver = Driver(
            panel=PANEL, step=dialogue.step, lay_out=self._lay_out, glass=self,
            ask=lambda *question: self.asked.append(question), end_card=self.ended.append,
            now=lambda: NOW, clock=lambda: self.clock)
        self.driver.begin()

    def _lay_out(self, screen: Screen, panel: Panel, page: int = 0, seconds: int = 0) -> Sheet:
        if self.fails:
            self.fails -= 1
            raise ValueError(SECRET)
        return lay_out(screen, panel, page, seconds)

    def show(self, sheet: Sheet, same: bool) -> None:
        self.sheet, self.locked = sheet, False

    def lock(self) -> None:
        self.locked = True

    def forget(self) -> None:
        self.forgot += 1
        self.sheet = None

    @property
    def name(self) -> str:
        return self.driver.screen.name if self.driver.screen else ""

    def pass_by(self, seconds: float) -> None:
        self.clock += seconds
        self.driver.tick()

    def prove(self, generation: int = 1) -> None:
        self.driver.card(events.CardIn(generation))
        self.driver.card(events.CardProven(generation, "A**", 2))


@pytest.fixture
def stage() -> Stage:
    return Stage()


def test_a_quick_answer_shows_no_waiting_screen(stage: Stage) -> None:
    stage.driver.touched("go:notices")
    assert stage.locked and stage.name == "home"
    stage.pass_by(WAIT_SHOWN / 2)
    assert stage.name == "home"
    _, ticket, _ = stage.asked[-1]
    stage.driver.answered(ticket, talk.NoticesFound(at=NOW, notices=()))
    assert stage.name == "notices" and not stage.locked


def test_a_slow_answer_shows_that_it_is_awaited(stage: Stage) -> None:
    stage.driver.touched("go:notices")
    stage.pass_by(WAIT_SHOWN + 0.01)
    assert stage.driver.screen and stage.driver.screen.waiting


def test_the_answer_to_a_question_that_was_left_is_dropped(stage: Stage) -> None:
    stage.driver.touched("go:notices")
    _, notices, _ = stage.asked[-1]
    stage.pass_by(WAIT_SHOWN + 0.01)
    stage.driver.touched("back")
    stage.driver.answered(notices, talk.NoticesFound(at=NOW, notices=()))
    assert stage.name == "home"


def test_the_holders_right_goes_with_the_question(stage: Stage) -> None:
    stage.prove()
    effect, _, card = stage.asked[-1]
    assert isinstance(effect, talk.ListOwnCases) and card == 1


def test_pulling_the_card_forgets_all(stage: Stage) -> None:
    stage.prove()
    _, ticket, _ = stage.asked[-1]
    stage.driver.card(events.CardOut(1))
    assert stage.ended[-1] == 1
    asked = len(stage.asked)
    stage.driver.answered(ticket, talk.CasesFound(at=NOW, answers=(), claimed=False))
    assert stage.name == "goodbye" and len(stage.asked) == asked


def test_events_of_a_former_card_are_dropped(stage: Stage) -> None:
    stage.prove()
    stage.driver.card(events.CardIn(2))
    stage.driver.card(events.CardProven(1, "A**", 2))
    assert stage.driver.session.card == "reading"


def test_a_visit_that_ended_is_not_begun_again_by_its_card(stage: Stage) -> None:
    stage.prove()
    _, ticket, _ = stage.asked[-1]
    stage.driver.answered(ticket, talk.CasesFound(at=NOW, answers=(), claimed=False))
    stage.driver.touched("finish")
    stage.driver.card(events.CardProven(1, "A**", 2))
    assert stage.driver.session.card == "none"
    assert stage.name == "take_card"
    stage.driver.card(events.CardOut(1))
    assert stage.name == "goodbye"


@pytest.mark.parametrize("why", ["away", "refused", "unreadable"])
def test_a_proven_card_that_fails_is_forgotten_and_said(
        stage: Stage, why: Literal["away", "refused", "unreadable"]) -> None:
    stage.prove()
    _, ticket, _ = stage.asked[-1]
    stage.driver.answered(ticket, talk.CasesFound(at=NOW, answers=(), claimed=False))
    assert stage.name == "cases"
    stage.driver.card(events.CardFailed(1, why))
    assert stage.name == f"card_{why}" and stage.forgot == 1
    stage.driver.touched("home")
    stage.driver.touched("go:notices")
    assert stage.asked[-1][2] is None, "and opens nothing"


def test_a_card_that_could_not_be_checked_for_a_while_opens_its_cases_again(
        stage: Stage) -> None:
    stage.prove()
    stage.driver.card(events.CardFailed(1, "away"))
    stage.driver.card(events.CardProven(1, "A**", 2))
    effect, _, card = stage.asked[-1]
    assert isinstance(effect, talk.ListOwnCases) and card == 1


def test_what_fails_ends_the_visit_and_says_nothing_of_it(
        stage: Stage, caplog: pytest.LogCaptureFixture) -> None:
    stage.fails = 1
    with caplog.at_level(logging.DEBUG):
        stage.driver.touched("go:number")
    assert stage.name == "home" and stage.sheet is not None
    assert "ValueError at test_driver.py" in caplog.text
    assert SECRET not in caplog.text


def test_a_home_screen_that_fails_is_tried_again(stage: Stage) -> None:
    stage.fails = 2
    stage.driver.touched("go:number")
    assert stage.sheet is None
    stage.pass_by(TRY_AGAIN + 0.01)
    assert stage.name == "home" and stage.sheet is not None


def test_silence_counts_down_and_ends_the_visit(stage: Stage) -> None:
    stage.driver.touched("go:number")
    while stage.name != "idle":
        stage.pass_by(1)
    shown = set()
    for _ in range(3):
        stage.pass_by(1)
        assert stage.sheet
        shown.add(tuple(mark.text for mark in stage.sheet.marks if isinstance(mark, Ink)))
    assert len(shown) == 3  # each second another number
    while stage.name == "idle":
        stage.pass_by(1)
    assert stage.name == "goodbye" and stage.ended


def test_a_touch_keeps_the_silence_away(stage: Stage) -> None:
    stage.driver.touched("go:number")
    for _ in range(60):
        stage.pass_by(10)
        stage.driver.touch_began()
    assert stage.name == "number"
