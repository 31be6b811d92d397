"""The schema version that every stream record, message and dead letter names (SPEC 2).

One number for all of them. It rises when a reader that does not know of a change would misread what is
written; a new field that may be ignored is none. What names no version was written before there were any, in
version 1's layout.
"""

from typing import Annotated, Any

from pydantic import AfterValidator, ValidationError

SCHEMA_VERSION = 1
FIELD = "schemaVersion"


def known(version: Any) -> Any:
    """Let pass a version that this code reads.

    Raises:
        ValueError: it is a newer one, or none at all.
    """
    if version is None or (isinstance(version, int) and 1 <= version <= SCHEMA_VERSION):
        return version
    raise ValueError(f"versions up to {SCHEMA_VERSION} are read here; deploy or install what wrote it")


Version = Annotated[int | None, AfterValidator(known)]


def problems_of(error: ValidationError) -> list[Any]:
    """Return what is wrong, without any value; of an unknown version nothing else can be said."""
    problems = error.errors(include_input=False, include_url=False, include_context=False)
    return [one for one in problems if one["loc"] == (FIELD,)] or problems
