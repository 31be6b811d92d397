"""Thresholds of the gate as `vf check` takes them: `NAME=VALUE`, named as template.yaml's parameters."""

from collections.abc import Sequence
from dataclasses import fields, replace

from pydantic.alias_generators import to_pascal

from expectations.thresholds import Thresholds

# A parameter of the template by the field that it sets.
PARAMETERS = {to_pascal(field.name): field.name for field in fields(Thresholds)}


class ToleratedError(Exception):
    """A threshold that is none; the text says which, and what there is."""


def tolerated(given: Sequence[str]) -> Thresholds:
    """Returns a stack's default thresholds with some of them set, the last one of a name counting.

    Raises:
        ToleratedError: a name that is no threshold's, or a value that is no number of 0 or more.
    """
    thresholds = Thresholds()
    for one in given:
        name, _, value = one.partition("=")
        if name not in PARAMETERS:
            raise ToleratedError(f"'{name}' is no threshold of the gate; there are {', '.join(PARAMETERS)}.")
        try:
            number = float(value)
        except ValueError:
            number = -1.0
        if not 0 <= number < float("inf"):
            raise ToleratedError(f"'{one}' sets no threshold: give a number of 0 or more, as in {name}=0.8.")
        thresholds = replace(thresholds, **{PARAMETERS[name]: number})
    return thresholds
