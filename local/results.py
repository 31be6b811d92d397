"""The result of a job, for `--json` and the summary, and what the table says about it."""

from dataclasses import dataclass
from typing import Any

from pydantic import Field

from expectations.report.model import Word
from expectations.report.outcomes import word_for
from steps.shared.attributes import Item, read_int
from steps.shared.meta_items import COUNTS, meta_key, run_key
from steps.shared.payloads import RunSummary
from steps.shared.storage import RunFolder
from steps.shared.wire import Payload


class CampaignCounts(Payload):
    """The fans of one campaign by state, as `meta:counts` has them."""

    verified: int = 0
    rejected: int = 0
    selected: int = 0


class RunDetail(Payload):
    """What is known of a run beside its summary; None where nobody looked. Not part of `--json`.

    `name` is the Campaign Service's name of the campaign, `saved` the fans in the demand table with
    this run's id, `counted` those that processSavedScores has tallied; `report` and `rejects` say
    where a reader finds them.
    """

    name: str | None = None
    saved: int | None = None
    counted: int | None = None
    report: str | None = None
    rejects: str | None = None


def word_of(run: RunSummary) -> Word:
    """Return what a run came to, in the contract's word."""
    verdict = run.quality.verdict if run.quality else None
    return word_for(run.status, verdict, run.counts.failed, run.error)


def report_of(run: RunSummary) -> str:
    """Return the s3:// URI of a run's report; every run that has ended has one, a refused one too."""
    folder = RunFolder.of(run)
    return folder.uri(folder.report)


class JobResult(Payload):
    """A whole job: every run's summary and what the outside world saw of it.

    `counts` goes by campaign id, `slack` has the posted texts in order, `entry` the Entry Service's
    summed counts. `details` goes by run id, `refused` has the sentences with which a service outside
    turned something down; `redelivered` has, for each batch that was delivered twice, its records and
    the sizes of the batches of the second time, `faults` the calls to AWS that were made to fail, by
    operation. These stay out of the JSON.
    """

    runs: list[RunSummary]
    counts: dict[str, CampaignCounts] = Field(default_factory=dict)
    slack: list[str] = Field(default_factory=list)
    entry: dict[str, int] = Field(default_factory=dict)
    elapsed_seconds: float
    details: dict[str, RunDetail] = Field(default_factory=dict, exclude=True)
    refused: list[str] = Field(default_factory=list, exclude=True)
    redelivered: list[tuple[int, list[int]]] = Field(default_factory=list, exclude=True)
    faults: dict[str, int] = Field(default_factory=dict, exclude=True)

    @property
    def succeeded(self) -> bool:
        """Whether there was a run, every one of them succeeded and no service refused anything."""
        return bool(self.runs) and not self.refused and all(run.status == "succeeded" for run in self.runs)


@dataclass(frozen=True)
class CampaignItems:
    """Reads one campaign's own items, consistently."""

    dynamodb: Any
    table: str
    campaign_id: str

    def counts(self) -> CampaignCounts:
        """Give the counts as they stand; all zero before anything was counted."""
        item = self._item(meta_key(self.campaign_id, COUNTS))
        return CampaignCounts(**{name: read_int(item, name) for name in CampaignCounts.model_fields})

    def counted(self, run_id: str) -> int:
        """How many of a run's records the counts hold."""
        return read_int(self.run(run_id), "counted")

    def run(self, run_id: str) -> Item:
        """Give a run's item; empty where there is none."""
        return self._item(run_key(self.campaign_id, run_id))

    def beginning_with(self, prefix: str) -> dict[str, Item]:
        """Give the items whose sort keys begin so, by sort key."""
        pages = self.dynamodb.get_paginator("query").paginate(
            TableName=self.table,
            ConsistentRead=True,
            KeyConditionExpression="PK = :campaign AND begins_with(SK, :prefix)",
            ExpressionAttributeValues={
                ":campaign": {"S": f"campaign:{self.campaign_id}"},
                ":prefix": {"S": prefix},
            },
        )
        return {item["SK"]["S"]: item for page in pages for item in page["Items"]}

    def _item(self, key: Item) -> Item:
        answer = self.dynamodb.get_item(TableName=self.table, Key=key, ConsistentRead=True)
        found: Item = answer.get("Item", {})
        return found
