"""The kiosk as a program, with the real service: fingers on its glass."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator

import pytest

from tests.kiosk.kiosk_process import Kiosk, kiosk
from tests.servers import Hall


@pytest.fixture
def shown(hall: Hall) -> Iterator[Kiosk]:
    with kiosk(hall) as one:
        yield one


def test_a_held_target_looks_pressed_and_acts_when_let_go(shown: Kiosk) -> None:
    x, y = shown.place("go:number")
    before = shown.picture()
    spot = round(x * before.width), round(y * before.height) + 60
    shown.finger("down", x, y)
    shown.wait(lambda state: shown.picture().tobytes() != before.tobytes(), "a pressed look")
    held = shown.picture().getpixel(spot)
    was = before.getpixel(spot)
    assert isinstance(held, tuple) and isinstance(was, tuple)
    assert sum(held) < sum(was)
    assert shown.screen() == "home"
    shown.finger("up", x, y)
    shown.wait_for("number")


def test_sliding_off_does_nothing(shown: Kiosk) -> None:
    x, y = shown.place("go:number")
    shown.finger("down", x, y)
    shown.finger("move", x, 0.99)
    shown.finger("up", x, 0.99)
    shown.touch("go:guides")
    assert shown.wait_for("categories", "number")["screen"] == "categories"


def test_typing_and_language(shown: Kiosk) -> None:
    shown.touch("go:number")
    shown.wait_for("number")
    shown.type("269")
    shown.wait(lambda state: any("269" in said["text"] for said in state["texts"]), "269")
    shown.touch("lang:ug")
    state = shown.wait(lambda state: state["language"] == "ug", "Uyghur")
    assert state["screen"] == "number"


def test_it_ends_when_told_to(shown: Kiosk) -> None:

    os.kill(shown.program.pid, signal.SIGTERM)
    shown.program.wait_ready(lambda: shown.program.ended == 0)
    assert shown.program.ended == 0
