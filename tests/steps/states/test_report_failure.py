"""What an alert says, and what it keeps to itself."""

import json

import pytest

from steps.shared.payloads import FileRef, Run
from steps.states.report_failure import Failure, alert_text

RUN = Run(
    run_id="r1",
    campaign_id="c1",
    campaign_name="Tour",
    source="scrubbed",
    file=FileRef(bucket="b", key="k"),
    scored_at="2026-02-13T10:00:00.000Z",
    started_at="2026-02-13T11:00:00.000Z",
)


def _caught(error: str, message: str) -> dict[str, object]:
    return {"error": {"Error": error, "Cause": json.dumps({"errorMessage": message, "errorType": error})}}


def _refused(error: str, cause: str) -> dict[str, object]:
    return {"prepared": {"manifestKey": None, "refusal": {"error": error, "cause": cause}}}


def test_a_refusal_is_quoted() -> None:
    failure = Failure.of(_refused("InvalidFile", "The file is empty; upload it again."))
    assert (failure.error, failure.status) == ("InvalidFile", "failed")
    said = alert_text(failure, RUN, None, "scrubbed")
    cause = "The file is empty; upload it again."
    assert said == f"Campaign 'Tour' scoring refused: {cause} (InvalidFile, campaign c1, run r1)"


def test_an_unexpected_error_is_named_but_not_quoted() -> None:
    failure = Failure.of(_caught("ComputeError", "could not parse ann@example.com"))
    assert failure.error == "ComputeError"
    assert "ann@example.com" not in alert_text(failure, RUN, None, "scrubbed")


@pytest.mark.parametrize("error", ["States.Timeout", "Lambda.Unknown"])
def test_an_error_without_json_is_named(error: str) -> None:
    assert Failure.of({"error": {"Error": error, "Cause": "not JSON"}}).error == error


def test_a_gate_that_refused_is_a_quarantine() -> None:
    failed = [f"Rule {n} did not hold." for n in range(7)]
    quality = {"verdict": "failed", "failed": [*failed, "A warning."], "critical": 7, "accepted": False}
    failure = Failure.of({"quality": quality})
    assert (failure.error, failure.status) == ("QualityGateFailed", "quarantined")
    said = alert_text(failure, RUN, None, "scrubbed")
    assert "Rule 4" in said
    assert "Rule 5" not in said
    assert "2 more" in said
    assert "warning" not in said


def test_a_refusal_before_there_is_a_run_names_the_key_itself() -> None:
    failure = Failure.of({"outcome": "refused", "run": None, **_refused("InvalidKey", "Key 'x' is wrong.")})
    assert failure.error == "InvalidKey"
    assert (
        alert_text(failure, None, None, "scrubbed")
        == "A scrubbed run was refused: Key 'x' is wrong. (InvalidKey)"
    )


def test_where_resolve_itself_failed_the_upload_is_named() -> None:
    failure = Failure.of(_caught("ClientError", "throttled"))
    assert alert_text(failure, None, "x", "scrubbed").startswith("Upload 'x' was not started: an unexpected")
