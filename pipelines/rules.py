"""When a row is rejected (SPEC 2, "Reasons"): one expression a reason, true where the reason applies.

The rules see rows as `scan.Block.rows` gives them, trimmed text, null where empty, and beside numbers and
flags what they are read as (`typed`). A kind of file lists the rules that it has in the contract's order;
`judge` turns the list into one small number a row, so that the rows that pass, nearly all, carry no lists
around.

Which kind of file has which rule, in which order: `rules_of` in scrubbed.py and fanlist.py. The reasons in
words: expectations/report/reasons.py.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from pipelines import noticed
from pipelines.addresses import BAD_EMAIL
from pipelines.csv import scan
from pipelines.noticed_rows import has
from pipelines.schema import CAMPAIGN_ID, EMAIL, IS_VERIFIED, LINE_NUMBER, RANK, ROW_NUMBER, SCORE

FAULTS = "_faults"
TOTALS_ROW = "totals_row"

YES = ("true", "t", "yes", "y", "1", "1.0")
NO = ("false", "f", "no", "n", "0", "0.0")
# Unicode's category Cc: C0, DEL and C1.
_CONTROL = r"\p{Cc}"
# As programs show a long number, and save it; `12E3` may be an identifier in hexadecimal digits.
LOST_DIGITS = r"^[+-]?(?:(?:[0-9]+[.,][0-9]*|[.,][0-9]+)[eE][+-]?[0-9]+|[0-9]+[eE]\+[0-9]+)$"
# Bytes of UTF-8.
LONGEST_ID = 1024


@dataclass(frozen=True)
class Rule:
    """A reason and the rows it applies to: `applies` is true there, false or null elsewhere."""

    reason: str
    applies: pl.Expr


def malformed_row() -> Rule:
    """Reject more fields than the header."""
    return Rule("malformed_row", pl.col(scan.MALFORMED))


def bad_encoding() -> Rule:
    """Reject a field, known or not, that is no valid UTF-8."""
    return Rule("bad_encoding", pl.col(scan.BAD_ENCODING))


def campaign_mismatch(campaign_id: str) -> Rule:
    """Reject a `campaignId` that is not the key's."""
    return Rule("campaign_mismatch", pl.col(CAMPAIGN_ID.name) != campaign_id)


def missing_id(identifiers: Sequence[str]) -> Rule:
    """Reject a row without any of the identifiers."""
    return Rule("missing_id", pl.all_horizontal(pl.col(name).is_null() for name in identifiers))


def bad_id(identifier: pl.Expr) -> Rule:
    """Reject an identifier with a control character, too long for a store, or without its digits."""
    is_bad = identifier.str.contains(f"{_CONTROL}|{LOST_DIGITS}")
    return Rule("bad_id", is_bad | (identifier.str.len_bytes() > LONGEST_ID))


def totals_row() -> Rule:
    """Reject the file's last row where its identifier is a word for a total; others: `totals`."""
    return Rule(TOTALS_ROW, has(noticed.TOTALS_ROW))


def bad_score() -> Rule:
    """Reject a `score` that is empty, no number, not finite, or below 0; -0.0 is not below 0."""
    score = pl.col(read_name(SCORE.name))
    return Rule("bad_score", score.is_null() | (score < 0))


def bad_verified_flag() -> Rule:
    """Reject an `isVerified` that is none of the words for yes and no, in any case."""
    return Rule("bad_verified_flag", pl.col(read_name(IS_VERIFIED.name)).is_null())


def bad_number(names: Sequence[str]) -> Rule:
    """Reject a numeric column that holds something else than a finite number."""
    return Rule(
        "bad_number",
        pl.any_horizontal(pl.col(name).is_not_null() & pl.col(read_name(name)).is_null() for name in names),
    )


def bad_email() -> Rule:
    """Reject an `email` that has no address's form (`addresses.is_bad`)."""
    return Rule("bad_email", pl.col(BAD_EMAIL) & pl.col(EMAIL.name).is_not_null())


def unranked() -> Rule:
    """Reject a row without a rank: see `rank.rank`."""
    return Rule("unranked", pl.col(RANK.name).is_null())


def read_name(name: str) -> str:
    """Return the column beside a field's text that has what it was read as."""
    return f"_{name}Read"


def typed(rows: pl.LazyFrame, *, numbers: Sequence[str], flags: Sequence[str] = ()) -> pl.LazyFrame:
    """Add what fields are read as: float64 and booleans, null where a text is none."""
    read = {name: number(name) for name in numbers} | {name: flag(name) for name in flags}
    return rows.with_columns(value.alias(read_name(name)) for name, value in read.items())


def number(name: str) -> pl.Expr:
    """Read trimmed text as a finite float64, null where it is none (SPEC 2).

    Polars' cast takes what the contract allows (`+7`, `.5`, `5.`, `1E2`, `007`) and, beyond it, only the
    words for what is not finite. -0.0, which equals 0.0, comes to look like it.
    """
    value = pl.col(name).cast(pl.Float64(), strict=False)
    return pl.when(value.is_finite() & (value != 0)).then(value).when(value == 0).then(0.0)


def flag(name: str) -> pl.Expr:
    """Read trimmed text as a boolean, null where it is none (SPEC 2)."""
    words = {**dict.fromkeys(YES, True), **dict.fromkeys(NO, False)}
    return pl.col(name).str.to_lowercase().replace_strict(words, default=None, return_dtype=pl.Boolean())


def judge(rows: pl.LazyFrame, rules: Sequence[Rule]) -> pl.LazyFrame:
    """Add `_faults`: bit i is set where rule i applies; 0 is a row without fault."""
    bits = (
        pl.when(rule.applies).then(pl.lit(1 << bit, pl.UInt16())).otherwise(pl.lit(0, pl.UInt16()))
        for bit, rule in enumerate(rules)
    )
    return rows.with_columns(pl.sum_horizontal(bits).cast(pl.UInt16()).alias(FAULTS))


def accepted(judged: pl.LazyFrame) -> pl.LazyFrame:
    """Keep the rows without fault, as they are read, without what only the rules asked for."""
    asked = (FAULTS, noticed.NOTICED, LINE_NUMBER, scan.MALFORMED, scan.BAD_ENCODING, BAD_EMAIL)
    columns = judged.collect_schema().names()
    read = {name: pl.col(read_name(name)) for name in columns if read_name(name) in columns}
    kept = judged.filter(pl.col(FAULTS) == 0).with_columns(**read)
    return kept.drop(*asked, *map(read_name, read))


def rejected(judged: pl.LazyFrame, rules: Sequence[Rule]) -> pl.LazyFrame:
    """Keep the rows with faults as `rowNumber, lineNumber, reasons`: all that apply, in the rules' order."""
    faults = judged.filter(pl.col(FAULTS) != 0).select(ROW_NUMBER, LINE_NUMBER, FAULTS)
    # Few rows differ in what is wrong with them: each list is made once.
    lists = (
        faults.select(FAULTS)
        .unique()
        .with_columns(
            reasons=pl.concat_list(
                pl.when(pl.col(FAULTS) & (1 << bit) != 0).then(pl.lit(rule.reason))
                for bit, rule in enumerate(rules)
            ).list.drop_nulls()
        )
    )
    return faults.join(lists, on=FAULTS, how="left", maintain_order="left").drop(FAULTS)
