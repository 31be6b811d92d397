"""PartiQL for merges: the text names attributes only, every value travels as a parameter.

`now` is what a write sets besides the record's own attributes, such as when it was. Where it sets no
time at which the item may go, none stays that an earlier write set.
"""

from typing import Any

from steps.shared.attributes import Item
from steps.shared.meta_items import update_of
from steps.streaming.demand_table.upserts import EXPIRES, Stamp, Upsert

Statement = dict[str, Any]

# What DynamoDB says of one statement of a call: another writer was first, or ...
LOST_RACE = {"DuplicateItem", "ConditionalCheckFailed"}
# ... it is never taken, whatever else is served: an item grown beyond 400 KB, a value it cannot hold.
OF_THE_RECORD = {"ItemCollectionSizeLimitExceeded", "ValidationError", "ValidationException"}


def _not_newer(stamp: Stamp) -> str:
    scored, run = stamp.scored_at, stamp.run_id
    return (
        f"attribute_not_exists(#{scored}) OR #{scored} < :{scored} OR"
        f" (#{scored} = :{scored} AND (attribute_not_exists(#{run}) OR #{run} <= :{run}))"
    )


def insert(table: str, upsert: Upsert, now: Item) -> Statement:
    """Create the item; it fails alone with `DuplicateItem` where somebody was faster."""
    item = {**upsert.key, **upsert.stamped, **now}
    names = ", ".join(f"'{name}': ?" for name in item)
    return {"Statement": f'INSERT INTO "{table}" VALUE {{{names}}}', "Parameters": list(item.values())}


def update(table: str, upsert: Upsert, stored: Item, now: Item) -> Statement:
    """Merge into an item as it was read; it fails alone with `ConditionalCheckFailed` if it has moved on."""
    values = {**upsert.stamped, **now}
    clauses = [f'SET "{name}" = ?' for name in values]
    clauses += [f'REMOVE "{name}"' for name in _gone(upsert, now) if name in stored]
    # An item that only other writers know bears no stamp of this one yet.
    stamp = {name: stored.get(name) for name in (upsert.stamp.scored_at, upsert.stamp.run_id)}
    where = {**upsert.key, **{name: value for name, value in stamp.items() if value is not None}}
    conditions = [f'"{name}" = ?' for name in where]
    conditions += [f'"{name}" IS MISSING' for name in stamp if name not in where]
    return {
        "Statement": f'UPDATE "{table}" {" ".join(clauses)} WHERE {" AND ".join(conditions)}',
        "Parameters": [*values.values(), *where.values()],
    }


def update_arguments(upsert: Upsert, now: Item) -> dict[str, Any]:
    """Put the same merge as arguments of one conditional `update_item`, whatever the item looks like."""
    changes = update_of(_not_newer(upsert.stamp), values={**upsert.stamped, **now}, remove=_gone(upsert, now))
    return {"Key": upsert.key, "ReturnValues": "ALL_OLD", **changes}


def _gone(upsert: Upsert, now: Item) -> tuple[str, ...]:
    return upsert.absent if EXPIRES in now else (*upsert.absent, EXPIRES)


def verb(statement: Statement) -> str:
    """Return what a statement does, which is what a right is given for."""
    return str(statement["Statement"]).partition(" ")[0]
