"""Makes docs/sample-report.html, and a picture of it where there is a Chromium: `make sample-report`.

The figures are those of samples/scrubbed.csv, checked by the real pipeline and gate, beside generated files
of the same campaign as its last runs. That all of it was published and counted, and how long that took, is
what a sample has to assume.
"""

import shutil
import sys
import tempfile
from pathlib import Path

from expectations.report.comparison import previous_of
from expectations.report.model import Facts, OnSale, Outcome, Stage
from expectations.report.outcomes import entry_of
from expectations.report.page import render_report
from local.check.file import check_file
from local.sample.generate import generate, suggested_key
from local.stack.packaging import ROOT

PAGE, PICTURE = ROOT / "docs" / "sample-report.html", ROOT / "docs" / "sample-report.png"
BROWSERS = ("chromium", "chromium-headless-shell", "google-chrome")
_WIDTH, _HEIGHT = 1080, 1460
# The campaign's earlier files, a day each; the last is what the sample is compared with.
_EARLIER_ROWS = (1_210, 1_430, 1_660, 1_840)
_SEED = 2


def sample_report() -> str:
    """Give the sample report; the same pipeline, gate and libraries give the same text."""
    with tempfile.TemporaryDirectory(prefix="vf-sample-") as folder:
        place = Path(folder)
        facts = _facts(ROOT / "samples" / "scrubbed.csv")
        files = [generate("scrubbed", rows, _SEED, place / f"{rows}.csv") for rows in _EARLIER_ROWS]
        earlier = [_facts(file.path) for file in files]
    previous = previous_of(earlier[-1], "20260212T100358001Z-5e6f7a8b", "2026-02-12T10:00:00.000Z")
    about = facts.about.model_copy(
        update={"run_id": "20260213T100412345Z-1a2b3c4d", "started_at": "2026-02-13T10:04:12.345Z"}
    )
    stages = [
        Stage(name="Reading, judging and merging rows", seconds=4.2),
        Stage(name="Quality checks", seconds=1.3),
    ]
    facts = facts.model_copy(update={"about": about, "previous": previous, "stages": stages})
    fans, ended = facts.counts.valid, "2026-02-13T10:04:26.845Z"
    outcome = Outcome(
        status="succeeded",
        published=fans,
        counted=fans,
        finished_at=ended,
        as_of=ended,
        on_sale=OnSale(
            count=facts.records.verified or 0,
            before=round((previous.verified_share or 0) * (previous.records or 0)),
            rejected=fans - (facts.records.verified or 0),
            selected=0,
        ),
        name="Taylor Swift Presale",
        stages=[Stage(name="Publishing", seconds=9.0), Stage(name="The whole run", seconds=14.5)],
    )
    ended_well = Outcome(status="succeeded")
    entries = [entry_of(_of_day(one, day), ended_well) for day, one in enumerate(earlier, 9)]
    return render_report(facts, outcome, None, [*entries, entry_of(facts, outcome)])


def _facts(file: Path) -> Facts:
    return check_file(file, suggested_key("scrubbed"), None).facts


def _of_day(facts: Facts, day: int) -> Facts:
    run = {"run_id": f"202602{day:02}T100358001Z-5e6f7a8b", "started_at": f"2026-02-{day:02}T10:03:58.001Z"}
    return facts.model_copy(update={"about": facts.about.model_copy(update=run)})


def picture(page: Path, out: Path) -> bool:
    """Take a picture of a page's top in light colours; false where there is no browser for it."""
    browser = next((found for name in BROWSERS if (found := shutil.which(name))), None)
    if browser is None:
        return False
    # For those who develop: the command line itself does without.
    from playwright.sync_api import ViewportSize, sync_playwright

    with sync_playwright() as driver:
        chromium = driver.chromium.launch(executable_path=browser)
        view = chromium.new_page(viewport=ViewportSize(width=_WIDTH, height=_HEIGHT), color_scheme="light")
        view.goto(page.as_uri())
        view.screenshot(path=out)
        chromium.close()
    return True


def main() -> None:
    """Write both files."""
    PAGE.write_text(sample_report(), encoding="utf-8")
    sys.stdout.write(f"{PAGE}\n")
    taken = picture(PAGE, PICTURE)
    sys.stdout.write(f"{PICTURE}\n" if taken else "No Chromium here: the picture stays as it was.\n")


if __name__ == "__main__":
    main()
