"""Runs a campaign again with the contract's input (section 3), and watches it."""

import json
import time
from collections.abc import Callable
from typing import Any

from local.errors import VfError
from local.stack.target import Target
from local.terminal.view import View
from local.watch import RunWatch, follow, until
from pipelines.errors import InvalidKeyError
from pipelines.keys import Kind, fanlist_prefix, parse_key, scrubbed_prefix
from steps.shared.payloads import RunSummary
from steps.shared.wire import Payload
from steps.streaming.counting.changes import Tally

# So long nothing moves before the counting is left to itself; the run is over by then.
_STILL_SECONDS = 60.0
_PREFIXES: dict[Kind, Callable[[str], str]] = {"scrubbed": scrubbed_prefix, "fanlist": fanlist_prefix}


class UnclearError(VfError):
    """What to run is not clear, or is not there; the message says what to give."""


def order_of(
    target: Target, campaign: str, key: str | None, kind: Kind | None, **flags: bool | None
) -> tuple[Kind, dict[str, Any]]:
    """Give a re-run's kind and input; `flags` are the contract's by its names, None where nobody gave one.

    Raises:
        UnclearError: the key is another campaign's or none, or the campaign has no file, or files of
            both kinds and nobody said which.
    """
    meant = {name: given for name, given in flags.items() if given is not None}
    if key is not None:
        return _kind_of(campaign, key, kind), {"bucket": target.stack.bucket, "key": key, **meant}
    return kind or _only_kind(target, campaign), {"campaignId": campaign, **meant}


def _kind_of(campaign: str, key: str, kind: Kind | None) -> Kind:
    try:
        parsed = parse_key(key)
    except InvalidKeyError as error:
        raise UnclearError(str(error)) from None
    if parsed.campaign_id != campaign:
        raise UnclearError(
            f"'{key}' is a file of campaign '{parsed.campaign_id}', not of '{campaign}': correct one of them."
        )
    if kind not in (None, parsed.kind):
        raise UnclearError(f"'{key}' is a {parsed.kind} file, not a {kind} one: correct --kind or --key.")
    return parsed.kind


def _only_kind(target: Target, campaign: str) -> Kind:
    found = [kind for kind, prefix in _PREFIXES.items() if any(target.objects(prefix(campaign)))]
    if not found:
        place = f"s3://{target.stack.bucket}"
        raise UnclearError(f"Campaign '{campaign}' has no file in {place}; upload one with `vf upload`.")
    if len(found) > 1:
        raise UnclearError(
            f"Campaign '{campaign}' has scrubbed files and fanlists: choose with --kind, or name one file "
            "with --key."
        )
    return found[0]


class Done(Payload):
    """What a run came to that somebody waited for.

    `error` and `cause` are the execution's. `summary` is none where the input was refused before it became a
    run. `counted` is how many of the run's records had been counted when the watching ended, `before` and
    `after` are the campaign's; `verdict` is what became of the message to the channel, where that was waited
    for.
    """

    execution: str
    succeeded: bool
    error: str | None
    cause: str | None
    summary: RunSummary | None
    counted: int
    before: Tally
    after: Tally
    verdict: str | None = None

    def wire(self) -> dict[str, Any]:
        """Return the value as JSON-ready types, the error as every command's."""
        found = super().wire()
        name, cause = found.pop("error"), found.pop("cause")
        return found if self.succeeded else {"error": {"name": name, "message": cause}, **found}


def run_again(target: Target, campaign: str, kind: Kind, given: dict[str, Any], view: View) -> Done:
    """Start the machine and watch until the run is over and its records are counted."""
    before = target.counts(campaign)
    started = target.client("stepfunctions").start_execution(
        stateMachineArn=target.stack.state_machines[kind], input=json.dumps(given)
    )
    watch = RunWatch(target, started["executionArn"], campaign, scans=False)
    return watched(watch, before, view)


def watched(watch: RunWatch, before: Tally, view: View, verdict_seconds: float = 0) -> Done:
    """Watch until the run is over and its records are counted and, for some seconds more, for its verdict.

    Counting goes on without a watcher: where nothing moves for a minute, this does not wait for it.
    """
    # A run may take hours without a sign: its own timeout ends it.
    follow([watch], view, lambda: watch.missing, lambda: watch.ended or time.monotonic(), _STILL_SECONDS)
    verdict = None
    if watch.settled and verdict_seconds:
        view.note("Waiting for the verdict")
        verdict = until(watch.verdict, verdict_seconds)
    ended = watch.target.client("stepfunctions").describe_execution(executionArn=watch.execution_arn)
    return Done(
        execution=watch.execution_arn.rpartition(":")[2],
        succeeded=watch.succeeded,
        error=ended.get("error"),
        cause=ended.get("cause"),
        summary=watch.summary(),
        counted=watch.counted,
        verdict=verdict,
        before=before,
        after=watch.target.counts(watch.label),
    )
