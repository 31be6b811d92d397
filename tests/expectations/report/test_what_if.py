import pytest

from expectations.report import charts
from expectations.report.model import Bin, RecordFacts, Scores
from expectations.report.page import render_report
from expectations.report.what_if import what_if
from tests.expectations.report.pages import facts, published


def _records(lowest_verified: float | None, highest_rejected: float | None) -> RecordFacts:
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
    )
    return RecordFacts(verified=106, scores=scores)


def test_fans_from_where_a_bin_begins_are_all_above_it() -> None:
    found = what_if(_records(12, 30))
    assert found is not None
    assert found.above == [110, 109, 107, 104, 100]


@pytest.mark.parametrize(
    ("lowest_verified", "highest_rejected", "said"),
    [
        (12.5, 25, "overlap: the lowest verified score is 12.5, the highest rejected 25; at most 5 fans lie"),
        (9, 41, "overlap: the lowest verified score is 9, the highest rejected 41; at most 110 fans lie"),
        (
            30,
            29.5,
            "The flag seems to be set between 29.5, the highest rejected score, and 30, the lowest verified.",
        ),
    ],
)
def test_the_overlap_is_one_sentence(lowest_verified: float, highest_rejected: float, said: str) -> None:
    found = what_if(_records(lowest_verified, highest_rejected))
    assert found is not None
    assert said in found.said


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
    assert "score is 5.5, the highest rejected 64.25; at most 900,000 fans lie between." in page
