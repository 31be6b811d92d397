"""CheckQuality: Great Expectations decides whether a prepared file is fit to publish.

The only function that imports Great Expectations.
"""

from dataclasses import fields, replace
from typing import Any

import polars as pl
from aws_lambda_powertools.utilities.typing import LambdaContext

from expectations.gate import check_fanlist, check_scrubbed
from expectations.report.model import Previous
from expectations.report.verdict import sentence_of
from expectations.thresholds import LastRun, Thresholds
from pipelines.identifiers import Identifiers
from pipelines.noticed import Seen
from pipelines.schema import FANLIST_RECORD_SCHEMA, RECORD_SCHEMA
from pipelines.sinks import height
from steps.outcomes.fans import Fans, keep_fans, manifest, withdraw
from steps.outcomes.quality_report import previous_run, publish_quality
from steps.shared import clients
from steps.shared.aws_types import S3Client
from steps.shared.clients import storage_options
from steps.shared.clock import now_iso
from steps.shared.observability import logger, redact_errors
from steps.shared.payloads import Prepared, PreparedDocument, Quality, Run
from steps.shared.runs import Latest, RunRegistry
from steps.shared.settings import CheckQualitySettings
from steps.shared.storage import RunFolder, read_json

# States pass the worst few; the report holds them all.
_MOST_NAMED = 10


# Who checks a kind of file, and what its records look like where there are none.
_GATES = {
    "scrubbed": (check_scrubbed, RECORD_SCHEMA),
    "fanlist": (check_fanlist, FANLIST_RECORD_SCHEMA),
}


def check_quality(
    s3: S3Client, registry: RunRegistry, run: Run, prepared: Prepared, thresholds: Thresholds
) -> Quality:
    """Check a run, publish the report, and name the run the campaign's newest if it may leave.

    Where another run was named meanwhile, the fans were compared with those of a file that is no longer the
    last one: all is done again.
    """
    while True:
        beside = registry.latest(run)
        quality, fans = _check(s3, registry, run, prepared, thresholds, beside)
        if quality.refusal or (quality.verdict == "failed" and not quality.accepted):
            return quality
        if fans.replaces:
            withdraw(s3, run, prepared, fans)
        # From here on an older run of this campaign no longer has a say (section 4, "overtaken").
        if registry.name_newest(run, beside, replaced=fans.replaces):
            return quality


def _check(
    s3: S3Client,
    registry: RunRegistry,
    run: Run,
    prepared: Prepared,
    thresholds: Thresholds,
    beside: Latest,
) -> tuple[Quality, Fans]:
    folder = RunFolder.of(run)
    items = [item for item in manifest(s3, run, prepared) if not item.withdrawn]
    check, schema = _GATES[run.source]
    records = (
        pl.scan_parquet([folder.uri(item.key) for item in items], storage_options=storage_options())
        if items
        else pl.LazyFrame(schema=schema)  # every row was rejected: the gate has its say on that too
    )
    began = now_iso()
    previous = previous_run(s3, run, beside.newest and beside.newest[:2])
    fans = keep_fans(s3, run, records, beside)
    document = PreparedDocument.model_validate(read_json(s3, folder.bucket, folder.prepared))
    rejected = pl.scan_parquet(folder.uri(folder.rejected), storage_options=storage_options())
    result = check(
        records,
        document.counts.wire(),
        document.unaccounted | {"rejects": document.counts.invalid - height(rejected)},
        thresholds,
        _compared_with(previous, fans),
        Identifiers(**document.identifiers.model_dump()),
        {name: Seen(**seen.model_dump()) for name, seen in document.recognised.items()},
    )
    report = publish_quality(
        s3, run, document, records, rejected, result, (previous, fans), (began, now_iso())
    )
    named = result.failed[:_MOST_NAMED]
    quality = Quality(
        verdict=result.verdict,
        failed=[sentence_of(rule) for rule in named],
        critical=sum(rule.severity == "critical" for rule in named),
        report=report,
        accepted=result.verdict == "failed" and run.accept_quality,
        fans_new=fans.since and fans.since.new,
        fans_gone=fans.since and fans.since.gone,
        withdrawn=fans.withdrawn,
        refusal=fans.refusal,
    )
    if quality.accepted:
        registry.accept_quality(run.campaign_id, run.run_id, quality.failed)
    return quality, fans


def _compared_with(previous: Previous | None, fans: Fans) -> LastRun | None:
    """Return the last run as the suites look at it; nothing where too little is known of it."""
    since = fans.since
    last = LastRun(
        gone_share=since.gone_share if since else None,
        withdrawn_share=since.others_share if since and fans.replaces else None,
        missing_lists=fans.missing_lists if fans.replaces else None,
    )
    if previous is None or previous.records is None:
        return None if last == LastRun() else last
    return replace(
        last,
        records=previous.records,
        verified_share=previous.verified_share,
        profile=previous.profile,
    )


def thresholds_of(settings: CheckQualitySettings) -> Thresholds:
    """Return what this deployment tolerates."""
    return Thresholds(**settings.model_dump(include={field.name for field in fields(Thresholds)}))


@logger.inject_lambda_context(clear_state=True)
@redact_errors
def handler(event: dict[str, Any], _context: LambdaContext) -> dict[str, Any]:
    """Lambda entry: `{run, prepared}` → `Quality`."""
    settings = CheckQualitySettings.load()
    run, prepared = Run.model_validate(event["run"]), Prepared.model_validate(event["prepared"])
    logger.append_keys(run_id=run.run_id, campaign_id=run.campaign_id)
    registry = RunRegistry(clients.dynamodb(), settings.demand_table)
    quality = check_quality(clients.s3(), registry, run, prepared, thresholds_of(settings))
    logger.info("checked", extra={"verdict": quality.verdict, "failed": quality.failed})
    return quality.wire()
