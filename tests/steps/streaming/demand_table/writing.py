"""The merge writer as its tests call it, with answers of their own in between."""

from typing import TYPE_CHECKING, Any, cast

from steps.shared.attributes import Item, number, text
from steps.streaming.demand_table.upserts import Upsert
from steps.streaming.demand_table.writer import DemandTable
from tests.steps.records import RUN, SCORED_AT

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


def upsert(
    fan: str = "1",
    score: float = 0.5,
    stamp: tuple[str, str] = (SCORED_AT, RUN),
    values: dict[str, Any] | None = None,
    absent: tuple[str, ...] = (),
) -> Upsert:
    return Upsert(f"fan:{fan}", "campaign:c", {"score": number(score), **(values or {})}, absent, *stamp)


def item(client: "DynamoDBClient", table: str, fan: str = "1") -> Item:
    answer = client.get_item(TableName=table, Key={"PK": text(f"fan:{fan}"), "SK": text("campaign:c")})
    return cast("Item", answer.get("Item", {}))


class Spy:
    """The real client with its calls counted, and with answers of a test's own in between."""

    def __init__(self, client: Any) -> None:
        self._client = client
        self.calls: list[str] = []
        self.before: dict[str, list[Any]] = {}

    def __getattr__(self, name: str) -> Any:
        def call(**arguments: Any) -> Any:
            self.calls.append(name)
            queue = self.before.get(name, [])
            planned = queue.pop(0) if queue else None
            if planned is not None:
                return planned(getattr(self._client, name), arguments)
            return getattr(self._client, name)(**arguments)

        return call


def writer(client: Any, table: str) -> DemandTable:
    return DemandTable(client, table, attempts=4, longest_wait=0.001)
