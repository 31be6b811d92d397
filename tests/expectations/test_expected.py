from typing import Any

import pytest

from expectations.gate import expected_of

_MOSTLY = {"column": "tags", "mostly": 0.95}
_SHARE = {"column": "verified", "min_value": 0.02, "max_value": 0.98}


@pytest.mark.parametrize(
    ("kind", "kwargs", "said"),
    [
        ("expect_column_values_to_not_be_null", {"column": "score"}, "present in every record"),
        ("expect_compound_columns_to_be_unique", {"column_list": ["a", "b"]}, "each combination once"),
        ("expect_table_row_count_to_equal", {"value": 1_000}, "1,000"),
        ("expect_column_values_to_be_between", {"column": "score", "min_value": 0}, "\u2265 0"),
        ("expect_column_values_to_be_between", {"max_value": 100}, "\u2264 100"),
        ("expect_column_min_to_be_between", {"column": "validShare", "min_value": 0.9}, "\u2265 90\u00a0%"),
        ("expect_column_mean_to_be_between", _SHARE, "2\u00a0% to 98\u00a0%"),
        ("expect_column_min_to_be_between", {"min_value": 0, "max_value": 0}, "0"),
        ("expect_column_values_to_not_be_null", _MOSTLY, "present in at least 95\u00a0% of the records"),
        ("expect_column_values_to_match_regex", {"regex": "x"}, None),
    ],
)  # fmt: skip
def test_what_is_expected_in_words(kind: str, kwargs: dict[str, Any], said: str | None) -> None:
    assert expected_of(kind, kwargs) == said
