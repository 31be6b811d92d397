"""CheckQuality: Great Expectations decides, before anything leaves, whether a prepared file is fit.

The only function that imports Great Expectations.
"""

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import polars as pl

from expectations.gate import GateResult, check_fanlist, check_scrubbed
from expectations.suites import Thresholds
from pipelines.schema import FANLIST_RECORD_SCHEMA, RECORD_SCHEMA
from steps.shared import clients
from steps.shared.observability import discreet, logger
from steps.shared.payloads import PartitionItem, Prepared, Quality, Run
from steps.shared.polars_storage import storage_options
from steps.shared.runs import RunRegistry
from steps.shared.settings import CheckQualitySettings
from steps.shared.storage import RunFolder, read_json, write_json

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext
    from mypy_boto3_s3 import S3Client

# States pass the worst few; the report holds them all.
_MOST_NAMED = 10


# Who checks a kind of file, and what its records look like where there are none.
_GATES = {
    "scrubbed": (check_scrubbed, RECORD_SCHEMA),
    "fanlist": (check_fanlist, FANLIST_RECORD_SCHEMA),
}


def check_quality(
    s3: "S3Client", registry: RunRegistry, run: Run, prepared: Prepared, thresholds: Thresholds
) -> Quality:
    """Checks a run, publishes the report, and names the run the campaign's newest if it may leave."""
    folder = RunFolder.of(run)
    items = [
        PartitionItem.model_validate(item) for item in read_json(s3, folder.bucket, prepared.manifest_key)
    ]
    check, schema = _GATES[run.source]
    records = (
        pl.scan_parquet([folder.uri(item.key) for item in items], storage_options=storage_options())
        if items
        else pl.LazyFrame(schema=schema)  # every row was rejected: the gate has its say on that too
    )
    result = check(records, prepared.counts.wire(), thresholds)
    report = _publish_report(s3, folder, run, result)
    quality = Quality(
        verdict=result.verdict,
        failed=[rule.sentence() for rule in result.failed[:_MOST_NAMED]],
        report=report,
        accepted=result.verdict == "failed" and run.accept_quality,
    )
    if quality.verdict != "failed" or quality.accepted:
        # From here on an older run of this campaign no longer has a say (section 4, "overtaken").
        registry.name_newest(run)
    return quality


def _publish_report(s3: "S3Client", folder: RunFolder, run: Run, result: GateResult) -> str:
    key = f"{folder.quality}/validation.json"
    document = {
        "runId": run.run_id,
        "campaignId": run.campaign_id,
        "verdict": result.verdict,
        "expectations": [asdict(rule) for rule in result.rules],
    }
    write_json(s3, folder.bucket, key, document)
    return folder.uri(key)


@logger.inject_lambda_context
@discreet
def handler(event: dict[str, Any], _context: "LambdaContext") -> dict[str, Any]:
    """Lambda entry: `{run, prepared}` → `{verdict, failed, report, accepted}`."""
    run, prepared = Run.model_validate(event["run"]), Prepared.model_validate(event["prepared"])
    logger.append_keys(run_id=run.run_id, campaign_id=run.campaign_id)
    settings = CheckQualitySettings.load()
    registry = RunRegistry(clients.dynamodb(), settings.demand_table)
    thresholds = Thresholds(valid_share_critical=settings.valid_share_critical)
    quality = check_quality(clients.s3(), registry, run, prepared, thresholds)
    logger.info("checked", extra={"verdict": quality.verdict, "failed": quality.failed})
    return quality.wire()
