"""`vf recount`: counts that lost changes are set from the fans, and never while something moves."""

from pathlib import Path

import pytest

from local.recount import MovingError, Recount, set_counts
from local.stack.target import find_target
from steps.shared.clock import now_iso
from steps.streaming.counting.changes import Tally
from tests.end_to_end.commands import Terminal, beside
from tests.end_to_end.driver import Driver, rows_of

pytestmark = pytest.mark.xdist_group("second system")

FILE = rows_of(*(f"f{i},{i},{'true' if i < 15 else 'false'},Boston,Boston,,,,," for i in range(20)))


@pytest.fixture
def terminal(driver: Driver, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Terminal:
    return beside(driver.system, tmp_path, monkeypatch)


def write(driver: Driver, sort_key: str, **values: int | str) -> None:
    """Sets attributes of one of the campaign's own items, as nobody should."""
    driver.system.aws.client("dynamodb").update_item(
        TableName=driver.system.stack.table,
        Key={"PK": {"S": f"campaign:{driver.campaign}"}, "SK": {"S": sort_key}},
        UpdateExpression="SET " + ", ".join(f"#{name} = :{name}" for name in values),
        ExpressionAttributeNames={f"#{name}": name for name in values},
        ExpressionAttributeValues={
            f":{name}": {"N" if isinstance(value, int) else "S": str(value)} for name, value in values.items()
        },
    )


def test_lost_changes_are_counted_again_and_said(driver: Driver, terminal: Terminal) -> None:
    driver.run_upload(FILE)
    driver.until(driver.posts)
    same = terminal.vf("recount", driver.campaign)
    assert (same.code, "They are the same: nothing to change." in same.out) == (0, True)
    # As if five changes had never been counted.
    write(driver, "meta:counts", verified=11, rejected=4)
    asked = terminal.vf("recount", driver.campaign)
    assert asked.code == 1
    assert "stored  11 verified, 4 rejected, 0 selected" in asked.out
    assert "found   15 verified, 5 rejected, 0 selected, of 20 fans" in asked.out
    assert driver.counts() == (11, 4, 0)
    done = terminal.vf("recount", driver.campaign, "--yes")
    assert done.code == 0, done
    assert driver.counts() == (15, 5, 0)
    driver.until(driver.verdicts_are_done)
    name = f"Campaign '{driver.name}'"
    assert driver.posts() == [f"{name} scoring complete: 15 verified, 5 rejected"]


def test_a_campaign_that_is_not_there_is_no_campaign_whose_counts_hold(terminal: Terminal) -> None:
    said = terminal.vf("recount", "no-such-campaign", "--yes")
    assert (said.code, said.out) == (2, "")
    assert "Campaign 'no-such-campaign' has neither a run nor a fan here" in said.err


def test_what_is_set_is_said(driver: Driver, terminal: Terminal) -> None:
    driver.run_upload(FILE)
    driver.until(driver.posts)
    # As if five changes had been counted twice, and that had been said.
    write(driver, "meta:counts", verified=20)
    said = {"verified": {"N": "20"}, "rejected": {"N": "5"}, "selected": {"N": "0"}}
    driver.system.aws.client("dynamodb").update_item(
        TableName=driver.system.stack.table,
        Key={"PK": {"S": f"campaign:{driver.campaign}"}, "SK": {"S": "meta:slack:counts"}},
        UpdateExpression="SET scrubbed = :said",
        ExpressionAttributeValues={":said": {"M": said}},
    )
    assert terminal.vf("recount", driver.campaign, "--yes").code == 0
    driver.until(lambda: len(driver.posts()) == 2 or None)
    assert driver.posts()[1] == f"Campaign '{driver.name}' counts changed: 15 verified (-5), 5 rejected"


def test_nothing_is_set_while_a_run_is_under_way(driver: Driver, terminal: Terminal) -> None:
    write(driver, "meta:run:r1", status="running", startedAt=now_iso())
    refused = terminal.vf("recount", driver.campaign, "--yes")
    assert (refused.code, refused.err) == (1, "Run r1 is under way: try again once it has ended.\n")
    # A record that old is of a run that was stopped by hand.
    write(driver, "meta:run:r1", startedAt="2026-01-01T00:00:00.000Z")
    assert terminal.vf("recount", driver.campaign, "--yes").code == 0


def test_what_is_counted_after_the_scan_is_not_overwritten(driver: Driver, terminal: Terminal) -> None:
    write(driver, "meta:counts", verified=3)
    late = Recount(stored=Tally(2), found=Tally(9), fans=9)
    with pytest.raises(MovingError, match="try again"):
        set_counts(find_target(None), driver.campaign, late)
    assert driver.counts() == (3, 0, 0)
