"""Keys of the demand table's items that are not fans (SPEC 4).

All but the positions stand under `PK campaign:<campaignId>`. Every `SK` begins with `meta:`, which the
counting worker passes over. What the items hold: docs/data-dictionary.md.
"""

from steps.shared.attributes import Item

META = "meta:"
COUNTS = f"{META}counts"
SAID = f"{META}slack:counts"
RUN = f"{META}run:"
LATEST = f"{META}latest:"
CLAIM = f"{META}claim:"
LOOK = f"{META}look:"
COUNTS_LOOK = f"{LOOK}counts"
POSITION = f"{META}position:"


def meta_key(campaign_id: str, sort_key: str) -> Item:
    """Return the key of one of a campaign's own items, as the low-level client speaks it."""
    return _key(f"campaign:{campaign_id}", sort_key)


def run_key(campaign_id: str, run_id: str) -> Item:
    """Return the key of a run's item."""
    return meta_key(campaign_id, f"{RUN}{run_id}")


def position_key(table: str, shard: str) -> Item:
    """Return the key of how far a shard of the table's stream is counted."""
    return _key(f"stream:{table}", f"{POSITION}{shard}")


def _key(partition_key: str, sort_key: str) -> Item:
    return {"PK": {"S": partition_key}, "SK": {"S": sort_key}}
