"""What a terminal shows in the end, as a picture. Cannot see: how a browser shows it."""

import re
from pathlib import Path

import pytest
from rich.terminal_theme import SVG_EXPORT_THEME

from local.stack.packaging import ROOT
from tools.recording import drawn, record


def asks_nobody(svg: str) -> bool:
    """Whether nothing in a picture is loaded from elsewhere."""
    return not re.search(r"url\(\s*[\"']?\w+:|@import|@font-face|href=", svg)


def test_the_last_screen_is_drawn_in_its_colours(tmp_path: Path) -> None:
    shown = r"printf 'half done\r\033[32mall done \033[0m\n\033[1mbold\033[0m & <plain>\n'"
    svg = drawn("demo", record(["sh", "-c", shown]))
    text = re.sub(r"<[^>]+>", "", svg).replace("&#160;", " ")
    assert "all done" in text
    assert "half" not in text
    assert "&amp; &lt;plain&gt;" in text
    assert SVG_EXPORT_THEME.ansi_colors[2].hex in svg
    assert asks_nobody(svg)


def test_a_command_that_fails_is_not_drawn() -> None:
    with pytest.raises(SystemExit, match="no such demo"):
        record(["sh", "-c", "echo no such demo; exit 3"])


def test_readmes_picture_is_of_this_version_of_the_command() -> None:
    svg = (ROOT / "docs" / "demo.svg").read_text(encoding="utf-8")
    text = re.sub(r"<[^>]+>", "", svg).replace("&#160;", " ")
    for said in ("make demo", "Posted to Slack", "Rejected because", "first-choice fans sent"):
        assert said in text
    assert asks_nobody(svg)
