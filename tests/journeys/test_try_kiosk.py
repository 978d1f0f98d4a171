"""The kiosk on /try from end to end: a card dragged in a real Chromium goes through a real
pcscd to the real kiosk, and the real service says what its holder may see."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from threading import Event
from typing import Any

import pytest
from playwright.sync_api import expect

import processes
from kiosk_start import Corner
from processes import Program
from tests.servers import Hall
from tests.tryout.browser import Visitor, chromium
from tryout.kiosk import ask

pytestmark = pytest.mark.chromium

OF_AYNUR = "263947201581"  # the case that the showcase gives to the holder of this card
HOLDER = "阿**"  # as the kiosk names her
SLOWLY = 60  # seconds for a turn of the kiosk on a busy machine


@dataclass(frozen=True)
class Stand:
    """The kiosk as started beside the doors, and where the page is."""

    corner: Corner
    url: str

    def state(self) -> dict[str, Any]:
        """What the kiosk says it shows."""
        socket = Path(self.corner.environ["HALLWAY_KIOSK_SOCKETS"], "kiosk.sock")
        status, _, body = ask(socket, "GET", "/state")
        assert status == 200
        found: dict[str, Any] = json.loads(body)
        return found

    def comes_to(self, fits: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """What it shows as soon as that fits."""
        seen: list[dict[str, Any]] = []

        def look() -> bool:
            seen.append(self.state())
            return fits(seen[-1])

        Program("The kiosk", [], Path("/dev/null")).wait_ready(look, SLOWLY)
        return seen[-1]


@pytest.fixture(scope="module")
def stand(hall: Hall) -> Iterator[Stand]:
    said: list[str] = []
    corner = Corner(hall.environ, hall.settings.state, said.append)
    port = processes.free_port()
    url = f"http://127.0.0.1:{port}"
    door = processes.door(
        "public door", processes.PUBLIC_APP, port, log=hall.settings.state / "kiosk-door.log",
        environ=hall.environ | corner.environ | {
            "PUBLIC_BASE_URL": url, "TWILIO_API_BASE": f"{url}/try/twilio"})
    try:
        door.start()
        door.wait_ready(lambda: processes.answers(url + "/healthz"))
        corner.start(Event())
        assert said == []  # nothing is missing here
        yield Stand(corner, url + "/try")
    finally:
        corner.stop()
        door.stop()


@pytest.fixture
def visitor(stand: Stand) -> Iterator[Visitor]:
    with chromium() as browser:
        here = Visitor(browser, stand.url)
        expect(here.page.locator("#screen")).to_be_visible(timeout=SLOWLY * 1000)
        yield here
        ask(Path(stand.corner.environ["HALLWAY_KIOSK_SOCKETS"], "card.sock"), "POST", "/remove", {})
        assert here.complaints == []


def touch(visitor: Visitor, state: dict[str, Any], act: str) -> None:
    """A finger on the middle of a target, in the picture that shows it."""
    place = next(one for one in state["places"] if one["act"] == act)
    screen = visitor.page.locator("#screen")
    visitor.page.wait_for_function(
        "least => Number(document.getElementById('screen').dataset.revision) >= least",
        arg=state["revision"], timeout=SLOWLY * 1000)
    screen.scroll_into_view_if_needed()
    box = screen.bounding_box()
    assert box
    visitor.page.mouse.move(box["x"] + (place["x"] + place["width"] / 2) * box["width"],
                            box["y"] + (place["y"] + place["height"] / 2) * box["height"])
    visitor.page.mouse.down()
    visitor.page.mouse.up()


def words(state: dict[str, Any]) -> str:
    return " ".join(text["text"] for text in state["texts"])


def drag(visitor: Visitor, card: str, to: str) -> None:
    mouse = visitor.page.mouse
    visitor.page.locator("#slot").scroll_into_view_if_needed()
    visitor.page.locator(card).hover()
    mouse.down()
    box = visitor.page.locator(to).bounding_box()
    assert box
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    mouse.move(x + 9, y + 9, steps=3)
    mouse.move(x, y)
    mouse.up()


def test_a_card_in_a_touch_and_the_card_out(stand: Stand, visitor: Visitor) -> None:
    assert stand.comes_to(lambda state: state["screen"] == "home")["width"] > 0
    drag(visitor, "#cards [data-card=aynur]", "#slot")
    expect(visitor.page.locator("#inserted .ic")).to_be_visible()
    listed = stand.comes_to(lambda state: f"open:{OF_AYNUR}" in state["targets"])
    assert HOLDER in words(listed)
    touch(visitor, listed, f"open:{OF_AYNUR}")
    case = stand.comes_to(lambda state: state["screen"] == "case")
    assert HOLDER in words(case)
    drag(visitor, "#inserted .ic", "#cards-words")
    expect(visitor.page.locator("#inserted .ic")).to_have_count(0)
    left = stand.comes_to(lambda state: state["screen"] in ("goodbye", "home"))
    assert HOLDER not in words(left)
    stand.comes_to(lambda state: state["screen"] == "home")


def test_a_reader_that_dies_is_said_and_a_card_works_again(
        stand: Stand, visitor: Visitor) -> None:
    """As the keeper of `make run` does it: the card service is started anew."""
    stand.comes_to(lambda state: state["screen"] == "home")
    service = next(part for part in stand.corner.parts if part.name == "The card service")
    assert service.ended is None
    service.stop()
    service.start()
    visitor.page.locator("#cards [data-card=zhou]").click()
    visitor.page.click("#slot")
    stand.comes_to(lambda state: any(act.startswith("open:") for act in state["targets"]))
    visitor.page.get_by_role("button", name="Take the card out").click()
    stand.comes_to(lambda state: state["screen"] == "home")
