"""The kiosk's panel in a real Chromium, before a kiosk and a slot of the test's own."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from flask import Flask
from playwright.sync_api import Browser, Locator, expect
from werkzeug.serving import make_server

from processes import Program
from tests.tryout import corner as corners
from tests.tryout.browser import Visitor, chromium
from tests.tryout.corner import Corner
from tests.tryout.office import HALL, SID, TOKEN
from tryout.account import Account
from tryout.web import create_blueprint


class Connection:
    twilio_account_sid, twilio_auth_token = SID, TOKEN
    twilio_api_base, twilio_number, public_url = "", HALL, ""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as found:
        yield found


@pytest.fixture
def corner() -> Iterator[Corner]:
    with corners.corner() as here:
        here.begin()
        here.draw()
        yield here


@pytest.fixture
def address(account: Account, corner: Corner) -> Iterator[str]:
    app = Flask("page", static_folder=None)
    app.register_blueprint(
        create_blueprint(Connection(), account=account, sockets=corner.directory),
        url_prefix="/try")
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/try"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def visitor(browser: Browser, address: str) -> Iterator[Visitor]:
    here = Visitor(browser, address)
    yield here
    here.page.close()
    assert here.complaints == []


pytestmark = pytest.mark.chromium


def wait(until: Callable[[], bool]) -> None:
    """Bounded, and over as soon as it is so."""
    Program("the page", [], Path("/dev/null")).wait_ready(until, 20)


def glass(visitor: Visitor) -> Locator:
    """The picture, once there is one."""
    screen = visitor.page.locator("#screen")
    expect(screen).to_be_visible(timeout=20_000)
    return screen


def shows(visitor: Visitor, revision: int) -> None:
    expect(glass(visitor)).to_have_attribute("data-revision", str(revision), timeout=20_000)


def drag(visitor: Visitor, card: Locator, to: str) -> None:
    """As a hand does it: grasp, move, let go."""
    mouse = visitor.page.mouse
    visitor.page.locator("#slot").scroll_into_view_if_needed()
    card.hover()
    mouse.down()
    box = visitor.page.locator(to).bounding_box()
    assert box
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    mouse.move(x + 9, y + 9, steps=3)
    mouse.move(x, y)
    mouse.up()


def inside(visitor: Visitor) -> Locator:
    return visitor.page.locator("#inserted .ic")


# -- the picture -----------------------------------------------------------------


def test_the_picture_is_live(corner: Corner, visitor: Visitor) -> None:
    for _ in range(3):
        shows(visitor, corner.draw())
    assert glass(visitor).evaluate("image => [image.naturalWidth, image.naturalHeight]") == [
        *corners.SIZE]
    box = glass(visitor).bounding_box()
    assert box and box["height"] / box["width"] == pytest.approx(16 / 9, rel=0.01)


def test_nobody_looks_while_the_page_is_hidden(corner: Corner, visitor: Visitor) -> None:
    shows(visitor, 1)
    page, asked = visitor.page, []
    with page.expect_request("**/kiosk/picture?after=2&*"):
        corner.draw()
    page.on("request", lambda request: asked.append(request.url)
            if "/picture" in request.url else None)
    turn = """hidden => { Object.defineProperty(document, "hidden", {value: hidden,
        configurable: true}); document.dispatchEvent(new Event("visibilitychange")); }"""
    with page.expect_event("requestfailed", lambda failed: "/picture" in failed.url):
        page.evaluate(turn, True)
    corner.draw()
    newest = corner.draw()
    assert page.evaluate("fetch('kiosk/cards').then(got => got.status)") == 200
    assert asked == []
    page.evaluate(turn, False)
    shows(visitor, newest)
    assert parse_qs(urlsplit(asked[0]).query)["after"] == ["2"]


def test_a_kiosk_that_goes_is_missed_and_comes_back(corner: Corner, visitor: Visitor) -> None:
    shows(visitor, corner.draw())
    corner.end()
    dark = visitor.page.locator("#dark")
    expect(dark).to_contain_text("It appears here by itself", timeout=20_000)
    expect(visitor.page.locator("#kiosk-state")).to_have_text("It does not answer now")
    corner.begin()  # another one: it counts from the beginning again
    corner.draw()
    shows(visitor, 1)
    assert visitor.complaints
    assert all("503" in complaint for complaint in visitor.complaints)
    visitor.complaints.clear()


def test_without_a_kiosk_the_page_says_so(browser: Browser, account: Account) -> None:
    app = Flask("page", static_folder=None)
    app.register_blueprint(create_blueprint(Connection(), account=account), url_prefix="/try")
    web = app.test_client()
    assert web.get("/try/about").json["kiosk"] is False  # type: ignore[index]
    for path in ("picture", "cards"):
        answer = web.get(f"/try/kiosk/{path}")
        assert (answer.status_code, answer.text) == (503, "none\n")
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        here = Visitor(browser, f"http://127.0.0.1:{server.server_port}/try")
        expect(here.page.locator("#dark")).to_contain_text("There is no kiosk here")
        expect(here.page.locator("#wallet")).to_be_hidden()
        here.page.close()
        assert here.complaints == []  # it was not asked for a picture either
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


# -- fingers -----------------------------------------------------------------------


def test_a_finger_goes_down_slides_and_lifts(corner: Corner, visitor: Visitor) -> None:
    shows(visitor, 1)
    glass(visitor).scroll_into_view_if_needed()
    box = glass(visitor).bounding_box()
    assert box

    def at(x: float, y: float) -> tuple[float, float]:
        return box["x"] + x * box["width"], box["y"] + y * box["height"]

    mouse = visitor.page.mouse
    mouse.move(*at(0.1, 0.1))  # above the glass, not on it
    mouse.move(*at(0.25, 0.5))
    mouse.down()
    mouse.move(*at(0.5, 0.5), steps=4)
    mouse.move(*at(1.5, 0.5))  # beside it
    mouse.up()
    wait(lambda: bool(corner.touches) and corner.touches[-1].phase == "up")
    phases = [touch.phase for touch in corner.touches]
    assert (phases[0], phases[-1]) == ("down", "up")
    assert set(phases[1:-1]) == {"move"}
    first, last = corner.touches[0], corner.touches[-1]
    assert (first.x, first.y) == pytest.approx((0.25, 0.5), abs=0.01)
    assert (last.x, last.y) == pytest.approx((1.5, 0.5), abs=0.01)


def test_a_finger_called_off_chooses_nothing(corner: Corner, visitor: Visitor) -> None:
    shows(visitor, 1)
    glass(visitor).scroll_into_view_if_needed()
    glass(visitor).hover()
    visitor.page.mouse.down()
    glass(visitor).evaluate("""image => image.dispatchEvent(
        new PointerEvent("pointercancel", {pointerId: 1, bubbles: true}))""")
    wait(lambda: bool(corner.touches) and corner.touches[-1].phase == "up")
    assert [(touch.phase, touch.x, touch.y) for touch in corner.touches[1:]] == [
        ("move", -1.0, -1.0), ("up", -1.0, -1.0)]
    visitor.page.mouse.up()


# -- the slot ------------------------------------------------------------------------


def test_a_card_is_dragged_in_and_out(corner: Corner, visitor: Visitor) -> None:
    card = visitor.page.locator("#cards [data-card=aynur]")
    drag(visitor, card, "#slot")
    expect(inside(visitor)).to_contain_text("Residence permit")
    expect(inside(visitor)).to_contain_text("2698 6785 8630")
    assert corner.inserted == "aynur"
    expect(card).to_be_hidden()
    drag(visitor, visitor.page.locator("#cards [data-card=other]"), "#ledge")
    expect(visitor.page.locator("#slot-words")).to_have_text("Please take out the other card first")
    assert corner.inserted == "aynur"
    drag(visitor, inside(visitor), "#take-out")  # still at the slot: it stays
    expect(inside(visitor)).to_be_visible()
    assert corner.inserted == "aynur"
    drag(visitor, inside(visitor), "#cards-words")
    expect(inside(visitor)).to_have_count(0)
    assert corner.inserted is None
    expect(card).to_be_visible()


def test_a_card_is_put_in_by_keyboard_alone(corner: Corner, visitor: Visitor) -> None:
    page = visitor.page
    page.locator("#cards [data-card=other]").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#cards [data-card=other]")).to_have_attribute("aria-pressed", "true")
    expect(page.locator("#cards [data-card=other]")).to_be_focused()
    page.locator("#slot").focus()
    page.keyboard.press("Enter")
    expect(inside(visitor)).to_contain_text("Another kind")
    assert corner.inserted == "other"
    page.get_by_role("button", name="Take the card out").focus()
    page.keyboard.press("Enter")
    expect(inside(visitor)).to_have_count(0)
    assert corner.inserted is None
    expect(page.locator("#state")).to_have_attribute("data-word", "state_idle")  # no call


def test_the_slot_asks_for_a_card(corner: Corner, visitor: Visitor) -> None:
    visitor.page.click("#slot")
    expect(visitor.page.locator("#slot-words")).to_have_text("Please choose a card first")
    visitor.page.click("#cards [data-card=aynur]")
    expect(visitor.page.locator("#slot-words")).to_contain_text("Press here")
    visitor.page.click("#slot")
    expect(inside(visitor)).to_be_visible()
    assert corner.inserted == "aynur"


def test_a_card_put_in_elsewhere_is_seen(corner: Corner, visitor: Visitor) -> None:
    expect(visitor.page.locator("#cards .ic")).to_have_count(2)
    corner.inserted = "other"
    expect(inside(visitor)).to_contain_text("Another kind", timeout=10_000)
    visitor.read_in("ug")
    expect(inside(visitor)).to_contain_text("باشقا كارتا")
    corner.inserted = None
    expect(inside(visitor)).to_have_count(0, timeout=10_000)


@pytest.mark.parametrize("language", ["zh-CN", "en", "ug"])
@pytest.mark.parametrize("width", [390, 900, 1280])
def test_it_fits(browser: Browser, address: str, corner: Corner, language: str,
                 width: int) -> None:
    here = Visitor(browser, address, language, width)
    shows(here, 1)
    corner.inserted = "aynur"
    expect(inside(here)).to_be_visible(timeout=10_000)
    page = here.page
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    for element in page.locator("#kiosk [data-word]:visible").all():
        shown = element.inner_text().strip()
        assert shown
        assert shown != element.get_attribute("data-word")
    for part in ("#screen", "#inserted .ic", "#take-out"):
        box = page.locator(part).bounding_box()
        assert box and box["x"] >= 0 and box["x"] + box["width"] <= width
    page.close()
    assert here.complaints == []


# -- what the page asks, refused when it is not the page that asks -------------------


@pytest.mark.parametrize(("path", "body", "status"), [
    ("touch", {"phase": "tap", "x": 0, "y": 0}, 400), ("touch", {"phase": "down"}, 400),
    ("touch", {"phase": "down", "x": "1", "y": 0}, 400),
    ("touch", {"phase": "down", "x": True, "y": 0}, 400),
    ("touch", {"phase": "down", "x": 1e9, "y": 0}, 400), ("touch", [], 400),
    ("touch", {"phase": "down", "x": 0.5, "y": 0}, 204), ("insert", {}, 400),
    ("insert", {"card": 1}, 400), ("insert", {"card": "nobody's"}, 404),
    ("insert", {"card": "aynur"}, 204), ("remove", {}, 204), ("remove", [], 400)])
def test_only_what_makes_sense_is_passed_on(address: str, path: str, body: object,
                                            status: int) -> None:
    assert requests.post(f"{address}/kiosk/{path}", json=body, timeout=10).status_code == status


@pytest.mark.parametrize("path", ["touch", "insert", "remove"])
def test_another_sites_form_reaches_nothing(address: str, corner: Corner, path: str) -> None:
    form = {"phase": "down", "x": "0.5", "y": "0.5", "card": "aynur"}
    got = requests.post(f"{address}/kiosk/{path}", data=form, timeout=10)
    assert got.status_code == 415
    assert (corner.touches, corner.inserted) == ([], None)


def test_who_does_not_answer_is_not_awaited(address: str, corner: Corner) -> None:
    corner.end()
    for path in ("picture?after=0", "cards"):
        got = requests.get(f"{address}/kiosk/{path}", timeout=10)
        assert (got.status_code, got.text) == (503, "away\n")
    got = requests.post(f"{address}/kiosk/touch", json={"phase": "up", "x": 0, "y": 0}, timeout=10)
    assert (got.status_code, got.text) == (503, "away\n")
