"""What the demand table and the bucket hold, in words: their keys and attributes are made all over `steps/`.

`tests/end_to_end/test_dictionary.py` looks for what whole runs leave and this does not know.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from steps.shared.campaign_keys import CLAIM, COUNTS, COUNTS_LOOK, LATEST, LOOK, POSITION, RUN, SAID
from tools.reference.markdown import code


@dataclass(frozen=True)
class Item:
    """One kind of item in the demand table.

    Args:
        sort_key: its `SK`, with what varies in angle brackets; its `PK` where that is not the campaign.
        what: what one item is.
        writers: who writes it.
        attributes: what each means, beside `PK` and `SK`.
    """

    sort_key: str
    what: str
    writers: str
    attributes: Mapping[str, str]
    partition_key: str = "campaign:<campaignId>"

    def rows(self) -> list[tuple[str, str]]:
        """Give the attributes as a table's rows."""
        return [(code(name), what) for name, what in self.attributes.items()]


_UPDATED = {"updated": "When it was last written (UTC, ISO-8601 ms Z)."}

ITEMS: tuple[Item, ...] = (
    Item(
        COUNTS,
        "the campaign's fans by state",
        "processSavedScores; `vf recount`",
        {
            "verified": "Fans whose `isVerified` is true.",
            "rejected": "Fans whose `isVerified` is false.",
            "selected": "Fans whose `verdict` is `selected`.",
            **_UPDATED,
        },
    ),
    Item(
        f"{RUN}<runId>",
        "a run, how it goes and how many of its records are counted",
        "Resolve, CheckQuality, Finish, ReportFailure; the streaming workers but saveEntryScoring",
        {
            "source": "`scrubbed` or `fanlist`.",
            "scoredAt": "When its file was scored; of a forced run, when it was forced.",
            "startedAt": "When Resolve claimed it.",
            "finishedAt": "When it ended.",
            "fileKey": "The file's key.",
            "executionArn": "The execution that runs it.",
            "status": "`running`, `succeeded`, `failed` or `quarantined`.",
            "output": "Records that it sent on, known once it ended.",
            "counted": "Records of the run that have arrived in the table and are counted.",
            "stale": "Records that were not written, since a newer run has their fans; maybe some twice.",
            "updated": "When a record of it was last counted or found stale.",
            "verdict": "What became of its verdict: `posted`, `unchanged`, `warned` or `overtaken`.",
            "qualityAccepted": "What the gate refused and somebody accepted.",
            "qualityAcceptedAt": "When it was accepted.",
            "alertedAt": "When the channel was told that it ended badly.",
            "expires": "When it may go (Unix time, s): 400 days after a state last wrote here.",
            "look": "The verdict's look that has been asked for.",
            "lookBy": "The message that asked for it.",
            "lookUntil": "Until when no copy of the message may ask again (Unix time, s).",
        },
    ),
    Item(
        f"{LATEST}<scrubbed or fanlist>",
        "the campaign's newest run of a kind that passed its gate or was accepted",
        "CheckQuality",
        {
            "runId": "The run.",
            "scoredAt": "When its file was scored.",
            "beforeRunId": "The newest run before it of an earlier file; empty where there is none.",
            "beforeScoredAt": "When that one was scored.",
            **_UPDATED,
        },
    ),
    Item(
        f"{CLAIM}<SHA-256>",
        "a version of an uploaded object that has a run",
        "Resolve",
        {
            "objectVersion": "The object's key and version.",
            "executionArn": "The execution that has it.",
            "claimedAt": "Since when.",
            "expires": "When it may go (Unix time, s): 400 days later.",
        },
    ),
    Item(
        SAID,
        "what the channel was last told",
        "verdictReporter",
        {
            "scrubbed": "`verified`, `rejected` and `selected` as last posted.",
            "fanlist": "`records` and `scoredAt` of the fanlist run last posted.",
            "warned": "The run that was last warned about.",
            "leaseOwner": "Who is about to post.",
            "leaseUntil": "Until when nobody else may (Unix time, s).",
            **_UPDATED,
        },
    ),
    Item(
        f"{LOOK}<kind>:<count>",
        "the same as a run's `look`, for a verdict message without a run",
        "verdictReporter",
        {"look": "As above.", "lookBy": "As above.", "lookUntil": "As above."},
    ),
    Item(
        COUNTS_LOOK,
        "the look at the campaign's counts that is in flight",
        "processSavedScores; verdictReporter; `vf recount`",
        {"due": "When it will be taken at the earliest (Unix time, s); past where none is in flight."},
    ),
    Item(
        f"{POSITION}<shard>",
        "how far a shard of the table's stream is counted, written in one transaction with the counts",
        "processSavedScores",
        {
            "sequenceNumber": "The last counted change's, padded to sort as text.",
            **_UPDATED,
            "expires": "When it may go (Unix time, s): 30 days after `updated`.",
        },
        partition_key="stream:<table>",
    ),
)

# What others than this system own on a fan's item, and the counting reads.
OTHERS_ATTRIBUTES: Mapping[str, str] = {
    "verdict": "`selected`, in any case, counts the fan as selected. Belongs to the selection.",
    "selectedEvents": "The events that the fan was selected for. Belongs to the selection.",
}

OBJECTS: Mapping[str, str] = {
    "scrubbed/registrants.<campaignId>.<campaignName>.<dateTime>...csv": "A scored registration file.",
    "fanlist/scored/<campaignId>/<dateTime>.csv": "A fanlist.",
    "staging/<campaignId>/<runId>/records/part-<n>.parquet": "One partition of records, as they go out.",
    "staging/<campaignId>/<runId>/manifest.json": "The partitions: what FanOut's children are started with.",
    "staging/<campaignId>/<runId>/prepared.json": "The prepared file's counts, reasons and unknown columns.",
    "staging/<campaignId>/<runId>/published/part-<n>.json": "What became of one partition.",
    "rejected/<campaignId>/<runId>.parquet": "The rejected rows with their reasons and raw values.",
    "fans/<campaignId>/<runId>.parquet": (
        "Who stands after the run: the file's fans, and those of earlier files who are not in it."
    ),
    "runs/<campaignId>/<runId>/summary.json": "The run's summary: file, counts, reasons, quality, its end.",
    "data-quality/": "Reports, Data Docs, lists of the runs ([more](data-quality.md)).",
    "aside/<function>/<campaignId>/...": (
        "What could not be delivered, for a replay ([more](operations.md#what-is-kept-aside-and-replays))."
    ),
    "aside/replayed/<function>/<campaignId>/...": "What has been replayed since.",
}
