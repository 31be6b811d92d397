"""`vf upload --check --wait`, `vf status`, `vf open` and `vf logs` beside a running system.

Cannot see: CloudWatch's own reading of the filter, a browser.
"""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.end_to_end.commands import Terminal, beside
from tests.end_to_end.driver import Driver, rows_of

pytestmark = pytest.mark.xdist_group("second system")


@pytest.fixture
def terminal(driver: Driver, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Terminal:
    return beside(driver.system, tmp_path, monkeypatch)


def _file(folder: Path, bad: int = 0) -> Path:
    path = folder / "new.csv"
    flags = ("perhaps" if i < bad else "true" if i < 15 else "false" for i in range(20))
    path.write_text(rows_of(*(f"s{i},{i},{flag},Boston,Boston,,,,," for i, flag in enumerate(flags))))
    return path


def test_from_the_check_to_the_log(driver: Driver, terminal: Terminal, tmp_path: Path) -> None:
    key = driver.key()
    done = terminal.vf("upload", str(_file(tmp_path)), "--key", key, "--check", "--wait")
    assert done.code == 0, done
    assert "Would pass" in done.out
    assert "15 verified (+15), 5 rejected (+5)" in done.out
    assert "posted to the channel" in done.out
    assert len(driver.posts()) == 1

    campaign = json.loads(terminal.vf("status", driver.campaign, "--json").out)["campaigns"][0]
    assert campaign["counts"] == {"verified": 15, "rejected": 5, "selected": 0}
    (run,) = campaign["runs"]
    assert (run["status"], run["verdict"], run["rows"], run["records"]) == ("succeeded", "posted", 20, 20)
    assert run["word"] == "passed"
    assert run["seconds"] > 0
    shown = terminal.vf("status")
    assert f"Campaign {driver.campaign}" in shown.out
    assert f"Run     {run['runId']}" in shown.out

    opened = json.loads(terminal.vf("open", run["runId"], "--json").out)
    assert opened["report"] == run["report"]
    assert run["runId"] in Path(opened["page"]).read_text()

    def logged() -> list[dict[str, Any]]:
        return list(json.loads(terminal.vf("logs", run["runId"], "--json").out)["events"])

    # A function's log shows once it has answered, which is after what it did was seen.
    wanted = {"prepare", "finish", "loadScoresToDynamoDB", "verdictReporter"}
    driver.until(lambda: wanted <= {event["function"] for event in logged()} or None)
    assert logged()[0]["function"] == "resolve"
    assert not any("eventName" in event for event in logged())
    assert "prepared" in terminal.vf("logs", run["runId"]).out
    rejected = driver.keys(f"rejected/{driver.campaign}/{run['runId']}")
    assert {Path(one).suffix for one in rejected} == {".parquet", ".csv"}


def test_a_bad_end_is_told_with_what_to_do(driver: Driver, terminal: Terminal, tmp_path: Path) -> None:
    path, key = _file(tmp_path, bad=4), driver.key()
    kept_back = terminal.vf("upload", str(path), "--key", key, "--check", "--json")
    assert kept_back.code == 1
    assert json.loads(kept_back.out)["error"]["message"].startswith("Nothing was uploaded: ")
    assert driver.keys(key) == []
    done = terminal.vf("upload", str(path), "--key", key, "--wait", "--json")
    assert done.code == 1
    said = json.loads(done.out)
    assert said["error"]["name"] == "QualityGateFailed"
    run = said["summary"]["runId"]
    shown = terminal.vf("status", driver.campaign).out
    assert "✘ quarantined  20 rows, 4 rejected" in shown
    assert "Why     QualityGateFailed: the file is not fit to publish" in shown
    assert f"Next    vf open {run}" in shown


def test_what_became_no_run_is_told_with_what_to_do(driver: Driver, terminal: Terminal) -> None:
    driver.run_upload(rows_of("a,1,true,Boston,Boston,,,,,"))
    key = f"scrubbed/registrants.{driver.campaign}.Old.2001-02-13T10:00:00.csv"
    driver.run_upload(rows_of("a,1,true,Boston,Boston,,,,,"), key)
    driver.run_upload("x", f"fanlist/scored/{driver.campaign}/yesterday.csv")
    (old,) = json.loads(terminal.vf("status", driver.campaign, "--json").out)["notStarted"]
    assert (old["key"], old["word"], old["error"]) == (key, "refused", "OutdatedFile")
    # Forcing an older file is no next step: it makes every file between it and now outdated.
    assert old["next"] is None
    shown = terminal.vf("status").out
    assert "Usually nothing: newer data is published." in shown
    assert f"fanlist/scored/{driver.campaign}" in shown
    assert "InvalidKey: Key" in shown


@pytest.mark.parametrize("command", ["open", "logs"])
def test_a_run_that_is_none(terminal: Terminal, command: str) -> None:
    done = terminal.vf(command, "nobody", "--json")
    assert done.code == 2
    assert json.loads(done.out)["error"]["name"] == "UnknownRun"


def test_a_recount_and_a_replay_as_json(driver: Driver, terminal: Terminal, tmp_path: Path) -> None:
    terminal.vf("upload", str(_file(tmp_path)), "--key", driver.key(), "--wait")
    counted = json.loads(terminal.vf("recount", driver.campaign, "--yes", "--json").out)
    assert (counted["fans"], counted["changed"]) == (20, False)
    assert json.loads(terminal.vf("rerun", driver.campaign, "--json").out)["succeeded"] is True
    assert json.loads(terminal.vf("dead-letters", "list", driver.campaign, "--json").out) == {
        "deadLetters": []
    }
