"""How many fans would be verified if a score alone decided: from the bins, so exact where a bin begins."""

from dataclasses import dataclass
from itertools import accumulate

from expectations.report.model import RecordFacts, Scores
from expectations.report.wording import many, number


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
        """The overlap, in one sentence."""
        low, high = number(self.lowest_verified), number(self.highest_rejected)
        if self.lowest_verified > self.highest_rejected:
            return (
                f"The flag seems to be set between {high}, the highest rejected score, and {low}, the "
                "lowest verified."
            )
        between = sum(
            one.records
            for one in self.scores.bins
            if one.low <= self.highest_rejected and (one.high is None or one.high >= self.lowest_verified)
        )
        return (
            f"Verified and rejected fans overlap: the lowest verified score is {low}, the highest rejected "
            f"{high}; at most {many(between, 'fan')} lie between."
        )


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
