"""Which rules did not hold, in the order in which people read of them."""

from collections.abc import Iterable
from typing import Protocol, TypeVar


class Judged(Protocol):
    """A rule and how it went."""

    @property
    def expectation(self) -> str:
        """What was asked, by its name in Great Expectations."""

    @property
    def column(self) -> str | None:
        """Of which column, if of one."""

    @property
    def severity(self) -> str:
        """`critical` or `warning`."""

    @property
    def success(self) -> bool:
        """Whether it held."""


R = TypeVar("R", bound=Judged)


def failed_rules(rules: Iterable[R]) -> list[R]:
    """Rules that did not hold, critical ones first; no warning of what is critical already."""
    failed = [rule for rule in rules if not rule.success]
    critical = [rule for rule in failed if rule.severity == "critical"]
    said = {(rule.expectation, rule.column) for rule in critical}
    return critical + [
        rule for rule in failed if rule.severity != "critical" and (rule.expectation, rule.column) not in said
    ]
