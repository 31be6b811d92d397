"""The fanlist's side of the plain-Python reference, written from the contract alone."""

import math
import re
from typing import Any

from tests.pipelines.reference import (
    Outcome,
    RefusedError,
    combine,
    expect_identifiers,
    name_of,
    read_rows,
    without_headers,
)
from tests.pipelines.reference_cells import entries, is_address, is_bad_id, is_word, number

IDENTIFIERS = ["globalUserId", "memberId", "email"]
COLUMNS = ["score", *IDENTIFIERS, "campaignId", "firstName", "lastName", "tags"]
REASONS = [
    "malformed_row",
    "bad_encoding",
    "campaign_mismatch",
    "missing_id",
    "bad_id",
    "totals_row",
    "bad_score",
    "bad_email",
]


def read(header: list[str], row: list[str]) -> dict[str, Any]:
    """A row's fields; an address that is none is dropped where the fan is known by something else."""
    fields: dict[str, Any] = combine(header, row, COLUMNS)
    if fields["email"] and (fields["globalUserId"] or fields["memberId"]):
        fields["email"] = fields["email"] if is_address(fields["email"]) else None
    fields["email"] = fields["email"] and fields["email"].lower()
    return fields


def totals(header: list[str], rows: list[list[str]], reasons: dict[int, list[str]]) -> int:
    """Which row, from 1, is rejected as the total though nothing else is wrong with it; 0 where none is."""
    good = [place - 1 for place, found in reasons.items() if not found]
    if not good or len(rows) - 1 - good[-1] > 10:
        return 0
    *others, last = (read(header, rows[place]) for place in good)
    if last["email"]:
        return 0
    if is_word(next(last[name] for name in IDENTIFIERS if last[name])):
        return good[-1] + 1
    scores = [number(fields["score"]) or 0.0 for fields in others]
    score = number(last["score"]) or 0.0
    if len(scores) < 10 or score <= max(scores):
        return 0
    is_count = score == len(scores) and score >= 2 * max(scores)
    return good[-1] + 1 if is_count or math.isclose(score, sum(scores), rel_tol=1e-9) else 0


def reasons_of(header: list[str], row: list[str], campaign_id: str, total: bool = False) -> list[str]:
    fields = read(header, row)
    score = number(fields["score"] or "")
    applies = {
        "malformed_row": len(row) > len(header),
        "bad_encoding": any(re.search("[\udc80-\udcff]", cell) for cell in row),
        "campaign_mismatch": fields["campaignId"] is not None and fields["campaignId"] != campaign_id,
        "missing_id": not any(fields[name] for name in IDENTIFIERS),
        "bad_id": is_bad_id(next((fields[name] for name in IDENTIFIERS if fields[name]), "")),
        "totals_row": total,
        "bad_score": score is None or score < 0,
        "bad_email": fields["email"] is not None and not is_address(fields["email"]),
    }
    return [reason for reason in REASONS if applies[reason]]


def identifier(fields: dict[str, Any]) -> tuple[str, str]:
    """What a fan is known by: which identifier, and its value."""
    return next((name, fields[name]) for name in IDENTIFIERS if fields[name])


def merge(rows: list[dict[str, Any]], campaign_id: str) -> dict[str, Any]:
    """The rows of one fan, in file order, as one record."""
    best_first = sorted(rows, key=lambda row: -row["score"])
    winner = best_first[0]
    tags = dict.fromkeys(tag for row in best_first for tag in entries(row["tags"]))
    kept = {name: winner[name] for name in [*IDENTIFIERS, "firstName", "lastName", "score"]}
    return {"campaignId": campaign_id, **kept, "tags": list(tags) or None}


def prepare(content: bytes, campaign_id: str) -> Outcome:
    """The whole contract for one fanlist; records in the order of their identifiers.

    Raises:
        RefusedError: the file is refused whole.
    """
    header, *rows = read_rows(content)
    names = {name_of(name) for name in header}
    if "score" not in names or not names & {name.lower() for name in IDENTIFIERS}:
        raise RefusedError
    expect_identifiers(header, IDENTIFIERS)
    rows = without_headers(header, rows, COLUMNS, [["score"], IDENTIFIERS])
    if not rows:
        raise RefusedError
    known = {name.lower() for name in COLUMNS}
    unknown = [name.strip() for name in header if name.strip() and name.strip().lower() not in known]
    reasons = {n: reasons_of(header, row, campaign_id) for n, row in enumerate(rows, start=1)}
    said = next((fields[name] for name in IDENTIFIERS if (fields := read(header, rows[-1]))[name]), "")
    is_total = is_word(said) and not is_address(read(header, rows[-1])["email"] or "")
    reasons[len(rows)] = reasons_of(header, rows[-1], campaign_id, is_total)
    if place := totals(header, rows, reasons):
        reasons[place] = ["totals_row"]
    fans: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for row_number, row in enumerate(rows, start=1):
        if not reasons[row_number]:
            fields = read(header, row)
            fans.setdefault(identifier(fields), []).append(fields | {"score": number(fields["score"])})
    rejected = [(row_number, found) for row_number, found in reasons.items() if found]
    first = [found[0] for _, found in rejected]
    return Outcome(
        rows_in=len(rows),
        rejected=rejected,
        raw={row_number: rows[row_number - 1] for row_number, _ in rejected},
        records=[merge(fans[fan], campaign_id) for fan in sorted(fans)],
        duplicate=sum(len(rows) - 1 for rows in fans.values()),
        invalid_by={reason: first.count(reason) for reason in REASONS if reason in first},
        unknown=list(dict.fromkeys(unknown)),
    )
