"""The page in a real Chromium, before a hall of our own that says what a test wants."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
import requests
from flask import Flask, Response
from playwright.sync_api import Browser, expect
from werkzeug.serving import make_server

from tests.tryout.browser import SIZE, Visitor, chromium
from tests.tryout.office import HALL, SID, TOKEN, Office
from tests.tryout.test_calls import a_second_of_sound
from tryout.account import Account
from tryout.web import create_blueprint

MINE = "+8613800138000"  # what the page proposes
SAMPLES = [{"number": "24-019651", "zh-CN": "审查中的办件", "en": "A case in review",
            "ug": "تەكشۈرۈلۈۋاتقان ئىش"}]
MENU = ('<Gather numDigits="1" timeout="60" action="/ivr/chosen"><Say language="zh-CN">请按一</Say>'
        '<Play>/ivr/audio/a</Play><Say language="en-US">Press one, please, whenever you like, '
        'there is all the time in the world for it</Say></Gather>')


class Connection:
    twilio_account_sid, twilio_auth_token = SID, TOKEN
    twilio_api_base, twilio_number, public_url = "", HALL, ""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as found:
        yield found


@pytest.fixture
def address(account: Account, office: Office) -> Iterator[str]:
    """The page before `office`, whose recording `a` says something in Uyghur."""
    app = Flask("page", static_folder=None)
    app.register_blueprint(create_blueprint(
        Connection(), lambda: SAMPLES,
        lambda path: ("ياخشىمۇسىز", "ug") if path == "/ivr/audio/a" else None, account),
        url_prefix="/try")
    office.answers["/ivr/audio/a"] = Response(a_second_of_sound(), content_type="audio/wav")
    office.answers["/ivr/status"] = Response(status=204)
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


def test_each_line_is_in_its_language_and_direction(office: Office, visitor: Visitor) -> None:
    office.twiml("/ivr/voice", MENU)
    visitor.hold_the_clock()
    visitor.call()
    visitor.hears("Press one")
    lines = visitor.page.locator("#transcript .said p")
    assert [(p.get_attribute("lang"), p.get_attribute("dir")) for p in lines.all()] == [
        ("zh-CN", "ltr"), ("ug", "rtl"), ("en-US", "ltr")]
    assert "ياخشىمۇسىز" in visitor.transcript()


def test_a_recording_plays(office: Office, visitor: Visitor) -> None:
    office.twiml("/ivr/voice", MENU)
    visitor.hold_the_clock()
    visitor.call()
    button = visitor.page.get_by_role("button", name="Play the recording")
    button.click()
    expect(button).to_have_attribute("aria-pressed", "true")
    expect(button).to_have_attribute("aria-pressed", "false", timeout=10_000)
    assert button.locator("audio").evaluate("audio => audio.duration") == pytest.approx(1.5)


def test_a_recording_without_words_says_its_language(office: Office, visitor: Visitor) -> None:
    office.twiml("/ivr/voice", "<Gather><Play>/ivr/audio/b</Play></Gather>")
    office.answers["/ivr/audio/b"] = Response(
        a_second_of_sound(), content_type="audio/wav", headers={"Content-Language": "ug"})
    visitor.call()
    visitor.hears("Recording (Uyghur)")
    visitor.read_in("zh-CN")
    visitor.hears("录音（维吾尔语）")


def test_a_key_cuts_off_what_is_being_said(office: Office, visitor: Visitor) -> None:
    office.twiml("/ivr/voice", MENU)
    office.twiml("/ivr/chosen", "<Gather><Say>Chosen</Say></Gather>")
    visitor.call()  # with the clock running the long sentence is not over for seconds
    visitor.hears("请按一")
    visitor.page.keyboard.press("1")
    visitor.hears("Chosen")
    assert office.at("/ivr/chosen")[0]["Digits"] == "1"
    assert "cut off by your key" in visitor.transcript()
    assert visitor.page.locator(".keyed span").inner_text() == "1"


def test_keys_outside_a_question_are_lost_and_the_page_says_so(
        office: Office, visitor: Visitor) -> None:
    office.twiml("/ivr/voice", f"<Say>{'Please listen to all of this. ' * 20}</Say>")
    visitor.call()
    visitor.hears("Please listen")
    visitor.page.get_by_role("button", name="Key 5").click()
    visitor.page.get_by_role("button", name="Hear it out").click()
    visitor.hears("Key 5 was not heard")
    visitor.hears("End of the call")


def test_silence_ends_by_the_clock_and_not_without_it(office: Office, visitor: Visitor) -> None:
    office.twiml("/ivr/voice", '<Gather timeout="1"><Say>Go</Say></Gather>', "<Say>Too late</Say>")
    visitor.call()
    visitor.hears("Too late")
    visitor.hears("End of the call")
    assert "You pressed nothing" in visitor.transcript()
    visitor.hold_the_clock()
    visitor.call()
    visitor.is_asked_for_keys()
    expect(visitor.page.locator("#left")).to_be_empty()
    visitor.page.get_by_role("button", name="Say nothing").click()
    visitor.hears("Too late")


def test_a_sample_is_keyed_in_and_texted(office: Office, visitor: Visitor) -> None:
    office.twiml("/ivr/voice", '<Gather action="/ivr/chosen"><Say>Number?</Say></Gather>')
    office.twiml("/ivr/chosen", "<Say>In review</Say>")
    office.twiml("/sms/inbound", "<Message>审查中</Message>")
    visitor.hold_the_clock()
    key = visitor.page.get_by_role("button", name="Key it in")
    expect(key).to_be_disabled()
    visitor.call()
    visitor.is_asked_for_keys()
    key.click()
    visitor.hears("In review")
    assert office.at("/ivr/chosen")[0]["Digits"] == "24019651"
    visitor.page.get_by_role("button", name="Text it").click()
    assert "24-019651" in visitor.bubble(0)
    reply = visitor.bubble(1)
    assert reply.startswith("审查中")
    size = SIZE.search(reply)
    assert size and size.groups() == ("3", "1", "UCS-2")


def test_stop_is_answered_by_the_carrier(office: Office, visitor: Visitor) -> None:
    office.twiml("/sms/inbound")
    visitor.text("STOP")
    assert "Sent by the carrier's own service" in visitor.bubble(1)


def test_an_error_is_shown_plainly_with_what_was_exchanged(
        office: Office, visitor: Visitor) -> None:
    office.twiml("/ivr/voice", "<Say tone='kind'>x</Say>")
    office.twiml("/ivr/fallback", "<Say>Please call the office</Say>")
    visitor.page.check("#raw")
    visitor.hold_the_clock()
    visitor.call()
    visitor.hears("went wrong (12200)")
    visitor.hears("has no attribute 'tone'")
    visitor.hears("Please call the office")
    details = visitor.page.locator("details.exchange")
    expect(details.first).to_contain_text("POST /ivr/voice → 200")
    details.first.locator("summary").click()
    expect(details.first).to_contain_text("CallStatus=ringing")
    expect(details.first).to_contain_text("<Say tone='kind'>")
    expect(visitor.page.locator("#wrongs-list")).to_contain_text("12200", timeout=10_000)


def test_the_hall_calls(office: Office, account: Account, visitor: Visitor) -> None:
    office.twiml("/ivr/out", "<Gather><Say>News of your case</Say></Gather>")
    account.create_call({"From": HALL, "To": MINE, "Url": office.base + "/ivr/out"}, [])
    visitor.hold_the_clock()
    visitor.hears(f"{HALL}\u2069 is calling you")
    visitor.page.get_by_role("button", name="Answer").click()
    visitor.hears("News of your case")
    visitor.page.get_by_role("button", name="Hang up").click()
    visitor.hears("You hung up")
    assert [c.status for c in account.calls.values()] == ["completed"]


@pytest.mark.parametrize(("button", "words", "status"), [
    ("They are busy", "The line was busy", "busy"),
    ("Nobody answers", "Nobody answered", "no-answer")])
def test_a_person_is_asked_for(office: Office, visitor: Visitor, button: str, words: str,
                               status: str) -> None:
    office.twiml("/ivr/voice", '<Dial action="/ivr/chosen">+869914810012</Dial>')
    office.twiml("/ivr/chosen", "<Say>Goodbye</Say>")
    visitor.hold_the_clock()
    visitor.call()
    visitor.page.get_by_role("button", name=button).click()
    visitor.hears(words)
    visitor.hears("Goodbye")
    assert office.at("/ivr/chosen")[0]["DialCallStatus"] == status


def test_by_keyboard_alone(office: Office, visitor: Visitor) -> None:
    office.twiml("/ivr/voice", '<Gather action="/ivr/chosen"><Say>Number?</Say></Gather>')
    office.twiml("/ivr/chosen", "<Say>Thank you</Say>")
    visitor.hold_the_clock()
    visitor.page.locator("body").press("Enter")
    visitor.is_asked_for_keys()
    visitor.page.keyboard.type("12*3#")
    visitor.hears("Thank you")
    assert office.at("/ivr/chosen")[0]["Digits"] == "12*3"
    visitor.page.fill("#words", "7")  # a digit typed into a text is no key
    assert visitor.page.locator(".keyed span").inner_text() == "12*3#"


def test_another_telephone_has_its_own_texts(office: Office, visitor: Visitor) -> None:
    office.twiml("/sms/inbound", "<Message>hello</Message>")
    visitor.text("1")
    visitor.bubble(1)
    visitor.page.fill("#mine", "13800138001")
    visitor.page.locator("#mine").blur()
    expect(visitor.page.locator("#mine-wrong")).to_be_visible()
    visitor.page.fill("#mine", "+8613800138001")
    visitor.page.locator("#mine").blur()
    expect(visitor.page.locator("#mine-wrong")).to_be_hidden()
    expect(visitor.page.locator("#bubbles .said")).to_have_count(0)


@pytest.mark.parametrize("language", ["zh-CN", "en", "ug"])
@pytest.mark.parametrize("width", [390, 1280])
def test_it_fits_in_every_language(browser: Browser, address: str, language: str,
                                   width: int) -> None:
    here = Visitor(browser, address, language, width)
    page = here.page
    direction = "rtl" if language == "ug" else "ltr"
    expect(page.locator("html")).to_have_attribute("dir", direction)
    expect(page.locator("html")).to_have_attribute("lang", language)
    assert page.locator("#samples li p").inner_text() == SAMPLES[0][language]
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    # Nothing is left without words, and no word of the catalogue is missing.
    for element in page.locator("[data-word]:visible").all():
        shown = element.inner_text().strip()
        assert shown
        assert shown != element.get_attribute("data-word")
    for button in page.get_by_role("button").all():
        assert button.get_attribute("aria-label") or button.inner_text().strip()
    page.reload()
    expect(page.locator("html")).to_have_attribute("lang", language)  # remembered
    page.close()
    assert here.complaints == []


def test_what_a_lost_server_missed_is_made_good(office: Office, visitor: Visitor) -> None:
    office.twiml("/ivr/voice", "<Say>First</Say>", "<Say>Second</Say>")
    office.twiml("/sms/inbound")
    page = visitor.page
    page.route("**/wait", lambda route: route.abort())
    page.route("**/texts", lambda route: route.abort())
    visitor.hold_the_clock()
    visitor.call()
    visitor.hears("First")
    visitor.text("my words")
    expect(page.locator("#words")).to_have_value("my words")
    page.unroute("**/wait")
    page.unroute("**/texts")
    visitor.hears("Second")
    page.click("#compose button")
    assert visitor.bubble(0).startswith("my words")
    assert all("ERR_FAILED" in complaint for complaint in visitor.complaints)
    visitor.complaints.clear()


def test_a_wrong_number_of_ones_own_calls_nobody(account: Account, visitor: Visitor) -> None:
    visitor.page.fill("#mine", "12345")
    visitor.call()
    expect(visitor.page.locator("#mine")).to_be_focused()
    assert account.calls == {}


def test_a_lost_server_is_said_and_forgiven(office: Office, visitor: Visitor) -> None:
    visitor.page.route("**/handset", lambda route: route.abort())
    expect(visitor.page.locator("#lost")).to_be_visible(timeout=10_000)
    visitor.page.unroute("**/handset")
    expect(visitor.page.locator("#lost")).to_be_hidden(timeout=10_000)
    assert all("ERR_FAILED" in complaint for complaint in visitor.complaints)
    visitor.complaints.clear()


# -- what the page asks, refused when it is not the page that asks -------------------


@pytest.mark.parametrize(("path", "body", "status"), [
    ("calls", {"from": MINE, "to": "+8610"}, 400), ("calls", {"from": "me", "to": HALL}, 400),
    ("calls", [], 400), ("calls/CA0/keys", {"keys": "1"}, 404),
    ("texts", {"from": MINE, "to": HALL, "body": ""}, 400),
    ("texts", {"from": MINE, "to": HALL, "body": "x" * 1601}, 400),
    ("texts", {"from": MINE, "to": HALL}, 400), ("handset", {"from": "+86x"}, 400)])
def test_nonsense_is_refused(address: str, path: str, body: object, status: int) -> None:
    assert requests.post(f"{address}/{path}", json=body, timeout=10).status_code == status


def test_another_sites_form_cannot_call(address: str, account: Account) -> None:
    got = requests.post(f"{address}/calls", data={"from": MINE, "to": HALL}, timeout=10)
    assert got.status_code == 415
    assert account.calls == {}


@pytest.mark.parametrize(("act", "body", "status"), [
    ("keys", {"keys": "1a"}, 400), ("keys", {}, 400), ("dance", {}, 404), ("answer", {}, 409),
    ("decline", {"how": "rudely"}, 400), ("speak", {}, 409), ("keys", {"keys": "1"}, 200)])
def test_acts_that_do_not_fit(office: Office, account: Account, address: str, act: str,
                              body: dict[str, str], status: int) -> None:
    office.twiml("/ivr/voice", MENU)
    office.twiml("/ivr/chosen", "<Hangup/>")
    call = account.dial(MINE, HALL)
    got = requests.post(f"{address}/calls/{call.sid}/{act}", json=body, timeout=10)
    assert got.status_code == status
    if status == 409:
        assert got.json()["waiting"]["kind"] == "keys"
