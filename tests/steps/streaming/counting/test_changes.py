"""What changes count for."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from steps.shared.attributes import Item
from steps.streaming.counting.changes import Change, Tally, change_of, contribution, cut, fold
from tests.steps.records import LATER_RUN, RUN, image, stream_record


def change(old: Item | None, new: Item | None, campaign: str = "c", sequence: int = 1) -> Change:
    found = change_of(stream_record(sequence, old, new, campaign))
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (None, Tally()),
        (image(), Tally()),
        (image(True), Tally(verified=1)),
        (image(False), Tally(rejected=1)),
        (image(verdict="SeLected"), Tally(selected=1)),
        (image(True, verdict="selected"), Tally(verified=1, selected=1)),
        (image(True, verdict="waitlisted"), Tally(verified=1)),
        ({"isVerified": {"S": "true"}, "verdict": {"BOOL": True}}, Tally()),
    ],
)
def test_contribution(found: Item | None, expected: Tally) -> None:
    assert contribution(found) == expected


@pytest.mark.parametrize(
    ("old", "new", "delta", "run"),
    [
        (None, image(True), Tally(1, 0, 0), RUN),
        (image(True), image(False, LATER_RUN), Tally(-1, 1, 0), LATER_RUN),
        (image(True), image(True, LATER_RUN), Tally(), LATER_RUN),
        (image(True), image(True, verdict="selected"), Tally(0, 0, 1), None),
        (image(False, verdict="selected"), None, Tally(0, -1, -1), None),
        (image(True), image(True, run=None), Tally(), None),
        (image(run=None), image(True), Tally(1, 0, 0), RUN),
    ],
)
def test_a_change(old: Item | None, new: Item | None, delta: Tally, run: str | None) -> None:
    assert change(old, new).delta == delta
    assert list(change(old, new).counted_runs) == ([run] if run else [])


@pytest.mark.parametrize(
    ("old", "new", "runs"),
    [
        (None, image(run=None, fanlist_run=LATER_RUN), [LATER_RUN]),
        (image(True), image(True, fanlist_run=LATER_RUN), [LATER_RUN]),
        (image(True, fanlist_run=RUN), image(True, fanlist_run=LATER_RUN), [LATER_RUN]),
        (image(run=None, fanlist_run=RUN), image(False, LATER_RUN, fanlist_run=RUN), [LATER_RUN]),
        (None, image(True, RUN, fanlist_run=LATER_RUN), [RUN, LATER_RUN]),
        (image(True, fanlist_run=RUN), image(True, verdict="selected", fanlist_run=RUN), []),
        (image(True, fanlist_run=RUN), None, []),
    ],
)
def test_each_kind_of_file_has_a_tally_of_its_own(
    old: Item | None, new: Item | None, runs: list[str]
) -> None:
    assert list(change(old, new).counted_runs) == runs


@pytest.mark.parametrize(
    ("old", "new", "delta", "selected"),
    [
        (image(True), image(None, LATER_RUN), Tally(verified=-1), 0),
        (image(False, verdict="selected"), image(None, LATER_RUN, "Selected"), Tally(rejected=-1), 1),
        (
            None,
            image(None, LATER_RUN),
            Tally(),
            0,
        ),  # an item that nobody had written: an older run is to be stale
        (image(None, LATER_RUN, "selected"), image(None, LATER_RUN, "no"), Tally(selected=-1), 0),
        (image(True, RUN, "selected", RUN), image(True, RUN, "selected", LATER_RUN), Tally(), 1),
    ],
)
def test_a_withdrawal_is_counted_and_told_of_where_the_fan_is_selected(
    old: Item | None, new: Item, delta: Tally, selected: int
) -> None:
    total = fold([change(old, new)])
    assert total.deltas["c"] == delta
    assert sum(total.selected.values()) == selected
    assert total.selected.keys() <= total.counted.keys()


def test_a_fan_of_a_fanlist_alone_is_neither_verified_nor_rejected() -> None:
    found = change_of(stream_record(1, None, image(run=None, fanlist_run=RUN), pk="email:a@example.test"))
    assert found is not None
    assert found.delta == Tally()
    assert fold([found]).counted == {("campaign-1", RUN): 1}


@pytest.mark.parametrize("sk", ["meta:counts", "meta:run:x", "profile", "Campaign:x"])
def test_what_is_no_fan_of_a_campaign_is_no_change(sk: str) -> None:
    assert change_of(stream_record(1, None, image(True), sk=sk)) is None


def test_sequence_numbers_sort_as_numbers() -> None:
    numbers = [9, 10, 999, 1000, 10**39]
    padded = [change(None, image(), sequence=number).sequence for number in numbers]
    assert padded == sorted(padded)


_IMAGES = st.one_of(
    st.none(),
    st.builds(
        image,
        st.sampled_from([None, True, False]),
        st.sampled_from([None, "r1", "r2"]),
        st.sampled_from([None, "selected", "other"]),
        st.sampled_from([None, "l1", "l2"]),
    ),
)
_CHANGES = st.lists(st.builds(change, _IMAGES, _IMAGES, st.sampled_from("abcdef")), max_size=40)


@given(_CHANGES, st.integers(3, 6))
def test_cutting_keeps_order_and_sums(changes: list[Change], places: int) -> None:
    parts = list(cut(changes, places))
    assert [one for part in parts for one in part] == changes
    assert all(part and fold(part).places <= places for part in parts)
    whole = fold(changes)
    for campaign, delta in whole.deltas.items():
        assert sum((fold(part).deltas[campaign] for part in parts), Tally()) == delta
    for place, count in whole.counted.items():
        assert sum(fold(part).counted[place] for part in parts) == count


@pytest.mark.parametrize("campaign", ["", "a\nb", "a b", "é", "x" * 1001])
def test_no_transaction_is_made_for_what_no_campaign_is_called(campaign: str) -> None:
    assert change_of(stream_record(1, None, image(True), campaign)) is None


@pytest.mark.parametrize("run", ["a\nb", "é", "x" * 201])
def test_a_run_that_no_key_holds_has_no_tally_and_its_fan_counts(run: str) -> None:
    found = change(None, image(True, run))
    assert (found.delta, list(found.counted_runs)) == (Tally(verified=1), [])
