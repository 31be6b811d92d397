"""Watches one run of a state machine: its states, and how far its records have come."""

import json
import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from local.errors import FailedError
from local.stack.target import Target
from local.status import read_summary
from local.terminal.view import View
from steps.shared.attributes import read_int, read_text
from steps.shared.payloads import PartitionResult, Prepared, Run, RunSummary, SavedPartition
from steps.shared.storage import RunFolder, list_keys, read_json
from steps.shared.wire import Source
from steps.streaming.demand_table.upserts import FANLIST_STAMP, SCORES_STAMP

# Counting a table is a scan: often enough to be a bar, seldom enough not to slow what it shows.
_SCAN_SECONDS = 2.0
_POLL_SECONDS = 0.4

T = TypeVar("T")


def _sent(source: Source, result: dict[str, Any]) -> tuple[int, int]:
    """Of one partition: records that are to be counted, and records on the stream."""
    if source == "scrubbed":
        out = PartitionResult.model_validate(result).out
        return out, out
    saved = SavedPartition.model_validate(result)
    return saved.dynamo.out, saved.stream.out


# Where an item says which run's values it has.
_RUN_ID: dict[Source, str] = {"scrubbed": SCORES_STAMP.run_id, "fanlist": FANLIST_STAMP.run_id}


@dataclass
class RunWatch:
    """What is known of one execution; `poll` looks again and tells the view.

    `scans` says whether saved items are counted by scanning the table: fine on a laptop, dear in AWS.
    """

    target: Target
    execution_arn: str
    label: str
    scans: bool = True
    run: Run | None = None
    status: str = "RUNNING"
    cause: str | None = None
    published: int = 0
    output: int = 0
    counted: int = 0
    saved: int = 0
    _expected: int | None = None
    _results: dict[str, tuple[int, int]] = field(default_factory=dict)
    _seen: int = 0
    _current: str = ""
    _scanned: float = 0.0

    @property
    def ended(self) -> bool:
        """Whether the execution is over, well or not."""
        return self.status != "RUNNING"

    @property
    def succeeded(self) -> bool:
        """Whether the execution ended well."""
        return self.status == "SUCCEEDED"

    @property
    def settled(self) -> bool:
        """Whether every published record has been counted."""
        return self.succeeded and self.counted >= self.output

    @property
    def missing(self) -> str | None:
        """What has not happened yet, in words; a run that went wrong is not counted."""
        if not self.ended:
            return "the state machine"
        return "the counts" if self.succeeded and not self.settled else None

    def verdict(self) -> str | None:
        """Look what became of the run's message to the channel; None where that is not known yet."""
        return read_text(self.target.run(self.label, self.run.run_id), "verdict") if self.run else None

    def poll(self, view: View) -> None:
        """One look: new events of the execution, new results, the tallies."""
        if not self.ended:
            self._read_history(view)
        if self.run is None or self._expected is None:
            return
        self._read_results()
        self._read_tally()
        view.progress(self.label, "published", self.published, self._expected)
        view.progress(self.label, "upserted", max(self.saved, self.counted), self._expected)
        view.progress(self.label, "counted", self.counted, self._expected)

    def summary(self) -> RunSummary | None:
        """Give the run's summary; none where the input never became a run, or was stopped by hand."""
        return read_summary(self.target, self.run.campaign_id, self.run.run_id) if self.run else None

    def _read_history(self, view: View) -> None:
        steps = self.target.client("stepfunctions")
        pages = steps.get_paginator("get_execution_history").paginate(executionArn=self.execution_arn)
        events = [event for page in pages for event in page["events"]]
        for event in events[self._seen :]:
            if entered := event.get("stateEnteredEventDetails"):
                self._current = entered["name"]
                view.state(self.label, self._current, "running")
            elif left := event.get("stateExitedEventDetails"):
                output = json.loads(left.get("output") or "{}")
                self._left(left["name"], output)
                view.state(
                    self.label, left["name"], "failed" if _went_wrong(left["name"], output) else "done"
                )
        self._seen = len(events)
        described = steps.describe_execution(executionArn=self.execution_arn)
        self.status = described["status"]
        self.cause = described.get("cause")
        if self.ended and not self.succeeded:
            view.state(self.label, self._current, "failed")

    def _left(self, state: str, output: dict[str, Any]) -> None:
        if state == "Resolve" and output.get("run"):
            self.run = Run.model_validate(output["run"])
        elif state == "Prepare" and (output.get("prepared") or {}).get("counts"):
            self._expected = Prepared.model_validate(output["prepared"]).counts.valid
        elif state == "CheckQuality" and self._expected is not None:
            self._expected += (output.get("quality") or {}).get("withdrawn") or 0

    def _read_results(self) -> None:
        assert self.run is not None
        folder, s3 = RunFolder.of(self.run), self.target.client("s3")
        if self.output >= (self._expected or 0):
            return
        for key in list_keys(s3, folder.bucket, f"{folder.published}/"):
            if key not in self._results:
                self._results[key] = _sent(self.run.source, read_json(s3, folder.bucket, key))
        self.output = sum(output for output, _ in self._results.values())
        self.published = sum(published for _, published in self._results.values())

    def _read_tally(self) -> None:
        assert self.run is not None
        self.counted = read_int(self.target.run(self.run.campaign_id, self.run.run_id), "counted")
        if self.scans and self.saved < self.output and time.monotonic() - self._scanned > _SCAN_SECONDS:
            self.saved = self.count_items()
            self._scanned = time.monotonic()

    def count_items(self) -> int:
        """Scan the table for the items that bear this run's values."""
        assert self.run is not None
        pages = self.target.table_pages(
            "scan",
            {"run": self.run.run_id, "campaign": f"campaign:{self.run.campaign_id}"},
            Select="COUNT",
            FilterExpression=f"{_RUN_ID[self.run.source]} = :run AND SK = :campaign",
        )
        return sum(page["Count"] for page in pages)


def _went_wrong(state: str, output: dict[str, Any]) -> bool:
    """Whether a state was left through its Catch, which adds the error, or with a refusal."""
    if state.startswith("Report"):
        return False
    refused = {
        "Resolve": output.get("outcome") == "refused",
        "Prepare": bool((output.get("prepared") or {}).get("refusal")),
        "CheckQuality": (output.get("quality") or {}).get("verdict") == "failed",
    }
    return "error" in output or refused.get(state, False)


def follow(
    watches: Sequence[RunWatch],
    view: View,
    missing: Callable[[], str | None],
    moving: Callable[[], object],
    patience: float,
) -> str | None:
    """Poll runs until nothing is missing any more, and give what is missing after all.

    `missing` says what has not happened yet, `moving` gives whatever changes while there is hope: after
    `patience` seconds without a change it is not waited for any longer.
    """
    last, moved = None, time.monotonic()
    while True:
        for watch in watches:
            watch.poll(view)
        if not (wanted := missing()):
            return None
        view.note(f"Waiting for {wanted}")
        picture = (wanted, moving(), *((w.status, w.output, w.saved, w.counted) for w in watches))
        if picture != last:
            last, moved = picture, time.monotonic()
        elif time.monotonic() - moved > patience:
            return wanted
        time.sleep(_POLL_SECONDS)


def until(look: Callable[[], T | None], patience: float, every: float = _POLL_SECONDS) -> T | None:
    """Look again and again until there is something to see, for `patience` seconds at most."""
    deadline = time.monotonic() + patience
    while not (found := look()) and time.monotonic() < deadline:
        time.sleep(every)
    return found


def executions_of(target: Target) -> list[str]:
    """Give the ARNs of the newest executions of both machines."""
    steps = target.client("stepfunctions")
    return [
        execution["executionArn"]
        for machine in target.stack.state_machines.values()
        for execution in steps.list_executions(stateMachineArn=machine)["executions"]
    ]


def execution_of(target: Target, key: str, before: Collection[str], patience: float = 30) -> str:
    """Give the execution that an upload started: one for this key that was not there `before`.

    Raises:
        FailedError: none started within `patience` seconds.
    """

    def started() -> str | None:
        new = (arn for arn in executions_of(target) if arn not in before)
        return next((arn for arn in new if _uploaded(target, arn) == key), None)

    if (found := until(started, patience)) is None:
        raise FailedError(f"No execution started for '{key}' within {patience:.0f} s.")
    return found


def _uploaded(target: Target, arn: str) -> str | None:
    """Give the key of the upload that started an execution; None of one that was started by hand."""
    described = target.client("stepfunctions").describe_execution(executionArn=arn)
    key: str | None = json.loads(described["input"]).get("detail", {}).get("object", {}).get("key")
    return key
