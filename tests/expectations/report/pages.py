"""Facts of runs that never were, for tests of pages."""

from typing import Any

from expectations.report.model import (
    About,
    Bin,
    Facts,
    Group,
    InputCounts,
    Outcome,
    Previous,
    RecordFacts,
    RejectReason,
    RuleFact,
    Scores,
    Stage,
)

MOMENT = "2026-02-13T10:05:00.000Z"
HOSTILE = "</title><script>window.hit=1</script><img src=x onerror='window.hit=1'>\"'&$x$\u202e"


def about(**changed: Any) -> About:
    given: dict[str, Any] = {
        "run_id": "20260213T100412345Z-1a2b3c4d",
        "campaign_id": "c-1",
        "campaign_name": "The Tour",
        "source": "scrubbed",
        "file_key": "scrubbed/registrants.c-1.The Tour.2026-02-13T10:00:00.csv",
        "file_bytes": 190_000_000,
        "scored_at": "2026-02-13T10:00:00.000Z",
        "started_at": "2026-02-13T10:04:12.345Z",
    }
    return About(**(given | changed))


def rule(*, success: bool = True, severity: str = "critical", **changed: Any) -> RuleFact:
    given: dict[str, Any] = {
        "expectation": "expect_column_min_to_be_between",
        "description": "At least 90% of the rows are valid.",
        "severity": severity,
        "success": success,
        "column": "validShare",
        "expected": "\u2265 90\u00a0%",
        "observed": 0.9512 if success else 0.85,
    }
    return RuleFact(**(given | changed))


def facts(**changed: Any) -> Facts:
    """A run of 1,003,300 rows that passed, unless something is changed."""
    bins = [
        Bin(low=5.0 * n, high=5.0 * n + 5, records=10_000 * (n + 1), verified=7_000 * n) for n in range(13)
    ]
    given: dict[str, Any] = {
        "about": about(),
        "counts": InputCounts(in_=1_003_300, invalid=49_300, duplicate=44_000, valid=910_000),
        "unknown_columns": ["note"],
        "rejects": [
            RejectReason(
                reason="unranked", rows=49_000, applies=49_123, examples=[3, 17, 1004, 20005, 20006]
            ),
            RejectReason(reason="bad_email", rows=300, applies=300, examples=[9]),
        ],
        "records": RecordFacts(
            verified=546_001,
            groups=[
                Group(name="new york", records=610_000, verified=400_001),
                Group(name="paris", records=300_000, verified=146_000),
            ],
            choices=[
                Group(name="0", records=900_000, verified=540_001),
                Group(name="1", records=10_000, verified=6_000),
            ],
            scores=Scores(lowest=0.5, highest=64.25, mean=41.125, median=43.5, bins=bins),
        ),
        "verdict": "passed",
        "rules": [rule()],
        "stages": [Stage(name="Quality checks", seconds=3.25)],
        "checked_at": "2026-02-13T10:04:30.000Z",
    }
    return Facts(**(given | changed))


def scored_up_to(highest: float | None) -> Facts:
    """The same run with scores in all 20 bins, and with None beyond them."""
    bins = [
        Bin(low=5.0 * n, high=5.0 * n + 5, records=1_000 * (n + 1), verified=1_000 * n) for n in range(20)
    ]
    beyond = [Bin(low=100, high=None, records=700_000, verified=400_000)] if highest is None else []
    scores = Scores(lowest=0.5, highest=highest or 9e9, mean=41.125, median=43.5, bins=[*bins, *beyond])
    return facts(records=facts().records.model_copy(update={"scores": scores}))


def failed_facts(**changed: Any) -> Facts:
    """The same run with a critical rule and another one broken."""
    rules = [
        rule(),
        rule(success=False),
        rule(
            success=False,
            severity="warning",
            expectation="expect_column_values_to_be_between",
            description="Scores go up to 100.",
            column="score",
            expected="\u2264 100",
            observed=None,
            unexpected_count=1_234,
        ),
    ]
    return facts(**({"verdict": "failed", "rules": rules} | changed))


def warned_facts() -> Facts:
    return facts(verdict="warned", rules=[rule(success=False, severity="warning"), rule()])


def previous() -> Previous:
    return Previous(
        run_id="r0",
        scored_at="2026-02-12T10:00:00.000Z",
        rows=1_000_000,
        invalid=49_300,
        duplicate=44_100,
        records=905_000,
        verified_share=0.62,
        mean_score=40,
    )


def hostile_facts() -> Facts:
    """A run whose file has markup in everything that a report shows of it."""
    return failed_facts(
        about=about(campaign_name=HOSTILE, file_key=f"scrubbed/registrants.c-1.{HOSTILE}.csv"),
        unknown_columns=[HOSTILE, "note"],
        records=facts().records.model_copy(
            update={"groups": [Group(name=HOSTILE, records=910_000, verified=546_001)]}
        ),
        previous=previous().model_copy(update={"scored_at": HOSTILE, "run_id": HOSTILE}),
    )


def published(**changed: Any) -> Outcome:
    given: dict[str, Any] = {
        "status": "succeeded",
        "published": 910_000,
        "counted": 600_000,
        "finished_at": MOMENT,
        "as_of": MOMENT,
        "stages": [Stage(name="Publishing", seconds=65.0)],
    }
    return Outcome(**(given | changed))


QUARANTINED = Outcome(status="quarantined", published=0, finished_at=MOMENT, error="QualityGateFailed")
REFUSED = Outcome(
    status="failed",
    published=0,
    finished_at=MOMENT,
    error="InvalidFile",
    cause="the column 'score' is missing: add it to the header and upload the file again.",
)
