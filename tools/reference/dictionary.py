"""The data dictionary's tables, from the schema, the rules and what the writers write."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import polars as pl

from expectations.report.reasons import REASONS
from local.stack.deploy import template
from pipelines import fanlist, scrubbed
from pipelines.schema import (
    FANLIST_FILE_COLUMNS,
    FANLIST_RECORD_COLUMNS,
    FILE_COLUMNS,
    RECORD_COLUMNS,
    RECORD_SCHEMA,
    REJECTED_SCHEMA,
    Column,
)
from steps.shared.payloads import FileRef, Run
from steps.streaming.demand_table.upserts import FANLIST_STAMP, SCORES_STAMP, UPDATED, Upsert
from steps.streaming.scores.fanlist_record import FanlistScore
from steps.streaming.scores.record import Score
from tools.reference.markdown import cell, code
from tools.reference.stored import ITEMS, OBJECTS, OTHERS_ATTRIBUTES

Rows = list[Sequence[str]]

_TYPES = {
    pl.String(): "text",
    pl.Float64(): "number",
    pl.Boolean(): "flag",
    pl.UInt32(): "whole number",
    pl.List(pl.String()): "list of texts",
}
_REJECTED = {
    "rowNumber": "The row's place in the file, 1 for the first; blank lines are no rows.",
    "lineNumber": "The line that the row begins in, 1 for the first line of the file.",
    "reasons": "Every reason that applies, in the contract's order.",
    "raw": "The row's fields as they stand in the file, in the header's order.",
}


def tables() -> dict[str, Any]:
    """Everything that the page's template shows."""
    records = {column.name: column for column in RECORD_COLUMNS}
    return {
        "scrubbed_file": [_in_file(column) for column in FILE_COLUMNS],
        "fanlist_file": [_in_file(column) for column in FANLIST_FILE_COLUMNS],
        "scrubbed_record": [_on_stream(column) for column in RECORD_COLUMNS],
        "fanlist_record": [_on_stream(column) for column in FANLIST_RECORD_COLUMNS],
        "rejected": [(code(name), _TYPES[dtype], _REJECTED[name]) for name, dtype in REJECTED_SCHEMA.items()],
        "reasons": list(_reasons()),
        "scrubbed_fan": _fan(_scrubbed_upsert(), records),
        "fanlist_fan": _fan(_fanlist_upsert(), records),
        "others": [(code(name), what) for name, what in OTHERS_ATTRIBUTES.items()],
        "items": ITEMS,
        "objects": list(_objects()),
    }


def _in_file(column: Column) -> Sequence[str]:
    needed = "yes" if column.required else f"one {column.one_of}" if column.one_of else ""
    return code(column.name), needed, *_described(column)


def _on_stream(column: Column) -> Sequence[str]:
    return code(column.name), *_described(column)


def _described(column: Column) -> Sequence[str]:
    personal = "yes" if column.personal else ""
    return _TYPES[column.dtype], column.unit or "", column.owner, personal, cell(column.description)


def _reasons() -> Iterator[Sequence[str]]:
    """Every reason in the contract's order: which kinds of file have it, and what it means."""
    listed = {
        "scrubbed": [rule.reason for rule in scrubbed.rules_of("campaign")],
        "fanlist": [rule.reason for rule in fanlist.rules_of("campaign")],
    }
    for reason in dict.fromkeys(listed["scrubbed"] + listed["fanlist"]):
        kinds = [kind for kind, reasons in listed.items() if reason in reasons]
        yield code(reason), "both" if len(kinds) == len(listed) else kinds[0], cell(REASONS.get(reason, ""))


def _scrubbed_upsert() -> Upsert:
    """Give what loadScoresToDynamoDB writes of a record that has nothing optional: all that it owns."""
    required = {"campaignId": "c", "globalUserId": "g", "score": 0.0, "isVerified": True}
    return Score.model_validate({**required, "runId": "r", "scoredAt": "2026-02-13T10:00:00.000Z"}).upsert()


def _fanlist_upsert() -> Upsert:
    record = {"globalUserId": "g", "memberId": None, "email": None, "score": 0.0, "tags": None}
    run = Run(
        run_id="r",
        campaign_id="c",
        campaign_name="c",
        source="fanlist",
        file=FileRef(bucket="b", key="k"),
        scored_at="2026-02-13T10:00:00.000Z",
        started_at="2026-02-13T10:00:00.000Z",
    )
    return FanlistScore(record, run).upsert()


def _fan(upsert: Upsert, columns: dict[str, Column]) -> Rows:
    """Give the attributes that one writer owns on a fan's item, in the order of the record."""
    said = {
        "fanlistScore": "The fan's score on the fanlist.",
        "fanlistTags": columns["tags"].description,
        **{stamp.run_id: columns["runId"].description for stamp in (SCORES_STAMP, FANLIST_STAMP)},
        **{stamp.scored_at: columns["scoredAt"].description for stamp in (SCORES_STAMP, FANLIST_STAMP)},
        UPDATED: "When the item was last written, by whichever writer.",
        "expires": "When it may go (Unix time, s), where `FanDays` is set; else absent.",
    }
    owned: Iterable[str] = [
        *upsert.values,
        *upsert.absent,
        upsert.stamp.run_id,
        upsert.stamp.scored_at,
        UPDATED,
        "expires",
    ]
    order = list(RECORD_SCHEMA)
    ordered = sorted(owned, key=lambda name: order.index(name) if name in order else len(order))
    return [(code(name), cell(said.get(name) or columns[name].description)) for name in ordered]


def _objects() -> Iterator[Sequence[str]]:
    """Say what the bucket holds and how long, by the template's lifecycle rules."""
    rules = template()["Resources"]["PipelineBucket"]["Properties"]["LifecycleConfiguration"]["Rules"]
    kept = {rule["Prefix"]: rule["ExpirationInDays"]["Ref"] for rule in rules if "ExpirationInDays" in rule}
    for place, what in OBJECTS.items():
        days = next((code(name) for prefix, name in kept.items() if place.startswith(prefix)), "not deleted")
        yield code(place), what, days
