"""A run's report in the bucket: written by CheckQuality, written again by whoever ends the run."""

from collections.abc import Sequence
from datetime import datetime

from expectations.report.model import About, Entry, Facts, InputCounts, OnSale, Outcome, Stage
from expectations.report.outcomes import entry_of
from expectations.report.page import Links, render_listing, render_report, title_of
from steps.shared.aws_types import S3Client
from steps.shared.clock import now_iso
from steps.shared.counts import FanlistCounts
from steps.shared.observability import logger
from steps.shared.payloads import Processing, RunSummary
from steps.shared.storage import (
    ENTRIES,
    RunFolder,
    console_url,
    list_keys,
    read_all,
    read_json,
    write_json,
    write_page,
)
from steps.streaming.verdict.posts import LastPosts
from steps.streaming.verdict.store import VerdictStore

_MOST_LISTED = 200


def about(run: Processing) -> About:
    """Return what a report says of a run and its file."""
    return About(**run.model_dump(), file_key=run.file.key, file_bytes=run.file.bytes)


def publish_report(
    s3: S3Client,
    folder: RunFolder,
    facts: Facts,
    outcome: Outcome,
    docs: Sequence[str],
    entries: Sequence[Entry] = (),
) -> str:
    """Write the page as far as the run has come, with links to its Data Docs, and return its s3:// URI.

    `entries` are the campaign's newest runs, where somebody has read them.
    """
    page = render_report(facts, outcome, _links(folder, facts, docs), entries)
    write_page(s3, folder.bucket, folder.report, page)
    return folder.uri(folder.report)


def publish_again(s3: S3Client, verdicts: VerdictStore, folder: RunFolder) -> str | None:
    """Write the page and the lists of a run that is over, as far as its records are counted by now.

    However often it is asked for: what is written is what is known then.
    """
    return publish_end(s3, verdicts, RunSummary.model_validate(read_json(s3, folder.bucket, folder.summary)))


def publish_end(s3: S3Client, verdicts: VerdictStore, summary: RunSummary) -> str | None:
    """Write the page and the lists once more, when a run is over, and return the page's s3:// URI.

    A run's end does not depend on its page: what goes wrong here is logged, None is returned, and the page
    that CheckQuality wrote stays.
    """
    try:
        folder = RunFolder.of(summary)
        left = set(list_keys(s3, folder.bucket, f"{folder.quality}/"))
        facts = (
            Facts.model_validate(read_json(s3, folder.bucket, folder.facts))
            if folder.facts in left
            else _facts_without_a_gate(summary)
        )
        outcome = outcome_of(verdicts, summary, facts.checked_at)
        docs = f"{folder.data_docs}/"
        names = sorted(key.removeprefix(docs) for key in left if key.startswith(docs))
        if folder.facts not in left:
            write_json(s3, folder.bucket, folder.facts, facts.wire())
        write_json(s3, folder.bucket, folder.entry, entry_of(facts, outcome).wire())
        own, newest = _listed(s3, folder)
        report = publish_report(s3, folder, facts, outcome, names, own)
        _publish_lists(s3, folder, own, newest)
    except Exception as error:  # noqa: BLE001
        # Only the type: a library's message may quote what it was given.
        logger.error("the report could not be written", extra={"error": type(error).__name__})
        return None
    return report


def outcome_of(verdicts: VerdictStore, summary: RunSummary, checked_at: str | None) -> Outcome:
    """Return what has become of a run by now, and of its campaign, as a report shows it."""
    counts = summary.counts
    counted = verdicts.run(summary.campaign_id, summary.run_id).counted
    published, saved = counts.output, None
    if isinstance(counts, FanlistCounts):
        # Stream and tally have the withdrawals in them: of the records at least so many.
        published, saved = max(counts.stream.out - counts.withdrawn, 0), counts.output
    has_left = summary.status == "succeeded" or (
        summary.status == "failed" and counts.output + counts.withdrawn > 0
    )
    last = verdicts.last_posts(summary.campaign_id)
    return Outcome(
        on_sale=_on_sale(verdicts, summary, last),
        name=last.name,
        status=summary.status,
        published=published,
        saved=saved,
        counted=max(counted - counts.withdrawn, 0) if has_left else None,
        failed=counts.failed if has_left else 0,
        failed_partitions=summary.failed_partitions if has_left else [],
        error=summary.error,
        cause=summary.cause,
        finished_at=summary.finished_at,
        as_of=now_iso(),
        stages=_stages(summary, checked_at if has_left else None),
    )


def _on_sale(verdicts: VerdictStore, summary: RunSummary, last: LastPosts) -> OnSale | None:
    """Return what the campaign has on sale now: of its counts or, for a fanlist, the run's records.

    Where the run was the last to say a verdict, that is compared with the one before.
    """
    post = last.last(summary.source)
    before = post.before_run(summary.run_id)
    if summary.source == "fanlist":
        # A run without records in the table leaves what was said last.
        count = summary.counts.output or post.count
        return None if count is None else OnSale(count=count, before=before)
    now = verdicts.counts(summary.campaign_id)
    if post.said is None and not now.verified + now.rejected:
        return None
    return OnSale(count=now.verified, before=before, rejected=now.rejected, selected=now.selected)


def seconds_between(start: str, end: str) -> float:
    """Return the time between two moments of the contract's spelling."""
    return (datetime.fromisoformat(end) - datetime.fromisoformat(start)).total_seconds()


def _stages(summary: RunSummary, checked_at: str | None) -> list[Stage]:
    whole = Stage(name="The whole run", seconds=seconds_between(summary.started_at, summary.finished_at))
    if checked_at is None:
        return [whole]
    name = "Saving and publishing" if summary.source == "fanlist" else "Publishing"
    return [Stage(name=name, seconds=seconds_between(checked_at, summary.finished_at)), whole]


def _facts_without_a_gate(summary: RunSummary) -> Facts:
    """Of a run that ended before its records were checked: what its summary knows."""
    return Facts(
        about=about(summary),
        counts=InputCounts(**summary.rows.model_dump()),
        unknown_columns=summary.unknown_columns,
    )


def _links(folder: RunFolder, facts: Facts, docs: Sequence[str]) -> Links:
    """Links into the console: the bucket is private, so a page in it cannot lead to another by itself."""

    def to(key: str) -> str:
        return console_url(folder.uri(key))

    invalid = facts.counts.invalid > 0
    return Links(
        data_docs={name.removesuffix(".html"): to(f"{folder.data_docs}/{name}") for name in docs},
        results=to(folder.validation) if facts.rules else None,
        rejects=to(folder.rejected) if invalid else None,
        rejects_csv=to(folder.rejected_csv) if invalid else None,
        rejects_place=folder.uri(folder.rejected) if invalid else None,
        runs=to(folder.campaign_index),
    )


def _listed(s3: S3Client, folder: RunFolder) -> tuple[list[Entry], list[Entry]]:
    """Return the runs' own lines, the newest first: of the campaign, and of all campaigns."""
    keys = sorted(list_keys(s3, folder.bucket, ENTRIES), reverse=True)
    own = [key for key in keys if key.endswith(f".{folder.campaign_id}.json")][:_MOST_LISTED]
    newest = keys[:_MOST_LISTED]
    wanted = sorted({*newest, *own})
    entries = dict(zip(wanted, map(Entry.model_validate, read_all(s3, folder.bucket, wanted)), strict=True))
    return [entries[key] for key in own], [entries[key] for key in newest]


def _publish_lists(s3: S3Client, folder: RunFolder, own: Sequence[Entry], newest: Sequence[Entry]) -> None:
    """Write both lists from the runs' own lines, so that whoever ends last writes them all.

    Two runs that end in the same breath may each miss the other; the next end shows both.
    """

    def listed(entries: Sequence[Entry]) -> list[tuple[Entry, str]]:
        return [(entry, _report_of(folder.bucket, entry)) for entry in entries]

    everything = console_url(folder.uri(folder.index))
    page = render_listing(listed(own), title_of(own), everything)
    write_page(s3, folder.bucket, folder.campaign_index, page)
    write_page(s3, folder.bucket, folder.index, render_listing(listed(newest), "All campaigns"))


def _report_of(bucket: str, entry: Entry) -> str:
    folder = RunFolder(bucket, entry.campaign_id, entry.run_id)
    return console_url(folder.uri(folder.report))
