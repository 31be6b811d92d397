"""The gate on what Prepare saw in a file's rows: many of one identifier, placeholders, what is recognised."""

import pytest

from expectations.gate import check_scrubbed
from expectations.thresholds import Thresholds
from pipelines.identifiers import Identifiers
from pipelines.noticed import Seen
from tests.expectations.gated import NOTHING_LEFT, check, good_records, sentences_of


@pytest.mark.parametrize(
    ("most", "markets", "verdict"),
    [
        *((12, 12, "passed"), (13, 12, "warned"), (120, 12, "warned"), (121, 12, "failed")),
        # Ten times three markets, but not a hundred rows.
        *((99, 3, "warned"), (100, 3, "failed")),
        # A fanlist has no markets.
        *((10, None, "passed"), (11, None, "warned"), (100, None, "warned"), (101, None, "failed")),
    ],
)
def test_the_rows_of_one_identifier(most: int, markets: int | None, verdict: str) -> None:
    assert check(identifiers=Identifiers(most, markets=markets)).verdict == verdict


def test_too_many_rows_of_one_identifier_say_where_once() -> None:
    result = check(identifiers=Identifiers(1_200, [3, 4, 9], markets=2))
    assert sentences_of(result) == [
        "No identifier has more than 99 rows. It was 1,200. Look at rows 3, 4, 9."
    ]


def test_placeholders_warn_and_say_where() -> None:
    found = Identifiers(1, placeholders=3, placeholders_at=[2, 5, 8], placeholders_lines=[3, 6, 9], markets=1)
    result = check(identifiers=found)
    assert result.verdict == "warned"
    (said,) = sentences_of(result)
    assert said.startswith("At most 0% of the accepted rows have a placeholder, such as 'unknown'")
    assert said.endswith(" It was 25.00%. Look at rows 2, 5, 8 (lines 3, 6, 9).")
    assert check(identifiers=found, thresholds=Thresholds(placeholder_share_warning=0.25)).verdict == "passed"


def test_thresholds_of_rows_per_fan_are_times_the_markets() -> None:
    thresholds = Thresholds(rows_per_fan_warning=2, rows_per_fan_critical=60)
    verdicts = [
        check(identifiers=Identifiers(most, markets=2), thresholds=thresholds).verdict
        for most in (4, 5, 120, 121)
    ]
    assert verdicts == ["passed", "warned", "warned", "failed"]


@pytest.mark.parametrize(
    ("rows", "lines", "verdict"), [(20_000, 10, "warned"), (20_000, 11, "failed"), (2_000, 3, "failed")]
)
def test_swallowed_lines_are_warned_of_and_refused_above_a_few(rows: int, lines: int, verdict: str) -> None:
    seen = {"swallowedLines": Seen(1, lines, [4], [4 + lines])}
    counts = {"in": rows, "invalid": 0, "duplicate": rows - 10, "valid": 10}
    tolerant = Thresholds(duplicate_share_critical=1, duplicate_share_warning=1)
    result = check_scrubbed(good_records(), counts, NOTHING_LEFT, tolerant, recognised=seen)
    assert result.verdict == verdict
    assert f"lines 4 to {4 + lines}" in " ".join(sentences_of(result))


@pytest.mark.parametrize(
    ("seen", "verdict"),
    [
        ({"lostDigits": Seen(10, 0, [4], [4])}, "passed"),
        ({"lostDigits": Seen(11, 0, [4], [4])}, "failed"),
        ({"floatIdentifiers": Seen(900, 0, [4], [4])}, "passed"),
        ({"floatIdentifiers": Seen(901, 0, [4], [4])}, "warned"),
        ({"roundedIdentifiers": Seen(900, 0, [4], [4])}, "passed"),
        ({"roundedIdentifiers": Seen(901, 0, [4], [4])}, "warned"),
        # One row, which takes no more lines than it has.
        ({"textMarks": Seen(1, 0, [4], [4])}, "warned"),
        ({"nearNames": Seen(1, 0, [1], [1], "'e-mail': did you mean email?")}, "warned"),
        ({"decimalCommas": Seen(1_000, 0, [4], [4])}, "passed"),
    ],
)
def test_what_is_recognised_is_judged_by_its_share_of_the_rows(seen: dict[str, Seen], verdict: str) -> None:
    counts = {"in": 1_000, "invalid": 0, "duplicate": 990, "valid": 10}
    tolerant = Thresholds(duplicate_share_critical=1, duplicate_share_warning=1)
    result = check_scrubbed(good_records(), counts, NOTHING_LEFT, tolerant, recognised=seen)
    assert (result.verdict, len(result.failed)) == (verdict, verdict != "passed")


def test_a_near_name_is_said_with_what_is_meant() -> None:
    counts = {"in": 10, "invalid": 0, "duplicate": 0, "valid": 10}
    seen = {"nearNames": Seen(1, 0, [1], [1], "'e-mail': did you mean email?")}
    said = sentences_of(check_scrubbed(good_records(), counts, NOTHING_LEFT, Thresholds(), recognised=seen))
    assert "for line 1 ('e-mail': did you mean email?)." in " ".join(said)
