"""PartiQL for merges: the text names attributes only, every value travels as a parameter."""

from typing import Any

from steps.streaming.attributes import Attribute, Item, text
from steps.streaming.upserts import RUN_ID, SCORED_AT, UPDATED, Upsert

Statement = dict[str, Any]

_NOT_NEWER = (
    f"attribute_not_exists(#{SCORED_AT}) OR #{SCORED_AT} < :{SCORED_AT} OR"
    f" (#{SCORED_AT} = :{SCORED_AT} AND (attribute_not_exists(#{RUN_ID}) OR #{RUN_ID} <= :{RUN_ID}))"
)


def insert(table: str, upsert: Upsert, now: str) -> Statement:
    """Creates the item; fails alone with `DuplicateItem` where somebody was faster."""
    item = {**upsert.key, **upsert.stamped, UPDATED: text(now)}
    names = ", ".join(f"'{name}': ?" for name in item)
    return {"Statement": f'INSERT INTO "{table}" VALUE {{{names}}}', "Parameters": list(item.values())}


def update(table: str, upsert: Upsert, stored: Item, now: str) -> Statement:
    """Merges into an item as it was read; fails alone with `ConditionalCheckFailed` if it has moved on."""
    values = {**upsert.stamped, UPDATED: text(now)}
    clauses = [f'SET "{name}" = ?' for name in values]
    clauses += [f'REMOVE "{name}"' for name in upsert.absent if name in stored]
    where = {**upsert.key, SCORED_AT: stored[SCORED_AT], RUN_ID: stored[RUN_ID]}
    condition = " AND ".join(f'"{name}" = ?' for name in where)
    return {
        "Statement": f'UPDATE "{table}" {" ".join(clauses)} WHERE {condition}',
        "Parameters": [*values.values(), *where.values()],
    }


def update_arguments(upsert: Upsert, now: str) -> dict[str, Any]:
    """The same merge as arguments of one conditional `update_item`, whatever the item looks like."""
    values = {**upsert.stamped, UPDATED: text(now)}
    expression = "SET " + ", ".join(f"#{name} = :{name}" for name in values)
    if upsert.absent:
        expression += " REMOVE " + ", ".join(f"#{name}" for name in upsert.absent)
    arguments: dict[str, Attribute] = {f":{name}": value for name, value in values.items()}
    return {
        "Key": upsert.key,
        "UpdateExpression": expression,
        "ConditionExpression": _NOT_NEWER,
        "ExpressionAttributeNames": {f"#{name}": name for name in (*values, *upsert.absent)},
        "ExpressionAttributeValues": arguments,
        "ReturnValues": "ALL_OLD",
    }
