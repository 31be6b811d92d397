"""The tables of the engine's README, made from what it does: `python -m tests.expectations.support`."""

import sys
from collections import Counter
from functools import cache
from pathlib import Path
from typing import Any

import expectations.polars_engine
from expectations.polars_engine.metrics import METRICS
from tests.expectations.engines import Outcome, by_pandas, by_polars
from tests.expectations.examples import Example, all_expectations, examples

README = Path(expectations.polars_engine.__file__).parent / "README.md"
# What the engine refuses whatever the column: expectations that it has no answer to.
_SQL = "it is a query in SQL, and a frame is asked in none"

REFUSED: dict[str, str] = {
    "ExpectColumnValuesToNotBeOutliers": "a value on a fence is in or out by a float's last digit",
    "ExpectMulticolumnValuesToBeUnique": (
        "Great Expectations has retired it: use ExpectSelectColumnValuesToBeUniqueWithinRecord"
    ),
    "ExpectQueryResultsToMatchComparison": _SQL,
    "ExpectTableRowCountToEqualOtherTable": "a batch is one frame, with no other table beside it",
    "UnexpectedRowsExpectation": _SQL,
}
BEGINS, ENDS = "<!-- made by python -m tests.expectations.support -->", "<!-- end of what is made -->"


@cache
def judged(name: str) -> list[tuple[Example, Outcome, Outcome]]:
    """Each example of an expectation, what our engine says of it and what pandas says."""
    found = []
    for each in examples(name):
        (ours,), (theirs,) = (engine(each.frame, [each.expectation]) for engine in (by_polars, by_pandas))
        found.append((each, ours, theirs))
    return found


def counts(name: str) -> Counter[str]:
    """How many examples of an expectation were run, agreed with pandas or were refused."""
    told = Counter({"run": 0, "agreed": 0, "refused": 0})
    for _, ours, theirs in judged(name):
        told["run"] += 1
        told["refused"] += bool(ours.error)
        told["agreed"] += not ours.error and ours.agrees(theirs)
    return told


def answered(name: str) -> bool:
    """Whether the engine has all metrics that an expectation needs for its verdict."""
    expectation: Any = all_expectations()[name]
    mapped = getattr(expectation, "map_metric", None)
    return name not in REFUSED and (not mapped or f"{mapped}.unexpected_count" in METRICS or name in _BY_TYPE)


_BY_TYPE = ("ExpectColumnValuesToBeOfType", "ExpectColumnValuesToBeInTypeList")


def tables() -> str:
    """What is answered, with its examples, and what is refused, with the reason."""
    lines = ["| answered | examples run | agree with pandas | refused |", "|---|---:|---:|---:|"]
    total: Counter[str] = Counter()
    for name in filter(answered, all_expectations()):
        told = counts(name)
        total += told
        lines.append(f"| `{name}` | {told['run']} | {told['agreed']} | {told['refused']} |")
    lines.append(f"| all | {total['run']} | {total['agreed']} | {total['refused']} |")
    lines += ["", "| refused whole | because |", "|---|---|"]
    lines += [f"| `{name}` | {reason} |" for name, reason in sorted(REFUSED.items())]
    return "\n".join(lines)


def page() -> str:
    """The README with its tables made anew."""
    before, _, rest = README.read_text(encoding="utf-8").partition(BEGINS)
    _, _, after = rest.partition(ENDS)
    return f"{before}{BEGINS}\n\n{tables()}\n\n{ENDS}{after}"


if __name__ == "__main__":
    README.write_text(page(), encoding="utf-8")
    sys.stdout.write(f"{README}\n")
