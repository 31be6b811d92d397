"""The Polars engine against the pandas engine on columns of every type, with values at the types' edges.

A rule is right if both say the same, or if the Polars engine refuses it. Cannot see: what both get wrong.
"""

import random

# ruff: noqa: DTZ001
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import great_expectations.expectations as gxe
import pandas as pd
import polars as pl
import pytest
from great_expectations.expectations.row_conditions import Column

from tests.expectations.engines import Outcome, by_pandas, by_polars

NOON = datetime(2024, 1, 1, 12)
EDGE = 2**53
MOMENTS = [
    NOON,
    NOON + timedelta(microseconds=1000),
    datetime(2024, 1, 1),
    datetime(1969, 12, 31, 23, 59, 59),
]
WORDS = ["", "a", "A", "ab", "\u00e4", "17", "2024-01-01", "01/02/2024", "a\n", "{}", "\u00b2"]
TYPES: dict[str, tuple[pl.DataType, list[Any]]] = {
    "int8": (pl.Int8(), [-128, -1, 0, 1, 127]),
    "int64": (pl.Int64(), [-EDGE - 1, -1, 0, 1, 2, EDGE, EDGE + 1]),
    "int128": (pl.Int128(), [-(2**100), -1, 0, 1, 2, 2**100]),
    "uint64": (pl.UInt64(), [0, 1, 2, EDGE + 1, 2**64 - 1]),
    "float32": (pl.Float32(), [-0.5, 0.0, 0.1, 1.0, 16777216.0, float("nan")]),
    "float64": (pl.Float64(), [-0.5, 0.0, 0.1, 1.0, float(EDGE), float("inf"), float("nan")]),
    "decimal": (pl.Decimal(12, 2), [Decimal("-0.50"), Decimal("0.10"), Decimal("1.00"), Decimal("2.50")]),
    "boolean": (pl.Boolean(), [True, False]),
    "string": (pl.String(), WORDS),
    "categorical": (pl.Categorical(), ["b", "a", "ab"]),
    "enum": (pl.Enum(["b", "a", "ab"]), ["b", "a", "ab"]),
    "date": (pl.Date(), [date(2024, 1, 1), date(2024, 1, 2), date(1969, 12, 31)]),
    "milli": (pl.Datetime("ms"), MOMENTS),
    "micro": (pl.Datetime("us"), [*MOMENTS, NOON + timedelta(microseconds=1)]),
    "nano": (pl.Datetime("ns"), [*MOMENTS, NOON + timedelta(microseconds=1)]),
    "aware": (pl.Datetime("us", "Europe/Berlin"), [moment.replace(tzinfo=UTC) for moment in MOMENTS]),
    "null": (pl.Null(), [None]),
}
NUMBERS = [-0.5, 0, 0.1, 0.5, 1, 2.5, 16777217, EDGE, EDGE + 1, 1e300]
BOUNDS = [*NUMBERS, *MOMENTS, NOON + timedelta(microseconds=500), NOON.replace(tzinfo=UTC)]
FRAMES = 4
RULES_A_FRAME = 75


def _frame(chance: random.Random) -> pl.DataFrame:
    rows = chance.choice((0, 1, 5, 8))
    columns = {}
    for name, (dtype, values) in TYPES.items():
        gaps = chance.choice((0, 0, 0.3, 1))
        drawn = [None if chance.random() < gaps else chance.choice(values) for _ in range(rows)]
        columns[name] = pl.Series(drawn, dtype=dtype, strict=False)
    return pl.DataFrame(columns)


def _rule(chance: random.Random) -> gxe.Expectation:
    name = chance.choice(list(TYPES))
    own = TYPES[name][1]
    low, high = sorted(
        (chance.choice(BOUNDS), chance.choice(BOUNDS)), key=lambda bound: (str(type(bound)), str(bound))
    )
    if isinstance(low, int | float) and isinstance(high, int | float):
        low, high = sorted((low, high))
    bounds = chance.choice(({"min_value": low}, {"max_value": high}, {"min_value": low, "max_value": high}))
    bounds |= {"strict_min": chance.random() < 0.5, "strict_max": chance.random() < 0.5}
    members = [value for value in chance.sample(own, min(2, len(own))) if value is not None] or ["a"]
    members += chance.sample([0, 1, 0.5, 0.1, "a", EDGE], chance.choice((0, 0, 1)))
    other = chance.choice((name, chance.choice(list(TYPES))))
    more = {"mostly": chance.choice((0.0, 0.5, 1.0))}
    where = chance.choice((None, None, _condition(chance)))
    pair = {"column_A": name, "column_B": other}
    listed = {"column_list": [name, chance.choice(list(TYPES)), other][: chance.choice((2, 3))]}
    makers: list[Any] = [
        lambda: gxe.ExpectColumnValuesToNotBeNull(column=name, row_condition=where, **more),
        lambda: gxe.ExpectColumnValuesToBeNull(column=name, row_condition=where, **more),
        lambda: gxe.ExpectColumnValuesToBeUnique(column=name, row_condition=where, **more),
        lambda: gxe.ExpectColumnValuesToBeBetween(column=name, row_condition=where, **bounds, **more),
        lambda: gxe.ExpectColumnValuesToBeBetween(column=name, **bounds),
        lambda: gxe.ExpectColumnValuesToBeInSet(column=name, value_set=members, row_condition=where, **more),
        lambda: gxe.ExpectColumnValuesToNotBeInSet(column=name, value_set=members, **more),
        lambda: gxe.ExpectColumnDistinctValuesToBeInSet(column=name, value_set=members, row_condition=where),
        lambda: gxe.ExpectColumnDistinctValuesToContainSet(column=name, value_set=members),
        lambda: gxe.ExpectColumnDistinctValuesToEqualSet(column=name, value_set=members),
        lambda: gxe.ExpectColumnMostCommonValueToBeInSet(column=name, value_set=members, ties_okay=True),
        lambda: gxe.ExpectColumnMinToBeBetween(column=name, row_condition=where, **bounds),
        lambda: gxe.ExpectColumnMaxToBeBetween(column=name, **bounds),
        lambda: gxe.ExpectColumnMeanToBeBetween(column=name, **bounds),
        lambda: gxe.ExpectColumnSumToBeBetween(column=name, **bounds),
        lambda: gxe.ExpectColumnMedianToBeBetween(column=name, **bounds),
        lambda: gxe.ExpectColumnStdevToBeBetween(column=name, **bounds),
        lambda: gxe.ExpectColumnUniqueValueCountToBeBetween(column=name, min_value=1, row_condition=where),
        lambda: gxe.ExpectColumnProportionOfUniqueValuesToBeBetween(column=name, min_value=0.5),
        lambda: gxe.ExpectColumnProportionOfNonNullValuesToBeBetween(column=name, min_value=0.5),
        lambda: gxe.ExpectColumnValueZScoresToBeLessThan(column=name, threshold=1, double_sided=True, **more),
        lambda: gxe.ExpectColumnValueLengthsToBeBetween(column=name, min_value=1, max_value=2, **more),
        lambda: gxe.ExpectColumnValueLengthsToEqual(column=name, value=1, **more),
        lambda: gxe.ExpectColumnValuesToMatchRegex(
            column=name, regex=chance.choice((r"^\w", "a$", "[0-9]")), **more
        ),
        lambda: gxe.ExpectColumnValuesToNotMatchRegexList(column=name, regex_list=["a", r"\s"], **more),
        lambda: gxe.ExpectColumnValuesToMatchRegexList(
            column=name, regex_list=["a", "b"], match_on="all", **more
        ),
        lambda: gxe.ExpectColumnValuesToMatchStrftimeFormat(column=name, strftime_format="%Y-%m-%d", **more),
        lambda: gxe.ExpectColumnValuesToBeDateutilParseable(column=name, **more),
        lambda: gxe.ExpectColumnValuesToBeJsonParseable(column=name, **more),
        lambda: gxe.ExpectColumnValuesToBeIncreasing(column=name, strictly=chance.random() < 0.5, **more),
        lambda: gxe.ExpectColumnValuesToBeDecreasing(column=name, strictly=chance.random() < 0.5, **more),
        lambda: gxe.ExpectColumnPairValuesAToBeGreaterThanB(
            **pair,
            or_equal=chance.random() < 0.5,
            ignore_row_if=chance.choice(("both_values_are_missing", "either_value_is_missing", "neither")),
            **more,
        ),
        lambda: gxe.ExpectColumnPairValuesToBeEqual(**pair, row_condition=where, **more),
        lambda: gxe.ExpectColumnPairValuesToBeInSet(
            **pair, value_pairs_set=[(members[0], chance.choice(TYPES[other][1])), (1, None)], **more
        ),
        lambda: gxe.ExpectMulticolumnSumToEqual(**listed, sum_total=chance.choice(NUMBERS), **more),
        lambda: gxe.ExpectMulticolumnValuesToBeEqual(**listed, **more),
        lambda: gxe.ExpectSelectColumnValuesToBeUniqueWithinRecord(**listed, **more),
        lambda: gxe.ExpectCompoundColumnsToBeUnique(**listed, row_condition=where, **more),
        lambda: gxe.ExpectTableRowCountToBeBetween(min_value=1, row_condition=_condition(chance)),
    ]
    while True:
        try:
            return chance.choice(makers)()
        except Exception:  # noqa: BLE001  (what Great Expectations itself does not take)
            continue


def _condition(chance: random.Random) -> Any:
    name = chance.choice(list(TYPES))
    values = [value for value in TYPES[name][1] if value is not None and not isinstance(value, Decimal)]
    value = chance.choice([*values, *BOUNDS])
    column = Column(name)
    return chance.choice(
        (
            column < value,
            column >= value,
            column == value,
            column != value,
            column.is_null(),
            column.is_not_null(),
            (column >= value) & Column("int8").is_not_null(),
        )
    )


def _pandas_of(frame: pl.DataFrame, *, days: bool) -> Any:
    """The frame as pandas holds it; as objects, whole numbers that a float would round, and days in sets."""
    objects = [name for name in ("int64", "int128", "uint64") if frame[name].null_count() or name == "int128"]
    objects += ["date"] if days else []
    made = frame.drop(objects).to_pandas()
    for name in objects:
        made[name] = pd.Series(frame[name].to_list(), dtype=object)
    return made


def _by_pandas(frame: pl.DataFrame, suite: list[gxe.Expectation]) -> list[Outcome]:
    found: dict[int, Outcome] = {}
    for days in (True, False):
        numbers = [n for n, rule in enumerate(suite) if ("Set" in type(rule).__name__) == days]
        outcomes = by_pandas(_pandas_of(frame, days=days), [suite[n] for n in numbers])
        found |= dict(zip(numbers, outcomes, strict=True))
    return [found[n] for n in range(len(suite))]


# pandas warns of its own comparisons.
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("seed", range(FRAMES))
def test_both_engines_say_the_same_or_ours_refuses(seed: int) -> None:
    chance = random.Random(seed)
    frame = _frame(chance)
    suite = [_rule(chance) for _ in range(RULES_A_FRAME)]
    agreed, wrong = 0, []
    for rule, ours, theirs in zip(suite, by_polars(frame, suite), _by_pandas(frame, suite), strict=True):
        agreed += ours.agrees(theirs)
        # Where pandas fails itself, as it does on NaT, ours must at least not pass.
        if not ours.error and not ours.agrees(theirs) and (ours.success or not theirs.error):
            wrong.append(f"{rule!r}\nPolars {ours}\npandas {theirs}\n{frame.to_dict(as_series=False)}")
    assert not wrong, "\n".join(wrong)
    assert agreed > RULES_A_FRAME / 3
