"""Each function tries everything with its own role: what it needs is let through, all else is refused.

Cannot see: rights to PartiQL statements, whose keys the embedded AWS does not look at, and what AWS would let
through that the embedded AWS refuses.
"""

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.config import Config

from local.stack.embedded import REGION
from local.stack.laptop import Laptop
from steps.shared.storage import list_keys
from tests.end_to_end.attempts import ATTEMPTS, Place, is_refused

pytestmark = pytest.mark.xdist_group("system")


@pytest.fixture(autouse=True, scope="module")
def _leave_nothing(system: Laptop) -> Iterator[None]:
    """What was let through was not always done, but the embedded AWS takes a message with any delay."""
    yield
    system.aws.client("sqs").purge_queue(QueueUrl=system.stack.verdict_queue_url)
    s3, bucket = system.aws.client("s3"), system.stack.bucket
    for key in list_keys(s3, bucket, ""):
        if "/rights/" in key:
            s3.delete_object(Bucket=bucket, Key=key)


_STAGED = {"read staging/ manifest", "read staging/ counts"}
_CAMPAIGN = {"get a campaign's item", "update a campaign's item"}
_ENDING = {
    *_STAGED,
    *_CAMPAIGN,
    "read staging/ results",
    "list staging/",
    "list data-quality/",
    "write runs/",
} | {
    "read data-quality/ facts",
    "write data-quality/",
}
NEEDED: dict[str, set[str]] = {
    "resolve": {
        *_CAMPAIGN,
        "read the Campaign Service's token",
        "put a campaign's item",
        "read scrubbed/",
        "read fanlist/",
        "list scrubbed/",
        "list fanlist/",
    },
    "prepare": {
        "read scrubbed/",
        "read fanlist/",
        "write staging/ records",
        "write staging/ withdrawals",
        "write staging/ manifest",
        "write staging/ counts",
        "write rejected/",
    },
    "check-quality": {
        *_STAGED,
        *_CAMPAIGN,
        "read staging/ records",
        "write staging/ withdrawals",
        "write staging/ manifest",
        "read rejected/",
        "read data-quality/ facts",
        "list data-quality/",
        "write data-quality/",
        "read fans/",
        "write fans/",
        "list fans/",
    },
    "publish-partition": {
        "read staging/ records",
        "write staging/ results",
        "write dead-letters/publish-partition/",
        "write scoresStream",
    },
    "save-fanlist-partition": {
        "read staging/ records",
        "write staging/ results",
        "write dead-letters/save-fanlist-partition/",
        "write campaignDataStream",
        "get fans in batches",
        "get fanlist's fans in batches",
        "update a fan",
        "update a fanlist's fan",
    },
    "finish": {*_ENDING, "ask for a verdict", "read runs/"},
    "report-failure": {
        *_ENDING,
        "read the webhook",
        "see how far a run came",
        "send to upload-event-failures",
    },
    "loadScoresToDynamoDB": {
        "read scoresStream",
        "update a campaign's item",
        "get fans in batches",
        "update a fan",
        "write dead-letters/load-scores-to-dynamodb/",
        "send to loadScoresToDynamoDB-failures",
    },
    "processSavedScores": {
        *_CAMPAIGN,
        "get a shard's position",
        "update a shard's position",
        "send to processSavedScores-failures",
        "ask for a verdict",
    },
    "verdictReporter": {
        *_CAMPAIGN,
        "query a campaign's items",
        "ask for a verdict",
        "take a verdict message",
        "read the Campaign Service's token",
        "read the webhook",
    },
    "saveEntryScoring": {
        "read scoresStream",
        "read the Campaign Service's token",
        "read the Entry Service's token",
        "write dead-letters/save-entry-scoring/",
        "send to saveEntryScoring-failures",
    },
}


def _place_of(system: Laptop, function: str) -> Place:
    """The stack as a function reaches it: with the session that its role gives."""
    found = system.aws.client("lambda").get_function_configuration(
        FunctionName=f"{system.stack.name}-{function}"
    )
    sts = system.aws.client("sts")
    given = sts.assume_role(RoleArn=found["Role"], RoleSessionName="rights")["Credentials"]
    clients: dict[str, Any] = {}

    def client(service: str) -> Any:
        if service not in clients:
            clients[service] = boto3.client(
                service,  # type: ignore[call-overload]
                endpoint_url=system.aws.endpoint,
                region_name=REGION,
                aws_access_key_id=given["AccessKeyId"],
                aws_secret_access_key=given["SecretAccessKey"],
                aws_session_token=given["SessionToken"],
                config=Config(retries={"total_max_attempts": 1}, parameter_validation=False),
            )
        return clients[service]

    return Place(client, system.stack)


@pytest.mark.parametrize("function", sorted(NEEDED))
def test_a_function_may_do_what_it_needs_and_nothing_else(system: Laptop, function: str) -> None:
    place = _place_of(system, function)
    allowed = {name for name, attempt in ATTEMPTS.items() if not is_refused(attempt, place)}
    assert allowed == NEEDED[function]


# What no function needs, and root may try without harm: refused because of rights, not for how it is asked.
_HARMLESS = {
    "read dead-letters/",
    "delete in staging/",
    "list the bucket",
    "list rejected/",
    "list dead-letters/",
    "get campaigns' items in batches",
    "delete an item",
    "scan the table",
    "query the table",
    "read campaignDataStream",
    "take from loadScoresToDynamoDB-failures",
    "invoke a function",
    "list roles",
}


def test_what_nobody_may_is_refused_for_want_of_rights(system: Laptop) -> None:
    needed = _HARMLESS & set().union(*NEEDED.values())
    assert not needed, "take out of _HARMLESS what a function needs by now"
    root = Place(system.aws.client, system.stack)
    assert [name for name in sorted(_HARMLESS) if is_refused(ATTEMPTS[name], root)] == []


def test_every_function_of_the_stack_is_tried(system: Laptop) -> None:
    pages = system.aws.client("lambda").get_paginator("list_functions").paginate()
    names = {one["FunctionName"] for page in pages for one in page["Functions"]}
    needed = {f"{system.stack.name}-{function}" for function in NEEDED}
    assert names == needed, "NEEDED says what each function may do"
