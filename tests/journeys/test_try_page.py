"""/try from end to end: a real Chromium, the real public door, the real service and its
sample hall. What is heard and read is judged by what the service itself answers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Browser, expect

from status_service.client import Answer, Language
from status_service.wording import answer_speech, answer_text
from tests.servers import Hall, text_worker
from tests.tryout.browser import SIZE, Visitor, chromium
from tryout.pictures import take_pictures

pytestmark = pytest.mark.chromium

IN_REVIEW = "264718305921"  # of the sample hall's showcase
KEY_OF: dict[Language, str] = {"zh-CN": "1", "ug": "2", "en": "3"}


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as found:
        yield found


@pytest.fixture
def today(hall: Hall) -> date:
    return datetime.now(ZoneInfo(hall.settings.zone)).date()


def answer_of(hall: Hall, number: str) -> Answer:
    found = hall.client.case(number)
    assert isinstance(found, Answer)
    return found


def squeezed(words: str) -> str:
    """Without blanks: the page may break lines where it likes."""
    return re.sub(r"\s+", "", words)


@pytest.mark.parametrize("language", ["zh-CN", "en", "ug"])
def test_a_call_in_each_language_hears_the_whole_answer(
        browser: Browser, public_door: str, hall: Hall, today: date, language: Language) -> None:
    visitor = Visitor(browser, public_door + "/try", language)
    visitor.hold_the_clock()
    visitor.call()
    visitor.press(KEY_OF[language], "1")
    visitor.page.locator("#samples li", has_text=IN_REVIEW).locator(".key-it").click()
    said = answer_speech(answer_of(hall, IN_REVIEW), language, today)
    assert len(said) > 3
    visitor.hears(said[-1].text)
    heard = squeezed(visitor.transcript())
    for sentence in said:
        assert squeezed(sentence.text) in heard
    visitor.page.get_by_role("button", name={"zh-CN": "挂断", "en": "Hang up",
                                             "ug": "ئۈزۈش"}[language]).click()
    expect(visitor.page.locator("#state")).to_have_attribute("data-word", "state_over")
    visitor.page.close()
    assert visitor.complaints == []


def test_a_recording_of_the_hall_can_be_played(browser: Browser, public_door: str) -> None:
    visitor = Visitor(browser, public_door + "/try")
    visitor.hold_the_clock()
    visitor.call()
    visitor.is_asked_for_keys()
    audio = visitor.page.locator(".recorded audio").first
    seconds = audio.evaluate("""audio => new Promise((done, wrong) => {
        audio.onloadedmetadata = () => done(audio.duration);
        audio.onerror = () => wrong(new Error("no audio"));
        audio.load(); audio.preload = "metadata"; })""")
    assert seconds > 0.5
    expect(visitor.page.locator(".recorded p").first).to_have_attribute("dir", "rtl")
    visitor.page.close()


def test_a_text_is_answered_in_one_segment(browser: Browser, public_door: str, hall: Hall,
                                           today: date) -> None:
    visitor = Visitor(browser, public_door + "/try")
    visitor.page.fill("#mine", "+8613800138021")  # nobody texted from here before
    visitor.page.locator("#mine").blur()
    visitor.text(IN_REVIEW)
    reply = visitor.bubble(1)
    expected = {answer_text(answer_of(hall, IN_REVIEW), language, today)
                for language in ("zh-CN", "en", "ug")}
    assert any(squeezed(text) in squeezed(reply) for text in expected)
    size = SIZE.search(reply)
    assert size and int(size.group(2)) == 1
    visitor.page.close()
    assert visitor.complaints == []


def test_the_answer_heard_can_be_had_as_a_text(browser: Browser, public_door: str, hall: Hall,
                                               today: date) -> None:
    """From the call through the outbox and the worker to the account's REST and the handset."""
    visitor = Visitor(browser, public_door + "/try")
    visitor.page.fill("#mine", "+8613800138022")
    visitor.page.locator("#mine").blur()
    visitor.hold_the_clock()
    visitor.call()
    visitor.press(KEY_OF["en"], "1")
    visitor.page.locator("#samples li", has_text=IN_REVIEW).locator(".key-it").click()
    visitor.hears(answer_speech(answer_of(hall, IN_REVIEW), "en", today)[-1].text)
    with text_worker(hall):
        visitor.press("1")
        reply = visitor.bubble(0)
    assert squeezed(answer_text(answer_of(hall, IN_REVIEW), "en", today)) in squeezed(reply)
    visitor.page.close()
    assert visitor.complaints == []


def test_every_sample_number_is_found_by_text(browser: Browser, public_door: str,
                                              hall: Hall) -> None:
    visitor = Visitor(browser, public_door + "/try")
    numbers = visitor.page.locator("#samples li > bdi").all_inner_texts()
    assert len(numbers) >= 5
    for number in numbers:
        assert isinstance(hall.client.case(number), Answer), number
    visitor.page.close()


def test_nothing_went_wrong_behind_the_page(browser: Browser, public_door: str) -> None:
    """After a call and a text the account has no complaint about the application."""
    visitor = Visitor(browser, public_door + "/try")
    visitor.hold_the_clock()
    before = visitor.page.request.get(public_door + "/try/alerts").json()
    visitor.call()
    visitor.press("3", "4")
    visitor.page.click("#hangup")
    visitor.text("?")
    visitor.bubble(0)
    after = visitor.page.request.get(public_door + "/try/alerts").json()
    assert after == before
    visitor.page.close()


def test_the_pictures_of_the_readme_are_taken_from_the_running_program(
        browser: Browser, public_door: str, tmp_path: Path) -> None:
    take_pictures(browser, public_door, tmp_path, [IN_REVIEW])
    for name in ("phone.png", "text.png"):
        assert (tmp_path / name).read_bytes().startswith(b"\x89PNG")
        assert (tmp_path / name).stat().st_size > 20_000
