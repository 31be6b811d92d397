"""A corrected file after the one before it: what the counts, Slack and the run's results say."""

import pytest

from tests.end_to_end.driver import Driver, rows_of

pytestmark = pytest.mark.xdist_group("system")


def _file(fans: int, rejected: int = 0) -> str:
    return rows_of(*(f"f{n},{n},{n >= rejected},Boston,Boston,,,,," for n in range(fans)))


def test_fans_who_are_not_in_a_corrected_file_keep_their_state_and_slack_says_so(driver: Driver) -> None:
    """The worked example of docs/data-quality.md."""
    driver.run_upload(_file(200), driver.key("2026-02-13T10:00:00"))
    driver.until(driver.posts)
    corrected = driver.run_upload(_file(150, rejected=20), driver.key("2026-02-14T10:00:00"))
    assert corrected.status == "SUCCEEDED", corrected
    driver.until(lambda: len(driver.posts()) == 2 or None)
    complete = f"Campaign '{driver.name}' scoring complete"
    assert driver.posts() == [
        f"{complete}: 200 verified",
        f"{complete}: 180 verified (-20), 20 rejected (+20)",
    ]
    assert driver.counts() == (180, 20, 0)
    first, *others = driver.said_beside(driver.posts()[1])
    assert first == "50 fans of the last file are not in this one; they keep their state"
    assert "At most 5% of the last file's fans are missing from this one. It was 25.00%." in others
    quality = driver.summary(corrected.output["runId"]).quality
    assert quality is not None
    assert (quality.fans_new, quality.fans_gone) == (0, 50)
