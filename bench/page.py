"""Figures into a Markdown page: what stands between two marks is replaced, the words around it stay."""

import re
from collections.abc import Sequence
from pathlib import Path

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text


class NoMarksError(Exception):
    """The page has no place for these figures; the text says which marks it lacks."""


def write_figures(page: Path, section: str, machine: str, parts: Sequence[RenderableType]) -> None:
    """Put tables and sentences between `<!-- SECTION -->` and `<!-- end of SECTION -->`.

    Raises:
        NoMarksError: the page lacks the marks.
    """
    begin, end = f"<!-- {section} -->", f"<!-- end of {section} -->"
    text = page.read_text()
    if begin not in text or end not in text:
        raise NoMarksError(f"{page} lacks the lines '{begin}' and '{end}'.")
    body = "\n\n".join([machine, *(_markdown(part) for part in parts)])
    before, after = text.partition(begin)[0], text.partition(end)[2]
    page.write_text(f"{before}{begin}\n{body}\n{end}{after}")


def _markdown(part: RenderableType) -> str:
    if not isinstance(part, Table):
        return f"- {part}"
    columns = [[_plain(column.header), *(_plain(cell) for cell in column.cells)] for column in part.columns]
    head, *rows = (" | ".join(row) for row in zip(*columns, strict=True))
    rule = "|".join("---:" if column.justify == "right" else "---" for column in part.columns)
    lines = "\n".join(f"| {row} |" for row in rows)
    title = "" if part.title is None else f"**{_plain(part.title)}**\n\n"
    return f"{title}| {head} |\n|{rule}|\n{lines}"


def _plain(cell: RenderableType) -> str:
    return re.sub(r"([|<_*])", r"\\\1", Text.from_markup(str(cell)).plain)
