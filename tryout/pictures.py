"""Pictures of the phone, of a text and of the kiosk, taken from the running program:

    python -m tryout.pictures http://127.0.0.1:8000 docs/pictures

Needs `make run` in another window, and Playwright with a Chromium (CHROMIUM names
one that is not at /usr/bin/chromium).
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path

from playwright.sync_api import Browser, Page, ViewportSize, expect, sync_playwright

WAIT = 20_000  # ms for one turn of the hall
WIDE: ViewportSize = {"width": 1000, "height": 900}  # the kiosk stands below, not beside
NARROW: ViewportSize = {"width": 480, "height": 900}
MARGIN = 8  # pixels around a picture
HANDSET = "+8613800138066"  # one that the pictures alone use
CARD = "aynur"  # of the sample hall
PROVEN = 3_000  # ms from a card in the slot to its holder's cases in the picture, and more


def take_pictures(browser: Browser, base: str, folder: Path,
                  samples: Sequence[str] = ()) -> None:
    """Save phone.png and text.png: a call and texts about the first of `samples` (or of the
    page's own), in Chinese; and kiosk.png, where a kiosk runs: a card in its slot."""
    folder.mkdir(parents=True, exist_ok=True)
    page = browser.new_page(viewport=WIDE, device_scale_factor=2, color_scheme="light")
    page.goto(base + "/try/")
    expect(page.locator("body")).to_have_attribute("data-ready", "yes")
    page.check("[name=language][value='zh-CN']", force=True)
    numbers = list(samples) or page.locator("#samples li > bdi").all_inner_texts()[:2]
    page.fill("#mine", HANDSET)
    page.locator("#mine").blur()
    _call(page, numbers[0])
    _save(page, "#phone", "#phone .act", folder / "phone.png")
    page.set_viewport_size(NARROW)  # where the handset is no taller than its texts need
    for number in numbers:
        _text(page, number)
    _save(page, "#handset", "#compose", folder / "text.png")
    if page.request.get(base + "/try/about").json()["kiosk"]:
        _insert(page, CARD)
        _save(page, "#kiosk", "#take-out", folder / "kiosk.png")
        page.click("#take-out")
    page.close()


def _save(page: Page, card: str, last: str, path: Path) -> None:
    """A card of the page down to its part `last`."""
    page.evaluate("scrollTo(0, 0)")  # boxes are measured from what is in view
    whole, end = page.locator(card).bounding_box(), page.locator(last).bounding_box()
    if not (whole and end):
        raise LookupError(f"the page shows no {card}")
    bottom = end["y"] + end["height"] + MARGIN
    page.screenshot(path=path, full_page=True, clip={
        "x": whole["x"] - MARGIN, "y": whole["y"] - MARGIN,
        "width": whole["width"] + 2 * MARGIN, "height": bottom - whole["y"] + MARGIN})


def _call(page: Page, number: str) -> None:
    page.uncheck("#clock")
    page.click("#call")
    for key in "11":  # Chinese, then progress
        _awaits_keys(page)
        page.click(f"[data-key='{key}']")
        expect(page.locator(".keyed").last).to_contain_text(key)
        page.wait_for_function("document.querySelector('#transcript > :last-child')"
                               ".classList.contains('said')", timeout=WAIT)
    _awaits_keys(page)
    page.locator("#samples li", has_text=number).locator(".key-it").click()
    expect(page.locator(".keyed").last).to_contain_text("#", timeout=WAIT)
    page.wait_for_function("document.querySelector('#transcript > :last-child')"
                           ".classList.contains('said')", timeout=WAIT)
    # The answer itself is the picture, not the menu behind it.
    page.locator(".keyed").last.evaluate(
        "keys => { const log = keys.parentElement;"
        " log.scrollTop = keys.offsetTop - log.offsetTop - 12; }")


def _text(page: Page, number: str) -> None:
    bubbles = page.locator("#bubbles .said")
    before = bubbles.count()
    page.fill("#words", number)
    page.click("#compose button")
    expect(bubbles).to_have_count(before + 2, timeout=WAIT)
    page.locator("#handset").click()  # no caret in the picture


def _insert(page: Page, card: str) -> None:
    expect(page.locator("#screen")).to_be_visible(timeout=WAIT)
    page.click(f"#cards [data-card={card}]")
    page.click("#slot")
    expect(page.locator("#inserted .ic")).to_be_visible(timeout=WAIT)
    page.wait_for_timeout(PROVEN)  # the page does not know what the picture shows


def _awaits_keys(page: Page) -> None:
    expect(page.locator("#state")).to_have_attribute("data-word", "state_keys", timeout=WAIT)


def main() -> None:
    base, folder = sys.argv[1].rstrip("/"), Path(sys.argv[2])
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=os.environ.get("CHROMIUM", "/usr/bin/chromium"),
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"])
        take_pictures(browser, base, folder)
        browser.close()


if __name__ == "__main__":
    main()
