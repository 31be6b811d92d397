"""What a reader follows in the documents leads somewhere: links, anchors, `vf` commands, make targets."""

import re
import shlex
from pathlib import Path

import pytest

from local.stack.packaging import ROOT
from tests.contracts.documents import DOCUMENTS, anchors, can_be_given, links, shell_lines, tokens

each_document = pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.relative_to(ROOT).as_posix())
TARGETS = set(re.findall(r"^([a-z][a-z-]*):", (ROOT / "Makefile").read_text(), flags=re.M))
# As README's table writes usages: what may be left out, and what stands for a value.
_USAGE = re.compile(r"[\[\]|\u2026]|\.\.\.")


def test_the_documents_are_found() -> None:
    assert {"README.md", "CHANGELOG.md", "SECURITY.md", "SPEC.md", "operations.md"} <= {
        p.name for p in DOCUMENTS
    }
    assert "build-" not in TARGETS
    assert {"demo", "test", "check", "reference"} <= TARGETS


@each_document
def test_every_link_leads_somewhere(path: Path) -> None:
    for link in links(path):
        if re.match(r"(https|mailto):", link):
            continue
        place, _, anchor = link.partition("#")
        target = (path.parent / place).resolve() if place else path
        assert target.exists(), f"{path.name}: no file for the link '{link}'"
        assert target.is_relative_to(ROOT), f"{path.name}: '{link}' leads out of the repository"
        if anchor:
            assert target.suffix == ".md", link
            assert anchor in anchors(target), f"{path.name}: no heading for the link '{link}'"


@each_document
def test_every_page_of_docs_is_reached_from_its_index(path: Path) -> None:
    docs = ROOT / "docs"
    if path.parent == docs and path.name != "README.md":
        reached = {(docs / link.partition("#")[0]).resolve() for link in links(docs / "README.md")}
        assert path in reached, f"docs/README.md has no link to {path.name}"


def _commands(program: str) -> list[tuple[str, str]]:
    return sorted(
        {(path.name, line) for path in DOCUMENTS for line in shell_lines(path) if line.split()[0] == program}
    )


@pytest.mark.parametrize(
    ("document", "command"), [one for one in _commands("vf") if not _USAGE.search(one[1])]
)
def test_every_command_can_be_given(
    document: str, command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    can_be_given(command)


@pytest.mark.parametrize(("document", "command"), _commands("make"))
def test_every_make_target_is_there(document: str, command: str) -> None:
    named = [word for word in shlex.split(command)[1:] if "=" not in word and not word.startswith("-")]
    assert set(named) <= TARGETS


@each_document
def test_no_code_block_is_without_a_language(path: Path) -> None:
    """What is not told apart cannot be checked."""
    assert [block.content for block in tokens(path) if block.type == "fence" and not block.info] == []
