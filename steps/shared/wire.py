"""How typed values go over the wire and into stored documents.

Wire names are camelCase (the contract), Python names snake_case; `Payload.wire` and
`model_validate` go from one to the other. Rows never stand in any of these: only URIs and counts.
"""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel

from steps.shared.schema_version import FIELD, SCHEMA_VERSION, Version

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
