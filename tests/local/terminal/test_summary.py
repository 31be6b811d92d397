import io
import json
from typing import Any

import pytest
from rich.console import Console

import pipelines.errors
import steps.outcomes.refusals
from expectations.report.reasons import REASONS
from local.job import JobResult, RunDetail
from local.terminal.summary import advice, render_summary
from steps.shared.counts import Counts
from steps.shared.payloads import FileRef, Quality, RunSummary
from steps.streaming.counting.changes import Tally

RUN_ID = "20261123T233015123Z-1a2b3c4d"
KEY = "scrubbed/registrants.campaign-123.taylor-swift.2026-02-13T10:00:00.cleaned.prepared.merged.csv"
REPORT = f"s3://vf-pipeline/data-quality/campaign-123/{RUN_ID}/index.html"
SLACK = "Campaign 'Taylor Swift Presale' scoring complete: 1,467 verified, 463 rejected (-3,000)"


def run(**changed: Any) -> RunSummary:
    given: dict[str, Any] = {
        "run_id": RUN_ID,
        "campaign_id": "campaign-123",
        "campaign_name": "taylor-swift",
        "source": "scrubbed",
        "file": FileRef(bucket="vf-pipeline", key=KEY, bytes=375_789),
        "scored_at": "2026-02-13T10:00:00.000Z",
        "started_at": "2026-11-23T23:30:15.123Z",
        "finished_at": "2026-11-23T23:30:19.123Z",
        "status": "succeeded",
        "counts": counts(output=1930),
        "invalid_by": {"malformed_row": 10, "bad_score": 20},
        "unknown_columns": ["signupNote"],
        "quality": Quality(verdict="passed", report=REPORT),
    }
    return RunSummary(**(given | changed))


def counts(rows: int = 2000, **changed: int) -> Counts:
    given = {"in": rows, "invalid": 30, "duplicate": 40, "valid": 1930}
    return Counts.model_validate(given | changed)


def job(*runs: RunSummary, **changed: Any) -> JobResult:
    given: dict[str, Any] = {
        "runs": list(runs or [run()]),
        "counts": {"campaign-123": Tally(verified=1467, rejected=463)},
        "slack": [SLACK],
        "entry": {"input": 4, "scoring": 4, "entries": 1400, "inserted": 1300, "updated": 100, "found": 100},
        "elapsed_seconds": 11.42,
        "details": {RUN_ID: RunDetail(name="Taylor Swift Presale", saved=1930, counted=1920)},
    }
    return JobResult(**(given | changed))


def rendered(result: JobResult, width: int = 120) -> list[str]:
    console = Console(file=io.StringIO(), width=width, record=True)
    render_summary(console, result)
    return [line.rstrip() for line in console.export_text().splitlines()]


def line_with(lines: list[str], words: str) -> str:
    (found,) = [line for line in lines if words in line]
    return found


class TestSummary:
    def test_tells_the_whole_story(self) -> None:
        lines = rendered(job())
        assert lines[1].startswith("Taylor Swift Presale ──")
        assert line_with(lines, "Campaign  ").split() == ["Campaign", "campaign-123"]
        assert KEY in line_with(lines, "File")
        assert "1 unknown column: signupNote" in line_with(lines, "Ignored")
        assert "✔ Passed: published; every check held." in "\n".join(lines)
        assert "Fans of this campaign now: 1,467 verified, 463 rejected, 0 selected." in "\n".join(lines)
        assert SLACK in line_with(lines, "scoring complete")
        assert line_with(lines, "Entry Service") == (
            "Entry Service: 1,400 first-choice fans sent, 1,300 inserted, 100 updated."
        )
        assert lines[-1] == "Done in 11.4 s."

    def test_the_funnel_goes_from_rows_read_to_fans_counted(self) -> None:
        lines = rendered(job())
        figures = [
            (name, line_with(lines, f" {name}  ").replace(name, "").split()[0])
            for name in ("Rows read", "- rejected", "- merged into a better row", "= records")
        ]
        assert [figure for _, figure in figures] == ["2,000", "30", "40", "1,930"]
        assert line_with(lines, " published ").split()[1:4] == ["1,930", "96.5", "%"]
        assert line_with(lines, " saved ").split()[1] == "1,930"
        assert line_with(lines, " counted ").split()[1] == "1,920"

    def test_steps_nobody_looked_at_are_left_out(self) -> None:
        text = "\n".join(rendered(job(details={})))
        assert " saved " not in text
        assert " counted " not in text
        assert "taylor-swift ──" in text

    def test_rejects_are_explained_most_frequent_first(self) -> None:
        lines = rendered(job())
        score, malformed = line_with(lines, "bad_score"), line_with(lines, "malformed_row")
        assert lines.index(score) < lines.index(malformed)
        assert score.split(None, 2)[1:] == ["20", REASONS["bad_score"]]

    @pytest.mark.parametrize("width", [120, 80, 50])
    def test_addresses_stay_in_one_piece_and_all_else_fits(self, width: int) -> None:
        lines = rendered(job(), width)
        rejects = f"s3://vf-pipeline/rejected/campaign-123/{RUN_ID}.csv"
        assert line_with(lines, "Quality report").endswith(" " + REPORT)
        assert line_with(lines, "Rejected rows").endswith(" " + rejects)
        assert all(len(line) <= width for line in lines if "s3://" not in line)

    def test_a_detail_says_where_a_copy_is(self) -> None:
        detail = RunDetail(report="/copies/index.html", rejects="/copies/rejected.parquet")
        text = "\n".join(rendered(job(details={RUN_ID: detail})))
        assert "/copies/index.html" in text
        assert "/copies/rejected.parquet" in text
        assert "s3://" not in text

    def test_names_and_texts_are_no_markup(self) -> None:
        detail = RunDetail(name="[red]Tour[/red] :smile:")
        text = "\n".join(rendered(job(details={RUN_ID: detail}, slack=["[bold]&lt;b&gt;[/]"])))
        assert "[red]Tour[/red] :smile:" in text
        assert "[bold]&lt;b&gt;[/]" in text

    def test_a_small_share_is_not_nothing(self) -> None:
        big = counts(rows=10_000_000, invalid=1, duplicate=0, valid=9_999_999, output=9_999_999)
        lines = rendered(job(run(counts=big)))
        assert "< 0.1 %" in line_with(lines, "- rejected")
        assert "> 99.9 %" in line_with(lines, "= records")

    def test_each_run_has_its_section(self) -> None:
        lines = rendered(job(run(), run(run_id="other", campaign_id="campaign-7", campaign_name="seven")))
        assert any(line.startswith("seven ──") for line in lines)
        assert sum("✔ Passed" in line for line in lines) == 2


class TestTrouble:
    def failed(self, error: str | None, cause: str | None, **changed: Any) -> RunSummary:
        nothing = Counts.model_validate({})
        return run(
            **{
                "status": "failed",
                "error": error,
                "cause": cause,
                "counts": nothing,
                "invalid_by": {},
                "quality": None,
            }
            | changed
        )

    def test_a_refused_file(self) -> None:
        cause = "the column isVerified is missing\nTraceback ..."
        text = "\n".join(rendered(job(self.failed("InvalidFile", cause), slack=[], entry={}, counts={})))
        assert "✘ Refused: nothing was published" in text
        assert "The column isVerified is missing." in text
        assert "Traceback" not in text
        assert "Correct the file as the cause says and upload it again; nothing was published." in text
        assert "Rows read" not in text
        assert "Nothing was posted." in text
        assert "Ended after 11.4 s." in text

    def test_a_cause_that_lambda_wrapped(self) -> None:
        wrapped = json.dumps({"errorMessage": "the file is empty", "errorType": "InvalidFileError"})
        assert advice(self.failed("InvalidFileError", wrapped))[0] == "The file is empty."

    def test_a_quarantined_file_names_what_did_not_hold_once(self) -> None:
        quality = Quality(
            verdict="failed", failed=["At least 90 % of the rows are valid.", "Every record has a score."]
        )
        held = run(
            status="quarantined", error="QualityGateFailed", cause="not fit", quality=quality, counts=counts()
        )
        text = "\n".join(rendered(job(held)))
        assert "✘ Quarantined" in text
        assert text.count("At least 90 % of the rows are valid.") == 1
        assert "Every record has a score." in text
        assert '"acceptQuality": true' in text

    @pytest.mark.parametrize("module", [pipelines.errors, steps.outcomes.refusals])
    def test_every_error_of_ours_has_advice_of_its_own(self, module: Any) -> None:
        kinds = [kind for kind in vars(module).values() if isinstance(kind, type)]
        own = [vars(kind)["code"] for kind in kinds if "code" in vars(kind) and not kind.__subclasses__()]
        general = advice(self.failed("Lambda.TooManyRequestsException", "x"))[1]
        assert own
        assert all(advice(self.failed(code, "x"))[1] != general for code in own)

    def test_an_error_nobody_foresaw(self) -> None:
        cause, remedy = advice(self.failed("States.Timeout", None))
        assert cause == "The run ended with States.Timeout."
        assert "nothing is written twice" in remedy

    def test_a_run_that_published_in_spite_of_the_gate(self) -> None:
        quality = Quality(verdict="failed", failed=["Scores go up to 100."], accepted=True)
        text = "\n".join(rendered(job(run(quality=quality))))
        assert "! Accepted: published although a critical check failed" in text
        assert "Scores go up to 100." in text

    def test_warnings_are_counted_and_named(self) -> None:
        quality = Quality(verdict="warned", failed=["Scores go up to 100."])
        text = "\n".join(rendered(job(run(quality=quality))))
        assert "! Warned: published, with warnings" in text
        assert "Scores go up to 100." in text

    def test_records_that_could_not_be_written(self) -> None:
        text = "\n".join(rendered(job(run(counts=counts(output=1900, failed=30)))))
        assert "! Incomplete: published, except for records that could not be written." in text
        assert "30 records could not be written and kept for a re-run." in text

    def test_no_run_at_all(self) -> None:
        result = JobResult(runs=[], elapsed_seconds=1)
        assert "No run was started." in "\n".join(rendered(result))
        assert not result.succeeded

    def test_what_a_service_outside_refused(self) -> None:
        result = job(refused=["The list of entries does not fit: 0.score: Field required."] * 7)
        text = "\n".join(rendered(result))
        assert "Refused by the services outside: 7 calls" in text
        assert text.count("0.score: Field required.") == 5
        assert not result.succeeded


class TestJson:
    def test_has_exactly_what_the_command_line_promises(self) -> None:
        result = job(refused=["x"])
        told = json.loads(json.dumps(result.wire()))
        assert told == {
            "runs": [run().wire()],
            "counts": {"campaign-123": {"verified": 1467, "rejected": 463, "selected": 0}},
            "slack": [SLACK],
            "entry": {
                "input": 4,
                "scoring": 4,
                "entries": 1400,
                "inserted": 1300,
                "updated": 100,
                "found": 100,
            },
            "elapsedSeconds": 11.42,
        }
        assert told["runs"][0]["counts"]["in"] == 2000

    def test_success_is_every_run_succeeding(self) -> None:
        assert job().succeeded
        assert not job(run(), run(status="quarantined")).succeeded
