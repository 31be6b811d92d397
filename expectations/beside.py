"""A run beside the campaign's last one: what is asked, and the figures that answer.

All of it only warns, but for whom a file withdraws.
"""

from dataclasses import dataclass, field

import great_expectations.expectations as gxe
import polars as pl

from expectations.report.facts import above, market_names
from expectations.report.wording import number, shown
from expectations.thresholds import MOST_WITHDRAWN, LastRun, Thresholds
from pipelines.schema import GLOBAL_USER_ID

# By how much the share of scores above the last run's median may differ. Of few records it tells nothing.
_SCORES_CHANGE, _FEWEST_SCORES = 0.20, 100
# The share of identifiers that must be from half as long as the last run's shortest to twice its longest.
_OF_SUCH_LENGTH = 0.9
_MOST_NAMES, _LONGEST_NAME = 5, 40


@dataclass(frozen=True)
class Changes:
    """Figures of a run beside the last one; `names` are those of what a figure counts, by the figure."""

    figures: dict[str, float] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)


def of_records(last_run: LastRun) -> list[gxe.Expectation]:
    """Return what is asked of the records: an export that writes other ids makes every fan a new one."""
    profile = last_run.profile
    if profile is None or profile.shortest is None or profile.longest is None:
        return []
    least, most = profile.shortest // 2, profile.longest * 2
    had = f"{profile.shortest:,}" + f" to {profile.longest:,}" * (profile.longest != profile.shortest)
    return [
        gxe.ExpectColumnValueLengthsToBeBetween(
            column=GLOBAL_USER_ID.name,
            min_value=least,
            max_value=most,
            mostly=_OF_SUCH_LENGTH,
            severity="warning",
            description=(
                f"At least {percent(_OF_SUCH_LENGTH)} of the identifiers have {least:,} to {most:,} "
                f"characters; the last run's had {had}."
            ),
        )
    ]


def of_run(last_run: LastRun, thresholds: Thresholds) -> list[gxe.Expectation]:
    """Return what is asked of the run's figures, as far as the last run is known."""
    asked: list[tuple[str, float, str]] = []
    profile, most = last_run.profile, thresholds.records_change
    if last_run.records:
        told = f"The number of records is within {percent(most)} of the last run's {last_run.records:,}."
        asked.append(("recordsChange", most, told))
    if last_run.verified_share is not None:
        most = thresholds.verified_share_change
        told = f"The verified share is within {most * 100:g} points of the last run's "
        asked.append(("verifiedShareChange", most, f"{told}{last_run.verified_share:.2%}."))
    if last_run.gone_share is not None:
        most = thresholds.gone_share_warning
        told = f"At most {percent(most)} of the last file's fans are missing from this one."
        asked.append(("goneShare", most, told))
    if profile is not None and last_run.records >= _FEWEST_SCORES:
        told = f"The share of fans with a score above {number(profile.median)} is within "
        told += f"{_SCORES_CHANGE * 100:g} points of the last run's {profile.above:.2%}."
        asked.append(("scoresChange", _SCORES_CHANGE, told))
    if profile is not None and profile.markets is not None:
        asked.append(("newMarkets", 0, "No market is new since the last run."))
        asked.append(("vanishedMarkets", 0, "No market of the last run has vanished."))
    found = [at_most(*each) for each in asked]
    if last_run.withdrawn_share is not None:
        told = f"No more than {percent(MOST_WITHDRAWN)} of the campaign's fans are withdrawn."
        found.append(at_most("withdrawnShare", MOST_WITHDRAWN, told, "critical"))
    if last_run.missing_lists is not None:
        told = "Who was in the campaign's earlier files is known, so that all who are out are withdrawn."
        found.append(at_most("missingLists", 0, told, "critical"))
    return found


def changes(records: pl.LazyFrame, last_run: LastRun, rows: int, verified_share: float | None) -> Changes:
    """Return the figures that `of_run` asks about.

    Args:
        records: one row a record, columns as on the wire.
        last_run: what is known of the last run.
        rows: how many records there are.
        verified_share: of the records; None where there are none.
    """
    found, profile = Changes(), last_run.profile
    if last_run.records:
        found.figures["recordsChange"] = abs(rows - last_run.records) / last_run.records
    if last_run.verified_share is not None:
        found.figures["verifiedShareChange"] = abs((verified_share or 0.0) - last_run.verified_share)
    if last_run.gone_share is not None:
        found.figures["goneShare"] = last_run.gone_share
    if last_run.withdrawn_share is not None:
        found.figures["withdrawnShare"] = last_run.withdrawn_share
    if last_run.missing_lists is not None:
        found.figures["missingLists"] = last_run.missing_lists
    if profile is None:
        return found
    higher = records.select(above(pl.lit(profile.median)))
    found.figures["scoresChange"] = abs((higher.collect(engine="streaming").item() or 0.0) - profile.above)
    if profile.markets is not None:
        now = market_names(records).collect(engine="streaming").get_column("name")
        then = pl.Series("name", profile.markets, pl.String())
        for name, markets in (
            ("newMarkets", now.filter(~now.is_in(then.implode()))),
            ("vanishedMarkets", then.filter(~then.is_in(now.implode()))),
        ):
            found.figures[name] = len(markets)
            found.names[name] = _named(markets)
    return found


def _named(markets: pl.Series) -> str:
    named = ", ".join(shown(name, _LONGEST_NAME) for name in markets.head(_MOST_NAMES))
    more = len(markets) - _MOST_NAMES
    return f"{named} and {more:,} more" if more > 0 else named


def percent(share: float) -> str:
    """Return a share of a rule's own, which has no more digits than were given."""
    return f"{share * 100:g}%"


def at_most(figure: str, most: float, description: str, severity: str = "warning") -> gxe.Expectation:
    """Return the rule that a run's figure is no higher than it may be."""
    return gxe.ExpectColumnMaxToBeBetween(
        column=figure, max_value=most, severity=severity, description=description
    )
