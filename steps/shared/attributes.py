"""DynamoDB's own JSON, as the low-level client speaks it, to and from plain values.

The low-level client is used because the resource layer turns every number into a `Decimal` and back,
which costs more than the write itself.
"""

import math
from decimal import Decimal
from typing import Any

Attribute = dict[str, Any]
Item = dict[str, Attribute]

# What a DynamoDB number can hold, besides zero (AWS, "Naming rules and data types").
SMALLEST = 1e-130
LARGEST = 9.99e125
# Bytes. An item holds 400 KB, which other writers' attributes share.
LONGEST_KEY = 2_048
LARGEST_VALUES = 300_000


def storable(value: float) -> bool:
    """Whether DynamoDB has a number for this float64."""
    return value == 0 or (math.isfinite(value) and SMALLEST <= abs(value) <= LARGEST)


def text(value: str) -> Attribute:
    """Return a string."""
    return {"S": value}


def number(value: float) -> Attribute:
    """Return a number, digit for digit: a float64's `repr` has 17 digits at most, DynamoDB keeps 38."""
    return {"N": repr(value)}


def flag(value: bool) -> Attribute:
    """Return a boolean."""
    return {"BOOL": value}


def texts(values: list[str | None]) -> Attribute:
    """Return a list of strings, its nulls kept, since their places carry meaning (SPEC 2, `events`)."""
    return {"L": [{"NULL": True} if value is None else {"S": value} for value in values]}


def read_text(item: Item, name: str) -> str | None:
    """Return a string attribute, or None where it is absent or something else."""
    value = item.get(name, {}).get("S")
    return value if isinstance(value, str) else None


def read_int(item: Item, name: str) -> int:
    """Return a count, 0 where it is absent."""
    return int(item.get(name, {}).get("N", 0))


def plain(item: Item) -> dict[str, Any]:
    """Return an item's strings and numbers, the numbers as they are spelled, for a model to read."""
    return {name: value.get("S", value.get("N")) for name, value in item.items()}


def same(left: Attribute | None, right: Attribute | None) -> bool:
    """Whether two attributes hold the same value; `{"N": "3"}` is `{"N": "3.0"}`."""
    if left == right:
        return True
    if left is None or right is None or left.keys() != right.keys():
        return False
    if "N" in left:
        return Decimal(left["N"]) == Decimal(right["N"])
    if "L" in left:
        pairs = zip(left["L"], right["L"], strict=False)
        return len(left["L"]) == len(right["L"]) and all(same(one, other) for one, other in pairs)
    return False
