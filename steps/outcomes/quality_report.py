"""What CheckQuality stores beside its verdict: facts, the gate's results, Data Docs, the page."""

import polars as pl

from expectations.data_docs import render_data_docs
from expectations.gate import GateResult
from expectations.report.comparison import previous_of
from expectations.report.facts import measure, measure_rejects
from expectations.report.model import Facts, InputCounts, Outcome, Previous, Stage
from steps.outcomes.fans import Fans
from steps.outcomes.reports import about, publish_report, seconds_between
from steps.shared.aws_types import S3Client
from steps.shared.payloads import PreparedDocument, Run
from steps.shared.storage import RunFolder, list_keys, read_json, write_json, write_page


def publish_quality(
    s3: S3Client,
    run: Run,
    prepared: PreparedDocument,
    records: pl.LazyFrame,
    rejected: pl.LazyFrame,
    result: GateResult,
    beside: tuple[Previous | None, Fans | None],
    times: tuple[str, str],
) -> str:
    """Measure the prepared file, keep what was found, and return the report's s3:// URI.

    `records` has one row a record, with columns as on the wire, `rejected` one a rejected row, of which the
    number and the reasons are read. `beside` are the campaign's last run and this one's fans, None of what is
    not known; `times` when the gate began and when it had spoken.
    """
    folder = RunFolder.of(run)
    began, spoke = times
    # Starting the gate is part of the checks, as it is in the state machine.
    ready = prepared.prepared_at or began
    previous, fans = beside
    since = fans and fans.since
    facts = Facts(
        about=about(run),
        counts=InputCounts(**prepared.counts.model_dump()),
        unknown_columns=prepared.unknown_columns,
        **prepared.recognised_rows,
        rejects=measure_rejects(rejected, prepared.invalid_by),
        records=measure(records, run.source),
        verdict=result.verdict,
        accepted=result.verdict == "failed" and run.accept_quality,
        rules=list(result.rules),
        previous=previous,
        fans_new=since and since.new,
        fans_gone=since and since.gone,
        withdrawn=fans.withdrawn if fans else 0,
        stages=[
            Stage(name="Reading, judging and merging rows", seconds=seconds_between(run.started_at, ready)),
            Stage(name="Quality checks", seconds=seconds_between(ready, spoke)),
        ],
        checked_at=spoke,
    )
    write_json(s3, folder.bucket, folder.facts, facts.wire())
    validation = {
        "runId": run.run_id,
        "campaignId": run.campaign_id,
        "verdict": result.verdict,
        "expectations": [rule.model_dump() for rule in result.rules],
    }
    write_json(s3, folder.bucket, folder.validation, validation)
    docs = {f"{outcome.suite_name.replace(' ', '-')}.html": outcome for outcome in result.outcomes}
    for name, outcome in docs.items():
        write_page(s3, folder.bucket, f"{folder.data_docs}/{name}", render_data_docs(outcome))
    stopped = facts.verdict == "failed" and not facts.accepted
    state = Outcome(status="quarantined" if stopped else "running", as_of=spoke)
    return publish_report(s3, folder, facts, state, sorted(docs))


def previous_run(s3: S3Client, run: Run, newest: tuple[str, str] | None) -> Previous | None:
    """Return what is known of the campaign's last run of this kind; None on the first one.

    `newest` is (scoredAt, runId) of the campaign's newest run. That is this run itself where it was checked
    once before: then what it was compared with stands in its own facts.
    """
    if newest is None:
        return None
    scored_at, run_id = newest
    folder = RunFolder(run.file.bucket, run.campaign_id, run_id)
    if folder.facts not in list_keys(s3, folder.bucket, folder.facts):
        return None
    facts = Facts.model_validate(read_json(s3, folder.bucket, folder.facts))
    if run_id == run.run_id:
        return facts.previous
    return previous_of(facts, run_id, scored_at)
