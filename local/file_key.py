"""The S3 key that a file on this machine goes to."""

from pathlib import Path

from pipelines.errors import InvalidKeyError
from pipelines.keys import FANLIST_SHAPE, SCRUBBED_SHAPE, ScoreFileKey, parse_key


class UnclearKeyError(Exception):
    """Neither the file's name nor what was given is a key; the text says what to do."""


def key_of(file: Path, given: str | None) -> ScoreFileKey:
    """Give the key that was given, or the one that a registration file's name says.

    Raises:
        UnclearKeyError: it is none.
    """
    if given is None and not file.name.startswith("registrants."):
        raise UnclearKeyError(
            f"The name '{file.name}' does not say which campaign and time the file is of: give the key "
            f"that it goes to with --key, as {SCRUBBED_SHAPE} or {FANLIST_SHAPE}."
        )
    try:
        return parse_key(f"scrubbed/{file.name}" if given is None else given)
    except InvalidKeyError as error:
        what = "rename the file, or give its key with --key" if given is None else "correct --key"
        raise UnclearKeyError(f"{str(error).rstrip('.')}: {what}.") from error
