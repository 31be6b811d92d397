"""The whole system on one machine: embedded AWS, fakes, and the stack deployed between them."""

import contextlib
import secrets
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import polars as pl

from local.stack.chaos.faults import Faults
from local.stack.deploy import Stack, deploy, template
from local.stack.embedded import EmbeddedAws
from local.stack.fakes import Fakes
from local.stack.target import Target, embedded

# Two cores: two partitions at a time, and looks at the counts every two seconds instead of every thirty.
_PARAMETERS = {
    "StreamShards": "single",
    "PlainHttp": "allowed",
    "MapConcurrency": "2",
    "ScoresStreamShards": "2",
    "CampaignDataStreamShards": "2",
    "VerdictDelaySeconds": "2",
    "VerdictMaxAttempts": "600",
}


@dataclass(frozen=True)
class Laptop:
    """A running system; `seconds` is what it took to stand."""

    aws: EmbeddedAws
    fakes: Fakes
    stack: Stack
    seconds: float

    @cached_property
    def target(self) -> Target:
        """The stack as the commands speak to one."""
        return embedded(self.aws.endpoint, self.stack)


@contextlib.contextmanager
def laptop(
    parameters: Mapping[str, str] | None = None,
    environment: dict[str, str] | None = None,
    document: dict[str, Any] | None = None,
    faults: Faults | None = None,
) -> Iterator[Laptop]:
    """Boots everything and takes all of it down again, whatever happens in between.

    Args:
        parameters: template parameters beside, or instead of, a laptop's own.
        environment: more variables for the embedded AWS.
        document: another template than template.yaml, for tests of what one without something does.
        faults: what stands between the functions and the embedded AWS, if anything.
    """
    started = time.monotonic()
    document = document or template()
    with contextlib.ExitStack() as parts:
        fakes = parts.enter_context(Fakes())
        aws = parts.enter_context(EmbeddedAws(environment))
        if faults is not None:
            parts.enter_context(faults.before(aws.endpoint))
            document = faults.in_the_way_of(document)
        fakes.campaigns.token, fakes.entries.token = secrets.token_hex(), secrets.token_hex()
        services = {
            "SlackWebhookUrl": fakes.slack.url,
            "CampaignServiceUrl": fakes.campaigns.url,
            "CampaignServiceToken": fakes.campaigns.token,
            "EntryServiceUrl": fakes.entries.url,
            "EntryServiceToken": fakes.entries.token,
        }
        stack = deploy(aws, _PARAMETERS | services | dict(parameters or {}), document)
        yield Laptop(aws, fakes, stack, time.monotonic() - started)


def markets_of(file: Path) -> list[str]:
    """Give the market names in a scrubbed file, so that the Campaign Service's fake knows them.

    A file that cannot be read has none: what is wrong with it is the pipeline's to say.
    """
    try:
        rows = pl.scan_csv(file, infer_schema=False, encoding="utf8-lossy", truncate_ragged_lines=True)
        column = next(name for name in rows.collect_schema() if name.strip().lower() == "hbase")
        names = rows.select(pl.col(column).str.strip_chars().str.to_lowercase().unique()).collect()
    except (pl.exceptions.PolarsError, StopIteration, OSError):
        return []
    return sorted(name for name in names.to_series() if name)
