"""Records the terminal session of README.md: `make recording` runs `make demo` in a terminal of its own.

What stands on the screen in the end is drawn as an SVG: no line of it is written by hand.
"""

import itertools
import os
import pty
import re
import sys
from collections.abc import Sequence

import pyte
from rich.console import Console
from rich.style import Style
from rich.terminal_theme import SVG_EXPORT_THEME
from rich.text import Text

from local.stack.packaging import ROOT

OUT = ROOT / "docs" / "demo.svg"
COLUMNS, LINES = 104, 200
_BRIGHT = "bright"
_CHUNK = 65_536
# A picture shows what it was given, whoever looks at it: no fonts from elsewhere.
_FONT_FACES = re.compile(r"@font-face \{.*?\}\s*", re.DOTALL)


def record(command: Sequence[str]) -> pyte.Screen:
    """Run a command in a pseudo-terminal and return the screen that it leaves.

    Raises:
        SystemExit: the command failed; its own words are in the text.
    """
    screen = pyte.Screen(COLUMNS, LINES)
    stream = pyte.ByteStream(screen)

    def read(terminal: int) -> bytes:
        shown = os.read(terminal, _CHUNK)
        stream.feed(shown)
        return shown

    # Rich takes a terminal's size from these two; a pseudo-terminal has none of its own.
    size = (f"COLUMNS={COLUMNS}", f"LINES={LINES}")
    if pty.spawn(["env", "TERM=xterm-256color", *size, *command], read):
        raise SystemExit("\n".join(screen.display).rstrip() + f"\n'{' '.join(command)}' failed.")
    return screen


def text_of(screen: pyte.Screen) -> Text:
    """Give the screen's lines down to the last one with something on it, in their colours."""
    written = max((number for number, line in enumerate(screen.display) if line.strip()), default=-1) + 1
    lines = []
    for number in range(written):
        cells = (screen.buffer[number][column] for column in range(COLUMNS))
        alike = itertools.groupby(cells, key=_style)
        line = Text.assemble(*(("".join(cell.data for cell in run), style) for style, run in alike))
        line.rstrip()
        lines.append(line)
    return Text("\n").join(lines)


def _style(cell: pyte.screens.Char) -> Style:
    return Style(color=_colour(cell.fg), bgcolor=_colour(cell.bg), bold=cell.bold, italic=cell.italics)


def _colour(name: str) -> str | None:
    if name == "default":
        return None
    if re.fullmatch(r"[0-9a-f]{6}", name):
        return f"#{name}"
    plain = name.removeprefix(_BRIGHT).replace("brown", "yellow")
    return f"bright_{plain}" if name.startswith(_BRIGHT) else plain


def drawn(prompt: str, screen: pyte.Screen) -> str:
    """Give the session as an SVG: the command as it was typed, and the screen below it."""
    with open(os.devnull, "w", encoding="utf-8") as nowhere:
        console = Console(
            record=True, width=COLUMNS, file=nowhere, force_terminal=True, color_system="truecolor"
        )
        console.print(Text.assemble(("$ ", "bold green"), (prompt, "bold")))
        console.print(text_of(screen), no_wrap=True)
        svg = console.export_svg(title=prompt, theme=SVG_EXPORT_THEME, unique_id="session")
    return _FONT_FACES.sub("", svg)


def main() -> None:
    """Write the picture."""
    screen = record(["make", "--no-print-directory", "--directory", str(ROOT), "demo"])
    OUT.write_text(drawn("make demo", screen), encoding="utf-8")
    sys.stdout.write(f"{OUT}\n")


if __name__ == "__main__":
    main()
