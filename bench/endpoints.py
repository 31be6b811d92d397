"""Where writes go when they are measured: a table that does nothing, and one of the embedded AWS."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Literal

from bench.rounds import ROOT
from local.embedded import CREDENTIALS, REGION, EmbeddedAws

TABLE = "demand"


@dataclass(frozen=True)
class Endpoint:
    """A DynamoDB with the table `demand`."""

    name: str
    url: str
    table: str = TABLE

    @property
    def environment(self) -> dict[str, str]:
        """What a program needs to find it."""
        return {
            "AWS_ENDPOINT_URL": self.url,
            "AWS_DEFAULT_REGION": REGION,
            **{name.upper(): value for name, value in CREDENTIALS.items()},
            "POWERTOOLS_TRACE_DISABLED": "true",
        }


@contextmanager
def null_table(kind: Literal["new", "stored"]) -> Iterator[Endpoint]:
    """A table without items, or one in which every item is found in an older state."""
    command = [sys.executable, "-m", "bench.null_table", kind]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            url = f"http://127.0.0.1:{process.stdout.readline().strip()}"
            yield Endpoint(f"null endpoint, {kind} items", url)
        finally:
            process.terminate()


@contextmanager
def embedded_table() -> Iterator[Endpoint]:
    """An empty table of an embedded AWS of its own."""
    with EmbeddedAws() as aws:
        aws.client("dynamodb").create_table(
            TableName=TABLE,
            KeySchema=[{"AttributeName": n, "KeyType": k} for n, k in (("PK", "HASH"), ("SK", "RANGE"))],
            AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in ("PK", "SK")],
            BillingMode="PAY_PER_REQUEST",
        )
        yield Endpoint("embedded AWS", aws.endpoint)
