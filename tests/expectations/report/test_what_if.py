import pytest

from expectations.report import charts
from expectations.report.model import Bin, RecordFacts, Scores
from expectations.report.page import render_report
from expectations.report.what_if import what_if
from tests.expectations.report.pages import facts, published


def _records(
    lowest_verified: float | None,
    highest_rejected: float | None,
    most: tuple[float | None, float | None] = (None, None),
) -> RecordFacts:
    bins = [Bin(low=10.0 * n, high=10.0 * n + 10, records=n + 1, verified=n) for n in range(4)]
    beyond = Bin(low=40, high=None, records=100, verified=100)
    scores = Scores(
        lowest=1,
        highest=50,
        mean=20,
        median=20,
        bins=[*bins, beyond],
        lowest_verified=lowest_verified,
        highest_rejected=highest_rejected,
        most_verified=most[0],
        most_rejected=most[1],
    )
    return RecordFacts(verified=106, scores=scores)


def test_fans_from_where_a_bin_begins_are_all_above_it() -> None:
    found = what_if(_records(12, 30))
    assert found is not None
    assert found.above == [110, 109, 107, 104, 100]


@pytest.mark.parametrize(
    ("most", "said"),
    [
        # Half of the second bin's two fans, half of the third's three.
        ((15, 25), "overlap: 99\u00a0% of the verified fans have a score of 15 or more, 99\u00a0% of the"),
        ((15, 25), "About 2 fans (1.8\u00a0%) are in between."),
        # One outlier beyond the last edge does not count all that are there.
        ((38, 40), "About 1 fan (0.9\u00a0%) are in between."),
        ((35, 45), "About 52 fans (47.3\u00a0%) are in between."),
        ((30, 29.5), "The flag seems to be set between 29.5 and 30: 99\u00a0% of the verified fans"),
        ((None, None), "overlap: all verified fans have a score of 5 or more, all rejected fans one of 45"),
    ],
)
def test_the_overlap_is_that_of_most_fans(most: tuple[float | None, float | None], said: str) -> None:
    found = what_if(_records(5, 45, most))
    assert found is not None
    assert said in found.said


def test_where_no_score_is_of_both_nothing_overlaps() -> None:
    found = what_if(_records(30, 29, (31, 28)))
    assert found is not None
    assert found.said.startswith(
        "The flag seems to be set between 29 and 30: all verified fans have a score of 30"
    )


@pytest.mark.parametrize("ends", [(None, 30), (12, None), (None, None)])
def test_where_all_are_one_of_both_there_is_no_what_if(ends: tuple[float | None, float | None]) -> None:
    records = _records(*ends)
    assert what_if(records) is None
    assert "What if" not in render_report(facts(records=records), published())


def test_the_marks_stand_at_their_scores() -> None:
    found = what_if(_records(10, 9e9))
    assert found is not None
    drawing = str(charts.by_threshold(found, "What if"))
    # Five bins on 48 to 384; what is beyond stands in the middle of the last.
    assert 'points="115.2,4 115.2,172" class="blue line"' in drawing
    assert 'points="350.4,19 350.4,172" class="orange line"' in drawing
    assert ">lowest verified: 10</text>" in drawing


def test_the_figures_stand_in_the_table() -> None:
    page = render_report(facts(), published())
    assert "From here up" in page
    assert "all rejected fans one of 64.25 or less. About" in page
