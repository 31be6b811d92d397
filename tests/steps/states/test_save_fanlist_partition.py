"""One partition of a fanlist into a table of the embedded AWS and onto a stream that is a list here."""

import io
import json
from collections import Counter
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest

from local.stack.embedded import CREDENTIALS, REGION, EmbeddedAws
from pipelines.schema import FANLIST_RECORD_SCHEMA
from steps.delivery.kinesis_writer import StreamRecord
from steps.delivery.partition import NothingTakenError, Partition
from steps.shared.attributes import Item
from steps.shared.payloads import FileRef, PartitionItem, Run, SavedPartition
from steps.shared.storage import RunFolder, list_keys, read_json
from steps.states.save_fanlist_partition import save
from steps.streaming.demand_table.writer import DemandTable
from tests.steps.records import LATER, LATER_RUN, RUN, SCORED_AT
from tests.steps.trouble import Choosy

if TYPE_CHECKING:
    from collections.abc import Callable

    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_s3 import S3Client


class Stream:
    """Takes every record but those whose partition key it refuses."""

    def __init__(self) -> None:
        self.taken: list[StreamRecord] = []
        self.refuses: Callable[[str], bool] = lambda _: False

    def put(self, records: list[StreamRecord]) -> list[StreamRecord]:
        self.taken += [record for record in records if not self.refuses(record.partition_key)]
        return [record for record in records if self.refuses(record.partition_key)]

    @property
    def said(self) -> dict[str, dict[str, Any]]:
        """The latest record of each partition key, without its time of publishing."""
        read = {record.partition_key: json.loads(record.data) for record in self.taken}
        return {key: {n: v for n, v in record.items() if n != "date"} for key, record in read.items()}


class Flaky:
    """A table in which every tenth write fails twice before it goes through."""

    def __init__(self, client: Any) -> None:
        self._client = client
        self._seen: dict[str, int] = {}
        self._left: Counter[int] = Counter()
        self.failures = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)

    def batch_execute_statement(self, Statements: list[Any]) -> Any:  # noqa: N803
        numbers = [self._seen.setdefault(json.dumps(s), len(self._seen)) for s in Statements]
        bad = {n for n in numbers if n % 10 == 0 and self._left[n] < 2}
        self._left.update(bad)
        self.failures += len(bad)
        good = [s for s, n in zip(Statements, numbers, strict=True) if n not in bad]
        done = iter(self._client.batch_execute_statement(Statements=good)["Responses"] if good else [])
        throttled = {"Error": {"Code": "ThrottlingError", "Message": "slow down"}}
        return {"Responses": [throttled if n in bad else next(done) for n in numbers]}


class Setting:
    """A bucket, a table and a stream."""

    def __init__(self, s3: "S3Client", bucket: str, dynamodb: "DynamoDBClient", table: str) -> None:
        self.s3, self.bucket, self.dynamodb, self.table = s3, bucket, dynamodb, table
        self.stream = Stream()

    def run(self, run_id: str = RUN, scored_at: str = SCORED_AT) -> Run:
        return Run(
            run_id=run_id,
            campaign_id="c",
            campaign_name="c",
            source="fanlist",
            file=FileRef(bucket=self.bucket, key="fanlist/scored/c/2026-02-13T10:00:00.csv"),
            scored_at=scored_at,
            started_at=scored_at,
        )

    def save(self, run: Run, rows: list[dict[str, Any]], client: Any = None) -> SavedPartition:
        key = f"{RunFolder.of(run).records}/part-00000.parquet"
        frame = pl.DataFrame([{"campaignId": "c", **row} for row in rows], schema=FANLIST_RECORD_SCHEMA)
        body = io.BytesIO()
        frame.write_parquet(body)
        self.s3.put_object(Bucket=self.bucket, Key=key, Body=body.getvalue())
        table = DemandTable(client or self.dynamodb, self.table, attempts=4, longest_wait=0.001)
        writer: Any = self.stream
        item = PartitionItem(partition=0, key=key, records=len(rows))
        result = save(Partition(self.s3, run, item), table, writer)
        for group in (result.dynamo, result.stream):
            assert group.in_ == group.failed + group.out
        assert result.dynamo.in_ == len(rows) == sum(result.statuses.values())
        assert result.stream.in_ == result.dynamo.out
        return result

    def items(self) -> dict[str, Item]:
        found: list[Any] = self.dynamodb.scan(TableName=self.table, ConsistentRead=True)["Items"]
        return {item["PK"]["S"]: {n: v for n, v in item.items() if n != "updated"} for item in found}

    def dead_letter(self) -> Any:
        (key,) = list_keys(self.s3, self.bucket, "dead-letters/save-fanlist-partition/c/")
        return read_json(self.s3, self.bucket, key)


@pytest.fixture
def setting(
    aws: EmbeddedAws,
    bucket: tuple["S3Client", str],
    dynamodb: "DynamoDBClient",
    table: str,
    monkeypatch: pytest.MonkeyPatch,
) -> Setting:
    environment = {"AWS_ENDPOINT_URL": aws.endpoint, "AWS_DEFAULT_REGION": REGION}
    for name, value in {**environment, **{n.upper(): v for n, v in CREDENTIALS.items()}}.items():
        monkeypatch.setenv(name, value)
    return Setting(*bucket, dynamodb, table)


FANS: list[dict[str, Any]] = [
    {"globalUserId": "u1", "memberId": "m1", "email": "a@b.co", "score": 9.5, "tags": ["x", "y"]},
    {"memberId": "m2", "email": "b@b.co", "firstName": "Bo", "lastName": "Two", "score": 8.0},
    {"email": "c@b.co", "score": 7.0, "tags": ["x"]},
]


def test_items_and_stream_records_say_what_the_partition_says(setting: Setting) -> None:
    result = setting.save(setting.run(), FANS)
    assert result.statuses == {"created": 3, "updated": 0, "unchanged": 0, "stale": 0, "failed": 0}
    items = setting.items()
    assert set(items) == {"fan:u1", "sid:m2", "email:c@b.co"}
    assert items["fan:u1"] == {
        "PK": {"S": "fan:u1"},
        "SK": {"S": "campaign:c"},
        "fanlistScore": {"N": "9.5"},
        "fanlistTags": {"L": [{"S": "x"}, {"S": "y"}]},
        "fanlistRunId": {"S": RUN},
        "fanlistScoredAt": {"S": SCORED_AT},
    }
    # No name and no address stands in an item, but where it is the key.
    assert items["sid:m2"].keys() == {"PK", "SK", "fanlistScore", "fanlistRunId", "fanlistScoredAt"}
    said = setting.stream.said
    correlation = said["m2"].pop("correlation")
    assert said["m2"] == {
        "campaignId": "c",
        "memberId": "m2",
        "email": "b@b.co",
        "firstName": "Bo",
        "lastName": "Two",
        "score": 8.0,
        "source": "fanlist",
        "schemaVersion": 1,
    }
    assert correlation["runId"] == RUN
    assert len(correlation["recordId"]) == 32
    assert set(said) == {"u1", "m2", "c@b.co"}
    assert [*list_keys(setting.s3, setting.bucket, "dead-letters/")] == []


def test_a_repeat_changes_nothing_and_its_records_are_recognised(setting: Setting) -> None:
    setting.save(setting.run(), FANS)
    items, said = setting.items(), setting.stream.said
    again = setting.save(setting.run(), FANS)
    assert again.statuses["unchanged"] == 3
    assert setting.items() == items
    assert setting.stream.said == said
    assert len(setting.stream.taken) == 6
    other = setting.save(setting.run(LATER_RUN, LATER), FANS)
    assert other.statuses["unchanged"] == 3
    ids = {json.loads(record.data)["correlation"]["recordId"] for record in setting.stream.taken}
    assert len(ids) == 6


def test_stale_records_are_listed_and_not_streamed(setting: Setting) -> None:
    setting.save(setting.run(LATER_RUN, LATER), FANS[:1])
    newest = setting.items()["fan:u1"]
    result = setting.save(setting.run(), FANS)
    assert (result.dynamo.failed, result.dynamo.out) == (1, 2)
    assert result.statuses["stale"] == 1
    assert setting.items()["fan:u1"] == newest
    assert setting.stream.said["u1"]["correlation"]["runId"] == LATER_RUN
    (kept,) = setting.dead_letter()["notSaved"]
    assert (kept["status"], kept["record"]["globalUserId"]) == ("stale", "u1")


@pytest.mark.parametrize(
    "bad",
    [{"memberId": "m" * 2045, "score": 1.0}, {"memberId": "m9", "score": 1e200},
     {"memberId": "m9", "score": 1.0, "tags": ["t" * 400_000]}],
    ids=["key too long", "no such number", "too large"],
)  # fmt: skip
def test_what_the_table_cannot_hold_holds_no_other_back(setting: Setting, bad: dict[str, Any]) -> None:
    result = setting.save(setting.run(), [*FANS[:2], bad, FANS[2]])
    assert (result.dynamo.in_, result.dynamo.failed, result.stream.out) == (4, 1, 3)
    assert len(setting.items()) == 3
    document = setting.dead_letter()
    assert [kept["status"] for kept in document["notSaved"]] == ["failed"]
    # The document is an event of the function.
    assert Run.model_validate(document["run"]) == setting.run()
    assert PartitionItem.model_validate(document["item"]).partition == 0


def test_what_the_table_refuses_holds_no_other_back(setting: Setting, dynamodb: Any) -> None:
    fans = [{"memberId": f"m{number}", "score": 1.0} for number in range(120)]
    client = Choosy(dynamodb, "batch_get_item", "AccessDeniedException", {"m7"}, kind="sid")
    result = setting.save(setting.run(), fans, client)
    assert (result.dynamo.failed, result.dynamo.out, result.stream.out) == (1, 119, 119)
    (kept,) = setting.dead_letter()["notSaved"]
    assert kept["record"]["memberId"] == "m7"
    assert kept["reason"] == "DynamoDB refuses it (AccessDeniedException)"


def test_what_the_stream_refuses_is_listed(setting: Setting) -> None:
    setting.stream.refuses = lambda key: key == "m2"
    result = setting.save(setting.run(), FANS)
    assert (result.stream.in_, result.stream.failed, result.stream.out) == (3, 1, 2)
    (kept,) = setting.dead_letter()["notStreamed"]
    assert (kept["partitionKey"], kept["reason"]) == ("m2", "the stream did not take it after all retries")
    assert json.loads(kept["data"])["score"] == 8.0


def test_a_stream_that_takes_nothing_is_worth_another_try(setting: Setting) -> None:
    setting.stream.refuses = lambda _: True
    with pytest.raises(NothingTakenError, match="stream"):
        setting.save(setting.run(), FANS)
    setting.stream.refuses = lambda _: False
    assert setting.save(setting.run(), FANS).stream.out == 3


def test_every_tenth_write_failing_twice_ends_as_a_clean_run(setting: Setting, dynamodb: Any) -> None:
    fans = [{"memberId": f"m{n}", "score": float(n)} for n in range(1200)]
    flaky = Flaky(dynamodb)
    result = setting.save(setting.run(), fans, flaky)
    assert flaky.failures >= 240
    assert result.statuses["created"] == result.stream.out == 1200
    items, said = setting.items(), setting.stream.said
    clean = setting.save(setting.run(), fans)
    assert clean.statuses["unchanged"] == 1200
    assert (setting.items(), setting.stream.said) == (items, said)
