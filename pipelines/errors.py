"""What can go wrong with an input as a whole.

The tree is two leaves deep on purpose::

    PipelineError
    ├── InvalidFileError   the content cannot be read as the CSV of the contract (SPEC 1)
    └── InvalidKeyError    the name does not say which campaign and time it belongs to (SPEC 1)

A bad *row* is never an error: it is rejected with reasons and kept.
"""

from typing import ClassVar


class PipelineError(Exception):
    """An input that no retry can make right; its text says what to fix."""

    code: ClassVar[str] = "PipelineError"


class InvalidFileError(PipelineError):
    """The whole file is refused: nothing of it is published (SPEC 1)."""

    code: ClassVar[str] = "InvalidFile"


class InvalidKeyError(PipelineError):
    """The object's key is not the key of a score file: it starts nothing (SPEC 1)."""

    code: ClassVar[str] = "InvalidKey"
