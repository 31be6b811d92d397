"""`vf demo` as a person or a script runs it: exit codes, the one JSON object, one sentence for a mistake."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

VF = Path(sys.executable).with_name("vf")
KEY = "scrubbed/registrants.c9.Tour.2026-02-13T10:00:00.csv"
RUN_KEYS = {
    "runId", "campaignId", "campaignName", "source", "file", "scoredAt", "startedAt", "finishedAt",
    "status", "counts", "invalidBy", "unknownColumns", "quality",
}  # fmt: skip


def _vf(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([VF, *arguments], capture_output=True, text=True, check=False)


def test_both_samples_side_by_side_as_json() -> None:
    done = _vf("demo", "--json")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert set(found) == {"runs", "counts", "slack", "entry", "elapsedSeconds"}
    run, fanlist = found["runs"]
    assert (run["source"], fanlist["source"]) == ("scrubbed", "fanlist")
    noticed = {"recognised", "recognisedLines"}
    assert set(run) - noticed == set(fanlist) - noticed == RUN_KEYS
    assert set(run["file"]) == {"bucket", "key", "versionId", "bytes"}
    counts = run["counts"]
    assert counts["in"] == counts["invalid"] + counts["duplicate"] + counts["valid"] == 2000
    assert counts["valid"] == counts["output"] + counts["failed"]
    campaign = found["counts"]["campaign-123"]
    assert campaign["verified"] + campaign["rejected"] == counts["output"]
    parts = f"{campaign['verified']:,} verified, {campaign['rejected']:,} rejected"
    groups = fanlist["counts"]
    assert groups["input"]["in"] == 2000
    assert groups["input"]["valid"] == groups["dynamo"]["in"] == groups["dynamo"]["out"]
    assert groups["dynamo"]["out"] == groups["stream"]["in"] == groups["stream"]["out"]
    assert sorted(found["slack"]) == [
        f"Campaign 'Fanlist Integration' scoring complete: {groups['stream']['out']:,} records processed",
        f"Campaign 'Taylor Swift Presale' scoring complete: {parts}",
    ]
    assert found["entry"]["inserted"] == found["entry"]["entries"] > 0
    assert "@example" not in done.stdout + done.stderr


def test_a_fanlist_of_ones_own(tmp_path: Path) -> None:
    file = tmp_path / "mine.csv"
    file.write_text("email,score\nA@example.com,1\na@example.com,2\nb@example.com,3\n")
    done = _vf("demo", "--file", file, "--key", "fanlist/scored/c8/2026-02-13T10:00:00.csv", "--json")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["runs"][0]["counts"]["dynamo"] == {"in": 2, "failed": 0, "out": 2}
    assert found["slack"] == ["Campaign 'C8' scoring complete: 2 records processed"]
    assert "@example" not in done.stdout + done.stderr


def test_a_file_that_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "bad.csv"
    file.write_bytes(b"PK\x03\x04" + bytes(99))
    done = _vf("demo", "--file", file, "--key", KEY, "--json")
    assert done.returncode == 1
    found = json.loads(done.stdout)
    assert found["runs"][0]["status"] == "failed"
    assert "not CSV" in found["runs"][0]["cause"]
    assert [text for text in found["slack"] if "not CSV" in text]
    assert found["counts"]["c9"] == {"verified": 0, "rejected": 0, "selected": 0}
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--file", "samples/scrubbed.csv", "--key", "scrubbed.csv"), "not the key of a score file"),
        (("--file", "samples/scrubbed.csv", "--key", "scrubbed/x.csv"), "scrubbed/registrants."),
        (("--file", "samples/scrubbed.csv"), "go together"),
        (("--key", KEY), "go together"),
        (("--file", "nowhere.csv", "--key", KEY), "no file"),
        (("--file", "samples/scrubbed.csv", "--key", KEY, "--rows", "5"), "one of them"),
        (("--rows", "0"), "--rows"),
        (("--rows", "10", "--seed", "-1"), "seed"),
    ],
    ids=str,
)
def test_bad_usage_is_one_sentence(arguments: tuple[str, ...], said: str) -> None:
    done = _vf("demo", *arguments)
    assert done.returncode == 2
    assert done.stdout == ""
    assert said in done.stderr
    assert "Traceback" not in done.stderr
