"""What `vf status` shows, at the widths of people's terminals."""

import io
from typing import Any

import pytest
from rich.console import Console

from local.status import CampaignState, NotStarted, RunState, StackState, next_command
from local.terminal.status import picture, screenful, shortened, show
from steps.shared.counts import Counts
from steps.shared.payloads import FileRef, RunSummary
from steps.streaming.counting.changes import Tally

KEY = "scrubbed/registrants.c-1.Taylor Swift Presale.2026-02-13T10:00:00.cleaned.prepared.merged.csv"
RUN = "20260213T100500123Z-1a2b3c4d"


def run(**changed: Any) -> RunState:
    given: dict[str, Any] = {
        "run_id": RUN,
        "source": "scrubbed",
        "status": "succeeded",
        "word": "passed",
        "file_key": KEY,
        "scored_at": "2026-02-13T10:00:00.000Z",
        "started_at": "2026-02-13T10:05:00.123Z",
        "seconds": 83.2,
        "rows": 2000,
        "rejected": 30,
        "records": 1930,
        "counted": 1930,
    }
    return RunState(**(given | changed))


def lines(width: int, *runs: RunState, **changed: Any) -> list[str]:
    given: dict[str, Any] = {
        "campaign_id": "c-1",
        "name": "Taylor Swift Presale",
        "counts": Tally(verified=1481, rejected=449),
    }
    console = Console(file=io.StringIO(), width=width, record=True)
    console.print(
        picture(StackState(campaigns=[CampaignState(runs=list(runs), **(given | changed))]), console)
    )
    return console.export_text().splitlines()


FAILED = {
    "status": "failed",
    "word": "refused",
    "rows": 0,
    "records": 0,
    "error": "InvalidFile",
    "cause": "The file lacks the required column score: add to the header and to every row what is missing.",
    "next": "vf upload FILE --check --key fanlist/scored/c-1/2026-02-13T10:00:00.csv",
}


@pytest.mark.parametrize("width", [120, 80, 60])
def test_everything_fits_and_no_key_or_id_is_broken(width: int) -> None:
    shown = lines(width, run(), run(**FAILED), run(status="running", seconds=None, rows=None, records=None))
    assert max(map(len, shown)) <= width
    assert len([line for line in shown if line.strip() == f"Run     {RUN}"]) == 3
    keys = [line for line in shown if line.startswith("  File")]
    assert all("scrubbed/regis" in line and line.rstrip().endswith("merged.csv") for line in keys)
    assert any("Began   2026-02-13 10:05:00, took 1 min 23 s" in line for line in shown)
    assert any("Scored  2026-02-13 10:00:00" in line for line in shown)


def test_a_bad_end_has_its_reason_and_the_next_command() -> None:
    text = " ".join(" ".join(lines(60, run(**FAILED))).split())
    assert "✘ refused" in text
    assert "Why InvalidFile: The file lacks the required column score" in text
    assert f"Next {FAILED['next']}" in text


def test_records_that_are_not_counted_yet_are_told() -> None:
    assert "✔ passed  2,000 rows, 30 rejected, 1,930 records (7 counted so far)" in lines(80, run(counted=7))


def test_a_campaign_of_fanlists_has_figures_and_no_zeros() -> None:
    older = run(source="fanlist", counted=12)
    shown = lines(80, run(source="fanlist"), older, counts=Tally(), older_runs=3)
    assert shown[1] == "1,930 on the fanlist"
    assert "and 3 older" in shown
    replacing = run(source="fanlist", records=7, withdrawn=3, counted=10)
    assert lines(80, replacing, counts=Tally())[1] == "7 on the fanlist"


def test_what_a_file_was_named_is_no_order_to_the_terminal() -> None:
    shown = lines(80, run(file_key="scrubbed/[red]\x1b[2Jx.csv", status="failed", error="X", cause="\x1b[2J"))
    assert "\x1b" not in "".join(shown)
    assert any("[red]" in line for line in shown)


@pytest.mark.parametrize("width", [80, 60])
def test_what_became_no_run_has_its_reason_and_the_next_command(width: int) -> None:
    refused = NotStarted(
        execution="e-1",
        source="scrubbed",
        word="refused",
        started_at="2026-02-13T10:05:00.123Z",
        key="scrubbed/registrants.\x1b[2J.csv",
        campaign_id=None,
        error="InvalidKey",
        cause=f"Key '{KEY}' is not the key of a score file",
        next="vf upload FILE --kind scrubbed --campaign CAMPAIGN",
    )
    console = Console(file=io.StringIO(), width=width, record=True)
    console.print(picture(StackState(not_started=[refused]), console))
    shown = console.export_text()
    assert max(map(len, shown.splitlines())) <= width
    assert "\x1b" not in shown
    assert "✘ refused  scrubbed" in shown
    text = " ".join(shown.split())
    assert "Began 2026-02-13 10:05:00" in text
    assert "Why InvalidKey: Key" in text
    assert "Next vf upload FILE --kind scrubbed --campaign CAMPAIGN" in text


def test_the_command_to_give_next_stays_in_one_line() -> None:
    command = f"vf upload FILE --check --key '{KEY}'"
    console = Console(file=io.StringIO(), width=60, record=True)
    campaign = CampaignState(campaign_id="c-1", counts=Tally(), runs=[run(**FAILED | {"next": command})])
    show(StackState(campaigns=[campaign]), console)
    shown = console.export_text().splitlines()
    assert f"  Next    {command}" in shown
    assert max(len(line) for line in shown if "Next" not in line) <= 60


def test_a_file_that_is_outdated_is_not_forced_by_habit() -> None:
    outdated = run(**FAILED | {"error": "OutdatedFile", "next": None})
    text = " ".join(" ".join(lines(60, outdated)).split())
    assert "Next Usually nothing: newer data is published. Only if you mean this older file, --force" in text


def test_a_window_that_is_too_low_says_so() -> None:
    campaign = CampaignState(campaign_id="c-1", counts=Tally(), runs=[run(), run(), run()])
    shown = []
    for height in (12, 40):
        console = Console(file=io.StringIO(), width=60, height=height, record=True)
        console.print(screenful(StackState(campaigns=[campaign]), console))
        shown.append(console.export_text().splitlines())
    assert len(shown[0]) == 12
    assert shown[0][-1].startswith("... and more")
    assert not any("and more" in line for line in shown[1])
    assert shown[0][:11] == shown[1][:11]


def test_a_text_is_shortened_in_its_middle() -> None:
    assert [shortened("abcdefghij", width) for width in (10, 9, 4, 3)] == [
        "abcdefghij",
        "abcd…ghij",
        "ab…j",
        "a…j",
    ]


@pytest.mark.parametrize(
    ("status", "error", "counts", "expected"),
    [
        ("succeeded", None, Counts(output=5), None),
        ("succeeded", None, Counts(output=5, failed=1), "vf dead-letters replay c-1"),
        ("failed", "InvalidFile", Counts(), f"vf upload FILE --check --key '{KEY}'"),
        ("failed", "OutdatedFile", Counts(), None),
        ("failed", "TooManyPartitionsFailed", Counts(output=5, failed=9), "vf dead-letters replay c-1"),
        ("failed", "ExecutionAborted", Counts(failed=9), f"vf rerun c-1 --key '{KEY}'"),
        ("quarantined", "QualityGateFailed", Counts(failed=9), f"vf open {RUN}"),
    ],
)
def test_the_next_command(status: Any, error: str | None, counts: Counts, expected: str | None) -> None:
    moment = "2026-02-13T10:05:00.123Z"
    summary = RunSummary(
        run_id=RUN,
        campaign_id="c-1",
        campaign_name="x",
        source="scrubbed",
        file=FileRef(bucket="b", key=KEY),
        scored_at=moment,
        started_at=moment,
        finished_at=moment,
        status=status,
        counts=counts,
        invalid_by={},
        unknown_columns=[],
        quality=None,
        error=error,
    )
    assert next_command(summary) == expected
