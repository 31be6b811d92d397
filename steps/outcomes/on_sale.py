"""What a campaign has on sale when a report is written: from its counts and its last post."""

from typing import TYPE_CHECKING

from expectations.report.model import OnSale

if TYPE_CHECKING:
    from steps.shared.wire import Source
    from steps.streaming.verdict.store import VerdictStore


def on_sale(
    verdicts: "VerdictStore", campaign_id: str, run_id: str, source: "Source", published: int | None
) -> tuple[OnSale | None, str | None]:
    """Return it, and the campaign's name as the channel was told it.

    Args:
        verdicts: the demand table's side of the verdict.
        campaign_id: the campaign.
        run_id: the run whose report it is; where it was the last to say a verdict, that is compared with the
            one before.
        source: the kind of its file.
        published: of a fanlist's run its records, 0 and None where it has none in the table.
    """
    last = verdicts.last_posts(campaign_id)
    before = last.before(source, run_id)
    if source == "fanlist":
        said = last.fanlist and last.fanlist.records
        count = published or said
        return (None if count is None else OnSale(count=count, before=before)), last.name
    figures = verdicts.figures(campaign_id)
    if last.scrubbed is None and not figures.verified + figures.rejected:
        return None, last.name
    sale = OnSale(count=figures.verified, before=before, rejected=figures.rejected, selected=figures.selected)
    return sale, last.name
