"""Prepare: one file in S3 becomes Parquet partitions of records, a manifest, the rejects and counts."""

from dataclasses import asdict
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from pipelines.csv.source import ScoreFile
from pipelines.prepare import Stamp, prepare_fanlist, prepare_scrubbed
from steps.outcomes.refusals import REFUSALS, refusal_of
from steps.shared import clients
from steps.shared.aws_types import S3Client
from steps.shared.clients import storage_options
from steps.shared.clock import now_iso
from steps.shared.counts import Counts
from steps.shared.observability import logger, redact_errors
from steps.shared.payloads import PartitionItem, Prepared, PreparedDocument, Run
from steps.shared.settings import PrepareSettings
from steps.shared.storage import RunFolder, write_json

_PIPELINES = {"scrubbed": prepare_scrubbed, "fanlist": prepare_fanlist}


def prepare(s3: S3Client, run: Run, partition_rows: int) -> Prepared:
    """Prepare a run's file; safe to repeat, since every key it writes is the run's own.

    Raises:
        pipelines.errors.InvalidFileError: where the file is refused whole (the contract, section 1).
    """
    folder = RunFolder.of(run)
    done = _PIPELINES[run.source](
        ScoreFile(folder.uri(run.file.key), run.file.version_id),
        Stamp(run.campaign_id, run.run_id, run.scored_at),
        records_uri=folder.uri(folder.records),
        rejected_uri=folder.uri(folder.rejected),
        partition_rows=partition_rows,
        storage_options=storage_options(),
    )
    counts = Counts(in_=done.rows_in, invalid=done.invalid, duplicate=done.duplicate, valid=done.valid)
    document = PreparedDocument(**asdict(done), counts=counts, prepared_at=now_iso())
    write_json(s3, folder.bucket, folder.prepared, document.wire())
    items = [
        PartitionItem(partition=one.partition, key=one.uri.removeprefix(folder.uri("")), records=one.records)
        for one in done.partitions
    ]
    # The manifest comes last: without it nothing of this run can be published.
    write_json(s3, folder.bucket, folder.manifest, [item.wire() for item in items])
    return Prepared(
        manifest_key=folder.manifest,
        document_uri=folder.uri(folder.prepared),
        rejected_uri=folder.uri(folder.rejected),
        partitions=len(items),
        counts=counts,
    )


@logger.inject_lambda_context(clear_state=True)
@redact_errors
def handler(event: dict[str, Any], _context: LambdaContext) -> dict[str, Any]:
    """Lambda entry: `{run}` → what was prepared, or `refusal` and nothing else."""
    settings = PrepareSettings.load()
    run = Run.model_validate(event["run"])
    logger.append_keys(run_id=run.run_id, campaign_id=run.campaign_id)
    try:
        prepared = prepare(clients.s3(), run, settings.partition_rows)
    except REFUSALS as error:
        refusal = refusal_of(error).wire()
        logger.warning("refused", extra={"refusal": refusal})
        # Every field is there in either case: a state may not select one that is missing.
        return dict.fromkeys(Prepared.model_json_schema()["properties"]) | {"refusal": refusal}
    logger.info("prepared", extra={"counts": prepared.counts.wire(), "partitions": prepared.partitions})
    return prepared.wire() | {"refusal": None}
