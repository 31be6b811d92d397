"""The examples in the docstrings of Great Expectations' expectations, as they are installed.

An example is a table (`Example Data:`), a call (`Input:`) and what came of it (`Output:`).
"""

import ast
import inspect
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import great_expectations.expectations as gxe
import polars as pl

_CASE = re.compile(
    r"(Passing|Failing) Case:\s*Input:\s*(\w+\(.*?\))\s*Output:(.*?)\"success\":\s*(true|false)", re.DOTALL
)
_UNEXPECTED = re.compile(r'"unexpected_count": (\d+)')
_DATA = re.compile(r"Example Data:\s*?\n.*?[ \t]{8,}(test|event_date|amount)\b(.*?)\n\s*\n", re.DOTALL)


@dataclass(frozen=True)
class Example:
    """One example: a frame, an expectation, and what its authors say comes of it."""

    name: str
    frame: pl.DataFrame
    expectation: gxe.Expectation
    success: bool
    unexpected: int | None


class _Unquoted(dict[str, str]):
    """Names that one example leaves unquoted."""

    def __missing__(self, name: str) -> str:
        if hasattr(gxe, name):
            raise KeyError(name)
        return name


def all_expectations() -> dict[str, type[gxe.Expectation]]:
    """Every expectation that Great Expectations exports, by name."""
    found = {
        name: one for name, one in vars(gxe).items() if name.startswith("Expect") and name != "Expectation"
    }
    return {name: one for name, one in sorted(found.items()) if inspect.isclass(one)}


def examples(name: str) -> Iterator[Example]:
    """The examples of one expectation; none where its docstring has none."""
    text = inspect.cleandoc(all_expectations()[name].__doc__ or "")
    data = _DATA.search(text)
    if data is None:
        return
    frame = _frame(*data.groups())
    for kind, call, output, success in _CASE.findall(text):
        # One example lacks a comma between two pairs.
        made = eval(re.sub(r"\) \(", "), (", call), vars(gxe), _Unquoted())
        counted = _UNEXPECTED.search(output)
        unexpected = int(counted.group(1)) if counted else None
        yield Example(f"{name} {kind.lower()}", frame, made, success == "true", unexpected)


def _frame(header: str, text: str) -> pl.DataFrame:
    """A table of rows that begin with their number; one header lacks the second column's name."""
    names, *rows = (re.findall(r'"[^"]*"|\S+', line) for line in text.split("\n"))
    values = [[_value(field) for field in row[1:]] for row in rows]
    named = [header, *(names or ["test2"])][: len(values[0])]
    return pl.DataFrame({name: _column([row[n] for row in values]) for n, name in enumerate(named)})


def _value(field: str) -> Any:
    if field in ("NaN", "None", "null", "NULL"):
        return None
    try:
        return ast.literal_eval(field)
    except (ValueError, SyntaxError):
        return field


def _column(values: list[Any]) -> list[Any]:
    kinds = {type(value) for value in values if value is not None}
    if kinds == {int, float}:
        return [value if value is None else float(value) for value in values]
    return values if len(kinds) <= 1 else [value if value is None else str(value) for value in values]
