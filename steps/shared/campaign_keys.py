"""Keys of what the demand table keeps of a campaign beside its fans (SPEC 4).

All of it stands under `PK campaign:<campaignId>` with an `SK` that begins with `meta:`, which the counting
worker passes over. `meta:counts` holds the fans by state, `meta:run:<runId>` a run's status and tally.
"""

META = "meta:"
COUNTS = f"{META}counts"
RUN = f"{META}run:"


def meta_key(campaign_id: str, sort_key: str) -> dict[str, dict[str, str]]:
    """The key of one of a campaign's own items, as the low-level client speaks it."""
    return {"PK": {"S": f"campaign:{campaign_id}"}, "SK": {"S": sort_key}}


def run_key(campaign_id: str, run_id: str) -> dict[str, dict[str, str]]:
    """The key of a run's item."""
    return meta_key(campaign_id, f"{RUN}{run_id}")
