import re
from typing import Any

import pytest

from expectations.report.model import Entry
from expectations.report.page import render_listing, render_report
from expectations.report.trend import trends
from expectations.report.wording import day
from tests.expectations.report.pages import MOMENT, about, campaign_runs, facts, published


def _entry(run_id: str, **changed: Any) -> Entry:
    given: dict[str, Any] = {
        "run_id": run_id,
        "campaign_id": "c-1",
        "campaign_name": "The Tour",
        "source": "scrubbed",
        "scored_at": MOMENT,
        "rows": 100,
        "invalid": 10,
        "records": 90,
        "verified": 60,
    }
    return Entry(**(given | changed))


def test_the_newest_runs_of_each_kind_stand_oldest_first() -> None:
    scrubbed, fanlist = trends(reversed(campaign_runs()))
    assert [run.rows for run in scrubbed.runs] == [1_000 * n for n in range(2, 32)]
    assert [run.invalid for run in fanlist.runs] == [0, 1]
    verified, rejected, rows = (str(one) for one in scrubbed.drawn)
    assert "Bars for 30 runs, the newest last: 1,200; 1,800;" in verified
    assert ">18,600</text>" in verified
    assert ">9,300</text>" in rejected
    assert ">31,000</text>" in rows
    assert ">2 Jan</text>" in verified
    assert ">31 Jan</text>" in verified


def test_a_run_that_was_not_published_has_an_empty_bar() -> None:
    scrubbed, fanlist = trends(campaign_runs())
    assert [str(one).count('class="hollow"') for one in scrubbed.drawn] == [1, 1, 1]
    assert (scrubbed.unpublished, fanlist.unpublished) == (True, False)


@pytest.mark.parametrize("entries", [[], [_entry("1")], [_entry("1"), _entry("2", records=0, verified=0)]])
def test_one_run_with_fans_has_no_trend(entries: list[Entry]) -> None:
    assert trends(entries) == []


def test_columns_are_as_high_as_their_counts() -> None:
    (found,) = trends([_entry("1", verified=0), _entry("2", verified=30), _entry("3", verified=60)])
    heights = [float(one) for one in re.findall(r'height="([\d.]+)" class="blue"', str(found.drawn[0]))]
    assert heights == [0, 30, 60]


def test_a_report_shows_its_own_kind_up_to_its_own_run() -> None:
    of = facts(about=about(run_id="20260103T100000000Z-1a2b3c4d"))
    page = render_report(of, published(), None, campaign_runs())
    assert "The last 3 runs</h2>" in page
    assert "newest last: 1,000; 2,000; 3,000." in page
    assert "fanlists" not in page
    assert "empty bar" not in page
    assert "The last" not in render_report(of, published())


def test_the_list_of_one_campaign_has_a_trend_and_that_of_all_has_none() -> None:
    listed = [(run, "#") for run in campaign_runs()]
    own = render_listing(listed, "Campaign c-1", "../index.html")
    assert "The last 30 runs</h2>" in own
    assert "The last 2 runs of fanlists</h2>" in own
    assert "An empty bar is a run that was not published." in own
    assert "<svg" not in render_listing(listed, "All campaigns")


def test_days_are_short() -> None:
    assert (day("2026-02-03T10:00:00.000Z"), day("not a date at all")) == ("3 Feb", "not a dat\u2026")
