"""Where a worker keeps what it could not deliver, so that a replay needs nothing else.

A document is a Lambda event of its own: its `Records` are the stream's records as they came in. Given
to the worker's function as an event, it is processed again; doing so twice changes nothing.
"""

from typing import Any

from aws_lambda_powertools.utilities.data_classes.kinesis_stream_event import KinesisStreamRecord

from steps.shared.aws_types import S3Client
from steps.shared.schema_version import FIELD, SCHEMA_VERSION
from steps.shared.storage import dead_letters_prefix, write_json

_UNKNOWN = "unknown"


class DeadLetters:
    """The folder of one worker in the pipeline bucket."""

    def __init__(self, s3: S3Client, bucket: str, worker: str) -> None:
        self._s3 = s3
        self._bucket = bucket
        self._worker = worker

    def keep(self, campaign_id: str | None, reason: str, records: list[KinesisStreamRecord]) -> str:
        """Keep records under a name made of their places in the stream: a redelivery overwrites itself.

        Returns:
            The document's key.

        Raises:
            botocore.exceptions.ClientError: it could not be stored, so the batch has to come again.
        """
        name = _name(records)
        key = f"{dead_letters_prefix(self._worker, campaign_id or _UNKNOWN)}{name}.json"
        document: dict[str, Any] = {
            FIELD: SCHEMA_VERSION,
            "worker": self._worker,
            "campaignId": campaign_id,
            "reason": reason,
            "Records": [record.raw_event for record in records],
        }
        write_json(self._s3, self._bucket, key, document)
        return key


def _name(records: list[KinesisStreamRecord]) -> str:
    first, last = records[0], records[-1]
    name = first.event_id.replace(":", "-")
    if len(records) == 1:
        return name
    return f"{name}-{last.kinesis.sequence_number}-{len(records)}"
