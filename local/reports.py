"""Reports on this machine: pages that lead to each other by their places, and the lists of runs."""

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from expectations.report.model import Entry, Facts, Outcome
from expectations.report.outcomes import entry_of
from expectations.report.page import Links, render_listing, render_report, title_of
from local.stack.packaging import ROOT
from steps.outcomes.reports import outcome_of
from steps.shared.payloads import Run, RunSummary
from steps.shared.storage import RunFolder, list_keys
from steps.streaming.verdict.store import VerdictStore

if TYPE_CHECKING:
    from expectations.gate import GateResult
    from local.stack.laptop import Laptop

REPORTS = ROOT / "docs" / "data-quality"
REPORT, DOCS, LIST, REJECTED_CSV = "report.html", "data-docs", "index.html", "rejected.csv"
_FACTS, _ENTRY, _RESULTS, _REJECTED = "facts.json", "entry.json", "validation.json", "rejected.parquet"


def keep_reports(system: "Laptop", run: Run) -> Path:
    """Copy what a person reads out of the bucket, which is about to go, and give the folder.

    By now more is counted than when the run ended, so the page is written anew, and the lists with it.
    """
    folder, s3 = RunFolder.of(run), system.aws.client("s3")
    target = REPORTS / run.campaign_id / run.run_id
    shutil.rmtree(target, ignore_errors=True)
    named = {folder.rejected: _REJECTED, folder.rejected_csv: REJECTED_CSV, folder.summary: "summary.json"}
    for prefix in (*named, f"{folder.quality}/"):
        for key in list_keys(s3, folder.bucket, prefix):
            name = named.get(key, key.removeprefix(f"{folder.quality}/"))
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            s3.download_file(folder.bucket, key, str(target / name))
    if (target / _FACTS).exists():
        summary = RunSummary.model_validate_json((target / "summary.json").read_bytes())
        facts = Facts.model_validate_json((target / _FACTS).read_bytes())
        verdicts = VerdictStore(system.aws.client("dynamodb"), system.stack.table)
        outcome = outcome_of(verdicts, summary, facts.checked_at)
        (target / _ENTRY).write_text(
            entry_of(facts, outcome).model_dump_json(by_alias=True), encoding="utf-8"
        )
        own = [Entry.model_validate_json(path.read_bytes()) for path in target.parent.glob(f"*/{_ENTRY}")]
        _write(target, facts, outcome, f"../{LIST}", own)
        write_lists(REPORTS)
    return target


def write_check(folder: Path, facts: Facts, gate: "GateResult") -> None:
    """Write the report of a file that was checked without a run, and its Data Docs, into a folder.

    Neither says when it was made, so that the same file gives the same bytes.
    """
    from expectations.data_docs import render_data_docs

    (folder / DOCS).mkdir()
    for outcome in gate.outcomes:
        page = folder / DOCS / f"{outcome.suite_name.replace(' ', '-')}.html"
        page.write_text(render_data_docs(outcome), encoding="utf-8")
    _write(folder, facts, Outcome(status="checked"))


def write_lists(reports: Path) -> None:
    """Write the list of all runs, and each campaign's own, from the runs that are kept in a folder."""
    entries = [Entry.model_validate_json(path.read_bytes()) for path in reports.glob(f"*/*/{_ENTRY}")]
    for campaign in {entry.campaign_id for entry in entries}:
        own = [entry for entry in entries if entry.campaign_id == campaign]
        listed = [(entry, f"{entry.run_id}/{REPORT}") for entry in own]
        page = render_listing(listed, title_of(own), f"../{LIST}")
        (reports / campaign / LIST).write_text(page, encoding="utf-8")
    everything = [(entry, f"{entry.campaign_id}/{entry.run_id}/{REPORT}") for entry in entries]
    (reports / LIST).write_text(render_listing(everything, "All campaigns"), encoding="utf-8")


def _write(
    folder: Path, facts: Facts, outcome: Outcome, runs: str | None = None, entries: Sequence[Entry] = ()
) -> None:
    rejects = _REJECTED if facts.counts.invalid else None
    links = Links(
        data_docs={page.stem: f"{DOCS}/{page.name}" for page in sorted((folder / DOCS).glob("*.html"))},
        results=_RESULTS if (folder / _RESULTS).exists() else None,
        rejects=rejects,
        rejects_csv=REJECTED_CSV if rejects else None,
        rejects_place=rejects,
        runs=runs,
    )
    (folder / REPORT).write_text(render_report(facts, outcome, links, entries), encoding="utf-8")
