"""A Chromium of this machine (Debian: `apt-get install chromium`); tests are skipped where there is none."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, ViewportSize, sync_playwright

from tools.sample_report import BROWSERS

DESKTOP, PHONE = ViewportSize(width=1280, height=900), ViewportSize(width=360, height=740)
LARGE_PHONE = ViewportSize(width=390, height=844)
PAPER = ViewportSize(width=688, height=1017)  # A4 without its margins


@dataclass
class Seen:
    """A page in the browser, what it said on the console and what it asked the network for."""

    page: Page
    said: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        """What a reader sees of it, with plain spaces."""
        return " ".join(self.page.locator("main").inner_text().split())


def find_chromium() -> str | None:
    """The path of this machine's Chromium, if there is one."""
    return next((found for name in BROWSERS if (found := shutil.which(name))), None)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    path = find_chromium()
    if path is None:
        pytest.skip(f"none of {', '.join(BROWSERS)} is installed")
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=path)
        yield browser
        browser.close()


def show(browser: Browser, file: Path, size: ViewportSize, dark: bool = False) -> Seen:
    """Opens a file as somebody's browser would."""
    context = browser.new_context(viewport=size, color_scheme="dark" if dark else "light")
    seen = Seen(context.new_page())
    seen.page.on("console", lambda message: seen.said.append(message.text))
    seen.page.on("pageerror", lambda error: seen.said.append(str(error)))
    seen.page.on("dialog", lambda dialog: seen.said.append(f"dialog: {dialog.message}"))
    seen.page.on("request", lambda request: seen.asked.append(request.url))
    seen.page.goto(file.as_uri())
    return seen
