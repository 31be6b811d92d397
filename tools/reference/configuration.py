"""The configuration reference's tables, from template.yaml and steps/shared/settings.py."""

import re
from collections.abc import Iterator, Sequence
from functools import cache
from importlib import import_module
from typing import Any, NamedTuple, get_args

from local.stack.deploy import template
from steps.shared.settings import Settings
from tools.reference.markdown import cell, code, codes

_NAMED = re.compile(r"\$\{([\w:]+)(?:\.\w+)*\}")

_MOST_NAMED = 4
# Set for libraries: what each is to them.
_FOR_LIBRARIES = {
    "POWERTOOLS_SERVICE_NAME": "Powertools: `service` in log lines, and the dimension of metrics.",
    "POWERTOOLS_METRICS_NAMESPACE": "Powertools: the metrics' namespace.",
}


class Reference(NamedTuple):
    """A name of the template, and the keys that lead to where it stands."""

    path: tuple[str, ...]
    name: str


def tables() -> dict[str, Any]:
    """Everything that the page's template shows."""
    document = template()
    groups = document["Metadata"]["AWS::CloudFormation::Interface"]["ParameterGroups"]
    return {
        "groups": [
            (group["Label"]["default"], [_parameter(document, name) for name in group["Parameters"]])
            for group in groups
        ],
        "variables": list(_variables(document)),
        "library_variables": [(code(name), what) for name, what in _FOR_LIBRARIES.items()],
        "outputs": [
            (code(name), cell(output["Description"])) for name, output in document["Outputs"].items()
        ],
    }


def _parameter(document: dict[str, Any], name: str) -> Sequence[str]:
    declared = document["Parameters"][name]
    default = code(declared["Default"]) if declared.get("Default") not in (None, "") else ""
    if "Default" not in declared:
        default = "**none: to be given**"
    return code(name), default, _allowed(declared), cell(declared["Description"]), _used(document, name)


def _used(document: dict[str, Any], name: str) -> str:
    """Where a parameter goes, what goes to many resources under one name told by their number."""
    places: dict[str, list[str]] = {}
    for found in references(document["Resources"]):
        if found.name == name:
            places.setdefault(_property(found), []).append(found.path[0])
    return "; ".join(
        f"{place} of {', '.join(sorted(set(resources)))}"
        if len(resources) <= _MOST_NAMED
        else f"{place} of {len(set(resources))} resources"
        for place, resources in places.items()
    )


def _allowed(declared: dict[str, Any]) -> str:
    if "AllowedValues" in declared:
        return codes(declared["AllowedValues"])
    if "AllowedPattern" in declared:
        return code(declared["AllowedPattern"])
    least, most = declared.get("MinValue"), declared.get("MaxValue")
    if least is not None and most is not None:
        return f"{least:,} to {most:,}"
    return "" if least is None else f"{least:,} or more"


def _property(found: Reference) -> str:
    """Say what a parameter sets: a function's variable, or a resource's property."""
    _, *keys = found.path
    if "Variables" in keys:
        return code(keys[-1])
    return code(".".join(key for key in keys if key != "Properties" and not key.isdigit()))


def _variables(document: dict[str, Any]) -> Iterator[Sequence[str]]:
    """Each variable that a function's settings read: by whom, and what the template sets it to."""
    functions = settings_by_function(document)
    shared = document["Globals"]["Function"]["Environment"]["Variables"]
    found: dict[str, dict[str, Any]] = {}
    for function, model in functions.items():
        own = document["Resources"][function]["Properties"].get("Environment", {}).get("Variables", {})
        for field, info in model.model_fields.items():
            one = found.setdefault(field.upper(), {"by": [], "type": _type(info.annotation), "default": ""})
            one["by"].append(function.removesuffix("Function"))
            one["set"] = _set_to(document, (shared | own)[field.upper()])
            if not info.is_required():
                one["default"] = code(info.default)
    for name, one in found.items():
        yield code(name), ", ".join(one["by"]), one["type"], one["default"], one["set"]


def settings_by_function(document: dict[str, Any]) -> dict[str, type[Settings]]:
    """Find the settings of each of the template's functions: the one model in its handler's module."""
    found = {}
    for name, resource in document["Resources"].items():
        if resource["Type"] != "AWS::Serverless::Function":
            continue
        properties = resource["Properties"]
        handler = (
            properties["Handler"] if "Handler" in properties else properties["ImageConfig"]["Command"][0]
        )
        module = import_module(handler.rpartition(".")[0])
        (found[name],) = (
            value
            for value in vars(module).values()
            if isinstance(value, type) and issubclass(value, Settings)
        )
    return found


def _type(annotation: Any) -> str:
    if annotation in (int, float, str):
        return {int: "whole number", float: "number", str: "text"}[annotation]
    return codes(get_args(annotation)).replace("`, `", "` or `")


def _set_to(document: dict[str, Any], value: Any) -> str:
    if isinstance(value, str):
        return code(value)
    name = value["Ref"]
    if name in document["Parameters"]:
        return f"parameter {code(name)}"
    kind = re.sub(r"^AWS::\w+::", "", document["Resources"][name]["Type"])
    return f"{kind.lower()} {code(name)}"


def references(node: Any, path: tuple[str, ...] = ()) -> Iterator[Reference]:
    """Every reference in a part of the template; of a condition's name, those of the condition."""
    if isinstance(node, list):
        for index, item in enumerate(node):
            yield from references(item, (*path, _label(item, index)))
    elif isinstance(node, dict):
        for key, value in node.items():
            yield from _of_key(key, value, path)


def _of_key(key: str, value: Any, path: tuple[str, ...]) -> Iterator[Reference]:
    if key == "Ref":
        yield Reference(path, value)
    elif key == "Fn::GetAtt":
        yield Reference(path, value[0])
    elif key == "Fn::Sub":
        yield from (Reference(path, name) for name in _NAMED.findall(value))
    elif key == "Fn::If":
        yield from references(_conditions()[value[0]], path)
        yield from references(value[1:], path)
    elif key == "Condition" and isinstance(value, str):
        yield from references(_conditions()[value], (*path, key))
    elif key.startswith("Fn::"):
        yield from references(value, path)
    else:
        yield from references(value, (*path, key))


@cache
def _conditions() -> dict[str, Any]:
    """Read the template's conditions, once: the file takes half a second and each is asked for often."""
    return dict(template()["Conditions"])


def _label(item: Any, index: int) -> str:
    """Say what an item of a list is known by: its `Id` or `Sid`, else its place."""
    return str(item.get("Id", item.get("Sid", index))) if isinstance(item, dict) else str(index)
