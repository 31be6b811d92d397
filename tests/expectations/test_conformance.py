"""Every expectation that Great Expectations exports, by the examples of its own docstring, in both engines.

An example is right if the Polars engine agrees with pandas, or refuses it with words. Three examples say what
neither engine finds: they were written wrong. Cannot see: expectations whose docstring has no example.
"""

import pytest

from tests.expectations.examples import all_expectations
from tests.expectations.support import README, REFUSED, answered, judged, page

FOREIGN_TYPE, DIALECT = "is no type of Polars", "databases disagree on"
# Examples that are refused, though their expectation is not: by part of the reason.
SOME_REFUSED = {
    "ExpectColumnTypeToBe": FOREIGN_TYPE,
    "ExpectColumnValuesToBeOfType": FOREIGN_TYPE,
    "ExpectColumnValuesToBeInTypeList": FOREIGN_TYPE,
    "ExpectColumnValuesToMatchLikePattern": DIALECT,
    "ExpectColumnValuesToMatchLikePatternList": DIALECT,
    "ExpectColumnValuesToNotMatchLikePattern": DIALECT,
    "ExpectColumnValuesToNotMatchLikePatternList": DIALECT,
}
WITHOUT_EXAMPLES = {
    "ExpectColumnValuesToBeDateutilParseable",
    "ExpectColumnValuesToBeDecreasing",
    "ExpectColumnValuesToBeIncreasing",
    "ExpectColumnValuesToBeJsonParseable",
    "ExpectColumnValuesToMatchJsonSchema",
    "ExpectMulticolumnValuesToBeUnique",
    "ExpectQueryResultsToMatchComparison",
}
WRITTEN_WRONG = {
    "ExpectColumnMinToBeBetween failing",
    "ExpectColumnValuesToBeUnique failing",
    "ExpectColumnValuesToNotMatchRegexList failing",
}


@pytest.mark.parametrize("name", sorted(set(all_expectations()) - WITHOUT_EXAMPLES))
def test_examples_come_out_as_by_pandas(name: str) -> None:
    cases = judged(name)
    assert len(cases) == 2
    for example, ours, theirs in cases:
        if name in REFUSED or name in SOME_REFUSED:
            assert ours.success is False
            assert SOME_REFUSED.get(name, "") in (ours.error or "nothing")
            continue
        assert ours.error is None, ours.error
        assert ours.agrees(theirs), f"{example}\nPolars {ours}\npandas {theirs}"
        if example.name not in WRITTEN_WRONG:
            assert ours.success == example.success
            assert example.unexpected in (None, ours.unexpected)


def test_an_expectation_is_answered_or_refused_with_a_reason() -> None:
    everything = {*all_expectations(), "UnexpectedRowsExpectation"}
    assert set(filter(answered, all_expectations())) == everything - set(REFUSED)
    assert set(SOME_REFUSED) <= everything - set(REFUSED)


def test_the_tables_of_the_readme_are_as_made() -> None:
    assert README.read_text(encoding="utf-8") == page(), "run `make reference`"
