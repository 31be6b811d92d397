"""The generated pages of docs/ are what the code makes, and what they are read from says the same."""

import json
from collections.abc import Iterator

import pytest

from local.stack.deploy import template
from local.stack.packaging import ROOT
from pipelines.schema import FANLIST_FILE_COLUMNS, FILE_COLUMNS, RECORD_COLUMNS
from steps.shared.settings import Settings
from tests.contracts import asl
from tools.reference.configuration import references
from tools.reference.machines import Machine, UndrawableError, condition
from tools.reference.markdown import cell, slug, table
from tools.reference.pages import PAGES


@pytest.mark.parametrize("place", PAGES)
def test_a_page_is_as_committed(place: str) -> None:
    same = (ROOT / place).read_text(encoding="utf-8") == PAGES[place]()
    assert same, f"{place} is stale: run `make reference`"


def test_the_dictionary_has_every_column() -> None:
    page = PAGES["docs/data-dictionary.md"]()
    for column in (*FILE_COLUMNS, *FANLIST_FILE_COLUMNS, *RECORD_COLUMNS):
        assert f"| `{column.name}` |" in page


def test_the_configuration_has_every_parameter_and_no_parameter_is_idle() -> None:
    page = PAGES["docs/configuration.md"]()
    document = template()
    used = {found.name for found in references(document["Resources"])}
    for name in document["Parameters"]:
        assert f"| `{name}` |" in page
        assert name in used


def test_the_chart_has_every_state() -> None:
    machine = Machine.read(template()["Resources"])
    assert {name for name, _ in machine.states()} == {name for name, _ in asl.states(asl.load())}


def test_a_default_is_the_templates() -> None:
    """A variable that is not set is read as the template would have set it."""
    document = template()
    defaults = {name: one.get("Default") for name, one in document["Parameters"].items()}
    parameters = {
        found.path[-1].lower(): defaults[found.name]
        for found in references(document["Resources"])
        if "Variables" in found.path and defaults.get(found.name) is not None
    }
    compared = 0
    for model in _every(Settings):
        for field, info in model.model_fields.items():
            if field in parameters and not info.is_required():
                assert info.default == parameters[field], f"{model.__name__}.{field}"
                compared += 1
    assert compared > 3


def _every(model: type[Settings]) -> Iterator[type[Settings]]:
    for kind in model.__subclasses__():
        yield kind
        yield from _every(kind)


def test_a_choice_without_words_is_not_drawn() -> None:
    with pytest.raises(UndrawableError):
        condition({"Variable": "$.x", "StringMatches": "a*"})


def test_a_choice_in_words() -> None:
    both = {"And": [{"Variable": "$.a", "IsNull": False}, {"Variable": "$.b.c", "StringEquals": "x"}]}
    assert condition(json.loads(json.dumps(both))) == "a is there and b.c is x"


def test_markdown() -> None:
    assert cell("a | b\n c") == r"a \| b c"
    assert slug("`vf`, and More: it's") == "vf-and-more-its"
    with pytest.raises(ValueError, match="No row"):
        table([], "a")
