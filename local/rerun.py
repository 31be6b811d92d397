"""A campaign run again: the right state machine, the contract's input (section 3), watched to its end."""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from local.results import CampaignCounts
from local.stack.target import Target
from local.terminal.live_view import View
from local.watch import RunWatch
from pipelines.errors import InvalidKeyError
from pipelines.keys import Kind, fanlist_prefix, parse_key, scrubbed_prefix
from steps.shared.payloads import RunSummary

_POLL_SECONDS = 0.4
# So long nothing moves before the counting is left to itself; the run is over by then.
_STILL_SECONDS = 60.0
_PREFIXES: dict[Kind, Callable[[str], str]] = {"scrubbed": scrubbed_prefix, "fanlist": fanlist_prefix}


class UnclearError(Exception):
    """What to run is not clear, or is not there; the message says what to give."""


@dataclass(frozen=True)
class Order:
    """Which machine is to be started, and with what."""

    campaign: str
    kind: Kind
    given: dict[str, Any]


def order_of(target: Target, campaign: str, key: str | None, kind: Kind | None, **flags: bool) -> Order:
    """Give the input of a re-run; `flags` are those of the contract, by their names in it.

    Raises:
        UnclearError: the key is another campaign's or none, or the campaign has no file, or files of
            both kinds and nobody said which.
    """
    meant = {name: True for name, given in flags.items() if given}
    if key is not None:
        found = _kind_of(campaign, key, kind)
        return Order(campaign, found, {"bucket": target.stack.bucket, "key": key, **meant})
    return Order(campaign, kind or _only_kind(target, campaign), {"campaignId": campaign, **meant})


def _kind_of(campaign: str, key: str, kind: Kind | None) -> Kind:
    try:
        parsed = parse_key(key)
    except InvalidKeyError as error:
        raise UnclearError(str(error)) from None
    if parsed.campaign_id != campaign:
        raise UnclearError(f"'{key}' is a file of campaign '{parsed.campaign_id}', not of '{campaign}'.")
    if kind not in (None, parsed.kind):
        raise UnclearError(f"'{key}' is a {parsed.kind} file, not a {kind} one.")
    return parsed.kind


def _only_kind(target: Target, campaign: str) -> Kind:
    found = [kind for kind, prefix in _PREFIXES.items() if any(target.objects(prefix(campaign)))]
    if not found:
        place = f"s3://{target.stack.bucket}"
        raise UnclearError(f"Campaign '{campaign}' has no file in {place}; upload one with `vf upload`.")
    if len(found) > 1:
        raise UnclearError(
            f"Campaign '{campaign}' has scrubbed files and fanlists; say which with --kind, or name one "
            "with --key."
        )
    return found[0]


@dataclass(frozen=True)
class Done:
    """What a re-run came to.

    `summary` is none where the input was refused before it became a run. `counted` is how many of the
    run's records had been counted when the watching ended. `before` and `after` are the campaign's.
    """

    execution: str
    succeeded: bool
    error: str | None
    cause: str | None
    summary: RunSummary | None
    counted: int
    before: CampaignCounts
    after: CampaignCounts


def run_again(target: Target, order: Order, view: View) -> Done:
    """Start the machine and watch until the run is over and its records are counted.

    Counting goes on without a watcher: where nothing moves for a minute, this does not wait for it.
    """
    steps = target.client("stepfunctions")
    before = target.campaign(order.campaign).counts()
    started = steps.start_execution(
        stateMachineArn=target.stack.state_machines[order.kind], input=json.dumps(order.given)
    )
    watch = RunWatch(target, started["executionArn"], order.campaign, scans=False)
    _follow(watch, view)
    ended = steps.describe_execution(executionArn=watch.execution_arn)
    return Done(
        execution=watch.execution_arn.rpartition(":")[2],
        succeeded=watch.succeeded,
        error=ended.get("error"),
        cause=ended.get("cause"),
        summary=_summary(watch),
        counted=watch.counted,
        before=before,
        after=target.campaign(order.campaign).counts(),
    )


def _follow(watch: RunWatch, view: View) -> None:
    last, moved = (0, 0), time.monotonic()
    while True:
        watch.poll(view)
        if watch.settled or (watch.ended and not watch.succeeded):
            return
        now = (watch.output, watch.counted)
        if not watch.ended or now != last:
            last, moved = now, time.monotonic()
        elif time.monotonic() - moved > _STILL_SECONDS:
            return
        time.sleep(_POLL_SECONDS)


def _summary(watch: RunWatch) -> RunSummary | None:
    """Give the run's summary; a run that was stopped by hand or refused by Resolve has none."""
    try:
        return watch.summary()
    except ClientError as error:
        if error.response["Error"]["Code"] not in ("NoSuchKey", "404"):
            raise
        return None
