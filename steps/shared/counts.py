"""A run's counts and how they add up (the contract, section 2)."""

from typing import Any

from pydantic import Field, SerializerFunctionWrapHandler, model_serializer

from steps.shared.wire import Payload


class InputCounts(Payload):
    """Rows of a file and the records they became: in = invalid + duplicate + valid (section 2)."""

    in_: int = Field(0, alias="in")
    invalid: int = 0
    duplicate: int = 0
    valid: int = 0


class Withdrawing(Payload):
    """What says `withdrawn` only where there is something to it: most runs replace nothing."""

    @model_serializer(mode="wrap")
    def _without_none_withdrawn(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        found: dict[str, Any] = handler(self)
        return {name: value for name, value in found.items() if value or name != "withdrawn"}


class Counts(InputCounts, Withdrawing):
    """Rows and records of a run: also valid + withdrawals = output + withdrawn + failed (section 2)."""

    output: int = 0
    withdrawn: int = 0
    failed: int = 0


class SinkCounts(Payload):
    """Records offered to one sink: in = failed + out (section 2)."""

    in_: int = Field(0, alias="in")
    failed: int = 0
    out: int = 0

    def __add__(self, other: "SinkCounts") -> "SinkCounts":
        return SinkCounts(
            in_=self.in_ + other.in_, failed=self.failed + other.failed, out=self.out + other.out
        )


class FanlistCounts(Withdrawing):
    """A fanlist's counts: dynamo.in = input.valid + withdrawals and stream.in = dynamo.out (section 2).

    The properties read them as `Counts` has them, the table being the sink that decides.
    """

    input: InputCounts
    dynamo: SinkCounts
    stream: SinkCounts
    withdrawn: int = 0

    @property
    def in_(self) -> int:
        """Rows read."""
        return self.input.in_

    @property
    def invalid(self) -> int:
        """Rows rejected."""
        return self.input.invalid

    @property
    def duplicate(self) -> int:
        """Rows merged into a better one."""
        return self.input.duplicate

    @property
    def valid(self) -> int:
        """Records."""
        return self.input.valid

    @property
    def output(self) -> int:
        """Records that the table holds of this run."""
        return self.dynamo.out - self.withdrawn

    @property
    def failed(self) -> int:
        """Records and withdrawals that the table or, after it, the stream did not take."""
        return self.dynamo.failed + self.stream.failed
