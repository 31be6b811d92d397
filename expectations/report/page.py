"""Writes a report, and the list of reports, as self-contained HTML: no request, nothing loaded.

A report has no script. A list has one, which searches and sorts it, and its policy lets no other run.
"""

from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from hashlib import sha256
from inspect import getmembers, isfunction
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template
from markupsafe import Markup

from expectations.report import charts, verdict, wording
from expectations.report.comparison import Step, compared, funnel
from expectations.report.model import Entry, Facts, Outcome
from expectations.report.outcomes import MARKS, TONES
from expectations.report.reasons import NAMES, REASONS, UNKNOWN_REASON
from expectations.report.trend import trends
from expectations.report.what_if import WhatIf, what_if
from pipelines.noticed import BY_NAME, places

_TEMPLATES = Path(__file__).parent / "templates"
_MOST_DRAWN = 12
_MOST_COLUMNS = 20


@dataclass(frozen=True)
class Links:
    """Where a page leads on; None is no link. Places are shown as text too, for those who copy them."""

    data_docs: dict[str, str] = field(default_factory=dict)
    results: str | None = None
    rejects: str | None = None
    runs: str | None = None
    rejects_csv: str | None = None
    rejects_place: str | None = None


def render_report(
    facts: Facts, outcome: Outcome, links: Links | None = None, entries: Sequence[Entry] = ()
) -> str:
    """Return the report of a run as one HTML document.

    Args:
        facts: what was measured.
        outcome: what has become of it.
        links: where the page leads on.
        entries: the campaign's newest runs; what is younger than this one, or of another kind, is left out.
    """
    about = facts.about
    before = [one for one in entries if one.source == about.source and one.run_id <= about.run_id]
    steps, supposed = funnel(facts, outcome), what_if(facts.records)
    return _template("report.html.j2").render(
        facts=facts,
        about=about,
        counts=facts.counts,
        records=facts.records,
        outcome=outcome,
        links=links or Links(),
        headline=verdict.headline(facts, outcome),
        on_sale=verdict.on_sale(facts, outcome),
        name=outcome.name or about.campaign_name,
        funnel=steps,
        changes=compared(facts),
        trends=trends(before),
        what_if=supposed,
        drawn=_charts(facts, steps, supposed) if facts.counts.in_ else {},
        stages=[*facts.stages, *outcome.stages],
        columns=facts.unknown_columns[:_MOST_COLUMNS],
        more_columns=max(0, len(facts.unknown_columns) - _MOST_COLUMNS),
        checks=sorted(facts.rules, key=lambda rule: (rule.success, rule.severity != "critical")),
    )


def render_listing(entries: Sequence[tuple[Entry, str]], title: str, up: str | None = None) -> str:
    """Return the list of runs as one HTML document.

    Args:
        entries: each run and the link to its report, in any order; the newest comes first.
        title: what the runs are of.
        up: a link to a list of more; such a list is of one campaign, and shows its trend.
    """
    newest = sorted(entries, key=lambda entry: entry[0].run_id, reverse=True)
    # A campaign has one name in a list, that of its newest run.
    names = {entry.campaign_id: entry.campaign_name for entry, _ in reversed(newest)}
    script = (_TEMPLATES / "listing.js").read_text(encoding="utf-8")
    digest = f"sha256-{b64encode(sha256(script.encode()).digest()).decode()}"
    return _template("listing.html.j2").render(
        entries=newest,
        names=names,
        title=title,
        up=up,
        trends=trends(entry for entry, _ in newest) if up else [],
        tones=TONES,
        marks=MARKS,
        script=Markup(script),  # noqa: S704 - a file of ours
        digest=digest,
    )


def title_of(entries: Sequence[Entry]) -> str:
    """Return the heading of a campaign's list: the name that its newest run has, and its id."""
    newest = max(entries, key=lambda entry: entry.run_id)
    name = wording.shown(newest.campaign_name)
    return name if name == newest.campaign_id else f"{name} ({newest.campaign_id})"


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= dict(getmembers(wording, isfunction))
    environment.filters |= {
        "by_how_much": verdict.by_how_much,
        "kind": BY_NAME.get,
        # Whole numbers, which the list's script can sort.
        "millionths": lambda part, whole: round((part or 0) / whole * 1e6) if whole else 0,
        "reason": lambda reason: NAMES.get(reason, reason),
        "places": places,
        "meaning": lambda reason: REASONS.get(reason, UNKNOWN_REASON),
    }
    return environment


def _template(name: str) -> Template:
    return _environment().get_template(name)


def _charts(facts: Facts, steps: Sequence[Step], supposed: WhatIf | None) -> dict[str, Markup]:
    """Return the drawings that there is something to draw of."""
    groups, scores, rejects = facts.records.groups, facts.records.scores, facts.rejects
    rows = facts.counts.in_
    way = ", ".join(f"{step.name.lower()} {wording.number(step.count)}" for step in steps)
    drawn = {
        "funnel": charts.bars(
            "chart-funnel",
            "From the file to the counts",
            f"Bars that shrink from rows read to fans: {way}.",
            [
                charts.bar(step.name, step.count, step.colour, f" ({wording.share_of(step.count, rows)})")
                for step in steps
            ],
        )
    }
    if rejects:
        drawn["rejects"] = charts.bars(
            "chart-rejects",
            "Rejected rows by reason",
            f"Bars for the reasons; the most frequent is: {NAMES.get(rejects[0].reason, rejects[0].reason)}.",
            [
                charts.bar(NAMES.get(one.reason, one.reason), one.rows, "bad")
                for one in rejects[:_MOST_DRAWN]
                if one.rows
            ],
        )
    if groups and facts.about.source == "scrubbed":
        drawn["groups"] = charts.by_market(groups[:_MOST_DRAWN], "Verified and rejected fans by market")
    elif groups:
        drawn["groups"] = charts.bars(
            "chart-identifiers",
            "Fans by their identifier",
            "Bars for each kind of identifier.",
            [charts.bar(one.name, one.records, "blue") for one in groups if one.records],
        )
    if scores is not None:
        drawn["scores"] = charts.by_score(scores, "How scores are spread")
    if supposed is not None:
        drawn["what_if"] = charts.by_threshold(supposed, "Verified fans, if a score alone decided")
    return drawn
