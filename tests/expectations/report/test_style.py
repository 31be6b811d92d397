"""What a page's style sheet owes its readers: contrast, and what a phone, the dark and paper need."""

import re

import pytest

from expectations.report.outcomes import entry_of
from expectations.report.page import render_listing, render_report
from tests.expectations.report.pages import facts, published


def _colours(css: str, start: str) -> dict[str, str]:
    block = css[css.index(start) :]
    return dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", block[: block.index("}")]))


def _luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _contrast(one: str, other: str) -> float:
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("start", [":root {", "(prefers-color-scheme: dark)"], ids=["light", "dark"])
def test_colours_contrast_enough(start: str) -> None:
    """WCAG 2 AA: 4.5 for text, 3 for what is drawn."""
    colours = _colours(render_report(facts(), published()), start)
    tones = ("good", "bad", "warn", "busy")
    text = [(ink, ground) for ink in ("ink", "soft", "blue") for ground in ("page", "card")]
    text += [(ink, f"{tone}-tint") for tone in tones for ink in (tone, "ink", "soft")]
    too_low = {pair: ratio for pair in text if (ratio := _contrast(colours[pair[0]], colours[pair[1]])) < 4.5}
    drawn = [(name, "card") for name in ("blue", "orange", "grey", "good", "bad")]
    too_low |= {pair: ratio for pair in drawn if (ratio := _contrast(colours[pair[0]], colours[pair[1]])) < 3}
    assert too_low == {}


@pytest.mark.parametrize("page", ["report", "list"])
def test_what_a_phone_the_dark_and_paper_need_is_there_without_a_browser(page: str) -> None:
    """Where there is no Chromium, tests/browser is skipped; this holds what was seen there."""
    text = (
        render_report(facts(), published())
        if page == "report"
        else render_listing([(entry_of(facts(), published()), "r.html")], "All campaigns")
    )
    assert '<meta name="viewport" content="width=device-width, initial-scale=1">' in text
    style = text.partition("<style>")[2].partition("</style>")[0]
    blocks = dict(re.findall(r"^@media ([^{]+) \{\n(.*?)^\}", style, flags=re.DOTALL | re.MULTILINE))
    colours = {*re.findall(r"(--[a-z-]+):", style.partition("@media")[0])} - {"--tone", "--tint"}
    dark = blocks["screen and (prefers-color-scheme: dark)"]
    assert {*re.findall(r"(--[a-z-]+):", dark)} == colours, "a colour has no value in the dark"
    assert "--page: #fff" in blocks["print"]
    assert "break-inside: avoid" in blocks["print"]
    phone = blocks["screen and (max-width: 46rem)"]
    assert "section { overflow-x: auto; }" in phone
    assert ".stack td { display: block" in phone.replace(".stack th, .stack td", ".stack td")
    # A table that is not stacked on a phone has few columns, or gives some up there.
    for table in re.findall(r"<table[^>]*>.*?</thead>", text, flags=re.DOTALL):
        shown = [head for head in re.findall(r"<th scope=\"col\"[^>]*>", table) if "wide" not in head]
        assert "stack" in table.partition(">")[0] or len(shown) <= 4, table
