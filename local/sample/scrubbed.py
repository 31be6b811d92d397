"""Scrubbed registrations: one row is one fan in one market."""

import numpy as np
import polars as pl
from numpy.typing import NDArray

from local.sample.fans import MARKETS, TAGS, people, phones
from local.sample.faults import BAD_SCORES, INVALID_BYTE, ODD_CELLS, SURPLUS_FIELD, Fault, Ints, pick

FAULTY_SHARE = 0.015
REPEATED_SHARE = 0.02
# Where isVerified turns from false to true so that about 76 % of the fans are verified.
_VERIFIED_FROM = 60.77

# Each reason of the contract's section 2 but `totals_row`, then more ways to them, then several at once.
# A campaign id with a space is never the key's.
FAULTS = [
    Fault({"signupNote": SURPLUS_FIELD}, "malformed_row"),
    Fault({"lastName": "Andr" + INVALID_BYTE}, "bad_encoding"),
    Fault({"campaignId": "another campaign"}, "campaign_mismatch"),
    Fault({"globalUserId": None}, "missing_id"),
    Fault({"globalUserId": "one id on\ntwo lines"}, "bad_id"),
    Fault({"score": None}, "bad_score"),
    Fault({"isVerified": "maybe"}, "bad_verified_flag"),
    Fault({"accountScore": "n/a"}, "bad_number"),
    Fault({"email": "fan.at.example.com"}, "bad_email"),
    Fault({"hbase": "Honolulu"}, "unranked"),
    *BAD_SCORES,
    Fault({"globalUserId": "   "}, "missing_id"),
    Fault({"isVerified": None}, "bad_verified_flag"),
    Fault({"nudetectScore": "0x1F"}, "bad_number"),
    Fault({"localFanscore": "inf"}, "bad_number"),
    Fault({"email": "two words@example.com"}, "bad_email"),
    Fault({"hbase": None}, "unranked"),
    Fault({"marketPreferences": " | | "}, "unranked"),
    Fault({"globalUserId": None, "score": "", "hbase": None}, "missing_id"),
    Fault({"campaignId": "another campaign", "isVerified": "?", "email": "@"}, "campaign_mismatch"),
]

# Unusual, and valid all the same.
ODDITIES = [
    Fault({"email": "UPPER.CASE@EXAMPLE.COM"}),
    Fault({"phoneCountryCode": "+1", "phoneNumber": "+1 (555) 010-0199"}),
    Fault({"signupNote": "Wheelchair access, please.\nTwo seats."}),
    *ODD_CELLS,
    Fault({"email": None, "memberId": None, "campaignId": None}),
    Fault({"hbase": "  london ", "marketPreferences": "Paris| LONDON |"}),
]

_MOST_PREFERENCES = 5
_LISTS = 4096
_TRUE = ["true"] * 4 + ["TRUE", "True", "t", "yes", "Y", "1"]
_FALSE = ["false"] * 4 + ["FALSE", "False", "f", "no", "N", "0"]


def rows(rng: np.random.Generator, numbers: range, fan_of: Ints, campaign_id: str) -> pl.DataFrame:
    """One chunk as text cells in the file's order of columns; `fan_of` says whose row each is."""
    count = len(numbers)
    fans = people(rng, numbers).hstack(phones(rng, count))
    known, reached = (pl.Series(rng.random(count) < share) for share in (0.7, 0.9))
    fans = fans.with_columns(
        memberId=pl.when(known).then("memberId"), phoneNumber=pl.when(reached).then("phoneNumber")
    )
    notes = rng.choice(3, size=count, p=[0.96, 0.02, 0.02])
    return fans[fan_of].select(
        pl.lit(campaign_id).alias("campaignId"),
        *("globalUserId", "memberId", "email", "firstName", "lastName", "phoneCountryCode", "phoneNumber"),
        *_markets(rng, fan_of),
        *_scores(rng, count),
        tags=pick(TAGS, rng.integers(len(TAGS), size=count)),
        signupNote=pick([None, "Aisle seat", "Birthday trip"], notes),
    )


def _markets(rng: np.random.Generator, fan_of: Ints) -> pl.DataFrame:
    """Columns hbase and marketPreferences. A fan's list is one of a few thousand, popular cities first.

    Most rows are for the fan's first market; a repeated fan's row is for the market after that of the
    row it repeats.
    """
    count = len(fan_of)
    popularity = 1.0 / np.arange(1, len(MARKETS) + 1)
    # The highest noisy log-weights first: a draw without repetition, all lists at once.
    noise = rng.gumbel(size=(_LISTS, len(MARKETS)))
    lists = np.argsort(-noise - np.log(popularity), axis=1)[:, :_MOST_PREFERENCES]
    chosen = lists[rng.integers(_LISTS, size=count)][fan_of]
    length = rng.choice(_MOST_PREFERENCES, size=count, p=[0.25, 0.3, 0.25, 0.12, 0.08])[fan_of] + 1
    first = np.where(rng.random(count) < 0.75, 0, rng.integers(_MOST_PREFERENCES, size=count))
    position = (first[fan_of] + (fan_of != np.arange(count))) % length
    cities = [
        pl.when(pl.Series(length > number)).then(pick(MARKETS, chosen[:, number]))
        for number in range(_MOST_PREFERENCES)
    ]
    return pl.select(
        hbase=pick(MARKETS, chosen[np.arange(count), position]),
        marketPreferences=pl.concat_str(cities, separator="|", ignore_nulls=True),
    )


def _scores(rng: np.random.Generator, count: int) -> pl.DataFrame:
    """Give the scores as text, and isVerified, which follows the score with some doubt."""
    score = 100 * np.sqrt(rng.random((3, count)).mean(axis=0))
    verified = score + 16 * (rng.random(count) - 0.5) > _VERIFIED_FROM
    spelling = rng.integers(len(_TRUE), size=count)
    return pl.DataFrame(
        {
            "score": _text(score, 2),
            "isVerified": pick(_FALSE + _TRUE, spelling + len(_FALSE) * verified),
            "registrationScore": _text(score * (0.8 + 0.2 * rng.random(count)), 2),
            "accountScore": _text(100 * rng.random(count), 1, rng.random(count) < 0.1),
            "nudetectScore": _text(1 - 0.3 * rng.random(count) ** 2, 3, rng.random(count) < 0.05),
            "localFanscore": _text(100 * rng.random(count), 1, rng.random(count) < 0.4),
        }
    )


def _text(values: NDArray[np.float64], digits: int, empty: NDArray[np.bool_] | None = None) -> pl.Series:
    """Numbers as people's exports have them: some digits after the point, trailing zeros gone."""
    text = pl.Series(values.round(digits)).cast(pl.String)
    return text if empty is None else text.scatter(np.flatnonzero(empty), None)
