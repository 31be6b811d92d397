"""Fanlists: one row is one fan, known by a global id, a member id or an e-mail address."""

import numpy as np
import polars as pl

from local.sample.fans import TAGS, people
from local.sample.faults import BAD_SCORES, INVALID_BYTE, ODD_CELLS, SURPLUS_FIELD, Fault, Ints, pick

FAULTY_SHARE = 0.03
REPEATED_SHARE = 0.01

FAULTS = [
    Fault({"listName": SURPLUS_FIELD}, "malformed_row"),
    Fault({"lastName": "Andr" + INVALID_BYTE}, "bad_encoding"),
    Fault({"campaignId": "another campaign"}, "campaign_mismatch"),
    Fault({"globalUserId": None, "memberId": None, "email": None}, "missing_id"),
    Fault({"globalUserId": "one id on\ntwo lines"}, "bad_id"),
    Fault({"score": None}, "bad_score"),
    Fault({"globalUserId": None, "memberId": None, "email": "fan.at.example.com"}, "bad_email"),
    *BAD_SCORES,
    Fault({"globalUserId": " ", "memberId": "  ", "email": ""}, "missing_id"),
    Fault({"globalUserId": None, "memberId": None, "email": "two words@example.com"}, "bad_email"),
    Fault({"globalUserId": None, "memberId": None, "email": "fan@example"}, "bad_email"),
    Fault({"campaignId": "another campaign", "score": "-"}, "campaign_mismatch"),
]

ODDITIES = [
    *ODD_CELLS,
    Fault({"listName": "Partner list,\nsecond delivery"}),
    Fault({"campaignId": None}),
]


def rows(rng: np.random.Generator, numbers: range, fan_of: Ints, campaign_id: str) -> pl.DataFrame:
    """One chunk as text cells in the file's order of columns; `fan_of` says whose row each is."""
    count = len(numbers)
    fans = _identified(people(rng, numbers), rng)
    score = 100 * np.sqrt(rng.random((3, count)).mean(axis=0))
    return fans[fan_of].select(
        *("globalUserId", "memberId", "email", "firstName", "lastName"),
        score=pl.Series(score.round(2)).cast(pl.String),
        tags=pick(TAGS, rng.integers(len(TAGS), size=count)),
        campaignId=pl.lit(campaign_id),
        listName=pl.lit(None, dtype=pl.String),
    )


def _identified(fans: pl.DataFrame, rng: np.random.Generator) -> pl.DataFrame:
    """Take identifiers away: a tenth has a global id, a third a member id, most only an address.

    Of those with a member id and no address a few have something else there, which is no reason to
    reject them (the contract, section 2).
    """
    share, oddity = pl.Series(rng.random(fans.height)), pl.Series(rng.random(fans.height))
    return fans.with_columns(
        globalUserId=pl.when(share < 0.1).then("globalUserId"),
        memberId=pl.when(share.is_between(0.05, 0.4)).then("memberId"),
        email=pl.when((share >= 0.1) & (share <= 0.2))
        .then(pl.when(oddity < 0.05).then(pl.lit("not an address")))
        .when(oddity < 0.05)
        .then(pl.col("email").str.to_uppercase())
        .otherwise("email"),
    )
