"""The generated pages: what each is made of. `make reference` writes them anew."""

import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from local.stack.deploy import template
from local.stack.packaging import ROOT
from tools.reference import configuration, dictionary, markdown
from tools.reference.machines import Machine, flowchart

_TEMPLATES = Path(__file__).parent / "templates"


def data_dictionary() -> str:
    """Every column, stream record, reason, item and object."""
    return _rendered("data-dictionary.md.j2", **dictionary.tables())


def configuration_reference() -> str:
    """Every parameter and output of the template, every variable of a function."""
    return _rendered("configuration.md.j2", **configuration.tables())


def state_machines() -> str:
    """Every state, drawn and listed."""
    resources = template()["Resources"]
    functions = {
        name: resource["Properties"]["Description"]
        for name, resource in resources.items()
        if resource["Type"] == "AWS::Serverless::Function"
    }
    machine = Machine.read(resources)
    rows = machine.rows(functions)
    return _rendered("state-machines.md.j2", machine=machine, chart=flowchart(machine), states=rows)


PAGES: dict[str, Callable[[], str]] = {
    "docs/data-dictionary.md": data_dictionary,
    "docs/configuration.md": configuration_reference,
    "docs/state-machines.md": state_machines,
}


@cache
def _environment() -> Environment:
    # Markdown, not HTML: what stands in cells is escaped by `cell`.
    environment = Environment(  # noqa: S701
        loader=FileSystemLoader(_TEMPLATES),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters |= {"table": markdown.table, "cell": markdown.cell, "slug": markdown.slug}
    return environment


def _rendered(name: str, **values: object) -> str:
    return _environment().get_template(name).render(**values)


def main() -> None:
    """Write every page and say which."""
    for place, page in PAGES.items():
        (ROOT / place).write_text(page(), encoding="utf-8")
        sys.stdout.write(f"{place}\n")


if __name__ == "__main__":
    main()
