"""The scrubbed contract once more, in plain Python: `csv`, dicts and loops, written from the contract alone.

Slow and plain on purpose. It shares no code with `pipelines/`, so that a misreading of the contract has to
be made twice to go unseen.
"""

import csv
import io
import re
import unicodedata
from dataclasses import dataclass
from typing import Any

from tests.pipelines.reference_cells import (
    BAD_BYTE,
    NUMBERS,
    clean,
    entries,
    flag,
    is_address,
    is_bad_id,
    is_word,
    number,
    seen,
)

REQUIRED = ["globalUserId", "score", "isVerified", "hbase", "marketPreferences"]
OPTIONAL = [
    "campaignId",
    "memberId",
    "email",
    "firstName",
    "lastName",
    "phoneCountryCode",
    "phoneNumber",
    "registrationScore",
    "accountScore",
    "nudetectScore",
    "localFanscore",
    "tags",
]
REASONS = [
    "malformed_row",
    "bad_encoding",
    "campaign_mismatch",
    "missing_id",
    "bad_id",
    "totals_row",
    "bad_score",
    "bad_verified_flag",
    "bad_number",
    "bad_email",
    "unranked",
]


class RefusedError(Exception):
    """The file is refused whole."""


@dataclass
class Outcome:
    rows_in: int
    rejected: list[tuple[int, list[str]]]
    raw: dict[int, list[str]]
    records: list[dict[str, Any]]
    duplicate: int
    invalid_by: dict[str, int]
    unknown: list[str]


def read_rows(content: bytes) -> list[list[str]]:
    """Every line that is not blank; bytes that are no UTF-8 become lone surrogates."""
    if b"\0" in content or not content.removeprefix(b"\xef\xbb\xbf").strip(b"\r\n"):
        raise RefusedError
    text = content.decode("utf-8-sig", errors="surrogateescape")
    # A carriage return that ends no line is a character like any other.
    text = re.sub("\r(?!\n)", "\ue000", text)
    end = "\ue001end"
    if not text.endswith("\n"):
        text += "\n"
    rows = list(csv.reader(io.StringIO(text + end, newline="\n")))
    if rows.pop() != [end]:
        raise RefusedError
    rows = [[cell.replace("\ue000", "\r") for cell in row] for row in rows]
    # A line of carriage returns alone is blank (CR CR LF).
    return [row for row in rows if row and not (len(row) == 1 and re.fullmatch("\r+", row[0]))]


def name_of(cell: str) -> str:
    """A header's name as it is compared."""
    return seen(unicodedata.normalize("NFC", cell)).strip().lower()


def bare(name: str) -> str:
    """A name without case, blanks and signs."""
    return "".join(character for character in name_of(name) if character.isalnum())


def expect_identifiers(header: list[str], identifiers: list[str]) -> None:
    """An identifier that is only there in another spelling refuses the file."""
    names = {name_of(name) for name in header}
    if any(name.lower() not in names and name.lower() in map(bare, header) for name in identifiers):
        raise RefusedError


def without_headers(
    header: list[str], rows: list[list[str]], columns: list[str], required: list[list[str]]
) -> list[list[str]]:
    """The rows without the header's repetitions; another header among them refuses the file."""
    spelt = [name_of(cell) for cell in header]
    names = ({bare(cell) for cell in header} | {name.lower() for name in columns}) - {""}
    names = {name for name in names if not name.isdecimal()}
    kept = []
    for row in rows:
        cells = row[: len(header)] + [""] * (len(header) - len(row))
        if [name_of(cell) for cell in cells] == spelt and len(row) <= len(header):
            continue
        cells = [bare(cell) for cell in cells]
        scores = [cell for name, cell in zip(spelt, cells, strict=True) if name == "score"]
        found = {cell for cell in cells if cell in names}
        is_most = len(found) > 1 and 2 * len(found) > sum(cell != "" for cell in cells)
        has_all = all(any(name.lower() in cells for name in group) for group in required)
        has_score = "score" in cells or any(cell in names for cell in scores)
        near = [*cells[:2], *scores]
        no_score = all(not cell or cell in names for cell in scores)
        if names & set(near) and no_score and (has_all or (is_most and has_score)):
            raise RefusedError
        kept.append(row)
    return kept


def combine(
    header: list[str], row: list[str], columns: list[str] = REQUIRED + OPTIONAL
) -> dict[str, str | None]:
    canonical = {name.lower(): name for name in columns}
    fields: dict[str, str | None] = dict.fromkeys(canonical.values())
    for name, cell in zip(header, row, strict=False):
        column = canonical.get(name_of(name))
        value = clean(column, cell.strip()) if column else ""
        if column is None or not value:
            continue
        if column == "tags" and fields["tags"]:
            fields["tags"] = f"{fields['tags']}|{value}"
        elif fields[column] is None:
            fields[column] = value
    return fields


def rank_of(fields: dict[str, str | None]) -> int | None:
    markets = [market.lower() for market in entries(fields["marketPreferences"])]
    hbase = (fields["hbase"] or "").lower()
    return markets.index(hbase) if hbase in markets else None


def ranked(fields: dict[str, str | None]) -> dict[str, Any]:
    """A row's fields with its score as a number, and its rank."""
    return {**fields, "score": number(fields["score"] or ""), "rank": rank_of(fields)}


def reasons_of(
    fields: dict[str, Any], row: list[str], columns: int, campaign_id: str, total: bool = False
) -> list[str]:
    """Every reason to reject a row of a file with so many columns, by its fields with their rank."""
    applies = {
        "malformed_row": len(row) > columns,
        "bad_encoding": any(BAD_BYTE.search(cell) for cell in row),
        "campaign_mismatch": fields["campaignId"] is not None and fields["campaignId"] != campaign_id,
        "missing_id": fields["globalUserId"] is None,
        "bad_id": is_bad_id(fields["globalUserId"] or ""),
        "totals_row": total
        and is_word(fields["globalUserId"] or "")
        and not is_address(fields["email"] or ""),
        "bad_score": fields["score"] is None or fields["score"] < 0,
        "bad_verified_flag": flag(fields["isVerified"]) is None,
        "bad_number": any(fields[n] is not None and number(fields[n] or "") is None for n in NUMBERS),
        "bad_email": fields["email"] is not None and not is_address(fields["email"]),
        "unranked": fields["rank"] is None,
    }
    return [reason for reason in REASONS if applies[reason]]


def merge(rows: list[dict[str, Any]], campaign_id: str, run_id: str, scored_at: str) -> dict[str, Any]:
    """The rows of one fan, in file order, as one record."""
    best_first = sorted(rows, key=lambda row: (-row["score"], row["rank"]))
    winner = best_first[0]
    events: list[str | None] = [None] * (max(row["rank"] for row in rows) + 1)
    tags: dict[str, None] = {}
    for row in best_first:
        if events[row["rank"]] is None:
            events[row["rank"]] = row["hbase"].lower()
        tags.update(dict.fromkeys(entries(row["tags"])))
    digits = {
        name: re.sub("[^0-9]", "", winner[name] or "") or None for name in ("phoneCountryCode", "phoneNumber")
    }
    return {
        "campaignId": campaign_id,
        "globalUserId": winner["globalUserId"],
        "memberId": winner["memberId"],
        "email": winner["email"] and winner["email"].lower(),
        "firstName": winner["firstName"],
        "lastName": winner["lastName"],
        **digits,
        "score": winner["score"],
        "isVerified": flag(winner["isVerified"]),
        **{name: None if winner[name] is None else number(winner[name]) for name in NUMBERS},
        "tags": list(tags) or None,
        "hbase": winner["hbase"].lower(),
        "rank": min(row["rank"] for row in rows),
        "events": events,
        "runId": run_id,
        "scoredAt": scored_at,
    }


def prepare(content: bytes, campaign_id: str, run_id: str, scored_at: str) -> Outcome:
    """The whole contract for one scrubbed file; records in the order of their `globalUserId`.

    Raises:
        RefusedError: the file is refused whole.
    """
    header, *rows = read_rows(content)
    names = {name_of(name) for name in header}
    if any(name.lower() not in names for name in REQUIRED):
        raise RefusedError
    rows = without_headers(header, rows, REQUIRED + OPTIONAL, [[name] for name in REQUIRED])
    if not rows:
        raise RefusedError
    known = {name.lower() for name in REQUIRED + OPTIONAL}
    unknown = [name.strip() for name in header if name.strip() and name.strip().lower() not in known]
    combined = [ranked(combine(header, row)) for row in rows]
    all_reasons = [
        reasons_of(fields, row, len(header), campaign_id) for fields, row in zip(combined, rows, strict=True)
    ]
    all_reasons[-1] = reasons_of(combined[-1], rows[-1], len(header), campaign_id, total=True)
    good = [place for place, found in enumerate(all_reasons) if not found]
    if (
        good
        and len(rows) - 1 - good[-1] <= 10
        and is_word(combined[good[-1]]["globalUserId"] or "")
        and not combined[good[-1]]["email"]
    ):
        all_reasons[good[-1]] = ["totals_row"]
    rejected: list[tuple[int, list[str]]] = []
    fans: dict[str, list[dict[str, Any]]] = {}
    for row_number, (fields, reasons) in enumerate(zip(combined, all_reasons, strict=True), start=1):
        if reasons:
            rejected.append((row_number, reasons))
            continue
        fans.setdefault(fields["globalUserId"], []).append(fields)
    first = [reasons[0] for _, reasons in rejected]
    return Outcome(
        rows_in=len(rows),
        rejected=rejected,
        raw={row_number: rows[row_number - 1] for row_number, _ in rejected},
        records=[merge(fans[fan], campaign_id, run_id, scored_at) for fan in sorted(fans)],
        duplicate=sum(len(rows) - 1 for rows in fans.values()),
        invalid_by={reason: first.count(reason) for reason in REASONS if reason in first},
        unknown=list(dict.fromkeys(unknown)),
    )
