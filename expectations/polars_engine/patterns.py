"""Tests of text that Python has and Polars means otherwise, or lacks: run on each different value once.

Rust's regular expressions read classes, `$`, `&&` and more in another way than Python's, so no pattern is
handed to Polars.
"""

import json
import re
from collections.abc import Callable
from datetime import datetime
from typing import Any

import jsonschema
import polars as pl
from dateutil.parser import parse

from expectations.polars_engine.plans import Column, UnsupportedMetricError

Test = Callable[[str], bool]


def holds(column: Column, test: Test) -> pl.Expr:
    """Whether a text passes a test; null where there is none.

    Raises:
        UnsupportedMetricError: the column holds no text.
    """
    if not column.is_text:
        raise UnsupportedMetricError(f"Values of type {column.dtype} are no text: cast them to String.")

    def of_batch(texts: pl.Series) -> pl.Series:
        different = texts.drop_nulls().unique()
        passed = pl.Series([test(text) for text in different], dtype=pl.Boolean)
        return texts.replace_strict(different, passed, default=None, return_dtype=pl.Boolean)

    values = column.values.cast(pl.String)
    return values.map_batches(of_batch, return_dtype=pl.Boolean, is_elementwise=True)


def matching(pattern: Any) -> Test:
    """Whether a regular expression is found in a text, as Python's `re.search` has it."""
    try:
        searched = re.compile(pattern)
    except (re.error, TypeError) as error:
        raise UnsupportedMetricError(f"{pattern!r} is no regular expression: {error}.") from None
    return lambda text: searched.search(text) is not None


def like(pattern: Any, escape: Any, *, ignore_case: bool = False) -> Test:
    """Whether a text is like an SQL pattern: `%` any characters, `_` one.

    Raises:
        UnsupportedMetricError: databases read the pattern in different ways.
    """
    one_character = escape is None or (isinstance(escape, str) and len(escape) == 1)
    if not isinstance(pattern, str) or not one_character:
        raise UnsupportedMetricError(
            f"LIKE {pattern!r} ESCAPE {escape!r}: both are text, the second a character."
        )
    if escape is None and "\\" in pattern:
        raise UnsupportedMetricError(
            f"LIKE {pattern!r}: whether \\ escapes databases disagree on; give escape."
        )
    parts, rest = [], iter(pattern)
    for character in rest:
        literal = next(rest, "") if character == escape else ""
        if literal == "" and character in (escape, "["):
            raise UnsupportedMetricError(
                f"LIKE {pattern!r}: what '{character}' means here databases disagree on."
            )
        parts.append(re.escape(literal) if literal else _WILD.get(character, re.escape(character)))
    whole = re.compile("".join(parts), re.DOTALL | (re.IGNORECASE if ignore_case else 0))
    return lambda text: whole.fullmatch(text) is not None


_WILD = {"%": ".*", "_": "."}


def formatted(layout: Any) -> Test:
    """Whether a text is a date in a layout of `strptime`."""
    if not isinstance(layout, str):
        raise UnsupportedMetricError(f"{layout!r} is no layout of a date.")
    return lambda text: _goes(lambda: datetime.strptime(text, layout), ValueError)  # noqa: DTZ007


def is_json(text: str) -> bool:
    """Whether a text is JSON."""
    return _goes(lambda: json.loads(text), ValueError, RecursionError)


def is_date(text: str) -> bool:
    """Whether `dateutil` reads a date out of a text."""
    return _goes(lambda: parse(text), ValueError, OverflowError)


def json_of(schema: Any) -> Test:
    """Whether a text is JSON that a JSON schema allows; text that is no JSON is an error, as in pandas."""
    return lambda text: _goes(
        lambda: jsonschema.validate(json.loads(text), schema), jsonschema.ValidationError
    )


def _goes(tried: Callable[[], Any], *errors: type[Exception]) -> bool:
    try:
        tried()
    except errors:
        return False
    return True
