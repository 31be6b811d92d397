"""Two files of one campaign at once: the last thing said is what the counts end at."""

import pytest

from tests.end_to_end.driver import Driver, rows_of

pytestmark = pytest.mark.xdist_group("second system")

OLDER, NEWER = 12_000, 100


def file_of(first: int, fans: int) -> str:
    return rows_of(*(f"f{number},0.5,true,Boston,Boston,,,,," for number in range(first, first + fans)))


def test_a_newer_files_verdict_waits_for_the_older_ones_fans(driver: Driver) -> None:
    """The newer run is counted long before the older one, whose own message is then dropped as overtaken."""
    before = driver.executions()
    keys = [driver.key("2026-02-13T10:00:00"), driver.key("2026-02-13T11:00:00")]
    files = [file_of(0, OLDER), file_of(OLDER, NEWER)]
    for key, body in zip(keys, files, strict=True):
        driver.upload(body, key)
    runs = [driver.wait_for(driver.execution_of(key, before)) for key in keys]
    assert [run.status for run in runs] == ["SUCCEEDED"] * 2
    driver.until(lambda: driver.counts() == (OLDER + NEWER, 0, 0))
    driver.until(driver.verdicts_are_done)
    posts = driver.posts()
    assert posts[-1].endswith(f": {OLDER + NEWER:,} verified"), posts
    assert len(posts) == 1, posts
    older, newer = (driver.meta(f"meta:run:{run.output['runId']}") for run in runs)
    assert (older["verdict"], newer["verdict"]) == ("overtaken", "posted")
