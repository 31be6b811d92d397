"""`python -m tests.smoke STACK`, as docs/deploying.md has it: a sample of each kind on a throw-away stack."""

import os
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import typer
from botocore.exceptions import BotoCoreError, ClientError
from rich.console import Console

from expectations.report.wording import many
from local.errors import VfError
from local.sample.generate import CAMPAIGN_IDS, generate
from local.stack.target import Target
from local.terminal.view import open_view
from tests.smoke.look import Finding, left, tried
from tests.smoke.throwaway import throwaway

_ROWS = 2000
# Nobody answers at this address, by RFC 6761: names, entries and posts are done without.
_NOBODY = "https://smoke.invalid"
_GIVEN = {
    "SlackWebhookUrl": ("SLACK_WEBHOOK_URL", f"{_NOBODY}/slack"),
    "CampaignServiceUrl": ("CAMPAIGN_SERVICE_URL", _NOBODY),
    "CampaignServiceToken": ("CAMPAIGN_TOKEN", "none"),
    "EntryServiceUrl": ("ENTRY_SERVICE_URL", _NOBODY),
    "EntryServiceToken": ("ENTRY_TOKEN", "none"),
}


def smoke(
    stack: Annotated[str, typer.Argument(help="A name that no stack of the account and region has.")],
    keep: Annotated[bool, typer.Option("--keep", help="Leave the stack standing.")] = False,
) -> None:
    """Deploy a stack to AWS, run a sample of each kind on it, look at what they leave, remove it all."""
    parameters = {name: os.environ.get(variable, other) for name, (variable, other) in _GIVEN.items()}
    answers = {name: _NOBODY not in url for name, url in parameters.items()}
    bad = 0
    try:
        with throwaway(stack, parameters, keep=keep) as target:
            for finding in findings(
                target,
                posts=answers["SlackWebhookUrl"],
                # An entry needs its market's id, which the Campaign Service knows.
                entries=answers["CampaignServiceUrl"] and answers["EntryServiceUrl"],
            ):
                typer.echo(finding)
                bad += not finding.good
    except (VfError, BotoCoreError, ClientError) as error:
        # What had gone wrong before the stack could not be removed.
        for each in filter(None, (error.__context__, error)):
            typer.echo(each, err=True)
        raise typer.Exit(getattr(error, "exit_code", 1)) from None
    typer.echo("Everything is as expected." if not bad else f"{many(bad, 'finding')} not as expected.")
    raise typer.Exit(min(bad, 1))


def findings(target: Target, *, posts: bool, entries: bool) -> Iterator[Finding]:
    """Run both samples, and give what was found, one after the other."""
    with TemporaryDirectory() as folder, closing(open_view(Console(stderr=True))) as view:
        for kind in CAMPAIGN_IDS:
            sample = generate(kind, _ROWS, 1, Path(folder) / f"{kind}.csv")
            yield from tried(target, sample, view, posts=posts, entries=entries)
        yield from left(target, None, entries=entries)


if __name__ == "__main__":
    typer.run(smoke)
