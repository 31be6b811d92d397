"""No e-mail, phone number or name of a file is in any log, metric, Slack message or state's payload.

Cannot see: what AWS itself would log, such as a Lambda's payload under CloudTrail data events.
"""

import base64
import binascii
import json
import re
from collections.abc import Iterator

import pytest

from tests.end_to_end.driver import FOREIGN, Driver, rows_of

pytestmark = pytest.mark.xdist_group("second system")

FANS = 60


class People:
    """Fans whose every datum occurs nowhere else."""

    def __init__(self, tag: str) -> None:
        self._tag = tag
        self.data: set[str] = set()

    def __call__(self, number: int) -> str:
        """The fields of `tests.end_to_end.driver.HEADER` from `memberId` on."""
        tag = f"{self._tag}{number:03}"
        mail, first, last = f"mail.{tag}@private.example", f"Quillfred{tag}", f"Marnolds{tag}"
        phone = f"4{sum(map(ord, self._tag)):04}77{number:03}1"
        self.data |= {mail, first, last, phone}
        return f"m{number},{mail},{first},{last},{phone}"


def _good(people: People) -> str:
    """A file of which some rows are rejected, merged, without a known market or without a first choice."""
    rows = [f"f{number},{number},true,Boston,Boston,{people(number)}" for number in range(FANS)]
    rows += [
        f"f1,0.5,false,Boston,Boston,{people(FANS)}",
        f"f-unknown,1,true,Atlantis,Atlantis,{people(FANS + 1)}",
        f"f-bad,{people(FANS + 2)},true,Boston,Boston",
        f"f-long,1,true,Boston,Boston,{people(FANS + 3)},and,more",
        f"f-flag,1,{people(FANS + 4)}",
    ]
    return rows_of(*rows)


def _quarantined(people: People) -> str:
    return rows_of(*(f"q{number},{people(number)},true,Boston" for number in range(20)))


def _refused(people: People) -> str:
    return rows_of(*(f'f{number},1,true,"Boston,Boston,{people(number)}' for number in range(5)))


def _put_on_the_stream(driver: Driver, people: People) -> None:
    """Records that no pipeline of ours makes, with personal data where it does not belong."""
    readable = {"campaignId": driver.campaign, "globalUserId": "x", "score": 1, "isVerified": people(1)}
    records = [json.dumps(readable), people(2), json.dumps({"campaignId": people(3)})]
    driver.system.aws.client("kinesis").put_records(
        StreamName=driver.system.stack.scores_stream,
        Records=[{"Data": one.encode(), "PartitionKey": FOREIGN} for one in records],
    )
    driver.until(lambda: len(driver.keys("dead-letters/load-scores-to-dynamodb/unknown/")) >= 2 or None)
    driver.until(lambda: len(driver.keys("dead-letters/save-entry-scoring/unknown/")) >= 2 or None)


def _places(driver: Driver) -> Iterator[tuple[str, str]]:
    """Everything that somebody reads who is not to see personal data: where, and the text."""
    aws = driver.system.aws
    yield "the embedded AWS's log", aws.log_path.read_text(errors="replace")
    logs = aws.client("logs")
    for page in logs.get_paginator("describe_log_groups").paginate():
        for group in page["logGroups"]:
            events = logs.get_paginator("filter_log_events").paginate(logGroupName=group["logGroupName"])
            yield group["logGroupName"], "\n".join(e["message"] for page in events for e in page["events"])
    for arn, given in driver.executions().items():
        described = aws.client("stepfunctions").describe_execution(executionArn=arn)
        yield arn, json.dumps([given, described, driver.history(arn)], default=str)
    for page in aws.client("cloudwatch").get_paginator("list_metrics").paginate():
        yield "metrics", json.dumps(page["Metrics"])
    slack = driver.system.fakes.slack
    yield "Slack", "\n".join(message.model_dump_json() for message in slack.messages)
    s3 = aws.client("s3")
    for prefix in ("runs/", "data-quality/"):
        for key in driver.keys(f"{prefix}{driver.campaign}/"):
            body = s3.get_object(Bucket=driver.system.stack.bucket, Key=key)["Body"].read()
            yield key, body.decode(errors="replace")


def _unpacked(text: str) -> str:
    """The text, and what is base64 in it: a stream's event holds its records like that."""
    found = []
    for run in set(re.findall(r"[A-Za-z0-9+/]{40,}={0,2}", text)):
        try:
            found.append(base64.b64decode(run + "=" * (-len(run) % 4)).decode(errors="replace"))
        except binascii.Error:
            continue
    return "\n".join([text, *found])


def test_nothing_personal_is_seen_anywhere(driver: Driver) -> None:
    people = [People(f"{kind}{driver.campaign[-2:]}") for kind in ("good", "quar", "refu", "stream")]
    moments = (f"2026-02-1{day}T10:00:00" for day in range(3, 9))
    driver.system.fakes.entries.fail_next(500, times=3)
    first = driver.run_upload(_good(people[0]), driver.key(next(moments)))
    driver.until(driver.posts)
    second = driver.run_upload(_quarantined(people[1]), driver.key(next(moments)))
    third = driver.run_upload(_refused(people[2]), driver.key(next(moments)))
    assert [first.status, second.error, third.error] == ["SUCCEEDED", "QualityGateFailed", "InvalidFile"]
    _put_on_the_stream(driver, people[3])

    places = {where: _unpacked(text) for where, text in _places(driver)}
    data = set().union(*(one.data for one in people))
    seen = [(where, datum) for where, text in places.items() for datum in data if datum in text]
    assert seen == []
    # The places are the right ones: what may be told is in there.
    groups = [where for where in places if where.startswith("/aws/lambda/")]
    assert len([where for where in groups if driver.campaign in places[where]]) >= 8
    assert driver.campaign in places["the embedded AWS's log"]
    assert "ScoresCreated" in "".join(places[where] for where in groups)
    assert driver.campaign in places[first.arn]
    assert f"runs/{driver.campaign}/{first.output['runId']}/summary.json" in places
    # And the data were there to be told, in what was sent and in dead letters.
    sent = {entry.email for entry in driver.system.fakes.entries.received[driver.campaign]}
    assert sent & data
    assert driver.keys(f"dead-letters/save-entry-scoring/{driver.campaign}/")
