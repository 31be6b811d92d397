"""Reads the documents for the contract tests: headings, links, and the commands that they give."""

import re
import shlex
from collections import Counter
from collections.abc import Iterator
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import typer
from markdown_it import MarkdownIt
from markdown_it.token import Token

from local.cli import app
from local.stack.packaging import ROOT

# Beside these, docs/data-quality holds what `vf demo` left on this machine.
DOCUMENTS = sorted(
    path
    for pattern in ("*.md", "docs/*.md", "samples/*.md", "bench/*.md", ".github/**/*.md")
    for path in ROOT.glob(pattern)
)


def slug(heading: str) -> str:
    """A heading's anchor on GitHub, given its text as it is read (without marks); repeats aside."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


@cache
def tokens(path: Path) -> list[Token]:
    """A document's blocks, in order."""
    return MarkdownIt("commonmark").enable("table").parse(path.read_text(encoding="utf-8"))


@cache
def anchors(path: Path) -> frozenset[str]:
    """The anchors of a document's headings, as GitHub makes them; a repeat gets a number."""
    seen: Counter[str] = Counter()
    found = set()
    blocks = tokens(path)
    for opening, inline in pairwise(blocks):
        if opening.type == "heading_open":
            name = slug("".join(part.content for part in inline.children or []))
            found.add(f"{name}-{seen[name]}" if seen[name] else name)
            seen[name] += 1
    return frozenset(found)


def links(path: Path) -> Iterator[str]:
    """Where a document's links and pictures lead."""
    for block in tokens(path):
        for part in block.children or []:
            if part.type in ("link_open", "image"):
                yield str(part.attrs.get("href") or part.attrs["src"])


def shell_lines(path: Path) -> Iterator[str]:
    """The lines of a document's shell blocks, comments aside, continued ones as one."""
    for block in tokens(path):
        if block.type == "fence" and block.info in ("sh", "console"):
            for line in block.content.replace("\\\n", " ").splitlines():
                command = re.sub(r"\s+#.*$", "", line.strip())
                shown = block.info == "sh" or command.startswith("$ ")
                if command and shown and not command.startswith("#"):
                    yield command.removeprefix("$ ")


def can_be_given(command: str) -> None:
    """Parses a `vf` command without carrying it out; what is no option of it is an error.

    Score files that it names are put into the current folder.
    """
    program, *arguments = shlex.split(command)
    assert program == "vf"
    for file in arguments:
        if file.endswith(".csv") and "/" not in file:
            Path(file).touch()
    found: Any = typer.main.get_command(app)
    while hasattr(found, "resolve_command"):
        name, found, arguments = found.resolve_command(found.make_context(program, [arguments[0]]), arguments)
        assert name is not None
    assert found.make_context(command, arguments).params
