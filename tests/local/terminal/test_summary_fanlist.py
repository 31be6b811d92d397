"""The summary of a fanlist run: saved first, published where it was saved, no fans by state."""

import io

from rich.console import Console

from local.job import JobResult, RunDetail
from local.terminal.summary import render_summary
from steps.shared.counts import FanlistCounts, InputCounts, SinkCounts
from steps.shared.payloads import FileRef, RunSummary
from steps.streaming.counting.changes import Tally


def test_each_sink_has_its_own_figure() -> None:
    counts = FanlistCounts(
        input=InputCounts(in_=20, invalid=3, duplicate=2, valid=15),
        dynamo=SinkCounts(in_=15, failed=2, out=13),
        stream=SinkCounts(in_=13, failed=1, out=12),
    )
    run = RunSummary(
        run_id="r1",
        campaign_id="c1",
        campaign_name="Tour",
        source="fanlist",
        file=FileRef(bucket="b", key="fanlist/scored/c1/2026-02-13T10:00:00.csv"),
        scored_at="2026-02-13T10:00:00.000Z",
        started_at="2026-02-13T11:00:00.000Z",
        finished_at="2026-02-13T11:01:00.000Z",
        status="succeeded",
        counts=counts,
        invalid_by={"bad_email": 3},
        unknown_columns=[],
        quality=None,
    )
    text = "Campaign 'Tour' scoring complete: 13 records processed"
    result = JobResult(
        runs=[run],
        counts={"c1": Tally()},
        slack=[text],
        elapsed_seconds=1,
        details={"r1": RunDetail(name="Tour", saved=13, counted=13)},
    )
    file = io.StringIO()
    render_summary(Console(file=file, width=100), result)
    lines = {
        line.split()[0]: line.split()[1] for line in file.getvalue().splitlines() if len(line.split()) > 1
    }
    assert (lines["published"], lines["saved"], lines["counted"]) == ("12", "13", "13")
    assert "3 records could not be written" in file.getvalue()
    assert "Fans of this campaign" not in file.getvalue()
    assert text in file.getvalue()
