"""What tests of replays share: a file, a service that is down, and a terminal that shows nobody's data."""

import contextlib
import json
from collections.abc import Iterator

from local.stack.laptop import Laptop
from steps.shared.storage import read_json
from tests.end_to_end.commands import Said, Terminal
from tests.end_to_end.driver import Driver, rows_of

FANS = 20
OLD, NEW = "2026-02-13T10:00:00", "2026-02-14T10:00:00"


def file(bonus: int = 0, fans: int = FANS) -> str:
    """Verified fans with a first choice; `bonus` raises their scores."""
    return rows_of(
        *(
            f"f{i},{i + bonus},true,Boston,Boston,m{i},fan{i}@example.com,Ann,One,{i + 100}"
            for i in range(fans)
        )
    )


class Console(Terminal):
    """A terminal whose commands are about one campaign, and which shows nobody's data."""

    def dead_letters(self, driver: Driver, *arguments: str) -> Said:
        command, *options = arguments
        said = self.vf("dead-letters", command, driver.campaign, *options)
        assert "@" not in said.out + said.err
        assert "Ann" not in said.out
        return said


@contextlib.contextmanager
def cannot_read(system: Laptop, function: str, key: str = "*") -> Iterator[None]:
    """A function that may read no object of the bucket, or none of a key like this."""
    iam, role = system.aws.client("iam"), system.target.resources[f"{function}FunctionRole"]
    statement = {"Effect": "Deny", "Action": "s3:GetObject", "Resource": f"arn:aws:s3:::*/{key}"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    iam.put_role_policy(RoleName=role, PolicyName="blind", PolicyDocument=policy)
    try:
        yield
    finally:
        iam.delete_role_policy(RoleName=role, PolicyName="blind")


def entries(driver: Driver) -> list[tuple[str, float]]:
    received = driver.system.fakes.entries.received.get(driver.campaign, [])
    return [(entry.global_user_id, entry.score) for entry in received]


def unsent(driver: Driver, bonus: int = 0, moment: str = OLD) -> None:
    """Runs a file while the Entry Service is down, until its entries are dead letters."""
    # 501 is an answer that no retry waits for.
    driver.system.fakes.entries.fail_next(501, times=1000)
    try:
        driver.run_upload(file(bonus), driver.key(moment))
        prefix = f"dead-letters/save-entry-scoring/{driver.campaign}/"
        driver.until(lambda: _kept_in(driver, prefix) == FANS or None)
    finally:
        driver.system.fakes.entries.recover()


def _kept_in(driver: Driver, prefix: str) -> int:
    s3, bucket = driver.system.aws.client("s3"), driver.system.stack.bucket
    return sum(len(read_json(s3, bucket, key)["Records"]) for key in driver.keys(prefix))
