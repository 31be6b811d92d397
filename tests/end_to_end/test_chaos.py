"""The same two files twice: as it should be, and with every batch delivered twice, cut differently.

Cannot see: AWS's own redelivery, which is rarer and comes later.
"""

from collections.abc import Iterator

import pytest

from local.stack.chaos.job import all_came_twice, queue_is_empty, redelivered
from local.stack.chaos.redelivery import VARIABLE, Chaos
from local.stack.laptop import Laptop, laptop
from tests.end_to_end.driver import Driver, rows_of

pytestmark = pytest.mark.xdist_group("system")

FANS = 1200
SELECTED = 20
CAMPAIGN = "chaos"


def file(run: int) -> str:
    """Fans with a first choice and without; in the second file every third has changed its mind."""
    rows = []
    for fan in range(FANS):
        verified = (fan + (run if fan % 3 == 0 else 0)) % 2 == 0
        market, wanted = ("Boston", "Boston|Chicago") if fan % 4 else ("Chicago", "Boston|Chicago")
        mail = f"fan{fan}@example.com"
        rows.append(
            f"f{fan},{fan + run / 2},{str(verified).lower()},{market},{wanted},m{fan},{mail},Ann,One,"
        )
    return rows_of(*rows)


def _told(driver: Driver, posts: int) -> None:
    """The verdict is said, and no copy of its message is left that might say later what is new by then."""
    driver.until(lambda: len(driver.posts()) >= posts or None)
    driver.until(lambda: queue_is_empty(driver.system) or None)


def _both_runs(driver: Driver) -> list[str]:
    """Uploads, lets another system select some fans, uploads again; gives back the runs' ids."""
    first = driver.run_upload(file(0), driver.key("2026-02-13T10:00:00"))
    _told(driver, 1)
    dynamodb = driver.system.aws.client("dynamodb")
    for fan in range(SELECTED):
        dynamodb.update_item(
            TableName=driver.system.stack.table,
            Key={"PK": {"S": f"fan:f{fan}"}, "SK": {"S": f"campaign:{driver.campaign}"}},
            UpdateExpression="SET verdict = :verdict",
            ExpressionAttributeValues={":verdict": {"S": "SELECTED"}},
        )
    driver.until(lambda: driver.counts()[2] == SELECTED or None)
    second = driver.run_upload(file(1), driver.key("2026-02-14T10:00:00"))
    _told(driver, 2)
    assert (first.status, second.status) == ("SUCCEEDED", "SUCCEEDED")
    return [first.output["runId"], second.output["runId"]]


@pytest.fixture
def chaotic() -> Iterator[Laptop]:
    environment = {"SFN_WAIT_SCALE": "0", VARIABLE: Chaos.redeliver.value}
    with laptop({"VerdictDelaySeconds": "1"}, environment) as running:
        yield running


def _played(system: Laptop) -> tuple[Driver, list[str]]:
    driver = Driver(system, CAMPAIGN)
    system.fakes.campaigns.register(CAMPAIGN, driver.name, ["Boston", "Chicago"])
    return driver, _both_runs(driver)


def test_redelivery_changes_nothing(system: Laptop, chaotic: Laptop) -> None:
    calm, runs = _played(system)
    top_ranked = 2 * sum(fan % 4 != 0 for fan in range(FANS))
    calm.until(lambda: len(system.fakes.entries.received[CAMPAIGN]) == top_ranked or None)
    expected = calm.state(runs)
    driver, runs = _played(chaotic)
    driver.until(lambda: all_came_twice(chaotic, 2 * FANS, 2 * FANS + SELECTED) or None)
    assert driver.state(runs) == expected
    assert expected["counts"] == (600, 600, SELECTED)
    assert [int(count) for count in expected["tallies"]] == [FANS, FANS]
    assert expected["posts"] == [
        "Campaign 'Tour' scoring complete: 600 verified, 600 rejected",
        "Campaign 'Tour' scoring complete: 600 verified, 600 rejected, 20 selected (+20)",
    ]
    assert chaotic.fakes.refused == []
    _was_chaotic(chaotic)


def _was_chaotic(system: Laptop) -> None:
    """The second deliveries were made, and they did come to the services outside."""
    batches = redelivered(system)
    workers = {one.function.rpartition("-")[2] for one in batches}
    assert workers == {"loadScoresToDynamoDB", "processSavedScores", "saveEntryScoring", "verdictReporter"}
    assert all(one.again != (one.records,) for one in batches if one.records > 1)
    assert system.fakes.entries.totals["updated"] > 900
