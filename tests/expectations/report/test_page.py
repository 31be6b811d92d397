import itertools
import re
from base64 import b64encode
from hashlib import sha256
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from expectations.report.model import Facts, Group, InputCounts, Outcome
from expectations.report.outcomes import entry_of
from expectations.report.page import Links, render_listing, render_report
from expectations.report.reasons import REASONS
from tests.expectations.report.pages import (
    HOSTILE,
    QUARANTINED,
    REFUSED,
    about,
    facts,
    failed_facts,
    hostile_facts,
    previous,
    published,
    warned_facts,
)


class _Read(HTMLParser):
    """A page's tags, and its text without style sheets."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self._text: list[str] = []
        self._skipping = False
        self.feed(page)
        self.text = re.sub(r"\s+", " ", " ".join(self._text))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs
        self._skipping = tag in ("style", "script")

    def handle_endtag(self, tag: str) -> None:
        self._skipping = False

    def handle_data(self, data: str) -> None:
        if not self._skipping:
            self._text.append(data)


def _read(of: Facts, outcome: Outcome) -> _Read:
    return _Read(render_report(of, outcome))


def test_a_run_that_went_well_shows_every_figure_of_its_summary() -> None:
    read = _read(facts(previous=previous()), published())
    for figure in (
        "Passed", "910,000 fans published.", "1,003,300", "49,300", "4.9 %", "44,000", "546,001",
        "363,999",
        "60.0 %", "400,001", "new york", "209,999", "600,000", "41.12", "43.5", "64.25",
        "0.5", "123 more counted at an earlier reason", "3, 17, 1004, 20005, 20006, \u2026",
            REASONS["unranked"], "bad_email", "invalid e-mail",
        "+3,300 (+0.3 %)", "\u2212100", "\u22122 points", "\u2265 90 %", "95.12 %", "3.2 s", "1 min 5 s",
        "190.0 MB", "13 Feb 2026, 10:00:00 UTC", "1st choice: 900,000",
        "Counting goes on after publishing",
    ):  # fmt: skip
        assert figure in read.text, figure


@pytest.mark.parametrize(
    ("gone", "new", "withdrawn", "said"),
    [
        (0, 0, 0, "The fans are those of the last file."),
        (0, 2, 0, "New since the last file: 2 fans. </p>"),
        (3, 0, 0, "3 fans of the last file are not in this one; they keep their state."),
        (3, 0, 4, "4 fans of earlier files are not in this one; it withdraws them."),
    ],
)
def test_beside_the_last_file_no_zero_is_told(gone: int, new: int, withdrawn: int, said: str) -> None:
    counts = InputCounts(in_=9, duplicate=0, valid=9)
    before = previous().model_copy(update={"duplicate": 0})
    of = facts(counts=counts, previous=before, fans_gone=gone, fans_new=new, withdrawn=withdrawn)
    page = " ".join(render_report(of, published()).split())
    assert said in page
    assert " 0 fans" not in page
    assert "Merged rows" not in page
    assert "rows merged" not in page


def test_a_quarantined_run_says_what_failed_by_how_much_and_what_to_do() -> None:
    text = _read(failed_facts(), QUARANTINED).text
    assert "Quarantined Nothing was published: a critical check failed." in text
    assert "At least 90% of the rows are valid. It was 85.00 %." in text
    assert "Scores go up to 100. 1,234 records did not. (warning)" in text
    assert "4.9 % of the rows were rejected for “market not preferred” (for example rows 3, 17, 1004)" in text
    assert '"acceptQuality": true' in text
    assert "\u2717 failed" in text


@pytest.mark.parametrize(
    ("of", "outcome", "said"),
    [
        (facts(), Outcome(status="running"), "Running The checks let 910,000 fans pass"),
        (warned_facts(), published(), "Warned 910,000 fans published, with 1 warning."),
        (
            failed_facts(accepted=True),
            published(),
            "Accepted 910,000 fans published, in spite of failed checks",
        ),
        (
            facts(),
            published(published=909_000, failed=1_000),
            "Incomplete 909,000 fans published. 1,000 records could not",
        ),
        (facts(), Outcome(status="checked"), "Would pass 910,000 fans would be published."),
        (failed_facts(), Outcome(status="checked"), "Would be quarantined"),
        (Facts(about=about()), REFUSED, "Refused Nothing was published. The column 'score' is missing"),
        (
            facts(),
            Outcome(status="failed", published=10, error="X", failed_partitions=[7]),
            "1 partition failed",
        ),
        (Facts(about=about(source="fanlist"), verdict="failed"), QUARANTINED, "Quarantined"),
    ],
    ids=str,
)
def test_every_end_has_its_words(of: Facts, outcome: Outcome, said: str) -> None:
    assert said in _read(of, outcome).text


def test_no_warning_of_what_is_critical_already() -> None:
    twice = [
        one.model_copy(update={"severity": weight})
        for weight in ("warning", "critical")
        for one in failed_facts().rules[1:2]
    ]
    assert [one.severity for one in failed_facts(rules=twice).failed_rules] == ["critical"]


def test_a_fanlist_has_no_verified_fans() -> None:
    groups = [Group(name="globalUserId", records=9), Group(name="email", records=1)]
    bare = facts().records.model_copy(update={"verified": None, "groups": groups, "choices": []})
    read = _read(facts(about=about(source="fanlist"), records=bare), published(saved=910_000))
    assert "What fans are known by" in read.text
    assert "Verified" not in read.text.replace("Verified by", "")
    assert read.text.index("Saved 910,000") < read.text.index(
        "Published 910,000", read.text.index("Saved 910,000")
    )


def test_a_page_loads_nothing_and_runs_nothing_but_the_lists_own_script() -> None:
    listing = render_listing([(entry_of(facts(), published()), "#")], "All")
    (script,) = re.findall(r"<script>(.*?)</script>", listing, re.DOTALL)
    assert f"script-src 'sha256-{b64encode(sha256(script.encode()).digest()).decode()}'\"" in listing
    assert "script-src" not in render_report(facts(), published())
    for page in (render_report(facts(), published()), listing.replace(f"<script>{script}</script>", "")):
        read = _Read(page)
        assert not {"script", "img", "iframe", "object", "embed", "base", "form"} & set(read.tags)
        assert not [name for name, _ in read.attributes if name.startswith("on") or name == "src"]
        assert {value for name, value in read.attributes if name == "href" and value != "#"} == {"data:,"}
        assert "default-src 'none'" in page
        urls = set(re.findall(r"https?://[^\"'\s<)]+", page))
        assert urls <= {"http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"}


def test_charts_say_what_they_show_and_ids_are_unique() -> None:
    read = _read(facts(), published())
    ids = [value for name, value in read.attributes if name == "id"]
    assert len(ids) == len(set(ids))
    named = " ".join(value or "" for name, value in read.attributes if name in ("aria-labelledby",)).split()
    assert set(named) <= set(ids)
    assert read.tags.count("svg") == read.tags.count("desc") == 5
    assert ("role", "img") in read.attributes
    assert "Bars for 2 markets. The largest is new york with 610,000 fans" in read.text


def test_headings_go_down_in_order() -> None:
    levels = [int(tag[1]) for tag in _read(failed_facts(), QUARANTINED).tags if re.fullmatch(r"h[1-6]", tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in itertools.pairwise(levels))


def test_markup_in_a_file_is_text() -> None:
    plain = _read(failed_facts(previous=previous()), QUARANTINED)
    read = _read(hostile_facts(), QUARANTINED)
    shown = HOSTILE.replace("\u202e", "\ufffd")
    assert read.text.count("<script>window.hit=1</script>") >= 5
    assert shown in read.text
    assert set(read.tags) == set(plain.tags)
    assert not [name for name, _ in read.attributes if name.startswith("on")]


@settings(max_examples=15, deadline=None)
@given(st.text(min_size=1, max_size=40))
def test_no_name_changes_a_pages_structure(name: str) -> None:
    groups = [Group(name=name, records=910_000, verified=546_001)]
    named = facts(
        about=about(campaign_name=name),
        unknown_columns=[name],
        records=facts().records.model_copy(update={"groups": groups}),
    )
    usual = named.model_copy(
        update={
            "about": about(),
            "unknown_columns": ["note"],
            "records": named.records.model_copy(
                update={"groups": [Group(name="x", records=910_000, verified=546_001)]}
            ),
        }
    )
    assert _read(named, published()).tags == _read(usual, published()).tags


def test_the_same_run_gives_the_same_page() -> None:
    assert render_report(facts(), published()) == render_report(facts(), published())


def test_links_are_where_they_are_asked_for() -> None:
    links = Links(
        data_docs={"records": "d/r.html"}, results="v.json", rejects="r.parquet", runs="../index.html"
    )
    read = _Read(render_report(facts(), published(), links))
    targets = {value for name, value in read.attributes if name == "href"}
    assert {"d/r.html", "v.json", "r.parquet", "../index.html"} <= targets


def test_the_list_of_runs_has_the_newest_first() -> None:
    runs = [
        (
            entry_of(facts(about=about(run_id=f"2026021{n}T", campaign_name=f"Tour {n}")), published()),
            f"{n}.html",
        )
        for n in (1, 3, 2)
    ]
    failed = (entry_of(Facts(about=about(run_id="20260209T")), REFUSED), "x.html")
    read = _Read(render_listing([failed, *runs], "Campaign <b>", "../index.html"))
    assert [value for name, value in read.attributes if name == "href"][1:] == [
        "../index.html",
        "3.html",
        "2.html",
        "1.html",
        "x.html",
    ]
    assert "4 runs, newest first" in read.text
    assert "Campaign <b>" in read.text
    assert "\u2717 refused" in read.text
