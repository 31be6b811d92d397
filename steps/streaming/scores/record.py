"""The record of `scoresStream` (SPEC 2), read and turned into a write to the demand table."""

import base64
import binascii
import contextlib
import json
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from aws_lambda_powertools.utilities.data_classes.kinesis_stream_event import KinesisStreamRecord
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, ValidationError
from pydantic.alias_generators import to_camel

from steps.shared import attributes
from steps.shared.wire import Version, described
from steps.streaming.demand_table.upserts import Upsert

_CAMPAIGN_ID = r"^[A-Za-z0-9_-]{1,1000}$"
_SCORED_AT = r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$"
_LONGEST_FAN_ID = attributes.LONGEST_KEY - len("fan:")


def _is_storable(value: float) -> float:
    if not attributes.storable(value):
        raise ValueError("DynamoDB has no number for it")
    return value


def _fits_a_key(value: str) -> str:
    if len(value.encode()) > _LONGEST_FAN_ID:
        raise ValueError(f"longer than {_LONGEST_FAN_ID} bytes")
    return value


_Number = Annotated[float, Field(allow_inf_nan=False), AfterValidator(_is_storable)]
_FanId = Annotated[str, StringConstraints(min_length=1), AfterValidator(_fits_a_key)]


# What loadScoresToDynamoDB owns of an item beside its stamp (SPEC 4), and which of a score's fields it is.
_OWNED: dict[str, tuple[str, Callable[[Any], attributes.Attribute]]] = {
    "score": ("score", attributes.number),
    "isVerified": ("is_verified", attributes.flag),
    "registrationScore": ("registration_score", attributes.number),
    "accountScore": ("account_score", attributes.number),
    "nudetectScore": ("nudetect_score", attributes.number),
    "localFanscore": ("local_fanscore", attributes.number),
    "tags": ("tags", attributes.texts),
    "events": ("events", attributes.texts),
}


class _Fan(BaseModel):
    """What a run says of one fan in one campaign. An absent field and a null one are the same."""

    model_config = ConfigDict(
        alias_generator=to_camel, strict=True, frozen=True, extra="ignore", hide_input_in_errors=True
    )

    schema_version: Version = None
    campaign_id: Annotated[str, StringConstraints(pattern=_CAMPAIGN_ID)]
    global_user_id: _FanId
    run_id: Annotated[str, StringConstraints(min_length=1, max_length=200)]
    scored_at: Annotated[str, StringConstraints(pattern=_SCORED_AT)]
    member_id: str | None = None
    events: list[str | None] | None = None

    @property
    def best_market(self) -> str | None:
        """The market that the fan has at rank 0, if any (SPEC 4, saveEntryScoring)."""
        return self.events[0] if self.events else None

    def _merged(self, values: dict[str, attributes.Attribute]) -> Upsert:
        return Upsert(
            pk=f"fan:{self.global_user_id}",
            sk=f"campaign:{self.campaign_id}",
            values=values,
            absent=tuple(name for name in _OWNED if name not in values),
            scored_at=self.scored_at,
            run_id=self.run_id,
        )


class Score(_Fan):
    """One fan's score in one campaign; `events` keeps nulls."""

    score: Annotated[_Number, Field(ge=0)]
    is_verified: bool
    withdrawn: Literal[False] | None = None
    email: str | None = None
    first_name: str | None = None
    last_name: str | None = None
    phone_country_code: str | None = None
    phone_number: str | None = None
    registration_score: _Number | None = None
    account_score: _Number | None = None
    nudetect_score: _Number | None = None
    local_fanscore: _Number | None = None
    tags: list[str] | None = None

    def upsert(self) -> Upsert:
        """Return the attributes that loadScoresToDynamoDB owns (SPEC 4), set or, without a value, removed."""
        given = ((name, getattr(self, field), made_of) for name, (field, made_of) in _OWNED.items())
        return self._merged({name: made_of(value) for name, value, made_of in given if value is not None})


class Withdrawal(_Fan):
    """A fan whom a corrected file is without: nothing of a score stays; `events` has the first choice."""

    withdrawn: Literal[True]
    score: _Number | None = None

    def upsert(self) -> Upsert:
        """Return that all which loadScoresToDynamoDB owns is removed, under the run's stamp."""
        return self._merged({})


@dataclass(frozen=True)
class Received:
    """One readable record: the score or withdrawal, and the stream record that it came in."""

    score: Score | Withdrawal
    record: KinesisStreamRecord


def runs_of(received: Iterable[Received]) -> list[str]:
    """Return the runs that some records are of, for a line of the log."""
    return sorted({one.score.run_id for one in received})


@dataclass(frozen=True)
class Unreadable:
    """One record that is no score: why, in words that hold none of its values."""

    record: KinesisStreamRecord
    reason: str
    campaign_id: str | None = None


def receive(record: KinesisStreamRecord) -> Received | Unreadable:
    """Read one stream record; what cannot be read comes back with the reason."""
    try:
        data = base64.b64decode(record.kinesis.data, validate=True)
    except (binascii.Error, ValueError):
        return Unreadable(record, "not base64")
    if len(data) > attributes.LARGEST_VALUES:
        return Unreadable(record, f"larger than {attributes.LARGEST_VALUES} bytes", _campaign_of(data))
    try:
        return Received(_read(data), record)
    except ValidationError as error:
        return Unreadable(record, described(error, "record"), _campaign_of(data))


def _read(data: bytes) -> Score | Withdrawal:
    """Read a score, as nearly all are, or a withdrawal; of what is neither the first error stands."""
    try:
        return Score.model_validate_json(data)
    except ValidationError:
        with contextlib.suppress(ValidationError):
            return Withdrawal.model_validate_json(data)
        raise


def _campaign_of(data: bytes) -> str | None:
    """Return the campaign that an otherwise unreadable record names, if it names one."""
    try:
        found = json.loads(data)["campaignId"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
    return found if isinstance(found, str) and re.fullmatch(_CAMPAIGN_ID, found) else None
