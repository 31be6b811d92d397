"""How many fans would be verified if a score alone decided: from the bins, exact where one begins."""

from dataclasses import dataclass
from itertools import accumulate

from expectations.report.model import Bin, RecordFacts, Scores
from expectations.report.wording import many, number, percent


@dataclass(frozen=True)
class WhatIf:
    """What the flag would be at each score where a bin begins.

    Attributes:
        scores: how they are spread.
        lowest_verified: the lowest score of a verified fan.
        highest_rejected: the highest score of a rejected one.
        verified: fans that are verified now.
        above: for each bin, the fans with a score from where it begins.
    """

    scores: Scores
    lowest_verified: float
    highest_rejected: float
    verified: int
    above: list[int]

    @property
    def said(self) -> str:
        """Where verified and rejected fans part, or overlap, in a sentence or two."""
        low, high, part = self.scores.most_verified, self.scores.most_rejected, "99\u00a0% of the"
        if low is None or high is None or self.lowest_verified > self.highest_rejected:
            low, high, part = self.lowest_verified, self.highest_rejected, "all"
        ends = (
            f"{part} verified fans have a score of {number(low)} or more, {part} rejected fans one of "
            f"{number(high)} or less"
        )
        if low > high:
            return f"The flag seems to be set between {number(high)} and {number(low)}: {ends}."
        fans = round(sum(one.records * self._part(one, low, high) for one in self.scores.bins))
        share = percent(fans / self.above[0])
        return (
            f"Verified and rejected fans overlap: {ends}. About {many(fans, 'fan')} ({share}) are in between."
        )

    def _part(self, one: Bin, low: float, high: float) -> float:
        """Return how much of a bin lies between two scores, as if its fans were spread evenly."""
        end = max(self.scores.highest, one.low) if one.high is None else one.high
        width = end - one.low
        return max(min(high, end) - max(low, one.low), 0) / width if width else float(low <= one.low <= high)


def what_if(records: RecordFacts) -> WhatIf | None:
    """Return it, or None where not both verified and rejected fans are known."""
    scores, verified = records.scores, records.verified
    if scores is None or verified is None:
        return None
    lowest, highest = scores.lowest_verified, scores.highest_rejected
    if lowest is None or highest is None:
        return None
    above = list(accumulate(one.records for one in reversed(scores.bins)))[::-1]
    return WhatIf(scores, lowest, highest, verified, above)
