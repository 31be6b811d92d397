"""What the key of a score file says: its kind, its campaign and when it was scored (SPEC 1).

Free of Polars, so that every part of the system can read a key.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from typing import Literal

from pipelines.errors import InvalidKeyError

Kind = Literal["scrubbed", "fanlist"]

SCRUBBED_SHAPE = (
    "scrubbed/registrants.<campaignId>.<campaignName>.<dateTime>[.cleaned][.prepared][.merged].csv[.gz]"
)
FANLIST_SHAPE = "fanlist/scored/<campaignId>/<dateTime>.csv[.gz]"

_CAMPAIGN_ID = re.compile(r"[A-Za-z0-9_-]+")
_EXTENSION = re.compile(r"\.csv(\.gz)?\Z")
# The steps that a file has been through; each may be absent, the order is fixed.
_STEPS = re.compile(r"(\.cleaned)?(\.prepared)?(\.merged)?\Z")
# Date and time, each in the extended (2026-02-13, 10:00:00) or the basic (20260213, 100000) form.
_DATE_TIME = re.compile(
    r"(?P<year>\d{4})(?P<dash>-?)(?P<month>\d{2})(?P=dash)(?P<day>\d{2})"
    r"[Tt ](?P<hour>\d{2})"
    r"(?:(?P<colon>:?)(?P<minute>\d{2})(?:(?P=colon)(?P<second>\d{2})(?:[.,](?P<fraction>\d+))?)?)?"
    r"(?P<offset>[Zz]|[+-]\d{2}(?::?\d{2})?)?",
    re.ASCII,
)


@dataclass(frozen=True)
class ScoreFileKey:
    """A key that was understood.

    Attributes:
        kind: which pipeline reads the file.
        campaign_id: the campaign that every row belongs to.
        campaign_name: the name in a scrubbed key, dots and all; None for a fanlist, which has none.
        scored_at: the key's time in UTC, ISO-8601 with milliseconds and `Z`.
        key: the key as it stood.
        steps: how many of the steps `.cleaned.prepared.merged` the file has been through.
    """

    kind: Kind
    campaign_id: str
    campaign_name: str | None
    scored_at: str
    key: str
    steps: int = 0


def scrubbed_prefix(campaign_id: str) -> str:
    """Return the prefix that all scrubbed files of a campaign share, for listing them."""
    return f"scrubbed/registrants.{campaign_id}."


def fanlist_prefix(campaign_id: str) -> str:
    """Return the prefix that all fanlists of a campaign share, for listing them."""
    return f"fanlist/scored/{campaign_id}/"


def parse_key(key: str) -> ScoreFileKey:
    """Read an object key, taken literally: `%` and `+` are characters, nothing is unquoted (SPEC 1).

    Raises:
        InvalidKeyError: the key has neither of the two shapes; the text says which one was expected
            and what is wrong with it.
    """
    if key.startswith("scrubbed/"):
        return _parse_scrubbed(key)
    if key.startswith("fanlist/"):
        return _parse_fanlist(key)
    raise InvalidKeyError(
        f"Key {key!r} is not the key of a score file: expected {SCRUBBED_SHAPE} or {FANLIST_SHAPE}, "
        "but it starts with neither 'scrubbed/' nor 'fanlist/'."
    )


def _parse_scrubbed(key: str) -> ScoreFileKey:
    stem = _without_extension(key, SCRUBBED_SHAPE)
    prefix = "scrubbed/registrants."
    if not stem.startswith(prefix):
        raise _refusal(key, SCRUBBED_SHAPE, f"it does not start with {prefix!r}")
    steps = _STEPS.search(stem)
    assert steps is not None
    stem = stem[: steps.start()]
    campaign_id, dot, rest = stem[len(prefix) :].partition(".")
    _check_campaign_id(campaign_id, key, SCRUBBED_SHAPE)
    if not dot:
        raise _refusal(key, SCRUBBED_SHAPE, "it has neither a campaign name nor a date and time")
    # The name may hold dots and so may the time (a fraction): of the splits that leave a whole
    # date and time at the end, the leftmost one gives the longest, so the fraction stays with its time.
    for dot_at in (match.start() for match in re.finditer(r"\.", rest)):
        scored_at = _read_time(rest[dot_at + 1 :])
        if scored_at is not None:
            name = rest[:dot_at]
            if not name.strip():
                raise _refusal(key, SCRUBBED_SHAPE, "its campaign name is empty")
            return ScoreFileKey("scrubbed", campaign_id, name, scored_at, key, steps[0].count("."))
    if _read_time(rest) is not None:
        raise _refusal(key, SCRUBBED_SHAPE, "it has no campaign name between the campaign and the time")
    raise _refusal(
        key, SCRUBBED_SHAPE, f"{rest.rpartition('.')[2]!r} at its end is not an ISO-8601 date and time"
    )


def _parse_fanlist(key: str) -> ScoreFileKey:
    stem = _without_extension(key, FANLIST_SHAPE)
    parts = stem.split("/")
    if parts[:2] != ["fanlist", "scored"] or len(parts) != 4:
        raise _refusal(key, FANLIST_SHAPE, "its folders are not 'fanlist/scored/<campaignId>/'")
    _, _, campaign_id, time_text = parts
    _check_campaign_id(campaign_id, key, FANLIST_SHAPE)
    scored_at = _read_time(time_text)
    if scored_at is None:
        raise _refusal(key, FANLIST_SHAPE, f"{time_text!r} is not an ISO-8601 date and time")
    return ScoreFileKey("fanlist", campaign_id, None, scored_at, key)


def _refusal(key: str, shape: str, problem: str) -> InvalidKeyError:
    return InvalidKeyError(f"Key {key!r} is not the key of a score file: expected {shape}, but {problem}.")


def _without_extension(key: str, shape: str) -> str:
    stem, found = _EXTENSION.subn("", key)
    if not found:
        raise _refusal(key, shape, "it does not end in '.csv' or '.csv.gz'")
    return stem


def _check_campaign_id(campaign_id: str, key: str, shape: str) -> None:
    if not _CAMPAIGN_ID.fullmatch(campaign_id):
        raise _refusal(
            key,
            shape,
            f"its campaign id {campaign_id!r} is not made of one or more letters, digits, '_' and '-'",
        )


def _read_time(text: str) -> str | None:
    """Return a date and time as UTC text with milliseconds, or None where it is none.

    Digits beyond milliseconds are cut, not rounded: a time never moves into the future.
    """
    match = _DATE_TIME.fullmatch(text)
    if match is None:
        return None
    try:
        moment = datetime(
            year=int(match["year"]),
            month=int(match["month"]),
            day=int(match["day"]),
            hour=int(match["hour"]),
            minute=int(match["minute"] or 0),
            second=int(match["second"] or 0),
            microsecond=int((match["fraction"] or "0")[:3].ljust(3, "0")) * 1000,
            tzinfo=_read_offset(match["offset"]),
        ).astimezone(UTC)
    except (ValueError, OverflowError):  # a 30th of February, an hour 25, an offset beyond a day
        return None
    return moment.replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z"


def _read_offset(text: str | None) -> timezone:
    if text is None or text in "Zz":
        return UTC
    hours, minutes = int(text[1:3]), int(text[3:].lstrip(":") or 0)
    if minutes >= 60:
        raise ValueError(text)
    sign = -1 if text[0] == "-" else 1
    return timezone(sign * timedelta(hours=hours, minutes=minutes))
