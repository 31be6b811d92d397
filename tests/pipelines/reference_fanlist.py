"""The fanlist's side of the plain-Python reference, written from the contract alone."""

from collections.abc import Sequence
from typing import Any

from bench.contestants.row_loop import BAD_BYTE, EMAIL, combine, entries, is_bad_id, named, number
from tests.pipelines.reference import Outcome, RefusedError, outcome, read_rows, unknown_of

IDENTIFIERS = ("globalUserId", "memberId", "email")
COLUMNS = ("score", *IDENTIFIERS, "campaignId", "firstName", "lastName", "tags")
REASONS = [
    "malformed_row",
    "bad_encoding",
    "campaign_mismatch",
    "missing_id",
    "bad_id",
    "bad_score",
    "bad_email",
]


def judge(
    names: Sequence[str | None], cells: list[str], campaign_id: str
) -> tuple[dict[str, Any], list[str]]:
    """A row's fields and its reasons; an address that is none is dropped where the fan is known otherwise."""
    fields = combine(names, cells, COLUMNS)
    if fields["email"] and (fields["globalUserId"] or fields["memberId"]):
        fields["email"] = fields["email"] if EMAIL.fullmatch(fields["email"]) else None
    fields["email"] = fields["email"] and fields["email"].lower()
    fields["score"] = number(fields["score"])
    applies = {
        "malformed_row": len(cells) > len(names),
        "bad_encoding": any(BAD_BYTE.search(cell) for cell in cells),
        "campaign_mismatch": fields["campaignId"] is not None and fields["campaignId"] != campaign_id,
        "missing_id": not any(fields[name] for name in IDENTIFIERS),
        "bad_id": is_bad_id(next((fields[name] for name in IDENTIFIERS if fields[name]), "")),
        "bad_score": fields["score"] is None or fields["score"] < 0,
        "bad_email": fields["email"] is not None and not EMAIL.fullmatch(fields["email"]),
    }
    return fields, [reason for reason in REASONS if applies[reason]]


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
    names = named(header, COLUMNS)
    if not rows or "score" not in names or not set(names) & set(IDENTIFIERS):
        raise RefusedError
    rejected: list[tuple[int, list[str]]] = []
    fans: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for row_number, cells in enumerate(rows, start=1):
        fields, reasons = judge(names, cells, campaign_id)
        if reasons:
            rejected.append((row_number, reasons))
        else:
            fans.setdefault(identifier(fields), []).append(fields)
    records = [merge(fans[fan], campaign_id) for fan in sorted(fans)]
    return outcome(rows, rejected, fans.values(), records, unknown_of(header, COLUMNS))
