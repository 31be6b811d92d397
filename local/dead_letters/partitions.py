"""Partitions of a run that were not published, or not all: their function publishes them again."""

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from expectations.report.wording import many
from local.dead_letters.letter import (
    FUNCTIONS,
    DeadLetter,
    Keeper,
    NotDeliveredError,
    Outcome,
    Replayed,
    invoke,
    move_to_replayed,
    newer_than_this,
)
from local.stack.target import Target
from local.status import read_summary
from steps.outcomes.run_summary import summarise
from steps.shared.clock import to_iso
from steps.shared.payloads import PartitionItem, Run, RunSummary
from steps.shared.runs import RunRegistry
from steps.shared.storage import RunFolder, dead_letters_prefix, read_json
from steps.shared.wire import Source

KEEPERS: dict[Source, Keeper] = {
    "scrubbed": Keeper.publish_partition,
    "fanlist": Keeper.save_fanlist_partition,
}
_AT_ONCE = 4
_READS_AT_ONCE = 16
_MOST_NAMED = 5


@dataclass(frozen=True)
class _Partitions:
    """Partitions of one run; `kept_object` is the key of what one of them could not deliver, if so."""

    target: Target
    run: Run
    items: tuple[PartitionItem, ...]
    records: int
    kept_object: str | None = None

    def kept(self, place: str, reason: str, since: str) -> DeadLetter:
        """Say what they are, where, why and since when."""
        return DeadLetter(
            keeper=KEEPERS[self.run.source],
            campaigns=frozenset([self.run.campaign_id]),
            place=place,
            reason=reason,
            records=self.records,
            since=since,
            plan=self.plan,
            deliver=self.replay,
        )

    def plan(self) -> str:
        """Say what a replay would do."""
        if newer := _overtaken_by(self.target, self.run):
            return f"nothing to do: run {newer} has overtaken this one"
        numbers = ", ".join(str(item.partition) for item in self.items)
        function = self.target.resources[FUNCTIONS[KEEPERS[self.run.source]]]
        return self._no_longer_staged() or f"partition {numbers} to {function}, then the run's summary"

    def replay(self) -> Replayed:
        """Have the function do each partition again; it changes nothing that is there already."""
        if newer := _overtaken_by(self.target, self.run):
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
            move_to_replayed(self.target, self.kept_object)
        return done

    def _again(self, item: PartitionItem) -> int:
        """One partition; the number of its records that could not be written for all that."""
        event = {"run": self.run.wire(), "item": item.wire()}
        result = invoke(self.target, FUNCTIONS[KEEPERS[self.run.source]], event)
        if self.run.source == "scrubbed":
            return int(result["failed"])
        # What is stale has been written by a newer run: there is nothing left to do for it.
        unsaved = result["dynamo"]["failed"] - result["statuses"].get("stale", 0)
        return int(unsaved + result["stream"]["failed"])

    def _no_longer_staged(self) -> str | None:
        staged = {found["Key"] for found in self.target.objects(f"{RunFolder.of(self.run).records}/")}
        if all(item.key in staged for item in self.items):
            return None
        return "the run's partitions are no longer staged; run the campaign again"


def _overtaken_by(target: Target, run: Run) -> str | None:
    """Give the campaign's newest run of the same kind of file, where that is a newer one than this."""
    registry = RunRegistry(target.client("dynamodb"), target.stack.table)
    newest = registry.newest(run.campaign_id, run.source)
    return newest[1] if newest is not None and newest > (run.scored_at, run.run_id) else None


def partly_failed(target: Target, keeper: Keeper, campaign: str | None) -> Iterator[DeadLetter]:
    """Partitions of which some records could not be delivered."""
    for found in target.objects(dead_letters_prefix(keeper, campaign)):
        document = read_json(target.client("s3"), target.stack.bucket, found["Key"])
        since = to_iso(found["LastModified"])
        if unknown := newer_than_this(keeper, found["Key"], document, since):
            yield unknown
            continue
        run, item = Run.model_validate(document["run"]), PartitionItem.model_validate(document["item"])
        lost = [(one["status"], one) for one in document["notSaved"]]
        lost += [("not streamed", one) for one in document["notStreamed"]]
        # Documents of before reasons stood in them say what happened, not why.
        reasons = Counter(f"{what}: {one['reason']}" if "reason" in one else what for what, one in lost)
        counted = ", ".join(f"{count:,} {name}" for name, count in sorted(reasons.items()))
        one = _Partitions(target, run, (item,), len(lost), kept_object=found["Key"])
        yield one.kept(found["Key"], counted, since)


def wholly_failed(target: Target, keeper: Keeper, campaign: str | None) -> Iterator[DeadLetter]:
    """Partitions without a result, of runs that passed their gate and that no newer one has overtaken."""
    campaigns = [campaign] if campaign else target.folders("staging/")
    # Only what is still staged can be done again.
    staged = [(one, run) for one in campaigns for run in target.folders(f"staging/{one}/")]
    with ThreadPoolExecutor(_READS_AT_ONCE) as pool:
        for summary in pool.map(lambda place: read_summary(target, *place), staged):
            if summary is not None and KEEPERS[summary.source] is keeper and _may_go_out(summary):
                yield from _unpublished(target, summary)


def _may_go_out(summary: RunSummary) -> bool:
    """Whether the run left partitions and its gate let them pass, or somebody did."""
    quality = summary.quality
    if quality is None or quality.refusal or not summary.failed_partitions:
        return False
    return quality.verdict != "failed" or quality.accepted


def _unpublished(target: Target, summary: RunSummary) -> Iterator[DeadLetter]:
    run = Run.model_validate(summary.wire())
    folder = RunFolder.of(run)
    # Staged no longer, there is none: the run's own summary and alert say what is to be run again.
    manifest = target.document(folder.manifest) or []
    done = {found["Key"] for found in target.objects(f"{folder.published}/")}
    every = [PartitionItem.model_validate(item) for item in manifest]
    items = tuple(item for item in every if folder.result(item.partition) not in done)
    if items and not _overtaken_by(target, run):
        missing = _Partitions(target, run, items, sum(item.records for item in items))
        reason = summary.error or "the partition failed after all retries"
        yield missing.kept(f"run {run.run_id}, {_numbered(items)}", reason, summary.finished_at)


def _numbered(items: tuple[PartitionItem, ...]) -> str:
    """Partitions by number; of many, how many."""
    if len(items) > _MOST_NAMED:
        return f"{len(items):,} partitions"
    return ("partition " if len(items) == 1 else "partitions ") + ", ".join(str(i.partition) for i in items)


def finish(target: Target, run: Run) -> str | None:
    """Have a run that got missing records summed up and reported anew; in words, what it came to.

    A run that had failed is finished only once none of its partitions is missing. One without a summary
    is still under way, and finishes by itself.
    """
    before = read_summary(target, run.campaign_id, run.run_id)
    if before is None:
        return None
    now = summarise(target.client("s3"), run, "succeeded", before.quality)
    if now.failed_partitions and before.status != "succeeded":
        return f"Run {run.run_id} still lacks {len(now.failed_partitions):,} partitions."
    quality = before.quality.wire() if before.quality else None
    invoke(target, "FinishFunction", {"run": run.wire(), "quality": quality})
    return f"Run {run.run_id}: {many(now.counts.output, 'record')} written, {now.counts.failed:,} not."
