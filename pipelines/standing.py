"""The fans of a campaign who stand after a file: its own, and those of earlier files who are not in it.

One row is one fan, with what it takes to withdraw them one day: of a person no more than their identifier.
"""

from dataclasses import dataclass

import polars as pl

from pipelines.identify import KINDS, key
from pipelines.keys import Kind
from pipelines.schema import EVENTS, GLOBAL_USER_ID, MEMBER_ID, SCORE

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


@dataclass(frozen=True)
class Since:
    """A file beside the campaign's last one of its kind, in fans.

    Attributes:
        new: of this file, who were not in the last one.
        gone: of the last file, who are not in this one.
        last: of the last file.
    """

    new: int
    gone: int
    last: int

    @property
    def gone_share(self) -> float:
        """Share of the last file's fans who are gone."""
        return self.gone / self.last if self.last else 0.0


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
    others = last.join(own.select(FAN), on=FAN, how="anti")
    return pl.concat([own, others.with_columns(pl.col(MISSED) + 1)])


def since(now: pl.LazyFrame, last: pl.LazyFrame) -> Since:
    """Compare who stands after a file with who stood after the last one; of both, one column is read."""
    missed = pl.col(MISSED)
    these, those = pl.collect_all(
        [
            now.select(own=(missed == 0).sum(), gone=(missed == 1).sum()),
            last.select(own=(missed == 0).sum()),
        ]
    )
    (own, gone), (before,) = these.row(0), those.row(0)
    return Since(new=own - (before - gone), gone=gone, last=before)
