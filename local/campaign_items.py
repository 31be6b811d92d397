"""What the demand table says of one campaign beside its fans: counts and runs (SPEC 4)."""

from dataclasses import dataclass
from typing import Any

from local.results import CampaignCounts
from steps.shared.campaign_keys import COUNTS, meta_key, run_key
from steps.streaming.attributes import Item, read_int


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
        return read_int(self._item(run_key(self.campaign_id, run_id)), "counted")

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
