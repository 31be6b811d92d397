"""What every generated page needs of Markdown: cells, names in code, anchors as GitHub makes them."""

import re
from collections.abc import Iterable


def slug(heading: str) -> str:
    """A heading's anchor on GitHub, given its text as it is read (without marks); repeats aside."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def code(value: object) -> str:
    """A name or a value as it stands in code, fit for a table's cell."""
    return f"`{cell(str(value))}`"


def codes(values: Iterable[object]) -> str:
    """Several of them."""
    return ", ".join(code(value) for value in values)


def cell(text: str) -> str:
    """Text on one line, in which no bar ends the cell."""
    return re.sub(r"\s+", " ", text).strip().replace("|", "\\|")
