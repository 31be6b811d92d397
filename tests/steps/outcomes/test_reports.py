from typing import TYPE_CHECKING, Any

import polars as pl
import pytest

from expectations.report.model import Entry, Facts, InputCounts, Profile, RecordFacts
from pipelines.prepare import HANDOVERS
from pipelines.schema import RECORD_SCHEMA, REJECTED_SCHEMA
from steps.outcomes.quality_report import previous_run, publish_quality
from steps.outcomes.reports import about, outcome_of, publish_again, publish_end
from steps.shared.counts import Counts, FanlistCounts, SinkCounts
from steps.shared.counts import InputCounts as FanlistInput
from steps.shared.payloads import FileRef, PreparedDocument, Run, RunSummary
from steps.shared.storage import RunFolder, list_keys, read_json, write_json
from steps.streaming.counting.changes import Tally
from steps.streaming.verdict.posts import Processed, post_item
from steps.streaming.verdict.store import VerdictStore

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_s3 import S3Client

    from steps.shared.wire import Source

Bucket = tuple["S3Client", str]
MOMENT = "2026-02-13T11:00:{:02}.000Z"
PROFILED = RecordFacts(profile=Profile(median=43.5, above=0.5, shortest=8, longest=36, markets=["oslo"]))


def _run(bucket: str, run_id: str = "r1", campaign: str = "c1", **changed: Any) -> Run:
    given: dict[str, Any] = {
        "run_id": run_id,
        "campaign_id": campaign,
        "campaign_name": "Tour <1>",
        "source": "scrubbed",
        "file": FileRef(bucket=bucket, key="scrubbed/registrants.c1.Tour.2026-02-13T10:00:00.csv", bytes=7),
        "scored_at": "2026-02-13T10:00:00.000Z",
        "started_at": MOMENT.format(0),
    }
    return Run(**(given | changed))


def _summary(run: Run, **changed: Any) -> RunSummary:
    given: dict[str, Any] = {
        **run.model_dump(
            include={"run_id", "campaign_id", "campaign_name", "source", "scored_at", "started_at"}
        ),
        "file": run.file,
        "finished_at": MOMENT.format(30),
        "status": "succeeded",
        "counts": Counts(in_=110, invalid=7, duplicate=3, valid=100, output=98, failed=2),
        "invalid_by": {},
        "unknown_columns": [],
        "quality": None,
    }
    return RunSummary(**(given | changed))


def _checked(bucket: Bucket, run: Run, **changed: Any) -> None:
    """Leaves what CheckQuality does, as far as the end of a run reads it."""
    given = {
        "about": about(run),
        "counts": InputCounts(in_=110, invalid=7, duplicate=3, valid=100),
        "verdict": "passed",
        "checked_at": MOMENT.format(20),
    }
    write_json(*bucket, RunFolder.of(run).facts, Facts(**(given | changed)).wire())
    bucket[0].put_object(Bucket=bucket[1], Key=f"{RunFolder.of(run).data_docs}/records.html", Body=b"")


def _text(bucket: Bucket, key: str) -> str:
    return bucket[0].get_object(Bucket=bucket[1], Key=key)["Body"].read().decode()


@pytest.fixture
def verdicts(dynamodb: "DynamoDBClient", table: str) -> VerdictStore:
    dynamodb.put_item(
        TableName=table,
        Item={"PK": {"S": "campaign:c1"}, "SK": {"S": "meta:run:r1"}, "counted": {"N": "41"}},
    )
    return VerdictStore(dynamodb, table)


def test_the_end_of_a_run_is_in_its_report(bucket: Bucket, verdicts: VerdictStore) -> None:
    run = _run(bucket[1])
    _checked(bucket, run)
    assert (
        publish_end(bucket[0], verdicts, _summary(run)) == f"s3://{bucket[1]}/data-quality/c1/r1/report.html"
    )
    page = _text(bucket, "data-quality/c1/r1/report.html")
    for shown in (
        "Tour &lt;1&gt;",
        "98 fans published",
        "2 records could not be written",
        ">41<",
        "10.0\u00a0s",
    ):
        assert shown in page
    for key in ("data-docs/records.html", "validation.json"):
        link = f"https://console.aws.amazon.com/s3/object/{bucket[1]}?prefix=data-quality/c1/r1/{key}"
        assert (link in page) == (key != "validation.json")  # there are no results without a rule
    head = bucket[0].head_object(Bucket=bucket[1], Key="data-quality/c1/r1/report.html")
    assert head["ContentType"] == "text/html; charset=utf-8"


def test_lists_have_each_run_once_and_the_newest_first(bucket: Bucket, verdicts: VerdictStore) -> None:
    for run_id, campaign in (("r1", "c1"), ("r3", "c1"), ("r2", "c2"), ("r1", "c1")):
        run = _run(bucket[1], run_id, campaign)
        _checked(bucket, run)
        publish_end(bucket[0], verdicts, _summary(run))
    everything, own = _text(bucket, "data-quality/index.html"), _text(bucket, "data-quality/c1/index.html")
    places = [everything.index(f"data-quality/{run}/report.html") for run in ("c1/r3", "c2/r2", "c1/r1")]
    assert places == sorted(places)
    assert everything.count("report.html") == 3
    assert own.count("report.html") == 2
    assert "c2/r2" not in own
    entry = Entry.model_validate(read_json(*bucket, "data-quality/.runs/r2.c2.json"))
    assert (entry.records, entry.word) == (100, "incomplete")


def test_a_report_stands_beside_the_campaigns_earlier_runs(bucket: Bucket, verdicts: VerdictStore) -> None:
    for run_id, campaign, verified in (("r1", "c1", 61), ("r2", "c2", 62), ("r3", "c1", 63)):
        run = _run(bucket[1], run_id, campaign)
        _checked(bucket, run, records=RecordFacts(verified=verified))
        publish_end(bucket[0], verdicts, _summary(run))
    assert "Bars for 2 runs, the newest last: 61; 63." in _text(bucket, "data-quality/c1/r3/report.html")
    assert "Bars for 2 runs, the newest last: 61; 63." in _text(bucket, "data-quality/c1/index.html")
    for page in ("c1/r1/report.html", "c2/r2/report.html", "index.html"):
        assert "Bars for 2 runs" not in _text(bucket, f"data-quality/{page}")


def test_a_file_that_was_refused_has_a_report_too(bucket: Bucket, verdicts: VerdictStore) -> None:
    run = _run(bucket[1])
    cause = "the column 'score' is missing"
    publish_end(
        bucket[0],
        verdicts,
        _summary(run, status="failed", counts=Counts(), error="InvalidFile", cause=cause),
    )
    page = _text(bucket, "data-quality/c1/r1/report.html")
    assert "Refused" in page
    assert "The column &#39;score&#39; is missing." in page
    assert "upload it again" in page
    assert Facts.model_validate(read_json(*bucket, "data-quality/c1/r1/facts.json")).verdict is None


def test_a_report_that_cannot_be_written_keeps_nobody(bucket: Bucket, verdicts: VerdictStore) -> None:
    run = _run("there-is-no-such-bucket")
    assert publish_end(bucket[0], verdicts, _summary(run)) is None


def test_what_is_said_of_a_quarantined_run(verdicts: VerdictStore) -> None:
    outcome = outcome_of(
        verdicts,
        _summary(_run("b"), status="quarantined", counts=Counts(in_=10, valid=10, failed=10)),
        MOMENT.format(20),
    )
    assert (outcome.published, outcome.failed, outcome.counted) == (0, 0, None)
    assert [stage.name for stage in outcome.stages] == ["The whole run"]


def test_what_is_said_of_a_fanlist(verdicts: VerdictStore) -> None:
    counts = FanlistCounts(
        input=FanlistInput(in_=10, valid=10),
        dynamo=SinkCounts(in_=10, failed=1, out=9),
        stream=SinkCounts(in_=9, failed=2, out=7),
    )
    run = _run("b", source="fanlist")
    outcome = outcome_of(verdicts, _summary(run, counts=counts), None)
    assert (outcome.saved, outcome.published, outcome.counted, outcome.failed) == (9, 7, 41, 3)
    replacing = _summary(run, counts=counts.model_copy(update={"withdrawn": 2}))
    outcome = outcome_of(verdicts, replacing, None)
    assert (outcome.saved, outcome.published, outcome.counted, outcome.failed) == (7, 5, 39, 3)


def _say(verdicts: VerdictStore, run_id: str, said: Tally | Processed) -> None:
    lease = verdicts.lease("c1")
    assert lease is not None
    source: Source = "fanlist" if isinstance(said, Processed) else "scrubbed"
    said_now = post_item(source, said, lease.last_posts.last(source), "The Tour", run_id)
    assert verdicts.release("c1", lease, said_now)


def test_a_page_that_is_written_again_has_the_settled_counts(
    bucket: Bucket, verdicts: VerdictStore, dynamodb: "DynamoDBClient", table: str
) -> None:
    run, folder = _run(bucket[1]), RunFolder.of(_run(bucket[1]))
    _checked(bucket, run)
    write_json(*bucket, folder.summary, _summary(run).wire())
    publish_end(bucket[0], verdicts, _summary(run))
    assert ">41<" in _text(bucket, folder.report)
    key = {"PK": {"S": "campaign:c1"}}
    dynamodb.put_item(TableName=table, Item={**key, "SK": {"S": "meta:run:r1"}, "counted": {"N": "98"}})
    counts = {"verified": {"N": "1481"}, "rejected": {"N": "449"}, "selected": {"N": "3"}}
    dynamodb.put_item(TableName=table, Item={**key, "SK": {"S": "meta:counts"}, **counts})
    for run_id, verified in (("r0", 1_443), ("r1", 1_481)):
        _say(verdicts, run_id, Tally(verified, 449, 3))
    # However often it is asked for.
    for _ in range(2):
        assert publish_again(bucket[0], verdicts, folder) == folder.uri(folder.report)
        page = _text(bucket, folder.report)
        assert "On sale now: 1,481 verified (+38 since the last verdict)" in page
        assert "449 rejected fans, 3 selected" in page
        assert ">41<" not in page
        assert "<h1>The Tour</h1>" in page
        assert "The Tour" in _text(bucket, folder.campaign_index)
    # What another run has said since is the last verdict, then.
    _say(verdicts, "r2", Tally(1_480, 449, 3))
    publish_again(bucket[0], verdicts, folder)
    assert "1,481 verified (+1 since the last verdict)" in _text(bucket, folder.report)


def test_what_is_on_sale_stands_first_where_a_file_was_refused(
    bucket: Bucket, verdicts: VerdictStore, dynamodb: "DynamoDBClient", table: str
) -> None:
    key = {"PK": {"S": "campaign:c1"}, "SK": {"S": "meta:counts"}, "verified": {"N": "1481"}}
    dynamodb.put_item(TableName=table, Item=key)
    _say(verdicts, "r0", Tally(1_481, 0, 0))
    run = _run(bucket[1])
    publish_end(bucket[0], verdicts, _summary(run, status="failed", counts=Counts(), error="InvalidFile"))
    page = _text(bucket, RunFolder.of(run).report)
    assert page.index("On sale now: 1,481 verified") < page.index("Refused</h2>")


def test_the_list_that_counts_is_said_of_a_fanlist(verdicts: VerdictStore) -> None:
    run = _run("b", source="fanlist")
    nothing = _summary(
        run,
        status="quarantined",
        counts=FanlistCounts(input=FanlistInput(), dynamo=SinkCounts(), stream=SinkCounts()),
    )
    assert outcome_of(verdicts, nothing, None).on_sale is None
    _say(verdicts, "r0", Processed(1_882, None))
    sale = outcome_of(verdicts, nothing, None).on_sale
    assert sale is not None
    assert (sale.count, sale.before, sale.rejected) == (1_882, 1_882, None)


def test_the_last_run_is_the_one_that_passed_before(bucket: Bucket) -> None:
    first, second = _run(bucket[1], "r1"), _run(bucket[1], "r2")
    assert previous_run(bucket[0], first, None) is None
    assert previous_run(bucket[0], second, ("2026-02-12T10:00:00.000Z", "r1")) is None  # it has no facts
    _checked(bucket, first, records=PROFILED)
    previous = previous_run(bucket[0], second, ("2026-02-12T10:00:00.000Z", "r1"))
    assert previous is not None
    assert (previous.run_id, previous.rows, previous.records) == ("r1", 110, 100)
    assert previous.profile == PROFILED.profile
    # Checked a second time, when it is the newest itself: it is compared with the same run again.
    _checked(bucket, second, previous=previous)
    assert previous_run(bucket[0], second, ("2026-02-13T10:00:00.000Z", "r2")) == previous


def test_facts_of_an_older_run_are_compared_as_far_as_they_go(bucket: Bucket) -> None:
    first, second = _run(bucket[1], "r1"), _run(bucket[1], "r2")
    _checked(bucket, first, records=PROFILED)
    key = RunFolder.of(first).facts
    old = read_json(*bucket, key)
    del old["records"]["profile"]
    write_json(*bucket, key, old)
    previous = previous_run(bucket[0], second, ("2026-02-12T10:00:00.000Z", "r1"))
    assert previous is not None
    assert (previous.records, previous.profile) == (100, None)


def test_a_retried_check_leaves_the_same_keys(bucket: Bucket) -> None:
    from expectations.gate import check_scrubbed
    from expectations.thresholds import Thresholds

    run, folder = _run(bucket[1]), RunFolder.of(_run(bucket[1]))
    rows = [
        {"campaignId": "c1", "globalUserId": f"f{n}", "score": 1.0, "isVerified": n > 0} for n in range(4)
    ]
    stamp = {"hbase": "oslo", "rank": 0, "events": ["oslo"], "runId": "r1", "scoredAt": run.scored_at}
    records = pl.LazyFrame([row | stamp for row in rows], schema=RECORD_SCHEMA)
    counts = Counts(in_=5, invalid=1, valid=4)
    document = PreparedDocument(
        counts=counts,
        unaccounted=dict.fromkeys(HANDOVERS, 0),
        invalid_by={"bad_email": 1},
        unknown_columns=["x"],
        prepared_at=MOMENT.format(4),
    )
    rejected = pl.LazyFrame([(3, 4, ["bad_email"], ["ada@private"])], schema=REJECTED_SCHEMA, orient="row")
    result = check_scrubbed(records, counts.wire(), document.unaccounted, Thresholds())
    times = MOMENT.format(5), MOMENT.format(8)
    for _ in range(2):
        uri = publish_quality(bucket[0], run, document, records, rejected, result, (None, None), times)
        assert uri == folder.uri(folder.report)
        assert [key.removeprefix(f"{folder.quality}/") for key in list_keys(*bucket, folder.quality)] == [
            "data-docs/run-counts.html", "data-docs/scrubbed-records.html",
            "facts.json", "report.html", "validation.json",
        ]  # fmt: skip
    facts = Facts.model_validate(read_json(*bucket, folder.facts))
    assert (facts.records.verified, facts.rejects[0].examples, facts.verdict) == (3, [3], "failed")
    assert [(stage.name, stage.seconds) for stage in facts.stages][1] == ("Quality checks", 4.0)
    assert "Quarantined" in _text(bucket, folder.report)
    assert "ada@private" not in "".join(_text(bucket, key) for key in list_keys(*bucket, folder.quality))
