"""What the gate tolerates: the figures of the suites that may differ between campaigns.

One class is read by the deployed function (template parameters), by `vf check` (options) and by the suites.
It knows no Great Expectations, so that it costs nothing to import.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from expectations.report.model import Profile

# A part of a campaign's fans, uploaded to replace them all, is what withdraws more.
MOST_WITHDRAWN = 0.5


def percent(share: float) -> str:
    """Return a share of a rule's own, which has no more digits than were given."""
    return f"{share * 100:g}%"


@dataclass(frozen=True)
class Thresholds:
    """Shares go from 0 to 1; what they are of stands with each.

    Attributes:
        valid_share_critical: of the file's rows, that must not be rejected.
        valid_share_warning: of the file's rows, below which somebody should look.
        duplicate_share_warning: of the file's rows, that may be merged into a better row.
        duplicate_share_critical: of the file's rows, above which hardly anybody is left.
        rows_per_fan_warning: rows one identifier may have, times the markets; on a fanlist times 10.
        rows_per_fan_critical: the same, above which rows are hardly one fan's; below 100 none is critical.
        placeholder_share_warning: of the accepted rows, whose identifier may be a known placeholder.
        lost_digits_critical: of the file's rows, whose identifier a spreadsheet may have cut to 1.23457E+12.
        swallowed_lines_critical: lines that look like rows and may stand inside quoted fields.
        swallowed_share_critical: the same, of the file's rows; the lower of the two counts.
        verified_share_least: of the records, that are verified.
        verified_share_most: of the records, that are verified.
        highest_score: the score, in points, that none should be above.
        records_change: of the last run's records, by which the number of records may differ.
        verified_share_change: by which the verified share may differ from the last run's.
        gone_share_warning: of the last file's fans, who may be missing from this one.
    """

    valid_share_critical: float = 0.90
    valid_share_warning: float = 0.98
    duplicate_share_warning: float = 0.50
    duplicate_share_critical: float = 0.90
    rows_per_fan_warning: float = 1
    rows_per_fan_critical: float = 10
    placeholder_share_warning: float = 0
    lost_digits_critical: float = 0.01
    swallowed_lines_critical: float = 10
    swallowed_share_critical: float = 0.001
    verified_share_least: float = 0.02
    verified_share_most: float = 0.98
    highest_score: float = 100
    records_change: float = 0.50
    verified_share_change: float = 0.20
    gone_share_warning: float = 0.05


@dataclass(frozen=True)
class LastRun:
    """What is known of the campaign's last run; a fanlist has no verified share, an older run no profile.

    `gone_share` is the share of the last file's fans who are not in this one, `withdrawn_share` that of all
    who stood after it whom this run would withdraw. `missing_lists` is asked of a run that replaces: of how
    many earlier files nobody knows who was in them.
    """

    records: int = 0
    verified_share: float | None = None
    profile: "Profile | None" = None
    gone_share: float | None = None
    withdrawn_share: float | None = None
    missing_lists: int | None = None
