"""What the engine refuses whatever the column: expectations that it has no answer to."""

_SQL = "it is a query in SQL, and a frame is asked in none"

REFUSED: dict[str, str] = {
    "ExpectColumnValuesToNotBeOutliers": "a value on a fence is in or out by a float's last digit",
    "ExpectMulticolumnValuesToBeUnique": (
        "Great Expectations has retired it: use ExpectSelectColumnValuesToBeUniqueWithinRecord"
    ),
    "ExpectQueryResultsToMatchComparison": _SQL,
    "ExpectTableRowCountToEqualOtherTable": "a batch is one frame, with no other table beside it",
    "UnexpectedRowsExpectation": _SQL,
}
