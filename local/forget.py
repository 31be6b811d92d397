"""What the table and the bucket have of a person, and how it is removed.

A person is named by a key as the table makes it, and is found by that key alone. What is not reached is
`NOT_REACHED`; the runbook says more of it.
"""

import base64
import json
import re
import tempfile
import unicodedata
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import polars as pl
from botocore.exceptions import ClientError

from local.errors import FailedError, UsageError
from local.recount import refuse_while_running
from local.stack.target import Target
from local.status import campaigns_of
from pipelines.identify import KINDS
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
class Fan:
    """A person by one of their identifiers: `kind` is the beginning of the table's `PK`."""

    kind: str
    value: str

    @classmethod
    def named(cls, text: str) -> Self:
        """Read a key.

        Raises:
            UsageError: it is none.
        """
        kind, _, value = unicodedata.normalize("NFC", text).partition(":")
        value = value.strip().lower() if kind == "email" else value.strip()
        if kind not in KINDS or not value:
            raise UsageError(
                "Name the fan as the table does: fan:<globalUserId>, sid:<memberId> or email:<address>."
            )
        return cls(kind, value)

    @property
    def key(self) -> str:
        """The table's `PK`."""
        return f"{self.kind}:{self.value}"

    def among(self, columns: list[str]) -> pl.Expr:
        """Whether a row of these columns is of the person.

        A rejected row has only raw fields: it is theirs where one of these holds the identifier as a word.
        """
        asked = [
            pl.col(name).eq_missing(value)
            for name, value in ((KINDS[self.kind], self.value), ("fan", self.key))
            if name in columns
        ]
        if "raw" in columns:
            asked.append(pl.col("raw").list.eval(pl.element().str.contains(self._word)).list.any())
        return pl.any_horizontal(asked).fill_null(value=False) if asked else pl.lit(value=False)

    def in_text(self, text: str) -> bool:
        """Whether a record is of the person; in one that cannot be read the identifier has to be a word."""
        try:
            return self.in_record(json.loads(text))
        except (ValueError, RecursionError):
            return re.search(self._word, text) is not None

    def in_record(self, record: Any) -> bool:
        """Whether a record, as it is on a stream, is of the person."""
        return isinstance(record, dict) and record.get(KINDS[self.kind]) == self.value

    @property
    def _word(self) -> str:
        # An address is no part of a longer one; both Polars' regular expressions and Python's read this.
        case = "(?i)" if self.kind == "email" else ""
        return rf"{case}(?:^|[^\w.+@-]){re.escape(self.value)}\.?(?:$|[^\w.@-])"


@dataclass(frozen=True)
class Trace:
    """What is kept of a person in one place, and how it is removed. `place` says nothing of them."""

    place: str
    records: int
    remove: Callable[[], object]


# Counts a person's records in an object and, where told to, leaves them out of it.
_Look = Callable[[Target, Fan, str, bool], int]


def traces(target: Target, fan: Fan, campaign: str | None) -> list[Trace]:
    """Find what the table and the bucket keep of a person, of one campaign or of all; changes nothing.

    Raises:
        MovingError: a run is under way, which would bring the person back, or miss a row of its own.
        FailedError: an object cannot be read.
    """
    for one in [campaign] if campaign else campaigns_of(target):
        refuse_while_running(target, one)
    found = list(_items(target, fan, campaign))
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        looked = pool.map(lambda place: _trace(target, fan, *place), _objects(target, campaign))
        return found + [trace for trace in looked if trace is not None]


def _items(target: Target, fan: Fan, campaign: str | None) -> Iterator[Trace]:
    dynamodb, table = target.client("dynamodb"), target.stack.table
    pages = target.table_pages(
        "query",
        {"fan": fan.key, "campaign": _CAMPAIGN},
        KeyConditionExpression="PK = :fan AND begins_with(SK, :campaign)",
        ProjectionExpression="PK, SK",
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

    def looked(remove: bool) -> int:
        try:
            return look(target, fan, key, remove)
        except ClientError as error:
            if code_of(error) not in ("NoSuchKey", "404"):
                raise
            return 0
        except (pl.exceptions.ComputeError, ValueError):
            raise FailedError(
                f"'{key}' cannot be read, so it may hold the person's data: repair or delete it, then "
                "try again."
            ) from None

    records = looked(False)
    return Trace(key, records, lambda: looked(True)) if records else None


def _rows(target: Target, fan: Fan, key: str, remove: bool) -> int:
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


def _dead_letter(target: Target, fan: Fan, key: str, remove: bool) -> int:
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
