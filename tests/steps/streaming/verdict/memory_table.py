"""A DynamoDB in memory that takes every call of the streaming workers, with the table's stream behind it.

It reads the real expressions and statements; `test_memory_table` holds it against the embedded AWS. `before`
is called ahead of each call, which is where others come between.
"""

import re
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from steps.shared.attributes import Attribute, Item
from tests.steps.records import stream_record
from tests.steps.streaming.counting.ledger_table import LedgerTable

if TYPE_CHECKING:
    from collections.abc import Callable


class MemoryTable(LedgerTable):
    """`stream` holds a record, in Lambda's form, for every change of a fan's item."""

    def __init__(self) -> None:
        super().__init__()
        self.stream: list[dict[str, Any]] = []
        self.before: Callable[[str], None] = lambda _operation: None

    def get_item(self, **arguments: Any) -> Any:
        self.before("get_item")
        return super().get_item(**arguments)

    def transact_write_items(self, TransactItems: list[Any]) -> Any:  # noqa: N803 (DynamoDB's own name)
        self.before("transact_write_items")
        return super().transact_write_items(TransactItems)

    def update_item(self, **arguments: Any) -> Any:
        self.before("update_item")
        if not self._holds(arguments):
            raise ClientError({"Error": {"Code": "ConditionalCheckFailedException"}}, "UpdateItem")
        old = dict(self.items.get(_place(arguments["Key"]), {}))
        self._apply(arguments)
        wanted = arguments.get("ReturnValues")
        return {"Attributes": old if wanted == "ALL_OLD" else dict(self.items[_place(arguments["Key"])])}

    def query(self, **arguments: Any) -> Any:
        self.before("query")
        assert arguments["KeyConditionExpression"] == "PK = :campaign AND SK BETWEEN :oldest AND :newest"
        pk, oldest, newest = (
            arguments["ExpressionAttributeValues"][f":{name}"]["S"]
            for name in ("campaign", "oldest", "newest")
        )
        found = [key for key in self.items if key[0] == pk and oldest <= key[1] <= newest]
        found.sort(reverse=not arguments["ScanIndexForward"])
        return {"Items": [dict(self.items[key]) for key in found[: arguments["Limit"]]]}

    def batch_get_item(self, RequestItems: Any) -> Any:  # noqa: N803
        self.before("batch_get_item")
        ((table, request),) = RequestItems.items()
        found = [self.items.get(_place(key)) for key in request["Keys"]]
        return {"Responses": {table: [dict(item) for item in found if item is not None]}}

    def batch_execute_statement(self, Statements: list[Any]) -> Any:  # noqa: N803
        self.before("batch_execute_statement")
        return {"Responses": [self._execute(one["Statement"], one["Parameters"]) for one in Statements]}

    def delete(self, place: tuple[str, str]) -> None:
        """Removes an item, as nobody of the workers does."""
        self._log(place, self.items.pop(place, None), None)

    def _execute(self, statement: str, parameters: list[Any]) -> Any:
        if statement.startswith("INSERT"):
            item = dict(zip(re.findall(r"'(\w+)': \?", statement), parameters, strict=True))
            if _place(item) in self.items:
                return {"Error": {"Code": "DuplicateItem"}}
            self._put(_place(item), item)
            return {}
        changes, _, where = statement.partition(" WHERE ")
        values = iter(parameters)
        sets = {name: next(values) for name in re.findall(r'SET "(\w+)" = \?', changes)}
        wanted = {name: next(values) for name in re.findall(r'"(\w+)" = \?', where)}
        item = self.items.get(_place(wanted), {})
        missing = re.findall(r'"(\w+)" IS MISSING', where)
        if any(item.get(name) != value for name, value in wanted.items()) or set(missing) & item.keys():
            return {"Error": {"Code": "ConditionalCheckFailed"}}
        removed = re.findall(r'REMOVE "(\w+)"', changes)
        self._put(_place(item), {k: v for k, v in {**item, **sets}.items() if k not in removed})
        return {}

    def _holds(self, update: Any) -> bool:
        item = self.items.get(_place(update["Key"]), {})
        condition = update.get("ConditionExpression")
        if condition is None:
            return True
        names, values = update.get("ExpressionAttributeNames", {}), update["ExpressionAttributeValues"]

        def found(name: str) -> Any:
            return item.get(names.get(name, name))

        def compared(left: str, operator: str, right: str) -> bool:
            one, other = _plain(found(left)), _plain(values[right])
            return one is not None and {"=": one == other, "<": one < other, "<=": one <= other}[operator]

        condition = re.sub(r"attribute_not_exists\((#?\w+)\)", r"(found('\1') is None)", condition)
        condition = re.sub(r"attribute_exists\((#?\w+)\)", r"(found('\1') is not None)", condition)
        condition = re.sub(r"(#?\w+) (<=|=|<) (:\w+)", r"compared('\1', '\2', '\3')", condition)
        condition = condition.replace(" OR ", " or ").replace(" AND ", " and ")
        return bool(eval(condition, {"found": found, "compared": compared}))

    def _apply(self, update: Any) -> None:
        place = _place(update["Key"])
        before = self.items.get(place, update["Key"])
        item = dict(before)
        names, values = (
            update.get("ExpressionAttributeNames", {}),
            update.get("ExpressionAttributeValues", {}),
        )
        parts = re.split(r"\b(SET|ADD|REMOVE) ", update["UpdateExpression"])[1:]
        for verb, clauses in zip(parts[::2], parts[1::2], strict=True):
            for clause in re.split(r", (?![^(]*\))", clauses.strip()):
                name, *value = clause.replace(" = ", " ").split(maxsplit=1)
                name = names.get(name, name)
                if verb == "REMOVE":
                    item.pop(name, None)
                elif verb == "SET":
                    kept = re.fullmatch(r"if_not_exists\((#?\w+), (:\w+)\)", value[0])
                    old = before.get(names.get(kept[1], kept[1])) if kept else None
                    item[name] = old or values[kept[2] if kept else value[0]]
                else:
                    total = int(item.get(name, {}).get("N", 0)) + int(values[value[0]]["N"])
                    item[name] = {"N": str(total)}
        self._put(place, item)

    def _put(self, place: tuple[str, str], item: Item) -> None:
        old = self.items.get(place)
        self.items[place] = item
        if old != item:
            self._log(place, old, item)

    def _log(self, place: tuple[str, str], old: Item | None, new: Item | None) -> None:
        pk, sk = place
        if sk.startswith("campaign:"):
            campaign = sk.removeprefix("campaign:")
            self.stream.append(stream_record(len(self.stream) + 1, old, new, campaign, pk))


def _plain(attribute: Attribute | None) -> Any:
    if attribute is None:
        return None
    ((kind, value),) = attribute.items()
    return float(value) if kind == "N" else value


def _place(key: Item) -> tuple[str, str]:
    return key["PK"]["S"], key["SK"]["S"]
