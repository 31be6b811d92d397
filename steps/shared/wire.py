"""How typed values go over the wire and into stored documents.

Wire names are camelCase (the contract), Python names snake_case; `Payload.wire` and
`model_validate` go from one to the other. Rows never stand in any of these: only URIs and counts.

Every stream record, message and dead letter names one schema version (SPEC 2). It rises when a reader that
does not know of a change would misread what is written; a new field that may be ignored is none. What names
no version was written before there were any, in version 1's layout.
"""

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, ValidationError
from pydantic.alias_generators import to_camel

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

# `pipelines.keys.Kind` says the same; the workers' zips do without `pipelines`.
Source = Literal["scrubbed", "fanlist"]


class Payload(BaseModel):
    """A frozen value with camelCase names on the wire."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, frozen=True, extra="ignore")

    def wire(self) -> dict[str, Any]:
        """Return the value as JSON-ready types under its wire names."""
        return self.model_dump(mode="json", by_alias=True)


class Versioned(Payload):
    """What outlives a deployment on its way; written in the newest version, whichever it was read in."""

    schema_version: Version = None

    def wire(self) -> dict[str, Any]:
        """Return the value as JSON-ready types under its wire names, and its schema version."""
        return super().wire() | {FIELD: SCHEMA_VERSION}


def problems_of(error: ValidationError) -> list[Any]:
    """Return what is wrong, without any value; of an unknown version nothing else can be said."""
    problems = error.errors(include_input=False, include_url=False, include_context=False)
    return [one for one in problems if one["loc"] == (FIELD,)] or problems


def described(error: ValidationError, whole: str) -> str:
    """Say what is wrong with which field, or with the `whole`, without any value."""
    return "; ".join(
        # Of a JSON error only the kind: its message may quote the text.
        "not JSON"
        if problem["type"] == "json_invalid"
        else f"{'.'.join(map(str, problem['loc'])) or whole}: {problem['msg']}"
        for problem in problems_of(error)
    )
