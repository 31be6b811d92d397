"""Identifiers that a store refuses, on the whole stack: they cost nobody but themselves."""

import csv
import io
import json

import pytest

from steps.shared.storage import read_json
from tests.end_to_end.driver import Driver, rows_of
from tests.end_to_end.replaying import Console

pytestmark = pytest.mark.xdist_group("second system")

# NUL is in no CSV: a file with one is refused whole.
CONTROLS = [f"a{chr(code)}b" for code in (*range(1, 0x20), 0x7F, 0x80, 0x9F)]
BAD = [*CONTROLS, "x" * 1025]
GOOD = ["*", "?", "$a", "[a]", "fan:x", "a b", "é", "日本", "😀", 'a"b', "a,b", "%41"]
STAMP = {"runId": "20260213T100000000Z-00000000", "scoredAt": "2026-02-13T10:00:00.000Z"}


def _row(fan: str) -> str:
    line = io.StringIO()
    csv.writer(line, lineterminator="", quoting=csv.QUOTE_ALL).writerow([fan, 1, "true", "Boston", "Boston"])
    return line.getvalue()


def test_rows_with_odd_ids_are_rejected_or_written(driver: Driver) -> None:
    plain = [f"f{number}" for number in range(1000)]
    assert len(BAD + GOOD) == 47
    ended = driver.run_upload(rows_of(*map(_row, [*BAD, *GOOD, *plain])))
    assert ended.status == "SUCCEEDED", ended
    summary = driver.summary(ended.output["runId"])
    assert summary.invalid_by == {"bad_id": len(BAD)}
    assert summary.counts.failed == 0
    driver.until(driver.posts)
    assert driver.fans().keys() == {f"fan:{fan}" for fan in GOOD + plain}
    assert driver.counts() == (len(GOOD + plain), 0, 0)
    assert driver.keys(f"dead-letters/load-scores-to-dynamodb/{driver.campaign}/") == []


def test_an_odd_id_on_the_stream_is_a_dead_letter_and_its_neighbours_are_written(
    driver: Driver, console: Console
) -> None:
    bystander = f"{driver.campaign}-bystander"
    odd = [_score(driver.campaign, fan) for fan in ("a\nb", "c\nd")]
    good = [_score(bystander, f"f{number}") for number in range(206)]
    records = [*good[:40], odd[0], *good[40:150], odd[1], *good[150:]]
    driver.system.aws.client("kinesis").put_records(
        StreamName=driver.system.stack.scores_stream,
        # One shard for all, so one batch.
        Records=[{"Data": json.dumps(record).encode(), "PartitionKey": "odd"} for record in records],
    )
    neighbour = Driver(driver.system, bystander)
    driver.until(lambda: len(neighbour.fans()) == 206 or None)
    driver.until(lambda: neighbour.counts() == (206, 0, 0) or None)
    place = f"dead-letters/load-scores-to-dynamodb/{driver.campaign}/"
    kept = driver.until(lambda: found if len(found := driver.keys(place)) > 1 else None)
    assert len(kept) == 2
    s3, bucket = driver.system.aws.client("s3"), driver.system.stack.bucket
    reasons = {read_json(s3, bucket, key)["reason"] for key in kept}
    assert reasons == {"DynamoDB refuses it (AccessDeniedException)"}
    seen = console.dead_letters(driver, "list")
    assert "DynamoDB refuses it (AccessDeniedException)" in seen.out
    done = console.dead_letters(driver, "replay", "--yes")
    assert (done.code, "1 record of 1 could again not be delivered" in done.out) == (1, True)
    assert driver.keys(place) == kept
    assert driver.fans() == {}


def _score(campaign: str, fan: str) -> dict[str, object]:
    return {"campaignId": campaign, "globalUserId": fan, "score": 1.0, "isVerified": True, **STAMP}
