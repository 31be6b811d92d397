"""`vf forget`: one person goes from the table, the counts and the bucket, and comes back with the file."""

import io
import json

import polars as pl
import pytest

from pipelines.sinks import csv_beside
from tests.end_to_end.commands import Said
from tests.end_to_end.driver import Driver, rows_of
from tests.end_to_end.replaying import Console, entries
from tests.end_to_end.test_recount import write

pytestmark = pytest.mark.xdist_group("system")

# Ada is in the table and staged, in a rejected row, and in two dead letters: as one of several fans
# without a known market, and alone.
ADA = "f1,1,true,Atlantis,Atlantis,m1,ada@example.com,Ada,Lovelace,5550001"
FILE = rows_of(
    ADA,
    "f10,1,true,Atlantis,Atlantis,m10,ann@example.com,Ann,One,5550010",
    "f2,1,false,Boston,Boston,,,,,",
    *(f"p{i},1,true,Boston,Boston,,,,," for i in range(40)),
    "f1,-1,true,Boston,Boston,m1,ada@example.com,Ada,Lovelace,5550001",
    "f10,-1,true,Boston,Boston,m10,ann@example.com,Ann,One,5550010",
)
PERSONAL = ("@example", "Ada", "Lovelace", "5550001", "Ann")


def forget(console: Console, *arguments: str) -> Said:
    said = console.vf("forget", *arguments)
    assert not any(value in said.out + said.err for value in PERSONAL)
    return said


def kept(driver: Driver) -> str:
    """All that the bucket holds of the campaign beside its file, as text."""
    s3, bucket = driver.system.aws.client("s3"), driver.system.stack.bucket
    found = []
    for prefix in ("staging/", "rejected/", "dead-letters/", "runs/", "data-quality/", "fans/"):
        for key in (key for key in driver.keys(prefix) if f"/{driver.campaign}" in key):
            body = s3.get_object(Bucket=bucket, Key=key)["Body"].read()
            if key.endswith(".parquet"):
                found += [str(row) for row in pl.read_parquet(io.BytesIO(body)).iter_rows()]
            elif key.startswith("dead-letters/"):
                found += [entry["kinesis"]["partitionKey"] for entry in json.loads(body)["Records"]]
            else:
                found.append(body.decode(errors="replace"))
    return "\n".join(found)


def prepared(driver: Driver) -> None:
    """Runs the file, until both records without a market are dead letters."""
    driver.run_upload(FILE)
    driver.until(lambda: driver.counts() == (42, 1, 0) or None)
    driver.until(lambda: kept(driver).count("\nf1") == 2 or None)
    driver.until(driver.posts)


def test_a_person_goes_and_nobody_else(driver: Driver, console: Console) -> None:
    prepared(driver)
    tried = forget(console, "fan:f1", "--dry-run")
    assert tried.code == 0
    assert f"table {driver.system.stack.table}, campaign {driver.campaign}" in tried.out
    for prefix in ("staging", "rejected", "fans", "dead-letters/save-entry-scoring"):
        assert f"1 record  {prefix}/{driver.campaign}/" in tried.out
    assert forget(console, "fan:f1").code == 1, "nothing goes before somebody says yes"
    before = kept(driver)
    assert ("ada@example.com" in before, "'fan:f1'" in before, len(driver.fans())) == (True, True, 43)
    done = forget(console, "fan:f1", "--yes")
    assert (done.code, "Not reached:" in done.out) == (0, True)
    assert ("fan:f1" in driver.fans(), len(driver.fans())) == (False, 42)
    left = kept(driver)
    assert ("ada@example.com" in left, "'fan:f1'" in left, "'fan:f10'" in left) == (False, False, True)
    assert left.count("ann@example.com") == 3
    assert [line for line in left.splitlines() if line in ("f1", "f10")] == ["f10"]
    # The stream of the table says that it went, and so do the counts, and so does the channel.
    driver.until(lambda: driver.counts() == (41, 1, 0) or None)
    driver.until(lambda: len(driver.posts()) == 2 or None)
    assert driver.posts()[1] == f"Campaign '{driver.name}' counts changed: 41 verified (-1), 1 rejected"
    again = forget(console, "fan:f1", "--yes")
    assert (again.code, "Nothing is kept under this key." in again.out) == (0, True)
    told = json.loads(forget(console, "fan:f1", "--yes", "--json").out)
    assert (told["found"], told["removed"]) == ([], False)
    # What is left of the dead letters is still one.
    driver.system.fakes.campaigns.register(driver.campaign, driver.name, ["Boston", "Atlantis"])
    assert console.vf("dead-letters", "replay", driver.campaign, "--yes").code in (0, 1)
    assert "f1" not in [user for user, _ in entries(driver)]


def test_the_file_brings_the_person_back(driver: Driver, console: Console) -> None:
    prepared(driver)
    assert forget(console, "fan:f1", "--campaign", driver.campaign, "--yes").code == 0
    driver.until(lambda: driver.counts() == (41, 1, 0) or None)
    assert console.vf("rerun", driver.campaign).code == 0
    driver.until(lambda: driver.counts() == (42, 1, 0) or None)
    assert "fan:f1" in driver.fans()
    driver.until(lambda: driver.verdicts_are_done() or None)


def test_an_address_is_found_in_any_case_and_another_campaign_is_left_alone(
    driver: Driver, console: Console
) -> None:
    key = f"fanlist/scored/{driver.campaign}/2026-02-13T10:00:00.csv"
    others = "".join(f"m{i}@example.com,1\n" for i in range(40))
    rows = f"Ada@Example.com,1\nxada@example.com,2\nada@example.com,-1\n{others}"
    driver.run_upload(f"email,score\n{rows}", key)
    driver.until(driver.posts)
    elsewhere = forget(console, "email:ADA@example.com", "--campaign", "no-such-campaign", "--yes")
    assert (elsewhere.code, "Nothing is kept" in elsewhere.out) == (0, True)
    done = forget(console, "email:ADA@example.com", "--campaign", driver.campaign, "--yes")
    assert done.code == 0, done
    assert ("email:xada@example.com" in driver.fans(), len(driver.fans())) == (True, 41)
    left = kept(driver)
    assert ("xada@example.com" in left, "ada@example.com" in left.replace("xada", "")) == (True, False)
    driver.until(lambda: driver.verdicts_are_done() or None)


def test_not_during_a_run_and_not_without_a_kind(driver: Driver, console: Console) -> None:
    for wrong in ("f1", "fan:", "campaign:c1"):
        refused = forget(console, wrong, "--yes")
        assert (refused.code, "fan:<globalUserId>" in refused.err) == (2, True)
    write(driver, "meta:run:r1", status="running", startedAt="2999-01-01T00:00:00.000Z")
    refused = forget(console, "fan:f1", "--campaign", driver.campaign, "--yes")
    assert (refused.code, "under way" in refused.err) == (1, True)


def test_files_keep_what_they_say_of_themselves_and_the_table_beside_them(
    driver: Driver, console: Console
) -> None:
    prepared(driver)
    (fans,) = driver.keys(f"fans/{driver.campaign}/")
    (parquet,) = [one for one in driver.keys(f"rejected/{driver.campaign}/") if one.endswith(".parquet")]
    s3, bucket = driver.system.aws.client("s3"), driver.system.stack.bucket

    def body(key: str) -> bytes:
        found: bytes = s3.get_object(Bucket=bucket, Key=key)["Body"].read()
        return found

    def said(key: str) -> dict[str, str]:
        return pl.read_parquet_metadata(io.BytesIO(body(key)))

    before = said(parquet), said(fans)
    assert ("header" in before[0], before[1]["missingLists"]) == (True, "0")
    table = body(csv_beside(parquet)).decode()
    assert forget(console, "fan:f1", "--campaign", driver.campaign, "--yes").code == 0
    assert (said(parquet), said(fans)) == before
    left = [line for line in table.splitlines(keepends=True) if "ada@example.com" not in line]
    assert body(csv_beside(parquet)).decode() == "".join(left) != table
    driver.until(lambda: driver.verdicts_are_done() or None)
