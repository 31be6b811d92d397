"""Reports in a real browser: nothing on the console, nothing asked for, nothing out of its place.

Cannot see: other browsers than Chromium, and whether a page is a pleasure to read.
"""

import html
from pathlib import Path

import pytest
from playwright.sync_api import Browser, ViewportSize

from expectations.report.model import Facts
from expectations.report.outcomes import entry_of
from expectations.report.page import render_listing, render_report
from local.check.file import check_file
from tests.browser.conftest import DESKTOP, LARGE_PHONE, PAPER, PHONE, Seen, show
from tests.expectations.report.pages import (
    QUARANTINED,
    REFUSED,
    about,
    campaign_runs,
    facts,
    failed_facts,
    hostile_facts,
    previous,
    published,
    scored_up_to,
    warned_facts,
)

pytestmark = pytest.mark.xdist_group("browser")

PAGES = {
    "passed": render_report(facts(previous=previous()), published()),
    "full": render_report(scored_up_to(100), published()),
    "beyond": render_report(scored_up_to(None), published()),
    "warned": render_report(warned_facts(), published()),
    "quarantined": render_report(failed_facts(), QUARANTINED),
    "refused": render_report(Facts(about=about()), REFUSED),
    "hostile": render_report(hostile_facts(), QUARANTINED),
    "trend": render_report(facts(), published(), None, campaign_runs()),
    "runs": render_listing([(run, "r.html") for run in campaign_runs()], "Campaign c-1", "../index.html"),
    "list": render_listing(
        [(entry_of(facts(), published()), "r.html"), (entry_of(hostile_facts(), QUARANTINED), "q.html")],
        "All campaigns",
    ),
}
# What is drawn outside of its drawing would be cut off; half a point is what fonts differ by.
_CUT_OFF = """
() => [...document.querySelectorAll("svg")].flatMap(svg => {
    return [...svg.querySelectorAll("text")].filter(text => {
        const box = text.getBoundingClientRect(), around = svg.getBoundingClientRect();
        return box.left < around.left - 1 || box.right > around.right + 1;
    }).map(text => text.textContent);
})
"""
_WIDER = """
() => [document.documentElement, ...document.querySelectorAll("section, table")]
    .filter(one => one.scrollWidth > one.clientWidth).map(one => one.innerText)
"""
# What has no colour of the page's is black, which nobody sees in the dark.
_UNCOLOURED = """
() => [...document.querySelectorAll("svg :is(text, rect, circle, polyline)")].filter(one => {
    const style = getComputedStyle(one);
    return style.fill === "rgb(0, 0, 0)" || (style.fill === "none" && style.stroke === "none");
}).map(one => one.outerHTML)
"""
VIEWS = {
    "desktop": (DESKTOP, False),
    "phone": (PHONE, False),
    "390 dark": (LARGE_PHONE, True),
    "paper": (PAPER, False),
}


def _shown(
    browser: Browser, folder: Path, page: str, size: ViewportSize = DESKTOP, dark: bool = False
) -> Seen:
    file = folder / "page.html"
    file.write_text(page, encoding="utf-8")
    return show(browser, file, size, dark)


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("view", VIEWS)
def test_a_page_is_quiet_and_fits(chromium: Browser, tmp_path: Path, name: str, view: str) -> None:
    seen = _shown(chromium, tmp_path, PAGES[name], *VIEWS[view])
    if view == "paper":
        seen.page.emulate_media(media="print")
    assert seen.said == []
    assert seen.asked == [(tmp_path / "page.html").as_uri()]
    seen.page.evaluate("() => document.querySelectorAll('details').forEach(one => { one.open = true })")
    assert seen.page.evaluate(_WIDER) == []
    assert seen.page.evaluate(_CUT_OFF) == []
    assert seen.page.evaluate(_UNCOLOURED) == []
    assert seen.page.evaluate("() => window.hit") is None


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_the_figures_of_a_run_can_be_read(chromium: Browser, tmp_path: Path, size: ViewportSize) -> None:
    text = _shown(chromium, tmp_path, PAGES["passed"], size).text
    for figure in ("Passed", "1,003,300", "49,300", "910,000", "546,001", "363,999", "600,000", "unranked"):
        assert figure in text


def test_dark_and_print_have_their_own_colours(chromium: Browser, tmp_path: Path) -> None:
    file = tmp_path / "page.html"
    file.write_text(PAGES["passed"], encoding="utf-8")
    ground = "() => getComputedStyle(document.body).backgroundColor"
    bar = "() => getComputedStyle(document.querySelector('svg .blue')).fill"
    light, dark = show(chromium, file, DESKTOP).page, show(chromium, file, DESKTOP, dark=True).page
    assert light.evaluate(ground) == "rgb(244, 246, 248)"
    assert dark.evaluate(ground) == "rgb(16, 20, 26)"
    assert light.evaluate(bar) != dark.evaluate(bar)
    dark.emulate_media(media="print")
    assert dark.evaluate(ground) == "rgb(255, 255, 255)"


def test_a_file_full_of_markup_shows_as_text(chromium: Browser, tmp_path: Path) -> None:
    """From the CSV to the browser: every field, column and the campaign's name hold a script."""
    bad = "<script>window.hit=1</script><img src=x onerror=window.hit=1>"
    name = "registrants.c-1.<script>window.hit=1<script>&<b onclick=window.hit=1>.2026-02-13T100000.csv"
    header = f"globalUserId,score,isVerified,hbase,marketPreferences,email,firstName,tags,{bad}\n"
    good = "".join(f"{bad}{n},{n},yes,{bad},{bad}|{bad},,{bad},{bad},{bad}\n" for n in range(40))
    rejected = f"{bad},{bad},{bad},{bad},{bad},{bad},{bad},{bad},{bad}\n"
    file, out = tmp_path / "upload.csv", tmp_path / "out"
    file.write_text(header + good + rejected)
    checked = check_file(file, f"scrubbed/{name}", out)
    assert (checked.facts.counts.valid, checked.facts.counts.invalid) == (40, 1)
    for page in (out / "report.html", *sorted((out / "data-docs").iterdir())):
        seen = show(chromium, page, DESKTOP)
        assert (seen.said, seen.asked) == ([], [page.as_uri()])
        assert seen.page.evaluate("() => window.hit") is None
        assert seen.page.evaluate("() => document.scripts.length + document.images.length") == 0
    text = show(chromium, out / "report.html", PHONE).text
    assert "<script>window.hit=1<script>&<b onclick=window.hit=1>" in text
    assert bad in text
    assert html.escape(bad) not in text


def test_the_sample_report_is_as_committed() -> None:
    """`make sample-report` makes it anew, where a change of it is meant."""
    from tools.sample_report import PAGE, sample_report

    same = PAGE.read_text(encoding="utf-8") == sample_report()
    assert same, "run `make sample-report` and look at the page"


def _order(seen: Seen) -> list[str]:
    """The rows of the list of runs that can be seen, by the rows of their files."""
    return seen.page.locator(".listing tbody tr:visible td[data-name=Rows]").all_inner_texts()


def test_the_list_is_searched_and_sorted_in_the_page(chromium: Browser, tmp_path: Path) -> None:
    runs = [(run, "r.html") for run in campaign_runs()[27:]]
    seen = _shown(chromium, tmp_path, render_listing(runs, "All campaigns"))
    assert _order(seen) == ["31,000", "30,000", "29,000", "28,000", "50", "50"]
    for name, first in (("Rows", "31,000"), ("Rows", "50"), ("Uploaded", "31,000"), ("Rejected", "50")):
        seen.page.get_by_role("button", name=name, exact=True).click()
        assert _order(seen)[0] == first
    assert seen.page.locator("[aria-sort]").all_inner_texts() == ["Rejected"]
    seen.page.get_by_label("Search").fill("scrubbed 30 JAN")
    assert _order(seen) == ["30,000"]
    assert "1 of 6" in seen.text
    assert seen.said == []
    assert seen.asked == [(tmp_path / "page.html").as_uri()]


def test_the_list_is_read_without_its_script(chromium: Browser, tmp_path: Path) -> None:
    file = tmp_path / "page.html"
    file.write_text(PAGES["runs"], encoding="utf-8")
    page = chromium.new_context(java_script_enabled=False).new_page()
    page.goto(file.as_uri())
    assert "31 Jan 2026, 10:00:00 UTC" in page.locator("main").inner_text()
    assert not page.locator("#search").is_visible()
    assert page.locator("button").count() == 0
