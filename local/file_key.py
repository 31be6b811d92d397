"""The S3 key that a file on this machine goes to."""

import contextlib
from datetime import UTC, datetime
from pathlib import Path

from local.errors import VfError
from pipelines.errors import InvalidKeyError
from pipelines.keys import FANLIST_SHAPE, SCRUBBED_SHAPE, Kind, ScoreFileKey, parse_key

_MADE: dict[Kind, str] = {
    "scrubbed": "scrubbed/registrants.{campaign}.{campaign}.{moment}.csv",
    "fanlist": "fanlist/scored/{campaign}/{moment}.csv",
}


class UnclearKeyError(VfError):
    """Neither the file's name nor what was given is a key; the text says what to do."""


def key_of(file: Path, given: str | None) -> ScoreFileKey:
    """Give the key that was given, or the one that a registration file's name says.

    Raises:
        UnclearKeyError: it is none.
    """
    if given is None and not file.name.startswith("registrants."):
        raise UnclearKeyError(
            f"The name '{file.name}' does not give the file's campaign and time: give --kind and "
            f"--campaign, or its S3 key with --key, as {SCRUBBED_SHAPE} or {FANLIST_SHAPE}."
        )
    try:
        return parse_key(f"scrubbed/{file.name}" if given is None else given)
    except InvalidKeyError as error:
        what = "rename the file, or give its key with --key" if given is None else "correct --key"
        raise UnclearKeyError(f"{str(error).rstrip('.')}: {what}.") from error


def made_key(file: Path, key: str | None, kind: Kind | None, campaign: str | None) -> str | None:
    """Give the key, or make one of kind and campaign and the time at which the file was last written.

    Raises:
        UnclearKeyError: only one of the two was given, a key beside them, or no campaign's id.
    """
    if kind is None and campaign is None:
        return key
    if key is not None or kind is None or campaign is None:
        raise UnclearKeyError("--kind and --campaign go together, in place of --key.")
    written = datetime.fromtimestamp(file.stat().st_mtime if file.is_file() else 0, UTC)
    made = _MADE[kind].format(campaign=campaign, moment=written.strftime("%Y-%m-%dT%H:%M:%S"))
    made += ".gz" * (file.suffix == ".gz")
    # With a dot in it, it would be another campaign's key.
    with contextlib.suppress(InvalidKeyError):
        if parse_key(made).campaign_id == campaign:
            return made
    raise UnclearKeyError(
        f"--campaign '{campaign}' is no campaign's id: it is made of letters, digits, '_' and '-'."
    )
