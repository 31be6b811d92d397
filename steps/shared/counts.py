"""A run's counts and how they add up (the contract, section 2)."""

from operator import not_

from pydantic import Field

from steps.shared.wire import Payload


class InputCounts(Payload):
    """Rows of a file and the records they became: in = invalid + duplicate + valid (section 2)."""

    in_: int = Field(0, alias="in")
    invalid: int = 0
    duplicate: int = 0
    valid: int = 0


class Counts(InputCounts):
    """Rows and records of a run: also valid + withdrawals = output + withdrawn + failed (section 2)."""

    output: int = 0
    withdrawn: int = Field(0, exclude_if=not_)  # most runs replace nothing
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


class FanlistCounts(Payload):
    """A fanlist's counts: dynamo.in = input.valid + withdrawals and stream.in = dynamo.out (section 2).

    The properties read them as `Counts` has them, the table being the sink that decides.
    """

    input: InputCounts
    dynamo: SinkCounts
    stream: SinkCounts
    withdrawn: int = Field(0, exclude_if=not_)  # most runs replace nothing

    @property
    def output(self) -> int:
        """Records that the table holds of this run."""
        return self.dynamo.out - self.withdrawn

    @property
    def failed(self) -> int:
        """Records and withdrawals that the table or, after it, the stream did not take."""
        return self.dynamo.failed + self.stream.failed
