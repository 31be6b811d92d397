"""Partitions of a run that did not go out, whole or in part: their function does them once more."""

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from expectations.report.wording import many
from local.aside.kept import Keeper, Kept, NotDeliveredError, Outcome, Replayed
from local.aside.system import System, since_of
from pipelines.keys import Kind
from steps.run_summary import summarise
from steps.shared.payloads import PartitionItem, Run, RunSummary
from steps.shared.storage import RunFolder, aside_prefix, read_json

FUNCTIONS = {
    Keeper.publish_partition: "PublishPartitionFunction",
    Keeper.save_fanlist_partition: "SaveFanlistPartitionFunction",
}
_KEEPERS: dict[Kind, Keeper] = {
    "scrubbed": Keeper.publish_partition,
    "fanlist": Keeper.save_fanlist_partition,
}
_AT_ONCE = 4
_READS_AT_ONCE = 16


@dataclass(frozen=True)
class _Partitions:
    """Partitions of one run; `kept_object` is the key of what one of them left aside, if it did."""

    system: System
    keeper: Keeper
    run: Run
    items: tuple[PartitionItem, ...]
    records: int
    kept_object: str | None = None

    def kept(self, place: str, reason: str, since: str) -> Kept:
        """Say what they are, where, why and since when."""
        return Kept(
            keeper=self.keeper,
            campaigns=frozenset([self.run.campaign_id]),
            place=place,
            reason=reason,
            records=self.records,
            since=since,
            plan=self.plan,
            replay=self.replay,
        )

    def plan(self) -> str:
        """Say what a replay would do."""
        if newer := self.system.overtaken_by(self.run):
            return f"nothing to do: run {newer} has overtaken this one"
        if missing := self._no_longer_staged():
            return missing
        numbers = ", ".join(str(item.partition) for item in self.items)
        return (
            f"partition {numbers} to {self.system.resources[FUNCTIONS[self.keeper]]}, then the run's summary"
        )

    def replay(self) -> Replayed:
        """Have the function do each partition again; it changes nothing that is there already."""
        if newer := self.system.overtaken_by(self.run):
            done = Replayed(Outcome.OUTDATED, f"run {newer} has overtaken this one: nothing was changed")
        elif missing := self._no_longer_staged():
            raise NotDeliveredError(missing)
        else:
            with ThreadPoolExecutor(_AT_ONCE) as pool:
                failed = sum(pool.map(self._again, self.items))
            if failed:
                again = f"{failed:,} of {many(self.records, 'record')} could again not be written"
                return Replayed(Outcome.KEPT, again, self.run)
            done = Replayed(Outcome.REPLAYED, f"{many(self.records, 'record')} written", self.run)
        if self.kept_object is not None:
            self.system.move_to_replayed(self.kept_object)
        return done

    def _again(self, item: PartitionItem) -> int:
        """One partition; the number of its records that could not be written for all that."""
        event = {"run": self.run.wire(), "item": item.wire()}
        result = self.system.invoke(FUNCTIONS[self.keeper], event)
        if self.run.source == "scrubbed":
            return int(result["failed"])
        # What is stale has been written by a newer run: there is nothing left to do for it.
        unsaved = result["dynamo"]["failed"] - result["statuses"].get("stale", 0)
        return int(unsaved + result["stream"]["failed"])

    def _no_longer_staged(self) -> str | None:
        staged = {found["Key"] for found in self.system.objects(f"{RunFolder.of(self.run).records}/")}
        if all(item.key in staged for item in self.items):
            return None
        return "the run's partitions are no longer staged; run the campaign again"


def partly_failed(system: System, keeper: Keeper, campaign: str | None) -> Iterator[Kept]:
    """Partitions of which some records were kept aside."""
    for found in system.objects(aside_prefix(keeper, campaign)):
        document = read_json(system.client("s3"), system.bucket, found["Key"])
        run, item = Run.model_validate(document["run"]), PartitionItem.model_validate(document["item"])
        # Documents of before reasons stood in them say what happened, not why.
        reasons = Counter(_said(one["status"], one) for one in document.get("notSaved", []))
        reasons.update(_said("not streamed", one) for one in document["notStreamed"])
        counted = ", ".join(f"{count:,} {name}" for name, count in sorted(reasons.items()))
        one = _Partitions(system, keeper, run, (item,), reasons.total(), kept_object=found["Key"])
        yield one.kept(found["Key"], counted, since_of(found["LastModified"]))


def _said(what: str, record: dict[str, Any]) -> str:
    return f"{what}: {record['reason']}" if "reason" in record else what


def wholly_failed(system: System, keeper: Keeper, campaign: str | None) -> Iterator[Kept]:
    """Partitions without a result, of runs that passed their gate and that no newer one has overtaken."""
    campaigns = [campaign] if campaign else system.folders("staging/")
    staged = [folder for one in campaigns for folder in _staged(system, one)]
    with ThreadPoolExecutor(_READS_AT_ONCE) as pool:
        for summary in pool.map(lambda folder: _summary(system, folder), staged):
            if summary is not None and _KEEPERS[summary.source] is keeper and _may_go_out(summary):
                found = _unpublished(system, keeper, summary)
                if found is not None and not system.overtaken_by(Run.model_validate(summary.wire())):
                    yield found


def _staged(system: System, campaign: str) -> list[RunFolder]:
    """Give the campaign's runs of which partitions may still be there; only they can be done again."""
    runs = system.folders(f"staging/{campaign}/")
    return [RunFolder(system.bucket, campaign, run) for run in runs]


def _summary(system: System, folder: RunFolder) -> RunSummary | None:
    """Give a run's summary; none while it is under way."""
    found = _read(system, folder.bucket, folder.summary)
    return None if found is None else RunSummary.model_validate(found)


def _read(system: System, bucket: str, key: str) -> Any:
    """Read a JSON document, None where there is none."""
    try:
        return read_json(system.client("s3"), bucket, key)
    except ClientError as error:
        if error.response["Error"]["Code"] not in ("NoSuchKey", "404"):
            raise
        return None


def _may_go_out(summary: RunSummary) -> bool:
    """Whether the run left partitions and its gate let them pass, or somebody did."""
    quality = summary.quality
    passed = quality is not None and (quality.verdict != "failed" or quality.accepted)
    return bool(summary.failed_partitions) and passed


def _unpublished(system: System, keeper: Keeper, summary: RunSummary) -> Kept | None:
    run = Run.model_validate(summary.wire())
    folder = RunFolder.of(run)
    manifest = _read(system, folder.bucket, folder.manifest)
    if manifest is None:
        return None  # staged no longer: the run's own summary and alert say what is to be run again
    done = {found["Key"].rpartition("part-")[2] for found in system.objects(f"{folder.published}/")}
    every = [PartitionItem.model_validate(item) for item in manifest]
    items = tuple(item for item in every if f"{item.partition:05}.json" not in done)
    if not items:
        return None
    missing = _Partitions(system, keeper, run, items, sum(item.records for item in items))
    reason = summary.error or "the partition failed after all retries"
    return missing.kept(f"run {run.run_id}, {_numbered(items)}", reason, summary.finished_at)


def _numbered(items: tuple[PartitionItem, ...]) -> str:
    """Partitions by number; of many, how many."""
    if len(items) > 5:
        return f"{len(items):,} partitions"
    return ("partition " if len(items) == 1 else "partitions ") + ", ".join(str(i.partition) for i in items)


def finish(system: System, run: Run) -> str | None:
    """Have a run that got missing records summed up and reported anew; in words, what it came to.

    A run that had failed is finished only once none of its partitions is missing. One without a summary
    is still under way, and finishes by itself.
    """
    before = _summary(system, RunFolder.of(run))
    if before is None:
        return None
    now = summarise(system.client("s3"), run, "succeeded", before.quality)
    if now.failed_partitions and before.status != "succeeded":
        return f"Run {run.run_id} still lacks {len(now.failed_partitions):,} partitions."
    quality = before.quality.wire() if before.quality else None
    system.invoke("FinishFunction", {"run": run.wire(), "quality": quality})
    return f"Run {run.run_id}: {many(now.counts.output, 'record')} written, {now.counts.failed:,} not."
