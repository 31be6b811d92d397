"""Which stack a command speaks to: the embedded one that `vf up` runs, or one in AWS."""

import contextlib
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError, ProfileNotFound

from local.deploy import DeploymentError, Stack
from local.embedded import CREDENTIALS, REGION
from local.laptop import Laptop
from local.packaging import ROOT

# Another folder keeps two that run at once apart.
RUNNING = Path(os.environ.get("VF_RUNNING", ROOT / ".vf"))


class NoStackError(Exception):
    """There is no stack to speak to; the message says how to get one."""


@dataclass(frozen=True)
class Target:
    """A stack and how to reach it."""

    session: boto3.Session
    endpoint: str | None
    stack: Stack

    def client(self, service: str) -> Any:
        """A boto3 client for the stack's account and region."""
        return self.session.client(service, endpoint_url=self.endpoint)  # type: ignore[call-overload]


@contextlib.contextmanager
def announced(system: Laptop) -> Iterator[Path]:
    """Leaves a note on how to reach a running embedded stack, for other terminals; takes it away again."""
    RUNNING.mkdir(exist_ok=True)
    note = RUNNING / f"{os.getpid()}.json"
    note.write_text(json.dumps({"endpoint": system.aws.endpoint, "stack": system.stack.name}))
    try:
        yield note
    finally:
        note.unlink(missing_ok=True)
        with contextlib.suppress(OSError):
            RUNNING.rmdir()


def find_target(stack: str | None) -> Target:
    """The stack named, in AWS by the usual credentials; without a name the embedded one that runs.

    Raises:
        NoStackError: with what to do about it.
    """
    if stack is not None:
        return _in_aws(stack)
    notes = sorted(RUNNING.glob("*.json"), key=lambda note: note.stat().st_mtime, reverse=True)
    for note in notes:
        if not _alive(int(note.stem)):
            note.unlink(missing_ok=True)
            continue
        found = json.loads(note.read_text())
        session = boto3.Session(
            CREDENTIALS["aws_access_key_id"], CREDENTIALS["aws_secret_access_key"], region_name=REGION
        )
        cloudformation = session.client("cloudformation", endpoint_url=found["endpoint"])
        return Target(session, found["endpoint"], Stack.described(cloudformation, found["stack"]))
    raise NoStackError(
        "No embedded stack is running. Start one with `vf up` in another terminal, "
        "or name a stack in AWS with --stack."
    )


def _in_aws(name: str) -> Target:
    try:
        session = boto3.Session()
        return Target(session, None, Stack.described(session.client("cloudformation"), name))
    except (BotoCoreError, ClientError, ProfileNotFound, DeploymentError) as error:
        raise NoStackError(f"Stack '{name}' in AWS cannot be reached: {str(error).rstrip('.')}.") from None


def _alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
