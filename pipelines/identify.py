"""Which fan a row of a fanlist is about: the first of global id, member id and address (SPEC 1)."""

import polars as pl

from pipelines.addresses import BAD_EMAIL
from pipelines.schema import EMAIL, GLOBAL_USER_ID, IDENTIFIERS, MEMBER_ID

KEY = "_key"

# The kinds of identifier in the contract's order, as DynamoDB's `PK` spells them.
KINDS = dict(zip(("fan", "sid", "email"), (one.name for one in IDENTIFIERS), strict=True))


def identify(rows: pl.LazyFrame) -> pl.LazyFrame:
    """Add `_key`, the fan's identifier with its kind; null where a row has none.

    An address is in its normal form, lower case, before it is an identifier. One that is no address and
    stands beside another identifier becomes null, so that what is left of them identifies a fan (SPEC 2).
    """
    has_id = pl.col(GLOBAL_USER_ID.name).is_not_null() | pl.col(MEMBER_ID.name).is_not_null()
    email = pl.when(~(has_id & pl.col(BAD_EMAIL))).then(pl.col(EMAIL.name))
    return rows.with_columns(email.str.to_lowercase().alias(EMAIL.name)).with_columns(key().alias(KEY))


def key() -> pl.Expr:
    """Return the fan's key: `fan:<globalUserId>`, `sid:<memberId>` or `email:<email>`."""
    return pl.coalesce(pl.lit(f"{kind}:") + pl.col(column) for kind, column in KINDS.items())
