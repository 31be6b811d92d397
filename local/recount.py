"""A campaign's counts, recomputed from the table if changes were lost before they were counted.

Nothing else needs this. Counts that are merely late are counted by themselves, and setting them meanwhile
would count their changes twice; so a run under way, or counts that move during the scan, end it without a
write.
"""

from dataclasses import asdict, dataclass
from functools import partial

from botocore.exceptions import ClientError

from local.errors import FailedError
from local.stack.target import Target
from local.status import UnknownCampaignError
from steps.shared.attributes import number, read_text
from steps.shared.clock import now, now_iso, to_iso
from steps.shared.messages import send
from steps.shared.meta_items import COUNTS, META, RUN, condition_failed, meta_key
from steps.streaming.counting.changes import Tally, contribution
from steps.streaming.verdict.looks import Looks
from steps.streaming.verdict.under_way import LONGEST_RUN

# A short one: nothing else is under way.
_DELAY_SECONDS = 2


class MovingError(FailedError):
    """The counts cannot be set now; the message says what is still under way."""


@dataclass(frozen=True)
class Recount:
    """The counts as they were stored before the scan, and as the table's fans make them."""

    stored: Tally
    found: Tally
    fans: int


def recount(target: Target, campaign: str) -> Recount:
    """Count a campaign's fans by a scan of the whole table; changes nothing.

    Raises:
        MovingError: a run of the campaign is under way, or its counts moved during the scan.
        UnknownCampaignError: the campaign has neither a run nor a fan.
    """
    refuse_while_running(target, campaign)
    stored, found, fans = target.counts(campaign), Tally(), 0
    pages = target.table_pages(
        "scan",
        {"campaign": f"campaign:{campaign}"},
        FilterExpression="SK = :campaign",
        ProjectionExpression="isVerified, verdict",
    )
    for page in pages:
        fans += len(page["Items"])
        found = sum((contribution(item) for item in page["Items"]), found)
    if target.counts(campaign) != stored:
        raise MovingError("The counts moved during the scan: try again when nothing is being counted.")
    own = target.own_items(campaign, META) if not fans else {COUNTS: {}}
    # A look that was asked for makes no campaign of a mistyped id.
    if not any(key == COUNTS or key.startswith(RUN) for key in own):
        raise UnknownCampaignError(
            f"Campaign '{campaign}' has neither a run nor a fan here: `vf status` lists the campaigns."
        )
    return Recount(stored, found, fans)


def set_counts(target: Target, campaign: str, counts: Recount) -> None:
    """Store what was found, where nothing has been counted since.

    Raises:
        MovingError: something has.
    """
    found, stored = asdict(counts.found), asdict(counts.stored)
    values = {":now": {"S": now_iso()}}
    values |= {f":{name}": number(count) for name, count in found.items()}
    values |= {f":was_{name}": number(count) for name, count in stored.items()}
    unmoved = [
        f"({name} = :was_{name}{'' if count else f' OR attribute_not_exists({name})'})"
        for name, count in stored.items()
    ]
    try:
        target.client("dynamodb").update_item(
            TableName=target.stack.table,
            Key=meta_key(campaign, COUNTS),
            UpdateExpression="SET updated = :now, " + ", ".join(f"{name} = :{name}" for name in found),
            ConditionExpression=" AND ".join(unmoved),
            ExpressionAttributeValues=values,
        )
    except ClientError as error:
        if not condition_failed(error):
            raise
        raise MovingError("Records were counted after the scan: try again.") from None


def ask_for_look(target: Target, campaign: str) -> None:
    """Has the counts looked at, and said if they are news; verdictReporter tells the channel soon after."""
    queue = partial(send, target.client("sqs"), target.stack.verdict_queue_url)
    Looks(target.client("dynamodb"), target.stack.table, queue, _DELAY_SECONDS).ask(campaign)


def refuse_while_running(target: Target, campaign: str) -> None:
    """Let nothing be done while a run of the campaign is under way.

    Raises:
        MovingError: one is.
    """
    horizon = to_iso(now() - LONGEST_RUN)
    for key, run in target.own_items(campaign, RUN).items():
        if read_text(run, "status") == "running" and (read_text(run, "startedAt") or "") > horizon:
            raise MovingError(f"Run {key.removeprefix(RUN)} is under way: try again once it has ended.")
