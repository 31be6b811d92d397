"""The metrics of our own that alarms are on are told when, and only when, something is to be done.

Cannot see: CloudWatch reading them from the logs, and AWS's own metrics.
"""

import json

import pytest

from local.stack.embedded import REGION
from tests.end_to_end.driver import Driver, rows_of

pytestmark = pytest.mark.xdist_group("system")

GOOD = rows_of(*(f"f{i},{i},true,Boston,Boston,,,,," for i in range(9)))
LONG = rows_of("x" * 300 + ",1,true,Boston,Boston,,,,,", "f1,1,true,Boston,Boston,,,,,")
BAD = rows_of(*(f"q{i},{i},perhaps,Boston,Boston,,,,," for i in range(9)))


def told(driver: Driver, function: str, metric: str) -> list[float]:
    """The values of a metric that a function has logged, oldest first."""
    group = f"/aws/lambda/{driver.system.stack.name}-{function}"
    pages = driver.system.aws.client("logs").get_paginator("filter_log_events").paginate(logGroupName=group)
    lines = [
        line
        for page in pages
        for event in page["events"]
        for line in event["message"].splitlines()
        if metric in line
    ]
    blobs = [json.loads(line[line.index("{") :]) for line in lines if '"_aws"' in line]
    return [value for blob in blobs for value in blob[metric]]


def test_records_that_are_missing_from_a_run(driver: Driver) -> None:
    before = told(driver, "finish", "RecordsNotWritten")
    driver.run_upload(GOOD, driver.key("2026-02-13T10:00:00"))
    driver.run_upload(LONG, driver.key("2026-02-14T10:00:00"))
    assert told(driver, "finish", "RecordsNotWritten")[len(before) :] == [0.0, 1.0]
    driver.until(lambda: driver.verdicts_are_done() or None)


def test_a_quarantine_and_no_other_failure(driver: Driver) -> None:
    before = told(driver, "report-failure", "RunsQuarantined")
    driver.run_upload(BAD)
    driver.run_upload(b"", driver.key("2026-02-14T10:00:00"))
    assert told(driver, "report-failure", "RunsQuarantined")[len(before) :] == [1.0, 0.0]


def test_a_verdict_that_is_given_up(driver: Driver) -> None:
    sqs = driver.system.aws.client("sqs")
    driver.run_upload(GOOD)
    driver.until(driver.posts)
    hopeless = {"campaignId": driver.campaign, "runId": "r0", "count": 99, "attempt": 10_000}
    sqs.send_message(QueueUrl=driver.system.stack.verdict_queue_url, MessageBody=json.dumps(hopeless))
    driver.until(lambda: 1.0 in told(driver, "verdictReporter", "VerdictsWarned") or None)
    driver.until(lambda: len(driver.posts()) == 2 or None)


def test_the_dashboard_and_every_alarm_stand_on_the_embedded_stack(driver: Driver) -> None:
    cloudwatch = driver.system.aws.client("cloudwatch")
    alarms = [
        a for page in cloudwatch.get_paginator("describe_alarms").paginate() for a in page["MetricAlarms"]
    ]
    name = f"{driver.system.stack.name}-{REGION}"
    body = json.loads(cloudwatch.get_dashboard(DashboardName=name)["DashboardBody"])
    shown = next(w["properties"]["alarms"] for w in body["widgets"] if w["type"] == "alarm")
    assert {alarm["AlarmArn"] for alarm in alarms} == set(shown)
    assert all("Runbook: docs/operations.md#" in alarm["AlarmDescription"] for alarm in alarms)
    assert "${" not in json.dumps([body, [alarm["AlarmDescription"] for alarm in alarms]])
