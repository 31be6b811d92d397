"""The contract with pandas, whole columns at a time; Python loops only over the repeated fans.

Leaves out: file-wide refusals; headers in another order, spelling or number; blank lines (it skips lines
of white space too); rows with more than one surplus field (it drops them); the raw values of rejected
rows; partitions. It cannot tell a bad byte from a replacement character that stood in the file.
"""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from bench.contestants.common import (
    CAMPAIGN_ID,
    CONTROL,
    FILE_COLUMNS,
    LONGEST_ID,
    NO,
    OPTIONAL_NUMBERS,
    REASONS,
    RUN_ID,
    SCORED_AT,
    YES,
    Counts,
    main,
)

_SURPLUS = "_surplus"
_NUMBERS = ("score", *OPTIONAL_NUMBERS)
_EMAIL = r"[^@\s]+@[^@\s]+\.[^@\s]+"
_TEXTS = pa.list_(pa.string())


def prepare(source: Path, folder: Path) -> Counts:
    """Reads the file whole, judges all rows, merges and writes."""
    rows = read(source)
    faults = judge(rows)
    is_bad = faults.to_numpy().any(axis=1)
    _write_rejected(faults[is_bad], folder / "rejected.parquet")
    first = faults[is_bad].to_numpy().argmax(axis=1)
    accepted = rows[~is_bad]
    records = merge(accepted)
    _write_records(records, folder / "records")
    by_reason = dict(zip(REASONS, np.bincount(first, minlength=len(REASONS)).tolist(), strict=True))
    return Counts(
        rows_in=len(rows),
        invalid=int(is_bad.sum()),
        duplicate=len(accepted) - len(records),
        valid=len(records),
        invalid_by={reason: count for reason, count in by_reason.items() if count},
    )


def read(source: Path) -> pd.DataFrame:
    """Reads every cell as trimmed text, null where empty; a column more shows the surplus field."""
    rows = pd.read_csv(
        source,
        names=[*FILE_COLUMNS, _SURPLUS],
        header=None,
        skiprows=1,
        index_col=False,
        dtype="str",
        na_values=[""],
        keep_default_na=False,
        encoding_errors="replace",
    )
    is_bad = pd.Series(data=False, index=rows.index)
    for name in rows.columns:
        is_bad |= rows[name].str.contains("\ufffd", regex=False, na=False)
        if name != _SURPLUS:
            text = rows[name].str.strip()
            rows[name] = text.mask(text == "")
    rows["_badEncoding"] = is_bad
    return rows


def judge(rows: pd.DataFrame) -> pd.DataFrame:
    """Adds rank, numbers and flag to the rows in place; returns a column of booleans for each reason."""
    rows["hbase"] = rows["hbase"].str.lower()
    rows["rank"] = _rank(rows)
    bad_number = pd.Series(data=False, index=rows.index)
    for name in _NUMBERS:
        value = pd.to_numeric(rows[name], errors="coerce").where(np.isfinite).astype("float64")
        if name != "score":
            bad_number |= rows[name].notna() & value.isna()
        rows[name] = value + 0.0
    words: dict[str, bool] = dict.fromkeys(YES, True) | dict.fromkeys(NO, False)
    rows["isVerified"] = rows["isVerified"].str.lower().map(words)
    faults = {
        "malformed_row": rows[_SURPLUS].notna(),
        "bad_encoding": rows["_badEncoding"],
        "campaign_mismatch": rows["campaignId"].notna() & (rows["campaignId"] != CAMPAIGN_ID),
        "missing_id": rows["globalUserId"].isna(),
        "bad_id": rows["globalUserId"].str.contains(CONTROL, na=False)
        | (rows["globalUserId"].str.encode("utf-8").str.len() > LONGEST_ID),
        "bad_score": rows["score"].isna() | (rows["score"] < 0),
        "bad_verified_flag": rows["isVerified"].isna(),
        "bad_number": bad_number,
        "bad_email": rows["email"].notna() & ~rows["email"].str.fullmatch(_EMAIL, na=False),
        "unranked": rows["rank"].isna(),
    }
    return pd.DataFrame({reason: applies.astype(bool) for reason, applies in faults.items()})


def _rank(rows: pd.DataFrame) -> pd.Series:
    """Ranks each pair of market and preferences once: a file holds few of them."""
    pairs = rows[["hbase", "marketPreferences"]].drop_duplicates()
    ranks = []
    for market, preferences in pairs.itertuples(index=False):
        entries = _entries(preferences.lower()) if isinstance(preferences, str) else []
        ranks.append(entries.index(market) if market in entries else None)
    pairs["rank"] = pd.Series(ranks, index=pairs.index, dtype="float64")
    return rows.merge(pairs, how="left", on=["hbase", "marketPreferences"])["rank"]


def merge(accepted: pd.DataFrame) -> pd.DataFrame:
    """Keeps each fan's best row and gives it the events and tags of all."""
    # A stable sort keeps the order of the file among equals.
    ordered = accepted.sort_values(["score", "rank"], ascending=[False, True], kind="stable")
    best = ordered.drop_duplicates("globalUserId").copy()
    best["rank"] = best["rank"].astype("int64")
    best["events"] = [
        [None] * rank + [market] for rank, market in zip(best["rank"], best["hbase"], strict=True)
    ]
    tags = {text: _tags([text]) for text in best["tags"].unique()}
    best["tags_"] = [tags[text] for text in best["tags"]]
    repeated = ordered[ordered.duplicated("globalUserId", keep=False)]
    merged = {fan: _merge_fan(rows) for fan, rows in _by_fan(repeated).items()}
    place = pd.Series(np.arange(len(best)), index=best["globalUserId"])
    for name, position in (("rank", 0), ("events", 1), ("tags_", 2)):
        column = best[name].tolist()
        for fan, values in merged.items():
            column[place[fan]] = values[position]
        best[name] = pd.Series(column, index=best.index, dtype="object" if position else "int64")
    return best


def _by_fan(rows: pd.DataFrame) -> dict[str, list[tuple[int, str, Any]]]:
    """The rows of each fan, best first, as rank, market and tags."""
    fans: dict[str, list[tuple[int, str, Any]]] = {}
    for fan, rank, market, tags in rows[["globalUserId", "rank", "hbase", "tags"]].itertuples(index=False):
        fans.setdefault(fan, []).append((int(rank), market, tags))
    return fans


def _merge_fan(rows: list[tuple[int, str, Any]]) -> tuple[int, list[str | None], list[str] | None]:
    events: list[str | None] = [None] * (max(rank for rank, _, _ in rows) + 1)
    for rank, market, _ in reversed(rows):
        events[rank] = market
    return min(rank for rank, _, _ in rows), events, _tags([tags for _, _, tags in rows])


def _tags(texts: list[Any]) -> list[str] | None:
    found = dict.fromkeys(entry for text in texts if isinstance(text, str) for entry in _entries(text))
    return list(found) or None


def _entries(text: str) -> list[str]:
    return [entry.strip() for entry in text.split("|") if entry.strip()]


def _write_records(records: pd.DataFrame, folder: Path) -> None:
    columns: dict[str, pa.Array] = {}
    for name in FILE_COLUMNS[:-1]:
        if name not in {"marketPreferences", "tags"}:
            columns[name] = pa.Array.from_pandas(records[name])
    columns["campaignId"] = pa.repeat(CAMPAIGN_ID, len(records))
    columns["email"] = pa.Array.from_pandas(records["email"].str.lower())
    for name in ("phoneCountryCode", "phoneNumber"):
        digits = records[name].str.replace("[^0-9]+", "", regex=True)
        columns[name] = pa.Array.from_pandas(digits.mask(digits == ""))
    columns["isVerified"] = pa.array(records["isVerified"].astype(bool))
    columns["rank"] = pa.array(records["rank"], pa.uint32())
    columns["events"] = pa.array(records["events"].tolist(), _TEXTS)
    columns["tags"] = pa.array(records["tags_"].tolist(), _TEXTS)
    columns["runId"] = pa.repeat(RUN_ID, len(records))
    columns["scoredAt"] = pa.repeat(SCORED_AT, len(records))
    folder.mkdir()
    _write(pa.table(columns), folder / "part-00000.parquet")


def _write_rejected(faults: pd.DataFrame, path: Path) -> None:
    reasons = [
        [reason for reason, applies in zip(REASONS, row, strict=True) if applies] for row in faults.to_numpy()
    ]
    numbers = pa.array(faults.index + 1, pa.uint32())
    _write(pa.table({"rowNumber": numbers, "reasons": pa.array(reasons, _TEXTS)}), path)


def _write(table: pa.Table, path: Path) -> None:
    pq.write_table(table, path, compression="zstd", compression_level=1, write_statistics=False)


if __name__ == "__main__":
    main(prepare)
