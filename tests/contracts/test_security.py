"""The template's security: what is stored is encrypted, private and goes in time; rights are documented."""

import re
from typing import Any

import pytest
from samtranslator.yaml_helper import yaml_parse

from local.stack.deploy import template
from local.stack.packaging import ROOT
from tests.contracts import rights

RESOURCES: dict[str, Any] = template()["Resources"]
BUCKET = RESOURCES["PipelineBucket"]["Properties"]


def _of_type(kind: str) -> dict[str, dict[str, Any]]:
    return {name: one["Properties"] for name, one in RESOURCES.items() if one["Type"] == kind}


def test_the_bucket_is_private_encrypted_and_versioned() -> None:
    assert set(BUCKET["PublicAccessBlockConfiguration"].values()) == {True}
    assert len(BUCKET["PublicAccessBlockConfiguration"]) == 4
    assert BUCKET["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    assert BUCKET["VersioningConfiguration"] == {"Status": "Enabled"}
    assert BUCKET["OwnershipControls"]["Rules"] == [{"ObjectOwnership": "BucketOwnerEnforced"}]


def test_the_bucket_refuses_whoever_comes_without_tls() -> None:
    (policy,) = _of_type("AWS::S3::BucketPolicy").values()
    assert policy["Bucket"] == {"Ref": "PipelineBucket"}
    (statement,) = policy["PolicyDocument"]["Statement"]
    assert (statement["Effect"], statement["Principal"], statement["Action"]) == ("Deny", "*", "s3:*")
    assert statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
    assert statement["Resource"] == [
        {"Fn::GetAtt": ["PipelineBucket", "Arn"]},
        {"Fn::Sub": "${PipelineBucket.Arn}/*"},
    ]


@pytest.mark.parametrize(
    ("prefix", "days"),
    [
        ("staging/", "StagingDays"),
        ("scrubbed/", "InputDays"),
        ("fanlist/", "InputDays"),
        ("rejected/", "KeptDays"),
        ("fans/", "KeptDays"),
        ("dead-letters/", "KeptDays"),
    ],
)
def test_what_holds_personal_data_goes_in_time(prefix: str, days: str) -> None:
    (rule,) = [one for one in BUCKET["LifecycleConfiguration"]["Rules"] if one.get("Prefix") == prefix]
    assert (rule["Status"], rule["ExpirationInDays"]) == ("Enabled", {"Ref": days})


def test_old_versions_and_broken_uploads_go_everywhere() -> None:
    (rule,) = [one for one in BUCKET["LifecycleConfiguration"]["Rules"] if "Prefix" not in one]
    assert rule["Status"] == "Enabled"
    assert rule["NoncurrentVersionExpiration"] == {"NoncurrentDays": 1}
    assert rule["AbortIncompleteMultipartUpload"] == {"DaysAfterInitiation": 1}
    # Under it, nothing that is to be kept: a rule for all would expire summaries and reports, too.
    assert "ExpirationInDays" not in rule


def test_the_table_is_encrypted_can_be_restored_and_is_not_deleted() -> None:
    table = RESOURCES["DemandTable"]["Properties"]
    assert table["SSESpecification"] == {"SSEEnabled": True}
    assert table["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}
    assert table["DeletionProtectionEnabled"] == {"Ref": "DeletionProtection"}
    assert template()["Parameters"]["DeletionProtection"]["Default"] == "true"
    assert RESOURCES["DemandTable"]["UpdateReplacePolicy"] == "Retain"


def test_queues_and_streams_are_encrypted() -> None:
    queues, streams = _of_type("AWS::SQS::Queue"), _of_type("AWS::Kinesis::Stream")
    assert len(queues) >= 6
    assert [name for name, queue in queues.items() if queue.get("SqsManagedSseEnabled") is not True] == []
    assert len(streams) == 2
    assert {stream["StreamEncryption"]["EncryptionType"] for stream in streams.values()} == {"KMS"}


@pytest.mark.parametrize(
    ("parameter", "secret"),
    [
        ("SlackWebhookUrl", "SlackWebhookSecret"),
        ("CampaignServiceToken", "CampaignServiceSecret"),
        ("EntryServiceToken", "EntryServiceSecret"),
    ],
)
def test_a_secret_is_in_no_environment(parameter: str, secret: str) -> None:
    assert template()["Parameters"][parameter]["NoEcho"] is True
    assert "Default" not in template()["Parameters"][parameter]
    users = [name for name, one in RESOURCES.items() if f"{{'Ref': '{parameter}'}}" in str(one)]
    assert users == [secret]


def test_nothing_is_reachable_from_outside() -> None:
    kinds = {one["Type"] for one in RESOURCES.values()}
    assert not [
        kind for kind in kinds if kind.startswith(("AWS::ApiGateway", "AWS::Lambda::Url", "AWS::EC2"))
    ]
    assert not [
        name for name, one in _of_type("AWS::Serverless::Function").items() if "FunctionUrlConfig" in one
    ]


def test_roles_are_assumed_by_one_service_each() -> None:
    for name, role in _of_type("AWS::IAM::Role").items():
        (statement,) = role["AssumeRolePolicyDocument"]["Statement"]
        assert list(statement["Principal"]) == ["Service"], name


def test_no_function_may_delete() -> None:
    for name, function in _of_type("AWS::Serverless::Function").items():
        allowed = re.findall(r"\w+:Delete\w*", str(function["Policies"]))
        # A queue's message is deleted once it is handled.
        assert set(allowed) <= {"sqs:DeleteMessage"}, name


def test_the_documented_rights_are_the_templates() -> None:
    same = rights.table() in (ROOT / "docs" / "security.md").read_text()
    assert same, "docs/security.md: put there what `python -m tests.contracts.rights` prints"


def test_every_suppression_says_why() -> None:
    text = (ROOT / "template.yaml").read_text()
    reasons = re.findall(r"checkov:skip=(\w+):?(.*)", text)
    assert all(len(reason) > 30 for _, reason in reasons)
    assert len(reasons) >= 4
    config = (ROOT / ".checkov.yaml").read_text()
    passed_over = yaml_parse(config)["skip-check"]
    # Each stands under a comment of its own.
    assert len(re.findall(r"(?:  # .+\n)+  - CKV", config)) == len(passed_over)
    assert set(passed_over) <= set(re.findall(r"CKV_AWS_\d+", (ROOT / "docs" / "security.md").read_text()))


def test_items_that_may_go_do() -> None:
    """That they bear the attribute: tests/steps/shared/test_runs.py, tests/steps/streaming."""
    table = RESOURCES["DemandTable"]["Properties"]
    assert table["TimeToLiveSpecification"] == {"AttributeName": "expires", "Enabled": True}
    assert template()["Parameters"]["FanDays"]["Default"] == 0
