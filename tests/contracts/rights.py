"""The list of rights, function by function, as docs/security.md holds it: read from the template.

`python -m tests.contracts.rights` prints it.
"""

import re
from typing import Any

from local.stack.deploy import template


def table() -> str:
    """Markdown: one row a statement."""
    lines = ["| function | may | to |", "|---|---|---|"]
    for name, resource in template()["Resources"].items():
        if resource["Type"] == "AWS::Serverless::Function":
            lines += _rows(name.removesuffix("Function"), resource["Properties"]["Policies"])
    return "\n".join(lines) + "\n"


def _rows(function: str, policies: list[dict[str, Any]]) -> list[str]:
    rows = []
    for statement in (statement for policy in policies for statement in policy["Statement"]):
        actions = ", ".join(_listed(statement["Action"]))
        places = ", ".join(f"`{_place(resource)}`" for resource in _listed(statement["Resource"]))
        rows.append(f"| {function} | {actions} | {places}{_only(statement)} |")
    return rows


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _place(resource: Any) -> str:
    """`PipelineBucket/staging/*` rather than an ARN."""
    if isinstance(resource, str):
        return resource
    if "Fn::GetAtt" in resource:
        return str(resource["Fn::GetAtt"][0] + ("" if resource["Fn::GetAtt"][1] == "Arn" else "'s stream"))
    text = resource["Fn::Sub"]
    return (
        re.sub(r"\$\{(\w+)\.Arn\}", r"\1", text).rpartition(":secret:")[2].replace("${AWS::StackName}/", "")
    )


def _only(statement: dict[str, Any]) -> str:
    """A condition's keys or prefixes."""
    found = [
        value
        for operator, test in statement.get("Condition", {}).items()
        if operator != "Null"
        for values in test.values()
        for value in _listed(values)
    ]
    return f", only {', '.join(f'`{value}`' for value in found)}" if found else ""


if __name__ == "__main__":
    print(table(), end="")  # noqa: T201
