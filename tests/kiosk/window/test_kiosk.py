"""The kiosk as a program, with the real service and a real reader service."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.kiosk.cards import card_images
from tests.kiosk.kiosk_process import Kiosk, kiosk
from tests.kiosk.slot import card_reader
from tests.servers import Hall


def test_nothing_of_a_visitor_is_left(hall: Hall, tmp_path: Path) -> None:
    images = card_images(hall, tmp_path / "cards")
    with (card_reader(tmp_path / "reader") as reader,
          kiosk(hall, reader, module="tests.kiosk.searched") as one):
        one.wait_for("home")
        reader.insert(images["aynur"])
        listed = one.wait_for("cases")
        holder = next(said["text"] for said in listed["texts"] if "*" in said["text"])
        opened = next(act for act in listed["targets"] if act.startswith("open:"))
        number = opened.removeprefix("open:")
        matter = "出生医学证明补发"
        assert matter in one.text()
        one.touch(opened)
        one.wait_for("case")
        assert one.left_behind(holder) and one.left_behind(number)  # the search does find
        reader.remove()
        one.wait_for("goodbye", "home")
        assert one.left_behind(holder, number) == []
        one.wait_for("home")
        assert one.left_behind(holder, number) == []
        assert holder not in one.log() and number not in one.log()
        serial = images["aynur"]["serial"]
        assert serial not in one.log() and images["aynur"]["printed"] not in one.log()


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
