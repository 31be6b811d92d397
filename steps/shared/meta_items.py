"""The demand table's items that are not fans: their keys, and reads and updates of one of them (SPEC 4).

All but the positions stand under `PK campaign:<campaignId>`. Every `SK` begins with `meta:`, which the
counting worker passes over. What the items hold: docs/data-dictionary.md.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Required, TypedDict, Unpack

from botocore.exceptions import ClientError
from tenacity import Retrying, retry_if_exception, stop_after_delay, wait_random_exponential

from steps.shared.attributes import Attribute, Item
from steps.shared.aws_types import DynamoDBClient
from steps.shared.bulk_calls import code_of

META = "meta:"
COUNTS = f"{META}counts"
SAID = f"{META}slack:counts"
RUN = f"{META}run:"
LATEST = f"{META}latest:"
CLAIM = f"{META}claim:"
LOOK = f"{META}look:"
COUNTS_LOOK = f"{LOOK}counts"
POSITION = f"{META}position:"


def meta_key(campaign_id: str, sort_key: str) -> Item:
    """Return the key of one of a campaign's own items, as the low-level client speaks it."""
    return _key(f"campaign:{campaign_id}", sort_key)


def run_key(campaign_id: str, run_id: str) -> Item:
    """Return the key of a run's item."""
    return meta_key(campaign_id, f"{RUN}{run_id}")


def position_key(table: str, shard: str) -> Item:
    """Return the key of how far a shard of the table's stream is counted."""
    return _key(f"stream:{table}", f"{POSITION}{shard}")


def _key(partition_key: str, sort_key: str) -> Item:
    return {"PK": {"S": partition_key}, "SK": {"S": sort_key}}


class Changes(TypedDict, total=False):
    """Attributes that an update sets, adds to and removes, and the further values that its condition asks."""

    values: Required[Mapping[str, Attribute]]
    add: Mapping[str, int]
    remove: Iterable[str]
    given: Mapping[str, Attribute]


def update_of(condition: str | None = None, **changes: Unpack[Changes]) -> dict[str, Any]:
    """Return the arguments of an update, which calls each attribute `#name` and its value `:name`.

    Without a condition the item need not be there.
    """
    values, add, remove = changes["values"], changes.get("add", {}), list(changes.get("remove", ()))
    clauses = {
        "SET": [f"#{name} = :{name}" for name in values],
        "ADD": [f"#{name} :{name}" for name in add],
        "REMOVE": [f"#{name}" for name in remove],
    }
    added = {name: {"N": str(number)} for name, number in add.items()}
    given = {**values, **added, **changes.get("given", {})}
    return {
        "UpdateExpression": " ".join(f"{verb} {', '.join(of)}" for verb, of in clauses.items() if of),
        "ExpressionAttributeNames": {f"#{name}": name for name in (*values, *add, *remove)},
        "ExpressionAttributeValues": {f":{name}": value for name, value in given.items()},
        **({"ConditionExpression": condition} if condition else {}),
    }


@dataclass(frozen=True)
class MetaItems:
    """Items of one table, each read and updated on its own.

    Args:
        patience: seconds that an update is tried again while a transaction has the item. The counting
            worker's are on `meta:counts` and on `meta:run:<runId>` for as long as a run's records come in, so
            whoever else writes a run's record meets them; botocore itself does not try again. The
            default is a small part of verdictReporter's 60 s; such a conflict takes far less.
    """

    client: DynamoDBClient
    table: str
    patience: float = 10

    def get(self, key: Item) -> Item:
        """Return an item as it stands now; empty where there is none."""
        answer: Any = self.client.get_item(TableName=self.table, Key=key, ConsistentRead=True)
        item: Item = answer.get("Item", {})
        return item

    def update(self, key: Item, condition: str | None = None, **changes: Unpack[Changes]) -> Item | None:
        """Update an item by `update_of`; return it as it is then, None where the condition does not hold."""
        trying = Retrying(
            retry=retry_if_exception(lambda error: code_of(error) == "TransactionConflictException"),
            wait=wait_random_exponential(multiplier=0.05, max=2),
            stop=stop_after_delay(self.patience),
            reraise=True,
        )
        try:
            answer: Any = trying(
                self.client.update_item,
                TableName=self.table,
                Key=key,
                ReturnValues="ALL_NEW",
                **update_of(condition, **changes),
            )
        except ClientError as error:
            if condition_failed(error):
                return None
            raise
        item: Item = answer["Attributes"]
        return item


def condition_failed(error: BaseException) -> bool:
    """Whether a write's own condition did not hold."""
    return code_of(error) == "ConditionalCheckFailedException"
