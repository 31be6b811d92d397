"""Pictures of every page at every size, to look at after a change: `make screenshots`.

Nothing compares them: fonts and browsers differ. What is measured in them is in test_reports.
"""

import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

from local.stack.packaging import ROOT
from tests.browser.conftest import find_chromium, show
from tests.browser.test_reports import PAGES, VIEWS

FOLDER = ROOT / "build" / "screenshots"


def take(folder: Path) -> int:
    """Store one picture of each page and view in a folder, and return how many."""
    folder.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=find_chromium())
        for name, page in PAGES.items():
            file = folder / f"{name}.html"
            file.write_text(page, encoding="utf-8")
            for view, (size, dark) in VIEWS.items():
                shown = show(browser, file, size, dark).page
                shown.emulate_media(media="print" if view == "paper" else "screen")
                shown.screenshot(path=folder / f"{name} {view}.png", full_page=True)
                shown.close()
        browser.close()
    return len(PAGES) * len(VIEWS)


if __name__ == "__main__":
    sys.stdout.write(f"{take(FOLDER)} pictures in {FOLDER.relative_to(ROOT)}\n")
