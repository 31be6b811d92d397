"""Publishing one partition of a run: what FanOut's two children share."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

import polars as pl

from steps.delivery.kinesis_writer import NOT_TAKEN, KinesisWriter, StreamRecord
from steps.shared.aws_types import S3Client
from steps.shared.clients import storage_options
from steps.shared.observability import logger
from steps.shared.payloads import PartitionItem, PartitionResult, Run, SavedPartition
from steps.shared.storage import RunFolder, write_json
from steps.shared.wire import FIELD, SCHEMA_VERSION

UNSTORABLE = "the table has no room or no number for it"


class NothingTakenError(Exception):
    """The table or the stream took no record of a partition: worth another try of the whole."""


@dataclass(frozen=True)
class Partition:
    """One partition of a run, its line of the manifest, and what becomes of it."""

    s3: S3Client
    run: Run
    item: PartitionItem

    @classmethod
    def of(cls, event: dict[str, Any], s3: S3Client) -> Self:
        """Return what a child's event, or a dead letter, is about; the log names its run from here on."""
        run, item = Run.model_validate(event["run"]), PartitionItem.model_validate(event["item"])
        logger.append_keys(run_id=run.run_id, campaign_id=run.campaign_id)
        return cls(s3, run, item)

    def rows(self) -> pl.LazyFrame:
        """Return the partition's records, one row each."""
        return pl.scan_parquet(self._folder.uri(self.item.key), storage_options=storage_options())

    def put(self, writer: KinesisWriter, offered: Sequence[StreamRecord]) -> list[StreamRecord]:
        """Put records on the stream and return those that it did not take after all retries.

        Raises:
            NothingTakenError: where no record went through that could have.
        """
        refused = writer.put(offered)
        if len(refused) == len(offered) and not all(record.misfit for record in offered):
            raise NothingTakenError(f"The stream took none of the {len(offered)} records of {self.item.key}.")
        return refused

    def keep(
        self,
        function: str,
        refused: Sequence[StreamRecord],
        unstorable: Sequence[StreamRecord] = (),
        unsaved: Sequence[dict[str, Any]] = (),
    ) -> None:
        """Keep what failed, if anything did, as a dead letter: an event of the function that has the records.

        Args:
            function: whose dead letter it is.
            refused: what the stream did not take.
            unstorable: what was not offered to it, since the table could never store it.
            unsaved: what the table did not take, each with its `status`, `reason` and `record`.
        """
        not_streamed = [record.kept(UNSTORABLE) for record in unstorable]
        not_streamed += [record.kept(record.misfit or NOT_TAKEN) for record in refused]
        if not_streamed or unsaved:
            document = {
                FIELD: SCHEMA_VERSION,
                "run": self.run.wire(),
                "item": self.item.wire(),
                "notSaved": list(unsaved),
                "notStreamed": not_streamed,
            }
            key = self._folder.dead_letter(function, self.item.partition)
            write_json(self.s3, self._folder.bucket, key, document)

    def end(self, result: PartitionResult | SavedPartition) -> None:
        """Write what became of the partition: with it the partition is done."""
        write_json(self.s3, self._folder.bucket, self._folder.result(self.item.partition), result.wire())
        logger.info("partition delivered", extra={"result": result.wire()})

    @property
    def _folder(self) -> RunFolder:
        return RunFolder.of(self.run)
