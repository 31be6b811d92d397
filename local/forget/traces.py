"""What the table and the bucket have of a person, and how it is removed.

A person is named by a key as the table makes it, and is found by that key alone. What is not reached is
`NOT_REACHED`; the runbook says more of it.
"""

import base64
import json
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import polars as pl
from botocore.exceptions import ClientError

from local.errors import FailedError
from local.forget.fan import Fan
from local.recount import refuse_while_running
from local.stack.target import Target
from pipelines.sinks import csv_beside, spreadsheet, write_parquet
from steps.shared.bulk_calls import code_of
from steps.shared.storage import DEAD_LETTERS, write_json

NOT_REACHED = (
    "the uploaded files below scrubbed/ and fanlist/: a run of one of them brings the person back",
    "the functions' log, which names fans by id, for 30 days",
    "records on scoresStream and campaignDataStream, for 3 days",
    "earlier versions of what was changed in the bucket, for a day or two; the table's backups, for 35 days",
    "what the Entry Service, readers of campaignDataStream and whoever read the bucket or the table have got",
    "the same person under another key",
)
# Where rows of fans lie, in Parquet.
_ROWS = ("staging/", "rejected/", "fans/")
_AT_ONCE = 4
# What rejected rows carry, beside which stands a CSV of the same.
_HEADER = "header"
# Polars writes it anew; what else the metadata say is ours, and stays.
_OF_THE_FORMAT = "ARROW:schema"
_CAMPAIGN = "campaign:"


@dataclass(frozen=True)
class Trace:
    """What is kept of a person in one place, and how it is removed. `place` says nothing of them."""

    place: str
    records: int
    remove: Callable[[], object]


class _Look(Protocol):
    """Counts a person's records in an object and, where told to, leaves them out of it."""

    def __call__(self, target: Target, fan: Fan, key: str, *, remove: bool) -> int: ...


def traces(target: Target, fan: Fan, campaign: str | None) -> list[Trace]:
    """Find what the table and the bucket keep of a person; changes nothing.

    Args:
        target: the stack.
        fan: who.
        campaign: only of this one; None of all.

    Raises:
        MovingError: a run is under way, which would bring the person back, or miss a row of its own.
        FailedError: an object cannot be read.
    """
    known = {*target.folders("staging/"), *target.folders("runs/")}
    for one in [campaign] if campaign else sorted(known):
        refuse_while_running(target, one)
    found = list(_items(target, fan, campaign))
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        looked = pool.map(lambda place: _trace(target, fan, *place), _objects(target, campaign))
        return found + [trace for trace in looked if trace is not None]


def _items(target: Target, fan: Fan, campaign: str | None) -> Iterator[Trace]:
    dynamodb, table = target.client("dynamodb"), target.stack.table
    pages = dynamodb.get_paginator("query").paginate(
        TableName=table,
        ConsistentRead=True,
        KeyConditionExpression="PK = :fan AND begins_with(SK, :campaign)",
        ProjectionExpression="PK, SK",
        ExpressionAttributeValues={":fan": {"S": fan.key}, ":campaign": {"S": _CAMPAIGN}},
    )
    for item in (item for page in pages for item in page["Items"]):
        name = item["SK"]["S"].removeprefix(_CAMPAIGN)
        if campaign in (None, name):

            def remove(key: dict[str, Any] = item) -> None:
                dynamodb.delete_item(TableName=table, Key=key)

            yield Trace(f"table {table}, campaign {name}", 1, remove)


def _objects(target: Target, campaign: str | None) -> Iterator[tuple[str, _Look]]:
    """Give the keys of all objects that may hold rows of fans, and how to look into each."""
    for prefix in _ROWS:
        for found in target.objects(f"{prefix}{campaign}/" if campaign else prefix):
            if found["Key"].endswith(".parquet"):
                yield found["Key"], _rows
    for found in target.objects(DEAD_LETTERS):
        # dead-letters/[replayed/]<function>/<campaignId>/...
        _, of, *_ = found["Key"].removeprefix(DEAD_LETTERS).removeprefix("replayed/").split("/")
        if campaign in (None, of):
            yield found["Key"], _dead_letter


def _trace(target: Target, fan: Fan, key: str, look: _Look) -> Trace | None:
    """Look for the person in one object; one that is gone by now keeps nothing of anybody."""

    def looked(*, remove: bool) -> int:
        try:
            return look(target, fan, key, remove=remove)
        except ClientError as error:
            if code_of(error) not in ("NoSuchKey", "404"):
                raise
            return 0
        except (pl.exceptions.ComputeError, ValueError):
            raise FailedError(
                f"'{key}' cannot be read, so it may hold the person's data: repair or delete it, then "
                "try again."
            ) from None

    records = looked(remove=False)
    return Trace(key, records, lambda: looked(remove=True)) if records else None


def _rows(target: Target, fan: Fan, key: str, *, remove: bool) -> int:
    s3, bucket = target.client("s3"), target.stack.bucket
    with tempfile.TemporaryDirectory() as folder:
        before, after = Path(folder, "before"), Path(folder, "after")
        s3.download_file(bucket, key, str(before))
        rows = pl.scan_parquet(before)
        theirs = fan.among(rows.collect_schema().names())
        found = int(rows.select(theirs.sum()).collect().item())
        if found and remove:
            left = rows.filter(~theirs)
            said = pl.read_parquet_metadata(before)
            said.pop(_OF_THE_FORMAT, None)
            write_parquet(left, str(after), None, said)
            if header := said.get(_HEADER):
                # First: found again in the Parquet file, it is written anew by the next attempt.
                table = Path(folder, "table")
                spreadsheet(left, json.loads(header)).sink_csv(table)
                s3.upload_file(str(table), bucket, csv_beside(key))
            s3.upload_file(str(after), bucket, key)
    return found


def _dead_letter(target: Target, fan: Fan, key: str, *, remove: bool) -> int:
    # A document that is left without any record goes.
    s3, bucket = target.client("s3"), target.stack.bucket
    document = json.loads(s3.get_object(Bucket=bucket, Key=key)["Body"].read())
    left, found = dict(document), 0
    for name, theirs in _IN_DEAD_LETTERS.items():
        if name in document:
            left[name] = [one for one in document[name] if not theirs(fan, one)]
            found += len(document[name]) - len(left[name])
    if found and remove:
        if any(left.get(name) for name in _IN_DEAD_LETTERS):
            write_json(s3, bucket, key, left)
        else:
            s3.delete_object(Bucket=bucket, Key=key)
    return found


# The lists of a dead letter's records, and whether one of them is the person's.
_IN_DEAD_LETTERS: dict[str, Callable[[Fan, Any], bool]] = {
    "Records": lambda fan, one: fan.in_text(_decoded(one["kinesis"]["data"])),
    "notSaved": lambda fan, one: fan.in_record(one["record"]),
    "notStreamed": lambda fan, one: fan.in_text(one["data"]),
}


def _decoded(data: str) -> str:
    try:
        return base64.b64decode(data).decode(errors="replace")
    except ValueError:
        return data
