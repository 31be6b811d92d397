"""A stack in AWS for as long as somebody looks at it, with nothing left of it afterwards."""

import contextlib
import subprocess
import time
from collections.abc import Iterator, Mapping
from typing import Any

import boto3
from botocore.exceptions import ClientError

from local.errors import FailedError, UsageError
from local.stack.packaging import ROOT
from local.stack.target import Target, find_target, resources_of

# S3 says that a bucket's events take about five minutes to begin.
_EVENTS_SECONDS = 300
# What a new account has room for (docs/deploying.md), and what lets everything be removed.
_SETTINGS = {
    "PrepareMemory": "3008",
    "MapConcurrency": "2",
    "UpsertParallelization": "1",
    "DeletionProtection": "false",
    "LogRetentionDays": "1",
}
_GONE = ("NoSuchBucket", "ResourceNotFoundException", "ValidationError")


@contextlib.contextmanager
def throwaway(name: str, parameters: Mapping[str, str], *, keep: bool = False) -> Iterator[Target]:
    """Build and deploy a stack by SAM, and remove it with its bucket and table, whatever happened.

    `parameters` are those that have no default; `keep` leaves it standing.

    Raises:
        UsageError: there is such a stack, which is not ours to remove.
        FailedError: SAM failed; its output is above.
    """
    session = boto3.Session()
    if _resources(session, name):
        raise UsageError(
            f"Stack '{name}' exists already, and this command deletes its stack: choose another name."
        )
    given = [f"{key}={value}" for key, value in (_SETTINGS | dict(parameters)).items()]
    _call("make", "build")
    try:
        _call(
            # An environment that is in no file: samconfig.toml is another stack's.
            *("sam", "deploy", "--config-env", "smoke", "--stack-name", name, "--resolve-s3"),
            *("--resolve-image-repos", "--capabilities", "CAPABILITY_IAM", "--no-confirm-changeset"),
            *("--parameter-overrides", *given),
        )
        time.sleep(_EVENTS_SECONDS)
        yield find_target(name)
    finally:
        if not keep:
            kept = _resources(session, name)
            try:
                _call("sam", "delete", "--config-env", "smoke", "--stack-name", name, "--no-prompts")
            finally:
                remove_kept(session, kept.get("PipelineBucket"), kept.get("DemandTable"))


def remove_kept(
    session: boto3.Session, bucket: str | None, table: str | None, endpoint: str | None = None
) -> None:
    """Remove what a deleted stack leaves: the bucket with every version in it, and the table."""
    if bucket:
        with _gone_already():
            held: Any = session.resource("s3", endpoint_url=endpoint).Bucket(bucket)
            held.object_versions.delete()
            held.delete()
    if table:
        with _gone_already():
            session.client("dynamodb", endpoint_url=endpoint).delete_table(TableName=table)


def _resources(session: boto3.Session, name: str) -> dict[str, str]:
    """Give physical names by those in the template; none where there is no such stack."""
    with _gone_already():
        return resources_of(session.client("cloudformation"), name)
    return {}


@contextlib.contextmanager
def _gone_already() -> Iterator[None]:
    try:
        yield
    except ClientError as error:
        if error.response["Error"]["Code"] not in _GONE:
            raise


def _call(*command: str) -> None:
    if subprocess.run(command, cwd=ROOT, check=False).returncode:
        raise FailedError(f"`{' '.join(command[:2])}` failed: its output is above.")
