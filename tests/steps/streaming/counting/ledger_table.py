"""A DynamoDB that knows the ledger's two calls, in memory, and can fail where a network can.

It takes the real arguments and applies them as DynamoDB does: all conditions first, then all updates.
`test_ledger_table` holds it against the embedded AWS.
"""

import re
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError, ReadTimeoutError

from steps.shared.attributes import Item

if TYPE_CHECKING:
    from collections.abc import Callable

Key = tuple[str, str]


class LedgerTable:
    """`faults` says for each coming transaction what goes wrong; None and an empty list: nothing."""

    def __init__(self) -> None:
        self.items: dict[Key, Item] = {}
        self.transactions = 0
        self.faults: list[Callable[[LedgerTable, list[Any]], None] | None] = []

    def get_item(self, **arguments: Any) -> Any:
        item = self.items.get(_key(arguments["Key"]))
        return {} if item is None else {"Item": dict(item)}

    def transact_write_items(self, TransactItems: list[Any]) -> Any:  # noqa: N803 (DynamoDB's own name)
        fault = self.faults.pop(0) if self.faults else None
        if fault is not None:
            fault(self, TransactItems)
        self.apply(TransactItems)
        return {}

    def apply(self, actions: list[Any]) -> None:
        updates = [action["Update"] for action in actions]
        assert len(updates) <= 100
        assert len({_key(update["Key"]) for update in updates}) == len(updates)
        reasons = ["None" if self._holds(update) else "ConditionalCheckFailed" for update in updates]
        if any(reason != "None" for reason in reasons):
            raise cancelled(*reasons)
        for update in updates:
            self._apply(update)
        self.transactions += 1

    def _holds(self, update: Any) -> bool:
        item = self.items.get(_key(update["Key"]), {})
        condition = update.get("ConditionExpression")
        if condition == "attribute_not_exists(sequenceNumber)":
            return "sequenceNumber" not in item
        if condition == "sequenceNumber = :was":
            return bool(item.get("sequenceNumber") == update["ExpressionAttributeValues"][":was"])
        assert condition is None, condition
        return True

    def _apply(self, update: Any) -> None:
        item = self.items.setdefault(_key(update["Key"]), dict(update["Key"]))
        values = update["ExpressionAttributeValues"]
        sets, _, adds = update["UpdateExpression"].partition("ADD ")
        for name, value in re.findall(r"#(\w+) = (:\w+)", sets):
            item[name] = values[value]
        for name, value in re.findall(r"#(\w+) (:\w+)", adds):
            item[name] = {"N": str(int(item.get(name, {}).get("N", 0)) + int(values[value]["N"]))}


def cancelled(*reasons: str) -> ClientError:
    """A transaction called off, with a reason for each action."""
    response: Any = {
        "Error": {"Code": "TransactionCanceledException", "Message": ""},
        "CancellationReasons": [{"Code": reason} for reason in reasons],
        "ResponseMetadata": {"HTTPStatusCode": 400},
    }
    return ClientError(response, "TransactWriteItems")


def lost_request(_table: LedgerTable, _actions: list[Any]) -> None:
    """The call never arrives and nobody answers."""
    raise ReadTimeoutError(endpoint_url="http://127.0.0.1")


def lost_answer(table: LedgerTable, actions: list[Any]) -> None:
    """The call arrives and is done; its answer does not come back."""
    table.apply(actions)
    raise ReadTimeoutError(endpoint_url="http://127.0.0.1")


def conflict(_table: LedgerTable, actions: list[Any]) -> None:
    """Another transaction holds one of the items."""
    raise cancelled("None", *["TransactionConflict"] * (len(actions) - 1))


def _key(key: Item) -> Key:
    return key["PK"]["S"], key["SK"]["S"]
