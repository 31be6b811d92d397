"""What `vf upload --wait` and `vf rerun` say of a run that is over."""

import io
from typing import Any

from rich.console import Console

from local.rerun import Done
from local.terminal.rerun import render_rerun
from steps.shared.counts import Counts, FanlistCounts, InputCounts, SinkCounts
from steps.shared.payloads import FileRef, Quality, RunSummary
from steps.streaming.counting.changes import Tally

MOMENT = "2026-02-13T10:05:00.123Z"
REPORT = "s3://b/data-quality/c-1/r-1/report.html"
FANLIST = FanlistCounts(
    input=InputCounts(in_=20, valid=20),
    dynamo=SinkCounts(in_=20, out=20),
    stream=SinkCounts(in_=20, out=20),
)


def said(campaign: Tally | None = None, **changed: Any) -> str:
    given: dict[str, Any] = {
        "run_id": "r-1",
        "campaign_id": "c-1",
        "campaign_name": "x",
        "source": "scrubbed",
        "file": FileRef(bucket="b", key="k"),
        "scored_at": MOMENT,
        "started_at": MOMENT,
        "finished_at": MOMENT,
        "status": "succeeded",
        "counts": Counts(in_=20, valid=20, output=20),
        "invalid_by": {},
        "unknown_columns": [],
        "quality": None,
    }
    summary = RunSummary(**(given | changed))
    stands = campaign or Tally()
    done = Done(
        execution="e-1",
        succeeded=summary.status == "succeeded",
        error=summary.error,
        cause=summary.cause,
        summary=summary,
        counted=20,
        before=stands,
        after=stands,
    )
    console = Console(file=io.StringIO(), width=60, record=True)
    render_rerun(console, done)
    return console.export_text()


def test_a_fanlist_is_told_by_its_fans_and_not_by_zeros() -> None:
    text = said(source="fanlist", counts=FANLIST)
    assert "Campaign   20 on the fanlist\n" in text
    beside = said(Tally(verified=3), source="fanlist", counts=FANLIST)
    assert "20 on the fanlist; 3 verified, 0 rejected, 0 selected; no count has changed" in beside


def test_a_refused_run_has_its_report_and_no_zeros() -> None:
    text = said(status="failed", error="InvalidFile", cause="Empty.", counts=Counts())
    assert f"Report     {REPORT}" in text
    assert "Records" not in text
    assert "Campaign" not in text


def test_of_a_quarantined_run_nothing_was_to_be_written() -> None:
    counts = Counts(in_=20, valid=20, failed=20)
    text = said(status="quarantined", error="QualityGateFailed", cause="No.", counts=counts)
    assert "20 read: 0 rejected, 0 merged, 20 records" in text
    assert "written" not in text


def test_a_run_that_was_published_with_warnings_names_them() -> None:
    failed = ["At least 98% of the rows should be valid.", "The other."]
    text = said(quality=Quality(verdict="warned", failed=failed, critical=0, report=REPORT))
    assert "Not held   At least 98% of the rows should be valid.\n             The other.\n" in text
    assert "20 written, 0 not" in text
