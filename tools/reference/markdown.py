"""What every generated page needs of Markdown: tables, names in code, anchors as GitHub makes them."""

import re
from collections.abc import Iterable, Sequence


def table(rows: Iterable[Sequence[str]], *head: str) -> str:
    """Give a table; an empty one is an error, since it would say that there is nothing of a kind."""
    lines = [head, ["---"] * len(head), *rows]
    if len(lines) == 2:
        raise ValueError(f"No row for the table {head}.")
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def slug(heading: str) -> str:
    """Give a heading's anchor on GitHub, given its text as it is read (without marks); repeats aside."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def code(value: object) -> str:
    """Give a name or a value as it stands in code, fit for a table's cell."""
    return f"`{cell(str(value))}`"


def codes(values: Iterable[object]) -> str:
    """Several of them."""
    return ", ".join(code(value) for value in values)


def cell(text: str) -> str:
    """Text on one line, in which no bar ends the cell."""
    return re.sub(r"\s+", " ", text).strip().replace("|", "\\|")
