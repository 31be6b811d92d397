"""What may be logged and traced."""

import os
import subprocess
import sys
import traceback

import pytest
from botocore.exceptions import ClientError

from steps.shared.observability import UnexpectedError, redact_errors, safe_key
from steps.shared.settings import ConfigurationError, PublishSettings


@pytest.mark.parametrize("key", ["fan:1", "sid:2", "campaign:c"])
def test_a_key_without_an_address_is_logged_as_it_is(key: str) -> None:
    assert safe_key(key) == key


def test_an_address_is_logged_as_a_hash() -> None:
    hashed = safe_key("email:ada@example.test")
    assert hashed.startswith("email:#")
    assert "ada" not in hashed
    assert hashed != safe_key("email:bob@example.test")


def test_traces_hold_no_urls() -> None:
    # In a Lambda function Powertools patches libraries on import; the webhook's URL is a secret.
    code = (
        "import http.client; sent = http.client.HTTPConnection._send_request;"
        "from steps.shared import observability; import botocore.client;"
        "print(http.client.HTTPConnection._send_request is sent,"
        " hasattr(botocore.client.BaseClient._make_api_call, '__wrapped__'))"
    )
    environment = {**os.environ, "LAMBDA_TASK_ROOT": "/var/task"}
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["True", "True"]


def test_an_unexpected_error_leaves_by_its_type_only(caplog: pytest.LogCaptureFixture) -> None:
    cell = "@".join(["ann", "example.com"])

    @redact_errors
    def step() -> None:
        raise ValueError(cell)

    with pytest.raises(UnexpectedError) as caught:
        step()
    assert str(caught.value).startswith("ValueError")
    assert caught.value.__cause__ is None
    said = "".join(str(vars(record)) for record in caplog.records)
    assert cell not in said + "".join(traceback.format_exception(caught.value))
    assert "test_observability.py" in said


def test_an_error_of_aws_keeps_its_code_and_its_call() -> None:
    refused = ClientError({"Error": {"Code": "AccessDenied", "Message": "of f1@example.com"}}, "PutRecords")

    @redact_errors
    def step() -> None:
        raise refused

    with pytest.raises(UnexpectedError, match="AccessDenied from PutRecords"):
        step()


def test_a_missing_variable_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SCORES_STREAM", raising=False)

    @redact_errors
    def handler() -> None:
        PublishSettings.load()

    with pytest.raises(ConfigurationError, match="SCORES_STREAM"):
        handler()
