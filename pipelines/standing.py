"""The fans of a campaign who stand after a file: its own, and those of earlier files who are not in it.

One row is one fan, with what it takes to withdraw them one day: of a person no more than their identifier.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from pipelines.identify import KINDS, key
from pipelines.keys import Kind
from pipelines.schema import (
    CAMPAIGN_ID,
    EVENTS,
    GLOBAL_USER_ID,
    IDENTIFIERS,
    MEMBER_ID,
    RUN_ID,
    SCORE,
    SCORED_AT,
)

# The fan's key as DynamoDB's `PK` spells it, the market of the first choice, and how many files of the kind
# in a row the fan has not been in: 0 is a fan of this one.
FAN, FIRST_CHOICE, MISSED = "fan", "firstChoice", "missedFiles"
STANDING_SCHEMA = pl.Schema(
    {
        FAN: pl.String(),
        MEMBER_ID.name: MEMBER_ID.dtype,
        FIRST_CHOICE: pl.String(),
        SCORE.name: SCORE.dtype,
        MISSED: pl.UInt16(),
    }
)
# In a scrubbed file nothing else identifies a fan, so that no other column has to be read.
_GLOBAL = pl.lit(f"{next(iter(KINDS))}:") + pl.col(GLOBAL_USER_ID.name)
_OF_RECORDS: dict[Kind, dict[str, pl.Expr]] = {
    "scrubbed": {FAN: _GLOBAL, FIRST_CHOICE: pl.col(EVENTS.name).list.get(0, null_on_oob=True)},
    "fanlist": {FAN: key(), FIRST_CHOICE: pl.lit(None), MEMBER_ID.name: pl.lit(None)},
}
WITHDRAWN = "withdrawn"
# What says of one fan that they are withdrawn, as their partition holds it and a stream carries it.
WITHDRAWAL_SCHEMAS: dict[Kind, pl.Schema] = {
    "scrubbed": pl.Schema(
        {column.name: column.dtype for column in (CAMPAIGN_ID, GLOBAL_USER_ID, MEMBER_ID, SCORE, EVENTS)}
        | {WITHDRAWN: pl.Boolean(), RUN_ID.name: RUN_ID.dtype, SCORED_AT.name: SCORED_AT.dtype}
    ),
    "fanlist": pl.Schema(
        {column.name: column.dtype for column in (CAMPAIGN_ID, *IDENTIFIERS)} | {WITHDRAWN: pl.Boolean()}
    ),
}


@dataclass(frozen=True)
class Since:
    """A file beside the campaign's last one of its kind, in fans.

    Attributes:
        new: of this file, who were not in the last one.
        gone: of the last file, who are not in this one.
        last: of the last file.
        others: of the last file or earlier ones, who stood after it and are not in this one.
        stood: all who stood after the last file.
    """

    new: int
    gone: int
    last: int
    others: int = 0
    stood: int = 0

    @property
    def gone_share(self) -> float:
        """Share of the last file's fans who are gone."""
        return self.gone / self.last if self.last else 0.0

    @property
    def others_share(self) -> float:
        """Share of all who stood of those who are not in this file: so many would a withdrawal take."""
        return self.others / self.stood if self.stood else 0.0


def standing(records: pl.LazyFrame, kind: Kind, last: pl.LazyFrame | None) -> pl.LazyFrame:
    """Return who stands after a file, columns as `STANDING_SCHEMA`.

    Args:
        records: the file's, one row a fan, columns as on the wire.
        kind: what kind of file it is.
        last: who stood after the campaign's last file of the kind; None where nobody is known to have.
    """
    own = records.with_columns(**_OF_RECORDS[kind]).select(
        pl.lit(0).cast(dtype).alias(name) if name == MISSED else pl.col(name).cast(dtype)
        for name, dtype in STANDING_SCHEMA.items()
    )
    if last is None:
        return own
    # A first choice outlasts a file without one: the Entry Service was told of it.
    before, is_own = "{}Before".format, pl.col(MISSED).is_not_null()
    merged = own.join(last, on=FAN, how="full", coalesce=True, suffix="Before")
    return merged.select(
        FAN,
        pl.when(is_own).then(MEMBER_ID.name).otherwise(before(MEMBER_ID.name)).alias(MEMBER_ID.name),
        pl.coalesce(FIRST_CHOICE, before(FIRST_CHOICE)),
        pl.coalesce(SCORE.name, before(SCORE.name)),
        pl.coalesce(MISSED, pl.col(before(MISSED)) + 1),
    )


def together(last: pl.LazyFrame | None, others: Sequence[pl.LazyFrame]) -> pl.LazyFrame:
    """Return who stands after the last file and runs that it has overtaken; of the latter, as not in it."""
    fans = (
        pl.concat(others).unique(FAN).with_columns(pl.max_horizontal(MISSED, 1).cast(STANDING_SCHEMA[MISSED]))
    )
    return fans if last is None else pl.concat([last, fans.join(last.select(FAN), on=FAN, how="anti")])


def of_file(standing: pl.LazyFrame) -> pl.LazyFrame:
    """Return those of who stands who are in the file itself."""
    return standing.filter(pl.col(MISSED) == 0)


def since(now: pl.LazyFrame, last: pl.LazyFrame) -> Since:
    """Compare who stands after a file with who stood after the last one; of both, one column is read."""
    missed = pl.col(MISSED)
    these, those = pl.collect_all(
        [
            now.select(own=(missed == 0).sum(), gone=(missed == 1).sum(), others=(missed > 0).sum()),
            last.select(own=(missed == 0).sum(), all=pl.len()),
        ]
    )
    (own, gone, others), (before, stood) = these.row(0), those.row(0)
    return Since(new=own - (before - gone), gone=gone, last=before, others=others, stood=stood)


def withdrawals(
    standing: pl.LazyFrame, kind: Kind, campaign_id: str, run_id: str, scored_at: str
) -> pl.LazyFrame:
    """Return what withdraws all who stand and are not in the file itself, columns as `WITHDRAWAL_SCHEMAS`."""
    spelt = pl.col(FAN).str.splitn(":", 2).struct
    values = {
        CAMPAIGN_ID.name: pl.lit(campaign_id),
        WITHDRAWN: pl.lit(True),
        RUN_ID.name: pl.lit(run_id),
        SCORED_AT.name: pl.lit(scored_at),
        EVENTS.name: pl.when(pl.col(FIRST_CHOICE).is_not_null()).then(pl.concat_list(FIRST_CHOICE)),
        MEMBER_ID.name: pl.col(MEMBER_ID.name),
        SCORE.name: pl.col(SCORE.name),
    } | {
        column: pl.when(spelt.field("field_0") == spelling).then(spelt.field("field_1"))
        for spelling, column in KINDS.items()
        if kind == "fanlist" or column == GLOBAL_USER_ID.name
    }
    return standing.filter(pl.col(MISSED) > 0).select(
        values[name].cast(dtype).alias(name) for name, dtype in WITHDRAWAL_SCHEMAS[kind].items()
    )
