"""Resolve: turns an execution's input into one file and one run, and claims the run (section 3).

Inputs it takes: EventBridge's `Object Created` event; `{"bucket", "key"}`; `{"campaignId"}` for the
campaign's newest file; beside the last two `acceptQuality`, `force` and `replace`. An upload asks for the
last of these in its object's metadata.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self

from aws_lambda_powertools.utilities.typing import LambdaContext
from botocore.exceptions import ClientError
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic.alias_generators import to_camel

from pipelines.errors import InvalidKeyError
from pipelines.keys import Kind, ScoreFileKey, fanlist_prefix, parse_key, scrubbed_prefix
from steps.outcomes.refusals import REFUSALS, InvalidInputError, OutdatedFileError, refusal_of
from steps.shared import clients
from steps.shared.aws_types import S3Client
from steps.shared.clock import run_id_of, to_iso
from steps.shared.observability import logger, redact_errors
from steps.shared.payloads import REPLACE, FileRef, Run
from steps.shared.runs import RunRegistry
from steps.shared.services import CampaignService, Token, name_of
from steps.shared.settings import ResolveSettings
from steps.shared.storage import list_keys
from steps.shared.wire import described

_SHAPES = (
    'Give {"campaignId": "..."} for the campaign\'s newest file or {"bucket": "...", "key": "..."} for one '
    'file, and beside them "acceptQuality": true, "force": true or "replace": true where meant.'
)


class ManualInput(BaseModel):
    """What a person types into the console: a campaign or a file, and what they take upon themselves."""

    model_config = ConfigDict(alias_generator=to_camel, extra="forbid", strict=True)

    campaign_id: str | None = Field(None, pattern=r"^[A-Za-z0-9_-]+$")
    bucket: str | None = None
    key: str | None = None
    accept_quality: bool = False
    force: bool = False
    replace: bool | None = None


class Request(ManualInput):
    """One input, whatever its form.

    Attributes:
        version_id: the file's, where S3 has told of it.
        delivery: what an S3 event is known by when it comes again; none: a person asked.
    """

    model_config = ConfigDict(populate_by_name=True)

    bucket: str
    version_id: str | None = None
    delivery: str | None = None

    @classmethod
    def of(cls, given: Any, bucket: str) -> Self:
        """Read an execution's input.

        Raises:
            InvalidInputError: for any other shape.
        """
        if isinstance(given, dict) and "detail-type" in given:
            return cls._of_event(given)
        try:
            manual = ManualInput.model_validate(given)
        except ValidationError as error:
            problems = described(error, "input")
            raise InvalidInputError(f"The input is not valid ({problems}). {_SHAPES}") from None
        if (manual.key is None) == (manual.campaign_id is None):
            raise InvalidInputError(f"The input must name a file or a campaign, and not both. {_SHAPES}")
        return cls(**manual.model_dump() | {"bucket": manual.bucket or bucket})

    @classmethod
    def _of_event(cls, event: dict[str, Any]) -> Self:
        try:
            found = event["detail"]["object"]
            version = found.get("version-id")
            # Without versioning the sequencer still tells one upload of a key from the next.
            delivery = version or found.get("sequencer") or found["etag"]
            bucket = event["detail"]["bucket"]["name"]
            return cls(bucket=bucket, key=found["key"], version_id=version, delivery=delivery)
        except (KeyError, TypeError, ValidationError):
            raise InvalidInputError(f"The event is not an S3 'Object Created' event. {_SHAPES}") from None


@dataclass(frozen=True)
class Resolver:
    """Finds the file, refuses what must not run, claims the run."""

    s3: S3Client
    registry: RunRegistry
    bucket: str
    campaigns: CampaignService

    def resolve(self, source: Kind, given: Any, execution_arn: str, started_at: str) -> Run | None:
        """Claim the run to do, or none where another execution has this version of the file.

        Raises:
            InvalidInputError, pipelines.errors.InvalidKeyError, OutdatedFileError: each with a sentence.
        """
        request = Request.of(given, self.bucket)
        key = self._find(source, request)
        started = to_iso(datetime.fromisoformat(started_at))
        file, asked = self._look_at(request, key)
        run = Run(
            run_id=run_id_of(started, execution_arn),
            campaign_id=key.campaign_id,
            # A fanlist's key has no name.
            campaign_name=key.campaign_name or name_of(self.campaigns, key.campaign_id),
            source=source,
            file=file,
            # A forced run is a new statement about its fans: under its file's old time it would be stale.
            scored_at=started if request.force else key.scored_at,
            started_at=started,
            accept_quality=request.accept_quality,
            forced=request.force,
            # Under a new time it is another statement than what its upload asked for.
            replace=asked and not request.force if request.replace is None else request.replace,
        )
        if request.delivery is not None and not self.registry.claim(
            run.campaign_id, f"{request.delivery}:{key.key}", execution_arn
        ):
            return None
        self._refuse_outdated(run)
        self.registry.begin(run, execution_arn)
        return run

    def _find(self, source: Kind, request: Request) -> ScoreFileKey:
        if request.key is None:
            assert request.campaign_id is not None
            return self._newest(source, request.bucket, request.campaign_id)
        key = parse_key(request.key)
        if key.kind != source:
            raise InvalidInputError(
                f"'{key.key}' is a {key.kind} file and this is the {source} state machine; "
                f"start the {key.kind} state machine with it."
            )
        return key

    def _newest(self, source: Kind, bucket: str, campaign_id: str) -> ScoreFileKey:
        prefix = (scrubbed_prefix if source == "scrubbed" else fanlist_prefix)(campaign_id)
        found = [key for text in list_keys(self.s3, bucket, prefix) if (key := _parsed(text)) is not None]
        if not found:
            raise InvalidInputError(
                f"Campaign '{campaign_id}' has no {source} file in s3://{bucket}/{prefix}*; upload one first."
            )
        # Of files of one time, the one that has been through the most steps.
        return max(found, key=lambda key: (key.scored_at, key.steps, key.key))

    def _look_at(self, request: Request, key: ScoreFileKey) -> tuple[FileRef, bool]:
        """Return the file, and whether whoever uploaded it asked that it replace the one before it."""
        place: Any = {"Bucket": request.bucket, "Key": key.key}
        if request.version_id is not None:
            place["VersionId"] = request.version_id
        try:
            head = self.s3.head_object(**place)
        except ClientError as error:
            # S3 says "forbidden" of what is missing to who may not list there.
            if error.response["Error"]["Code"] not in ("403", "404", "NoSuchKey", "NoSuchVersion"):
                raise
            raise InvalidInputError(
                f"There is no file to read at s3://{request.bucket}/{key.key}: check the key; the file may "
                "have been deleted, or be outside the pipeline's bucket."
            ) from None
        file = FileRef(
            bucket=request.bucket,
            key=key.key,
            version_id=head.get("VersionId"),
            bytes=head["ContentLength"],
        )
        return file, head.get("Metadata", {}).get(REPLACE) == "true"

    def _refuse_outdated(self, run: Run) -> None:
        newest = self.registry.newest(run.campaign_id, run.source)
        if newest is None or run.scored_at >= newest[0] or run.forced:
            return
        raise OutdatedFileError(
            f"'{run.file.key}' was scored at {run.scored_at}, before the campaign's newest run {newest[1]} "
            f'({newest[0]}); start it with "force": true to publish it anyway.'
        )


def _parsed(key: str) -> ScoreFileKey | None:
    try:
        return parse_key(key)
    except InvalidKeyError:
        return None


@logger.inject_lambda_context(clear_state=True)
@redact_errors
def handler(event: dict[str, Any], _context: LambdaContext) -> dict[str, Any]:
    """Lambda entry: `{source, input, executionArn, startedAt}` → `{outcome, run, refusal}`."""
    settings = ResolveSettings.load()
    registry = RunRegistry(clients.dynamodb(), settings.demand_table)
    token = Token(settings.campaign_secret_id, settings.credential_header)
    campaigns = CampaignService(settings.campaign_service_url, token, attempts=2)
    resolver = Resolver(clients.s3(), registry, settings.pipeline_bucket, campaigns)
    run, refusal = None, None
    try:
        run = resolver.resolve(event["source"], event["input"], event["executionArn"], event["startedAt"])
        outcome = "claimed" if run else "already_processed"
    except REFUSALS as error:
        refusal, outcome = refusal_of(error), "refused"
    logger.info(outcome, extra={"run_id": run.run_id if run else None, "execution": event["executionArn"]})
    return {
        "outcome": outcome,
        "run": run.wire() if run else None,
        "refusal": refusal.wire() if refusal else None,
    }
