"""Where a worker keeps what it could not deliver, so that a replay needs nothing else.

A document is a Lambda event of its own: its `Records` are the stream's records as they came in. Given
to the worker's function as an event, it is processed again; doing so twice changes nothing.
"""

from dataclasses import dataclass
from typing import Any

from aws_lambda_powertools.utilities.data_classes.kinesis_stream_event import KinesisStreamRecord

from steps.shared.aws_types import S3Client
from steps.shared.storage import dead_letters_prefix, write_json
from steps.shared.wire import FIELD, SCHEMA_VERSION

_UNKNOWN = "unknown"


@dataclass(frozen=True)
class DeadLetters:
    """The folder of one worker in the pipeline bucket."""

    s3: S3Client
    bucket: str
    worker: str

    def keep(self, campaign_id: str | None, reason: str, records: list[KinesisStreamRecord]) -> str:
        """Keep records under a name made of their places in the stream: a redelivery overwrites itself.

        Returns:
            The document's key.

        Raises:
            botocore.exceptions.ClientError: it could not be stored, so the batch has to come again.
        """
        name = _name(records)
        key = f"{dead_letters_prefix(self.worker, campaign_id or _UNKNOWN)}{name}.json"
        document: dict[str, Any] = {
            FIELD: SCHEMA_VERSION,
            "worker": self.worker,
            "campaignId": campaign_id,
            "reason": reason,
            "Records": [record.raw_event for record in records],
        }
        write_json(self.s3, self.bucket, key, document)
        return key


def _name(records: list[KinesisStreamRecord]) -> str:
    first, last = records[0], records[-1]
    name = first.event_id.replace(":", "-")
    if len(records) == 1:
        return name
    return f"{name}-{last.kinesis.sequence_number}-{len(records)}"
