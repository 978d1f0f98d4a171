"""A real Chromium, without a screen, that fails a test when the page complains."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.servers import chromium_path

ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
             "--disable-background-networking", "--disable-component-update", "--disable-sync",
             "--autoplay-policy=no-user-gesture-required"]


@contextmanager
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path(), args=ARGUMENTS)
        try:
            yield browser
        finally:
            browser.close()


class Visitor:
    """Somebody at the page. `complaints` are what the browser's console said."""

    def __init__(self, browser: Browser, url: str, language: str = "en", width: int = 1280,
                 height: int = 900) -> None:
        self.page: Page = browser.new_page(viewport={"width": width, "height": height})
        self.complaints: list[str] = []
        self.page.on("console", lambda said: self.complaints.append(said.text)
                     if said.type in ("error", "warning") else None)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.goto(url)
        expect(self.page.locator("body")).to_have_attribute("data-ready", "yes")
        self.read_in(language)

    def read_in(self, language: str) -> None:
        self.page.check(f"[name=language][value='{language}']", force=True)

    def hold_the_clock(self) -> None:
        self.page.uncheck("#clock")

    def call(self) -> None:
        self.page.click("#call")

    def is_asked_for_keys(self) -> None:
        expect(self.page.locator("#state")).to_have_attribute("data-word", "state_keys",
                                                              timeout=20_000)

    def hears(self, words: str) -> None:
        expect(self.page.locator("#transcript")).to_contain_text(words, timeout=20_000)

    def press(self, *keys: str) -> None:
        """Each key once the hall listens for it."""
        for key in keys:
            before = self.page.locator("#transcript > *").count()
            self.is_asked_for_keys()
            self.page.keyboard.press(key)
            expect(self.page.locator("#transcript > *").nth(before)).to_be_attached()
            self.is_asked_for_keys()

    def text(self, words: str) -> None:
        self.page.fill("#words", words)
        self.page.keyboard.press("Enter")

    def bubble(self, n: int) -> str:
        """The n-th bubble, from 0, once it is there."""
        found = self.page.locator("#bubbles .said").nth(n)
        expect(found).to_be_visible(timeout=20_000)
        return found.inner_text()

    def transcript(self) -> str:
        return self.page.inner_text("#transcript")


SIZE = re.compile(r"(\d+) characters · (\d+) segments? · (GSM-7|UCS-2)")
