"""Figures and names as a person reads them. Everything from a file goes through `shown`."""

import re
import unicodedata
from collections.abc import Sequence
from datetime import datetime

_LONGEST = 80
# Controls, and the marks that turn the direction of what follows them.
_UNSHOWN = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
_MINUTE, _HOUR = 60, 3600


def shown(text: str, longest: int = _LONGEST) -> str:
    """Return a name from a file as it can stand in a page or a drawing: one line, no controls, not too long.

    One with nothing to show is a dash, so that there is something in its place.
    """
    # A joiner holds scripts and emoji together; it is the only such mark that a name needs.
    marked = "".join(
        " " if c in "\t\r\n" else c if c == "\u200d" or unicodedata.category(c) not in _UNSHOWN else "\ufffd"
        for c in text[: longest * 4]
    )
    line = re.sub(r"\s+", " ", marked).strip()
    if len(line) > longest:
        line = line[: longest - 1].rstrip() + "\u2026"
    return line or "\u2013"


def number(count: float) -> str:
    """Return a count with separators; a figure that is none with at most two decimals."""
    if isinstance(count, float) and not count.is_integer():
        return f"{count:,.2f}".rstrip("0").rstrip(".") if abs(count) >= 0.01 else f"{count:.2g}"
    return f"{int(count):,}"


def brief(count: float) -> str:
    """Return a count as it fits beside an axis: `9,500`, `20k`, `1.5M`."""
    for unit, name in ((1e6, "M"), (1e3, "k")):
        if count >= max(unit, 1e4):
            return f"{count / unit:.4g}{name}"
    return number(count)


def many(count: int, noun: str) -> str:
    """Return a count with its noun, plural where it is not one."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def rows_at(rows: Sequence[int], lines: Sequence[int], more: str = "") -> str:
    """Return numbers of rows and of the lines where they begin: `rows 3, 17 (lines 4, 18)`.

    `more` stands behind both where there are more of them. Without separators, as they stand in the rejects;
    facts of long ago have no lines.
    """
    one = len(rows) == 1 and not more
    named = [
        f"{noun if one else noun + 's'} {', '.join(map(str, numbers))}{more}"
        for noun, numbers in (("row", rows), ("line", lines))
        if numbers
    ]
    return named[0] + (f" ({named[1]})" if len(named) > 1 else "")


def fans_gone(count: int) -> str:
    """Say how many fans of the last file are not in this one, and what becomes of them."""
    verb = "is" if count == 1 else "are"
    return f"{many(count, 'fan')} of the last file {verb} not in this one; they keep their state"


def fans_withdrawn(count: int) -> str:
    """Say how many fans of earlier files are not in this one, which replaces them."""
    verb = "is" if count == 1 else "are"
    return f"{many(count, 'fan')} of earlier files {verb} not in this one; it withdraws them"


def percent(share: float) -> str:
    """Return a share with one decimal; only nothing reads as 0.0 %, and only all as 100."""
    if 0 < share < 0.0005:
        return "< 0.1\u00a0%"
    if 0.9995 <= share < 1:
        return "> 99.9\u00a0%"
    return f"{share * 100:.1f}\u00a0%"


def ordinal(place: int) -> str:
    """Return a zero-based place as people count: 1st, 2nd, 3rd."""
    count = place + 1
    ending = "th" if 10 < count % 100 < 14 else {1: "st", 2: "nd", 3: "rd"}.get(count % 10, "th")
    return f"{count}{ending}"


def is_share(column: str | None) -> bool:
    """Whether what is measured of a column is a share, which its name says: `validShare`, `verified`."""
    return column is not None and (column == "verified" or column.endswith(("Share", "Change")))


def share_of(part: int | None, whole: int) -> str:
    """Return a part as a share of the whole; a dash where there is none."""
    return percent(part / whole) if part is not None and whole else "\u2013"


def signed(change: float) -> str:
    """Return a change with its sign, a real minus for less; a change that is none says so."""
    if not change:
        return "no change"
    return sign(change) + number(abs(change))


def sign(change: float) -> str:
    """Plus, or a real minus."""
    return "+" if change > 0 else "\u2212"


def seconds(length: float) -> str:
    """Return a length of time in the unit that fits."""
    if length < 1:
        return f"{length:.2f}\u00a0s"
    if length < _MINUTE:
        return f"{length:.1f}\u00a0s"
    if length < _HOUR:
        return f"{int(length // 60)}\u00a0min {int(length % 60)}\u00a0s"
    return f"{int(length // 3600)}\u00a0h {int(length % 3600 // 60)}\u00a0min"


def moment(iso: str | None) -> str:
    """Return a time of the contract as `13 Feb 2026, 10:00:00 UTC`; what is none stays as it is."""
    return _when(iso, "%b %Y, %H:%M:%S UTC", _LONGEST) if iso else "\u2013"


def day(iso: str) -> str:
    """Return the day of a time of the contract as `13 Feb`; what is none stays as it is."""
    return _when(iso, "%b", 10)


def _when(iso: str, layout: str, longest: int) -> str:
    try:
        when = datetime.fromisoformat(iso)
    except ValueError:
        return shown(iso, longest)
    return f"{when.day} {when:{layout}}"


def sentence(text: str) -> str:
    """Return a text with a capital at its beginning and a full stop at its end; empty for none."""
    line = text.strip()
    line = line[:1].upper() + line[1:]
    return line if not line or line.endswith((".", "!", "?")) else line + "."
