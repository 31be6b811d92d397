import re

import polars as pl

from expectations.data_docs import render_data_docs
from expectations.gate import check_scrubbed
from expectations.thresholds import Thresholds
from pipelines.prepare import HANDOVERS
from pipelines.schema import RECORD_SCHEMA

PERSONAL = {
    "globalUserId": "private-1",
    "email": "ada@private.example",
    "firstName": "Quillfred",
    "phoneNumber": "5550100199",
}


def _pages() -> list[str]:
    """The pages of a file in which every fan stands twice, with a score that is too high."""
    row = PERSONAL | {"campaignId": "c", "score": 1e6, "isVerified": True, "hbase": "oslo", "rank": 0}
    records = pl.LazyFrame([row | {"events": ["oslo"]}] * 2, schema=RECORD_SCHEMA)
    counts = {"in": 3, "invalid": 1, "duplicate": 0, "valid": 2}
    result = check_scrubbed(records, counts, dict.fromkeys(HANDOVERS, 0), Thresholds())
    assert result.verdict == "failed"
    return [render_data_docs(outcome) for outcome in result.outcomes]


def test_each_suite_has_a_page_that_shows_what_did_not_hold() -> None:
    records, run = _pages()
    assert "A fan has one record in a campaign." in records
    assert "fa-times" in records
    assert "At least 90% of the rows are valid." in run
    assert "rendering error" not in (records + run).lower()


def test_no_value_of_a_row_is_shown() -> None:
    assert not [datum for page in _pages() for datum in PERSONAL.values() if datum in page]


def test_nothing_is_loaded_run_or_linked() -> None:
    for page in _pages():
        assert not re.findall(r"https?://|<script|<img|<a |\son\w+=|url\(", page)
        assert page.count("<title>") == page.count("Content-Security-Policy") == 1


def test_the_same_result_gives_the_same_page() -> None:
    assert _pages() == _pages()
