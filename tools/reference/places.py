"""The template, read for what refers to what: every `Ref`, `GetAtt`, `Sub` and condition, by its place."""

import re
from collections.abc import Iterator
from functools import cache
from typing import Any, NamedTuple

from local.stack.deploy import template

_NAMED = re.compile(r"\$\{([\w:]+)(?:\.\w+)*\}")


class Reference(NamedTuple):
    """A name of the template, and the keys that lead to where it stands."""

    path: tuple[str, ...]
    name: str


def references(node: Any, path: tuple[str, ...] = ()) -> Iterator[Reference]:
    """Every reference in a part of the template; of a condition's name, those of the condition."""
    if isinstance(node, list):
        for index, item in enumerate(node):
            yield from references(item, (*path, _label(item, index)))
    elif isinstance(node, dict):
        for key, value in node.items():
            yield from _of_key(key, value, path)


def _of_key(key: str, value: Any, path: tuple[str, ...]) -> Iterator[Reference]:
    if key == "Ref":
        yield Reference(path, value)
    elif key == "Fn::GetAtt":
        yield Reference(path, value[0])
    elif key == "Fn::Sub":
        yield from (Reference(path, name) for name in _NAMED.findall(value))
    elif key == "Fn::If":
        yield from references(_conditions()[value[0]], path)
        yield from references(value[1:], path)
    elif key == "Condition" and isinstance(value, str):
        yield from references(_conditions()[value], (*path, key))
    elif key.startswith("Fn::"):
        yield from references(value, path)
    else:
        yield from references(value, (*path, key))


@cache
def _conditions() -> dict[str, Any]:
    """Read the template's conditions, once: the file takes half a second and each is asked for often."""
    return dict(template()["Conditions"])


def _label(item: Any, index: int) -> str:
    """Say what an item of a list is known by: its `Id` or `Sid`, else its place."""
    return str(item.get("Id", item.get("Sid", index))) if isinstance(item, dict) else str(index)
