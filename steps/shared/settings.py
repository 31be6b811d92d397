"""The one module that reads the environment: a small typed model for each function that needs one.

A missing or malformed variable is one sentence that names it, before any work begins.
"""

import os
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, ValidationError, ValidationInfo, field_validator


class ConfigurationError(Exception):
    """The function was deployed without something it needs."""


class Settings(BaseModel):
    """A function's environment. Field `demand_table` is read from variable `DEMAND_TABLE`."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    @classmethod
    def load(cls) -> Self:
        """Read the environment.

        Raises:
            ConfigurationError: naming each variable that is missing or malformed.
        """
        names = {field: field.upper() for field in cls.model_fields}
        given = {field: os.environ[name] for field, name in names.items() if name in os.environ}
        try:
            return cls.model_validate(given)
        except ValidationError as error:
            problems = ", ".join(f"{names[str(e['loc'][0])]} ({e['msg']})" for e in error.errors())
            raise ConfigurationError(f"The function's environment is incomplete: {problems}.") from None


class OutsideSettings(Settings):
    """Who calls services outside: by https, unless `plain_http` is allowed (the embedded AWS)."""

    plain_http: Literal["refused", "allowed"] = "refused"

    @field_validator("campaign_service_url", "entry_service_url", check_fields=False)
    @classmethod
    def _is_https(cls, url: str, info: ValidationInfo) -> str:
        if not url.startswith("https://") and info.data.get("plain_http") != "allowed":
            raise ValueError("personal data goes by https only")
        return url


class ServiceSettings(OutsideSettings):
    """Who asks the Campaign Service: its URL, its token's secret, the header that tokens are sent in."""

    campaign_service_url: str
    campaign_secret_id: str
    credential_header: str = "Authorization"


class ResolveSettings(ServiceSettings):
    """Resolve: the claims' table, the bucket a console re-run looks in, who knows names."""

    demand_table: str
    pipeline_bucket: str


class PrepareSettings(Settings):
    """Prepare: about how many records a partition has."""

    partition_rows: int = 5000


class CheckQualitySettings(Settings):
    """CheckQuality: the table holds which run is the newest; the rest are expectations.thresholds."""

    demand_table: str
    valid_share_critical: float
    valid_share_warning: float
    duplicate_share_warning: float
    duplicate_share_critical: float
    rows_per_fan_warning: float
    rows_per_fan_critical: float
    placeholder_share_warning: float
    lost_digits_critical: float
    swallowed_lines_critical: float
    swallowed_share_critical: float
    verified_share_least: float
    verified_share_most: float
    highest_score: float
    records_change: float
    verified_share_change: float
    gone_share_warning: float


class PublishSettings(Settings):
    """FanOut's child: the stream that the records go to."""

    scores_stream: str


class SaveFanlistSettings(Settings):
    """FanOut's child for fanlists: the table, and the stream of what the table took."""

    demand_table: str
    campaign_data_stream: str
    fan_days: int = 0


class FinishSettings(Settings):
    """Finish: the run's record, and where the verdict message goes."""

    demand_table: str
    verdict_queue_url: str


class ReportFailureSettings(OutsideSettings):
    """ReportFailure: the alert's channel and the run's record."""

    demand_table: str
    slack_secret_id: str


class LoadScoresSettings(Settings):
    """loadScoresToDynamoDB: the table, and the bucket that unreadable records are kept in."""

    demand_table: str
    pipeline_bucket: str
    fan_days: int = 0


class ProcessSavedScoresSettings(Settings):
    """processSavedScores.

    `stream_shards` says what the deployment knows of the table's stream: `windowed` where a tumbling
    window puts the shard's id into each event (AWS), `single` where the stream has one shard only, so
    that its ARN can stand for the shard (the embedded AWS). What it counted is looked at
    some `verdict_delay_seconds` later.
    """

    demand_table: str
    verdict_queue_url: str
    verdict_delay_seconds: int = 30
    stream_shards: Literal["windowed", "single"] = "windowed"


class VerdictReporterSettings(ServiceSettings):
    """verdictReporter: `verdict_delay_seconds` between two looks, at most `verdict_max_attempts` looks."""

    demand_table: str
    verdict_queue_url: str
    finish_function: str
    slack_secret_id: str
    verdict_delay_seconds: int = 30
    verdict_max_attempts: int = 240


class SaveEntryScoringSettings(ServiceSettings):
    """saveEntryScoring: the other service, too, and the bucket that unsent entries are kept in."""

    pipeline_bucket: str
    entry_service_url: str
    entry_secret_id: str


class EndpointSettings(Settings):
    """Where AWS is, if not in the cloud."""

    aws_endpoint_url: str | None = None


class ObservabilitySettings(Settings):
    """What log lines and metrics call the service: the stack's name, so that stacks do not share metrics."""

    powertools_service_name: str = "verified-fan-score-pipelines"
