"""A right taken away makes the job fail, under enforced IAM: a few of the template's."""

import contextlib
import json
from collections.abc import Iterator

import pytest

from local.stack.laptop import Laptop
from tests.end_to_end.driver import Driver, rows_of

pytestmark = pytest.mark.xdist_group("second system")

FILE = rows_of(*(f"f{i},{i},true,Boston,Boston,,,,," for i in range(10)))


@contextlib.contextmanager
def _without(system: Laptop, function: str, sid: str) -> Iterator[None]:
    """Takes a statement out of a function's role, and puts it back."""
    found = system.aws.client("lambda").get_function(FunctionName=f"{system.stack.name}-{function}")
    role = found["Configuration"]["Role"].rpartition("/")[2]
    iam = system.aws.client("iam")
    policies = {
        name: iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"]
        for name in iam.list_role_policies(RoleName=role)["PolicyNames"]
    }
    ((name, policy),) = [
        one for one in policies.items() if any(s.get("Sid") == sid for s in one[1]["Statement"])
    ]
    kept = policy | {"Statement": [s for s in policy["Statement"] if s.get("Sid") != sid]}
    iam.put_role_policy(RoleName=role, PolicyName=name, PolicyDocument=json.dumps(kept))
    try:
        yield
    finally:
        iam.put_role_policy(RoleName=role, PolicyName=name, PolicyDocument=json.dumps(policy))


@pytest.mark.parametrize(
    ("function", "sid"),
    [
        ("publish-partition", "Publish"),
        ("prepare", "WritePartitionsAndRejects"),
        ("finish", "AskForTheVerdict"),
    ],
)
def test_a_statement_taken_away_fails_the_run(driver: Driver, function: str, sid: str) -> None:
    with _without(driver.system, function, sid):
        ended = driver.run_upload(FILE)
    assert ended.status == "FAILED", ended
    assert driver.fans() == {} or sid == "AskForTheVerdict"
    assert [text for text in driver.posts() if "scoring failed" in text]


@pytest.mark.parametrize("sid", ["MergeFans", "Publish"])
def test_a_fanlist_that_may_not_be_saved_or_published_fails(driver: Driver, sid: str) -> None:
    rows = "".join(f"m{i},{i}\n" for i in range(10))
    key = f"fanlist/scored/{driver.campaign}/2026-02-13T10:00:00.csv"
    with _without(driver.system, "save-fanlist-partition", sid):
        ended = driver.run_upload(f"memberId,score\n{rows}", key)
    assert ended.status == "FAILED", ended
    # What is saved and not yet published is published by a re-run.
    assert (driver.fans() == {}) is (sid == "MergeFans")
    assert driver.stream(driver.system.stack.campaign_data_stream) == []
    assert [text for text in driver.posts() if "scoring failed" in text]
