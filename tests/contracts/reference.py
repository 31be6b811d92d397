"""What the pages of reference have to say, row by row, read from what they are about.

Cells are as a reader sees them, marks of Markdown around them and a bar in them as itself.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any, get_args

import polars as pl

from expectations.report.reasons import REASONS
from local.stack.deploy import template
from local.stack.packaging import ROOT
from pipelines import fanlist, scrubbed
from pipelines.schema import Column
from steps.shared.settings import Settings
from tests.contracts.asl import State
from tests.contracts.documents import tokens

Row = tuple[str, ...]

CONFIGURATION, DICTIONARY, STATES = (
    ROOT / "docs" / f"{name}.md" for name in ("configuration", "data-dictionary", "state-machines")
)
# Once: reading it takes half a second.
TEMPLATE = template()
TYPES = {
    pl.String(): "text",
    pl.Float64(): "number",
    pl.Boolean(): "flag",
    pl.UInt32(): "whole number",
    pl.List(pl.String()): "list of texts",
}


def tables(page: Path, heading: str) -> list[list[Row]]:
    """The tables below a heading and above the next one, without their heads."""
    found: list[list[Row]] = []
    under, in_body, last = "", False, ""
    for token in tokens(page):
        if token.type == "inline" and last == "heading_open":
            under = token.content
        elif under == heading:
            if token.type == "tbody_open":
                found.append([])
            in_body = token.type == "tbody_open" or (in_body and token.type != "tbody_close")
            if in_body and token.type == "tr_open":
                found[-1].append(())
            elif in_body and token.type == "inline":
                found[-1][-1] += (token.content,)
        last = token.type
    return found


def compare(page: Path, heading: str, found: Iterable[Row], expected: Sequence[Row]) -> None:
    """Fail with what to put where."""
    listed = list(found)
    place = f"{page.relative_to(ROOT)}, {heading}"
    for row in expected:
        assert row in listed, (
            f"{place}, lacks: | {' | '.join(cell.replace('|', chr(92) + '|') for cell in row)} |"
        )
    assert listed == list(expected), (
        f"{place}: other rows, or another order, than {[row[0] for row in expected]}"
    )


def parameters() -> Iterator[tuple[str, list[Row]]]:
    """Each group of the template's parameters, and a row for each."""
    declared = TEMPLATE["Parameters"]
    for group in TEMPLATE["Metadata"]["AWS::CloudFormation::Interface"]["ParameterGroups"]:
        yield group["Label"]["default"], [_parameter(name, declared[name]) for name in group["Parameters"]]


def _parameter(name: str, declared: Mapping[str, Any]) -> Row:
    default = declared.get("Default", "**none: to be given**")
    shown = f"`{default}`" if "Default" in declared and default != "" else default
    least, most = declared.get("MinValue"), declared.get("MaxValue")
    allowed = ", ".join(f"`{value}`" for value in declared.get("AllowedValues", []))
    if "AllowedPattern" in declared:
        allowed = f"`{declared['AllowedPattern']}`"
    elif least is not None:
        allowed = f"{least:,} or more" if most is None else f"{least:,} to {most:,}"
    return f"`{name}`", shown, allowed, _line(declared["Description"])


def variables() -> list[Row]:
    """Each variable that a function's settings read: by whom, and what the template sets it to."""
    shared = TEMPLATE["Globals"]["Function"]["Environment"]["Variables"]
    found: dict[str, Row] = {}
    for function, model in settings_by_function(TEMPLATE).items():
        properties = TEMPLATE["Resources"][function]["Properties"]
        values = shared | properties.get("Environment", {}).get("Variables", {})
        for field, info in model.model_fields.items():
            name, reader = field.upper(), function.removesuffix("Function")
            readers = f"{found[name][1]}, {reader}" if name in found else reader
            default = "" if info.is_required() else f"`{info.default}`"
            found[name] = f"`{name}`", readers, _type(info.annotation), default, _set_to(values[name])
    return list(found.values())


def _type(annotation: Any) -> str:
    known = {int: "whole number", float: "number", str: "text"}
    return known.get(annotation) or " or ".join(f"`{value}`" for value in get_args(annotation))


def _set_to(value: Any) -> str:
    if isinstance(value, str):
        return f"`{value}`"
    name = value["Ref"]
    if name in TEMPLATE["Parameters"]:
        return f"parameter `{name}`"
    return f"{TEMPLATE['Resources'][name]['Type'].rpartition('::')[2].lower()} `{name}`"


def settings_by_function(document: Mapping[str, Any]) -> dict[str, type[Settings]]:
    """The settings of each of the template's functions: the one model in its handler's module."""
    found = {}
    for name, resource in document["Resources"].items():
        if resource["Type"] == "AWS::Serverless::Function":
            properties = resource["Properties"]
            handler = properties.get("Handler") or properties["ImageConfig"]["Command"][0]
            values = vars(import_module(handler.rpartition(".")[0])).values()
            (found[name],) = (one for one in values if isinstance(one, type) and issubclass(one, Settings))
    return found


def outputs() -> list[Row]:
    """The template's outputs."""
    return [(f"`{name}`", _line(one["Description"])) for name, one in TEMPLATE["Outputs"].items()]


def in_file(column: Column) -> Row:
    """A column of a file."""
    needed = "yes" if column.required else f"one {column.one_of}" if column.one_of else ""
    name, *described = on_stream(column)
    return name, needed, *described


def on_stream(column: Column) -> Row:
    """A field of a stream's record."""
    personal, words = "yes" if column.personal else "", _line(column.description)
    return f"`{column.name}`", TYPES[column.dtype], column.unit or "", column.owner, personal, words


def reasons() -> list[Row]:
    """Every reason in the contract's order: which kinds of file have it, and what it means."""
    listed = {
        "scrubbed": [rule.reason for rule in scrubbed.rules_of("campaign")],
        "fanlist": [rule.reason for rule in fanlist.rules_of("campaign")],
    }
    rows: list[Row] = []
    for reason in dict.fromkeys(listed["scrubbed"] + listed["fanlist"]):
        kinds = [kind for kind, own in listed.items() if reason in own]
        words = REASONS.get(reason, "(first its words in expectations/report/reasons.py)")
        rows.append((f"`{reason}`", "both" if len(kinds) == 2 else kinds[0], _line(words)))
    return rows


def items() -> dict[tuple[str, str], set[str]]:
    """What the dictionary says of the table's items: attributes by partition key and sort key."""
    heads = [
        re.match(r"\*\*`(.+?)`\*\* under `(.+?)`: ", token.content)
        for token in tokens(DICTIONARY)
        if token.type == "inline"
    ]
    keys = [(found[2], found[1]) for found in heads if found]
    attributes = [{name.strip("`") for name, _ in rows} for rows in tables(DICTIONARY, "Campaigns and runs")]
    return dict(zip(keys, attributes, strict=True))


def state_row(name: str, state: State, functions: Mapping[str, Mapping[str, Any]]) -> Row:
    """A state's name, kind, description (a Fail's and a Succeed's end aside), timeout, retries, catches."""
    called = [functions[function]["Description"] for function in _functions(state)]
    kind = f"{state['Type']}: {' or '.join(_functions(state))}" if called else state["Type"]
    return (
        f"**{name}**",
        kind,
        _line(state.get("Comment") or "".join(called)),
        f"{state['TimeoutSeconds']:,} s" if "TimeoutSeconds" in state else "",
        "; ".join(_retry(rule) for rule in state.get("Retry", [])),
        "; ".join(f"{_errors(rule)}: {rule['Next']}" for rule in state.get("Catch", [])),
    )


def _functions(state: State) -> list[str]:
    """The functions that a task calls, one for each machine where they differ."""
    if state["Type"] != "Task":
        return []
    variable = state["Parameters"]["FunctionName"].strip("${}")
    bound = (
        resource["Properties"]["DefinitionSubstitutions"][variable]["Fn::GetAtt"][0]
        for resource in TEMPLATE["Resources"].values()
        if resource["Type"] == "AWS::Serverless::StateMachine"
    )
    return list(dict.fromkeys(bound))


def _errors(rule: State) -> str:
    return "any error" if rule["ErrorEquals"] == ["States.ALL"] else ", ".join(rule["ErrorEquals"])


def _retry(rule: State) -> str:
    """How often, and the longest waits (s): with full jitter each is anything from none to that."""
    turns = range(rule["MaxAttempts"])
    waits = [rule["IntervalSeconds"] * rule["BackoffRate"] ** turn for turn in turns]
    longest = dict.fromkeys(f"{min(wait, rule.get('MaxDelaySeconds', wait)):g}" for wait in waits)
    return f"{_errors(rule)}: {rule['MaxAttempts']} times, after up to {', '.join(longest)} s"


def _line(text: str) -> str:
    return " ".join(text.split())
