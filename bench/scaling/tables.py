"""The model's answers as tables for a person, and for docs/scaling.md."""

import math
from collections.abc import Sequence
from dataclasses import fields

from rich.table import Table

from bench.scaling import ours
from bench.scaling.cost import costs, kinesis
from bench.scaling.figures import Figure, Inputs
from bench.scaling.plans import PLANS, SIZES, model
from bench.scaling.risks import DISK_A_BYTE, risks, room
from bench.scaling.sample import weights
from bench.scaling.simulation import STATIONS, Simulated, binding
from bench.scaling.speeds import speeds
from bench.scaling.stations import Settings
from bench.scaling.throttling import throttled

_CHILDREN = (10, 20, 40, 80, 120, 160, 200, 300)
_TABLE_SHARDS = (4, 10, 20, 30, 40, 80)
_RATES = (4_000, 20_000, 40_000)


def table(title: str, *columns: str, first: str = "") -> Table:
    """An empty table whose further columns are numbers."""
    made = Table(title=title, title_justify="left", title_style="bold")
    made.add_column(first)
    for column in columns:
        made.add_column(column, justify="right")
    return made


def clock(seconds: float) -> str:
    """A time as somebody would say it: 42 s, 9.7 min, 2.1 h."""
    if seconds < 100:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.1f} min" if seconds < 6000 else f"{seconds / 3600:.1f} h"


def describe(settings: Settings) -> str:
    """The settings in words."""
    stream = f"{settings.shards} shards" if settings.shards else "on-demand stream"
    warm = f"table warmed to {settings.warm_writes:,}" if settings.warm_writes else "new table"
    return f"{stream}, {warm}, MapConcurrency {settings.map_concurrency}"


def plans_table() -> Table:
    """What the plans set."""
    made = table("Plans", "ScoresStreamShards", "warm write units/s", "MapConcurrency", first="plan")
    for name, plan in PLANS.items():
        stream = f"{plan.shards}" if plan.shards else "0, on-demand"
        made.add_row(
            name, stream, f"{plan.warm_writes:,}" if plan.warm_writes else "-", f"{plan.map_concurrency}"
        )
    return made


def runs_table(runs: Sequence[tuple[str, Simulated]]) -> Table:
    """How long and how much, a line a run."""
    made = table("How long, how much", "fans", "to Slack", "entries sent", "cost", "what binds", first="plan")
    for name, run in runs:
        station, limit = run.bottleneck
        entries = run.before + run.flow["entries"].ended
        dollars = f"${sum(costs(run).values()):,.2f}"
        made.add_row(
            name, f"{run.fans:,}", clock(run.verdict), clock(entries), dollars, f"{station}: {limit}"
        )
    return made


def stages_table(runs: Sequence[tuple[str, Simulated]]) -> Table:
    """Since the upload, when each stage was over."""
    columns = ("Prepare", "CheckQuality", "published", "upserted", "counted", "Finish", "Slack")
    made = table("Seconds since the upload, at a stage's end", "fans", *columns, first="plan")
    for name, run in runs:
        ends = [run.prepare, run.prepare + run.quality, run.published]
        ends += [run.before + run.flow["upsert"].ended, run.counted, run.finish, run.verdict]
        made.add_row(name, f"{run.fans:,}", *(f"{end:,.0f}" for end in ends))
    return made


def limits_table(runs: Sequence[tuple[str, Simulated]]) -> Table:
    """What each station's limits are at the end of a run, in records a second, the lowest marked."""
    made = table("Limits at the end of a run, thousand records/s", *(name for name, _ in runs), first="limit")
    ends = []
    for _, run in runs:
        shards = run.shards_at_end
        found = zip(
            STATIONS,
            (
                run.stations.publish(shards),
                run.stations.upsert(shards, run.writes),
                run.stations.count(run.writes),
                run.stations.entries(shards),
            ),
            strict=True,
        )
        ends.append(dict(found))
    for station in STATIONS:
        for limit in ends[0][station]:
            cells = [
                f"{end[station][limit] / 1e3:,.1f}{' <' if binding(end[station]) == limit else ''}"
                for end in ends
            ]
            made.add_row(f"{station}: {limit}", *cells)
    return made


def costs_table(runs: Sequence[tuple[str, Simulated]]) -> Table:
    """Dollars by service."""
    found = [(name, run, costs(run)) for name, run in runs]
    made = table("Cost of a run, $", "fans", *found[0][2], "sum", first="plan")
    for name, run, dollars in found:
        cells = [f"{value:,.2f}" for value in (*dollars.values(), sum(dollars.values()))]
        made.add_row(name, f"{run.fans:,}", *cells)
    return made


def throttling_table(inputs: Inputs) -> Table:
    """How many children of the Map a stream stands, before its writers give records up."""
    made = table("Writers before a full stream", "used of the shards", "records put aside", first="children")
    shards = int(inputs.on_demand_shards)
    for children in _CHILDREN:
        found = throttled(children, shards, float(inputs.shard_records), float(inputs.put_seconds))
        name = f"{children} on {shards} shards, {children / shards:g} a shard"
        made.add_row(name, f"{min(found.used, 1):.0%}", f"{found.given_up:.2%}")
    return made


def conflicts_table(inputs: Inputs) -> Table:
    """Shards of the table's stream that contend for a campaign's counts."""
    title = f"One item of counts, held {float(inputs.transaction_seconds) * 1e3:.0f} ms a transaction"
    made = table(title, "attempts a commit", "batches that come again", "records/s at most", first="shards")
    stations = model(0, Settings(), inputs).stations
    for shards in _TABLE_SHARDS:
        found = stations.conflicts(shards, 1.0)
        most = stations.count(shards * inputs.partition_writes)["one item of counts"]
        made.add_row(f"{shards}", f"{found.attempts:.1f}", f"{found.given_up:.1%}", f"{most:,.0f}")
    return made


def aggregation_table(inputs: Inputs) -> Table:
    """What putting many records into one would save, at 10 M fans."""
    made = table(
        "Aggregated records, 10 M fans", "shards", "aggregated", "Kinesis, $", "aggregated", first="records/s"
    )
    fans, size = SIZES[-1], weights().wire
    together = int(25 * 1024 / size)
    for rate in _RATES:
        plain = math.ceil(max(rate / inputs.shard_records, rate * size / inputs.shard_bytes))
        packed = math.ceil(rate * size / inputs.shard_bytes)
        dollars = [
            kinesis(fans, size, Settings(shards=plain), inputs),
            kinesis(fans / together, size * together, Settings(shards=packed), inputs),
        ]
        made.add_row(f"{rate:,}", f"{plain}", f"{packed}", *(f"{value:.2f}" for value in dollars))
    dollars = [
        kinesis(fans, size, Settings(), inputs),
        kinesis(fans / together, size * together, Settings(), inputs),
    ]
    made.add_row("on-demand", "", "", *(f"{value:.2f}" for value in dollars))
    return made


def room_table() -> Table:
    """How far one Prepare function goes."""
    made = table("One Prepare function", "M rows at most", first="what ends")
    found, function = room(model(0, Settings())), ours.function("PrepareFunction")
    made.add_row(f"scratch disk, {function.disk:,} MB", f"{found.disk / 1e6:,.0f}")
    made.add_row(f"time, {function.timeout} s", f"{found.seconds / 1e6:,.0f}")
    made.add_row(f"memory, {function.memory:,} MB", f"{found.memory / 1e6:,.0f}")
    return made


def inputs_table(inputs: Inputs) -> Table:
    """Every figure that is not ours, with its source."""
    made = Table(title="Quotas, prices, assumptions", title_justify="left", title_style="bold")
    for column in ("name", "value", "unit", "source", "basis"):
        made.add_column(column, justify="right" if column == "value" else "left")
    for field in fields(inputs):
        figure: Figure = getattr(inputs, field.name)
        made.add_row(field.name, f"{float(figure):.10g}", figure.unit, figure.source, figure.basis.value)
    return made


def measured_table() -> Table:
    """Every figure that was measured."""
    made = table("Measured", "value", "unit", first="what")
    weighed, fast = weights(), speeds()
    for what, value, unit in (
        ("a row of the file", weighed.row, "B"),
        ("rows a record", weighed.rows, ""),
        ("a record on scoresStream, with its key", weighed.wire, "B"),
        ("a fan's item", weighed.item, "B"),
        ("the largest of them", weighed.largest_item, "B"),
        ("an audit line", weighed.audit_line, "B"),
        ("records that go to the Entry Service", weighed.top_ranked * 100, "%"),
        ("Prepare's scratch disk, of the file", DISK_A_BYTE * 100, "%"),
        ("Prepare, two cores", fast.prepare * 1e6, "s / M rows"),
        ("CheckQuality", fast.gate * 1e6, "CPU s / M records"),
        ("publishing", fast.publish * 1e6, "CPU s / M records"),
        ("reading a stream record", fast.parse * 1e6, "CPU s / M records"),
        ("upserting", fast.upsert * 1e6, "CPU s / M records"),
        ("counting", fast.count * 1e6, "CPU s / M records"),
    ):
        made.add_row(what, f"{value:,.2f}", unit)
    return made


def risks_of(runs: Sequence[tuple[str, Simulated]]) -> list[str]:
    """Risks, each with the runs it is of."""
    return [f"{name}, {run.fans:,} fans: {risk}" for name, run in runs for risk in risks(run)]


def planned(inputs: Inputs | None = None) -> list[tuple[str, Simulated]]:
    """Every plan at every size."""
    return [(name, model(fans, plan, inputs)) for name, plan in PLANS.items() for fans in SIZES]
