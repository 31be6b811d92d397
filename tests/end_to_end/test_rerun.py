"""`vf rerun` on the whole stack: which file it takes, what it refuses, what a re-run changes and says.

What the console's input may be is in test_scrubbed.py and, form by form, in
tests/steps/states/test_resolve.py.
Cannot see: two Resolves in the very same millisecond.
"""

from pathlib import Path

import pytest

from steps.shared.clock import now_iso
from tests.end_to_end.commands import Terminal, beside
from tests.end_to_end.driver import Driver, rows_of

pytestmark = pytest.mark.xdist_group("second system")

OLD, NEW = "2026-02-13T10:00:00", "2026-02-14T10:00:00"


def file(verified: int, fans: int = 20) -> str:
    """Fans of whom the first so many are verified."""
    return rows_of(
        *(f"f{i},{i},{'true' if i < verified else 'false'},Boston,Boston,,,,," for i in range(fans))
    )


@pytest.fixture
def terminal(driver: Driver, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Terminal:
    return beside(driver.system, tmp_path, monkeypatch)


def verdict(driver: Driver, text: str) -> str:
    return f"Campaign '{driver.name}' scoring complete: {text}"


def test_the_file_scored_last_is_run_again_whenever_it_was_uploaded(
    driver: Driver, terminal: Terminal
) -> None:
    driver.run_upload(file(15), driver.key(NEW))
    driver.until(driver.posts)
    late = driver.run_upload(file(3), driver.key(OLD))
    assert late.error == "OutdatedFile"
    said = terminal.vf("rerun", driver.campaign)
    assert said.code == 0, said
    assert driver.key(NEW) in said.out
    assert "20 written, 0 not" in said.out
    assert "15 verified, 5 rejected, 0 selected; no count has changed" in said.out
    assert driver.counts() == (15, 5, 0)
    driver.until(lambda: driver.verdicts_are_done() or None)
    assert [text for text in driver.posts() if "complete" in text] == [
        verdict(driver, "15 verified, 5 rejected")
    ]


def test_corrected_data_changes_the_counts_by_what_was_corrected(driver: Driver, terminal: Terminal) -> None:
    key = driver.key()
    driver.run_upload(file(15), key)
    driver.until(driver.posts)
    # The same key, put right: S3's event of the new version runs it, and so may a person.
    driver.run_upload(file(12), key)
    driver.until(lambda: len(driver.posts()) == 2 or None)
    said = terminal.vf("rerun", driver.campaign, "--key", key)
    assert said.code == 0, said
    assert "12 verified, 8 rejected, 0 selected; no count has changed" in said.out
    driver.until(lambda: driver.verdicts_are_done() or None)
    assert driver.posts()[1:] == [verdict(driver, "12 verified (-3), 8 rejected (+3)")]


def test_an_older_file_is_refused_with_a_sentence_and_published_by_force(
    driver: Driver, terminal: Terminal
) -> None:
    driver.run_upload(file(15), driver.key(NEW))
    driver.run_upload(file(3), driver.key(OLD))
    driver.until(lambda: driver.counts() == (15, 5, 0) or None)
    driver.until(lambda: driver.verdicts_are_done() or None)
    refused = terminal.vf("rerun", driver.campaign, "--key", driver.key(OLD))
    assert refused.code == 1
    assert "✘ Refused" in refused.out
    assert "OutdatedFile" in refused.out
    assert f"'{driver.key(OLD)}' was scored at 2026-02-13T10:00:00.000Z, before the campaign's" in refused.out
    assert "--force publishes it in the newer one's place" in refused.out
    assert driver.counts() == (15, 5, 0)
    before = now_iso()
    forced = terminal.vf("rerun", driver.campaign, "--key", driver.key(OLD), "--force")
    assert forced.code == 0, forced
    assert "3 verified (-12), 17 rejected (+12), 0 selected" in forced.out
    assert {item["scoredAt"] >= before for item in driver.fans().values()} == {True}
    driver.until(lambda: len(driver.posts()) == 2 or None)
    assert driver.posts()[-1] == verdict(driver, "3 verified (-12), 17 rejected (+12)")


def test_a_quarantined_file_is_published_where_somebody_accepts_it(
    driver: Driver, terminal: Terminal
) -> None:
    bad = rows_of(*(f"q{i},{i},{'true' if i > 2 else 'perhaps'},Boston,Boston,,,,," for i in range(20)))
    driver.run_upload(bad)
    refused = terminal.vf("rerun", driver.campaign)
    assert refused.code == 1
    assert "✘ Quarantined" in refused.out
    assert "--accept-quality" in refused.out
    assert driver.fans() == {}
    accepted = terminal.vf("rerun", driver.campaign, "--accept-quality")
    assert accepted.code == 0, accepted
    assert "17 verified (+17)" in accepted.out


def test_a_campaign_with_both_kinds_of_file_is_asked_which(driver: Driver, terminal: Terminal) -> None:
    driver.run_upload(file(15))
    fanlist = f"fanlist/scored/{driver.campaign}/2026-02-13T10:00:00.csv"
    driver.run_upload("memberId,score\nm1,1\nm2,2\n", fanlist)
    unclear = terminal.vf("rerun", driver.campaign)
    assert (unclear.code, unclear.out) == (2, "")
    assert "--kind" in unclear.err
    said = terminal.vf("rerun", driver.campaign, "--kind", "fanlist")
    assert said.code == 0, said
    assert fanlist in said.out
    assert "2 written, 0 not" in said.out
    driver.until(lambda: len(driver.posts()) == 2 or None)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nobody"], "has no file"),
        (["c1", "--key", "scrubbed/x.csv"], "not the key of a score file"),
        (["c1", "--key", "fanlist/scored/c2/2026-02-13T10:00:00.csv"], "campaign 'c2', not of 'c1'"),
        (
            ["c1", "--key", "fanlist/scored/c1/2026-02-13T10:00:00.csv", "--kind", "scrubbed"],
            "not a scrubbed",
        ),
    ],
    ids=["no file", "no key", "another campaign's", "another kind's"],
)
def test_what_is_not_clear_starts_nothing(
    terminal: Terminal, driver: Driver, arguments: list[str], said: str
) -> None:
    before = driver.executions()
    done = terminal.vf("rerun", *arguments)
    assert (done.code, done.out) == (2, "")
    assert said in done.err
    assert set(driver.executions()) == set(before)


@pytest.mark.parametrize("first", [OLD, NEW])
def test_two_runs_at_once_end_in_the_newer_files_state(driver: Driver, first: str) -> None:
    """Whichever starts first; the older one may be refused, overtaken, or have said its word before."""
    files = {OLD: file(3, 1500), NEW: file(900, 1500)}
    before = driver.executions()
    moments = sorted(files, reverse=first == NEW)
    for moment in moments:
        driver.upload(files[moment], driver.key(moment))
    ended = {moment: driver.wait_for(driver.execution_of(driver.key(moment), before)) for moment in moments}
    assert ended[NEW].status == "SUCCEEDED"
    assert ended[OLD].status == "SUCCEEDED" or ended[OLD].error == "OutdatedFile"
    newest = ended[NEW].output["runId"]
    driver.until(lambda: driver.meta(f"meta:run:{newest}").get("counted") == 1500 or None)
    driver.until(lambda: driver.verdicts_are_done() or None)
    assert {item["runId"] for item in driver.fans().values()} == {newest}
    assert driver.counts() == (900, 600, 0)
    said = [text for text in driver.posts() if "complete" in text]
    assert len([text for text in said if "900 verified" in text]) == 1
    assert "900 verified" in said[-1]
