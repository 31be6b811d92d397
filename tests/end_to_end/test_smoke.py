"""`make smoke`'s steps but for SAM's own: what it looks at, that it sees what is wrong, what it removes.

Cannot see: `sam deploy` and `sam delete`, which AWS alone can carry out.
"""

import os
import subprocess
import sys
from dataclasses import replace
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console as Screen

from local.sample.generate import generate
from local.stack.embedded import CREDENTIALS, REGION
from local.terminal.view import PlainView
from pipelines.keys import Kind
from tests.end_to_end.driver import Driver
from tests.smoke.look import left, tried
from tests.smoke.throwaway import remove_kept

pytestmark = pytest.mark.xdist_group("second system")


@pytest.mark.parametrize("kind", ["scrubbed", "fanlist"])
def test_a_samples_run_is_looked_at_from_its_rows_to_its_logs(
    driver: Driver, tmp_path: Path, kind: Kind
) -> None:
    sample = generate(kind, 300, 1, tmp_path / "sample.csv", driver.campaign)
    view = PlainView(Screen(file=StringIO()))
    # One row more than there is, and one record more.
    told = replace(sample, rows=sample.rows + 1, valid=sample.valid + 1)
    found = {one.what: one for one in tried(driver.system.target, told, view, posts=True, entries=True)}
    assert len(found) == 12 - (kind == "fanlist")
    wrong = [one.what for one in found.values() if not one.good]
    assert all(one.good or "instead of" in str(one) for one in found.values())
    counted = [
        what for what, one in found.items() if "valid" in what or one.wanted in (told.valid, (told.valid, 0))
    ]
    assert wrong == counted, [str(one) for one in found.values()]
    driver.until(lambda: driver.verdicts_are_done() or None)


def test_what_rings_and_what_was_not_delivered_is_seen(driver: Driver) -> None:
    target = driver.system.target
    assert [str(one) for one in left(target, driver.campaign, entries=True) if not one.good] == []
    cloudwatch, name = target.client("cloudwatch"), target.resources["RecordsNotWritten"]
    s3, document = target.client("s3"), f"dead-letters/load-scores-to-dynamodb/{driver.campaign}/1.json"
    s3.put_object(Bucket=target.stack.bucket, Key=document, Body=b'{"reason": "test", "Records": []}')
    cloudwatch.set_alarm_state(AlarmName=name, StateValue="ALARM", StateReason="test")
    try:
        found = [one.found for one in left(target, driver.campaign, entries=True)]
    finally:
        cloudwatch.set_alarm_state(AlarmName=name, StateValue="OK", StateReason="test")
        s3.delete_object(Bucket=target.stack.bucket, Key=document)
    assert found == [["load-scores-to-dynamodb"], ["RecordsNotWritten"]]


def test_nothing_is_left_of_what_a_deleted_stack_keeps(driver: Driver) -> None:
    aws = driver.system.aws
    s3, dynamodb = aws.client("s3"), aws.client("dynamodb")
    s3.create_bucket(Bucket="kept")
    s3.put_bucket_versioning(Bucket="kept", VersioningConfiguration={"Status": "Enabled"})
    for body in (b"1", b"2"):
        s3.put_object(Bucket="kept", Key="fanlist/a.csv", Body=body)
    s3.delete_object(Bucket="kept", Key="fanlist/a.csv")
    dynamodb.create_table(
        TableName="kept",
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": "PK", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "PK", "KeyType": "HASH"}],
    )
    # The second time there is nothing to remove.
    for _ in range(2):
        remove_kept(driver.system.target.session, "kept", "kept", aws.endpoint)
    assert "kept" not in [one["Name"] for one in s3.list_buckets()["Buckets"]]
    assert "kept" not in dynamodb.list_tables()["TableNames"]


# Stands for SAM: deploys a stack of which something fails, and cannot delete it.
_SAM = """
import json, sys, boto3
if sys.argv[1] == "deploy":
    bucket = {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "half-done"}}
    template = json.dumps({"Resources": {"PipelineBucket": bucket}})
    boto3.client("cloudformation").create_stack(StackName=sys.argv[5], TemplateBody=template)
    boto3.client("cloudformation").get_waiter("stack_create_complete").wait(StackName=sys.argv[5])
sys.exit(sys.argv[1] != "build")
"""


def test_what_failed_first_is_said_and_nothing_is_kept_where_sam_cannot_delete(
    driver: Driver, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sam = tmp_path / "sam"
    sam.write_text(f"#!{sys.executable}{_SAM}")
    sam.chmod(0o755)
    aws = driver.system.aws
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    monkeypatch.setenv("AWS_ENDPOINT_URL", aws.endpoint)
    monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
    for name, value in CREDENTIALS.items():
        monkeypatch.setenv(name.upper(), value)
    done = subprocess.run(
        [sys.executable, "-m", "tests.smoke", "half-done"], capture_output=True, text=True, check=False
    )
    buckets = [one["Name"] for one in aws.client("s3").list_buckets()["Buckets"]]
    aws.client("cloudformation").delete_stack(StackName="half-done")
    assert done.returncode == 1
    assert done.stderr.splitlines()[-2:] == [
        "`sam deploy` failed: its output is above.",
        "`sam delete` failed: its output is above.",
    ]
    assert "half-done" not in buckets
