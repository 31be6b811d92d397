"""The commands of `python -m bench`. No exit code for a missed goal: a machine may be slow or busy."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Annotated, Any

import typer
from rich.console import Console, RenderableType

from bench import cold, shapes, tables
from bench.counting import counting
from bench.files import NoRoomError
from bench.gating import gate_goals, gating
from bench.goals import Goal, Group, prepare_goals, publish_goal
from bench.job import job_goal, whole_job
from bench.profiling import Hot
from bench.profiling import profile as profile_prepare
from bench.publish import Publishing, publishing
from bench.rounds import CONTESTANTS, DUCKDB, FLOOR, PREPARE, side_by_side
from bench.scaling.command import scaling
from bench.session import AsJson, Rounds, Session, Write, session
from bench.upserts import upsert_goals, upserting

app = typer.Typer(help=__doc__, pretty_exceptions_enable=False, add_completion=False)

_MILLION = 1_000_000
_MEGABYTES = (10, 50, 250)
_SIZES = (_MILLION // 10, _MILLION, 10 * _MILLION)


@app.callback(invoke_without_command=True)
def everything(
    context: typer.Context,
    rounds: Rounds = 3,
    most_rows: Annotated[int, typer.Option(min=1, help="The largest file of the growth.")] = _SIZES[-1],
    write: Write = False,
    as_json: AsJson = False,
) -> None:
    """Without a command: Prepare beside the others at 1 M rows, its growth, publishing, and the goals."""
    if context.invoked_subcommand is not None:
        return
    with session(as_json=as_json) as running:
        beside = [side_by_side(CONTESTANTS, _MILLION, rounds, running.files, running.say)]
        growing = _growth(running, [rows for rows in _SIZES if rows <= most_rows], rounds)
        published = publishing(100_000, rounds, running.files, running.say)
        hot = _profile(running, _MILLION)
        groups = beside + growing
        goals = [*prepare_goals(groups), _publish_goal(published)]
        parts: list[RenderableType] = [
            tables.goals_table(goals),
            *(tables.group_table(group) for group in groups),
            *tables.differences(groups),
            tables.growth_table(growing),
            tables.publish_table(published),
            tables.profile_table(hot, _MILLION),
        ]
        running.show(*parts, **_wire(groups, goals), publish=published.wire(), profile=_hot_wire(hot))
        if write:
            running.write("figures", *parts)


@app.command()
def prepare(
    rows: Annotated[int, typer.Option(min=200, help="Rows of the file.")] = _MILLION,
    rounds: Rounds = 3,
    as_json: AsJson = False,
) -> None:
    """Prepare beside the floor, DuckDB, pandas and a row loop; the slow ones on a smaller file if need be."""
    with session(as_json=as_json) as running:
        # Each contestant stands in the group of the largest file that it is given, beside Prepare.
        sizes = {c: min(rows, c.most_rows or rows) for c in CONTESTANTS if c != PREPARE}
        groups = [
            side_by_side(
                [PREPARE, *(c for c in sizes if sizes[c] == size)], size, rounds, running.files, running.say
            )
            for size in sorted(set(sizes.values()))
        ]
        goals = prepare_goals(groups)
        running.show(
            *(tables.group_table(group) for group in groups),
            *tables.differences(groups),
            tables.goals_table(goals),
            **_wire(groups, goals),
        )


@app.command()
def growth(
    most_rows: Annotated[int, typer.Option(min=200, help="The largest file.")] = _SIZES[-1],
    rounds: Rounds = 3,
    as_json: AsJson = False,
) -> None:
    """Prepare from 100 thousand to 10 million rows, time and memory, with the floor and DuckDB beside it."""
    with session(as_json=as_json) as running:
        groups = _growth(running, [rows for rows in _SIZES if rows < most_rows] + [most_rows], rounds)
        goals = prepare_goals(groups)
        running.show(
            *(tables.group_table(group) for group in groups),
            tables.growth_table(groups),
            *tables.differences(groups),
            tables.goals_table(goals),
            **_wire(groups, goals),
        )


@app.command()
def gate(
    rows: Annotated[int, typer.Option(min=200, help="Rows of the file.")] = _MILLION,
    rounds: Rounds = 3,
    write: Write = False,
    as_json: AsJson = False,
) -> None:
    """The quality gate beside Prepare, and up to 1 M rows beside Great Expectations' pandas engine."""
    with session(as_json=as_json) as running:
        found = gating(rows, rounds, running.files, running.say)
        goals = gate_goals(found)
        parts: list[RenderableType] = [
            tables.group_table(found.results),
            *found.differences,
            tables.goals_table(goals),
        ]
        running.show(*parts, gate=found.wire(), goals=[goal.wire() for goal in goals])
        if write:
            running.write("gate", *parts)


@app.command("shapes")
def odd_shapes(
    megabytes: Annotated[list[int] | None, typer.Option("--mb", help="Sizes of the files.")] = None,
    write: Write = False,
    as_json: AsJson = False,
) -> None:
    """Prepare and the gate over files of odd shapes, beside a plain one of the same size."""
    with session(as_json=as_json) as running:
        found = [
            shapes.measure(size * _MILLION, running.files, running.say) for size in megabytes or _MEGABYTES
        ]
        parts = [tables.shapes_table(one) for one in found]
        running.show(*parts, shapes=[asdict(one) for of_size in found for one in of_size])
        if write:
            running.write("shapes", *parts)


@app.command()
def publish(
    records: Annotated[int, typer.Option(min=1, help="Records, rounded up to whole partitions.")] = 100_000,
    rounds: Rounds = 5,
    as_json: AsJson = False,
) -> None:
    """Publishing partitions beside sending ready-made bytes, against an endpoint that does nothing."""
    with session(as_json=as_json) as running:
        result = publishing(records, rounds, running.files, running.say)
        goal = _publish_goal(result)
        running.show(
            tables.publish_table(result),
            tables.goals_table([goal]),
            publish=result.wire(),
            goals=[goal.wire()],
        )


@app.command()
def job(
    rows: Annotated[int, typer.Option(min=200, help="Rows of the file.")] = 20_000,
    beside: Annotated[
        bool, typer.Option("--one-by-one", help="Then once more with one-by-one writes, to compare.")
    ] = False,
    write: Write = False,
    as_json: AsJson = False,
) -> None:
    """The whole job on the embedded AWS, by stage."""
    with session(as_json=as_json) as running:
        stages = whole_job(rows, running.files, running.say)
        slower = whole_job(rows, running.files, running.say, one_by_one=True) if beside else None
        goals = [] if slower is None else [job_goal(stages, slower)]
        parts = [tables.stages_table(stages, slower), *([tables.goals_table(goals)] if goals else [])]
        running.show(
            *parts,
            job=stages.wire(),
            oneByOne=slower and slower.wire(),
            goals=[goal.wire() for goal in goals],
        )
        if write:
            running.write("job", *parts)


@app.command()
def upserts(
    records: Annotated[int, typer.Option(min=1, help="Records a run.")] = 10_000,
    rounds: Rounds = 3,
    write: Write = False,
    as_json: AsJson = False,
) -> None:
    """The merge writer beside one-by-one writes, threads of them, and boto3's batch_writer."""
    with session(as_json=as_json) as running:
        found = upserting(records, rounds, running.say)
        goals = upsert_goals(found)
        parts = [tables.goals_table(goals), *(tables.upserts_table(one) for one in found)]
        running.show(*parts, upserts=[one.wire() for one in found], goals=[goal.wire() for goal in goals])
        if write:
            running.write("upserts", *parts)


@app.command("counting")
def count(
    records: Annotated[int, typer.Option(min=1, help="Records of the table's stream.")] = 50_000,
    rounds: Rounds = 3,
    write: Write = False,
    as_json: AsJson = False,
) -> None:
    """Stream records counted per second, with their audit lines."""
    with session(as_json=as_json) as running:
        found = counting(records, rounds, running.say)
        running.show(tables.counting_table(found), counting=[one.wire() for one in found])
        if write:
            running.write("counting", tables.counting_table(found))


@app.command(name="cold")
def cold_starts(
    rounds: Rounds = 5,
    image: Annotated[
        bool, typer.Option(help="The image's steps, too; installing them takes minutes.")
    ] = True,
    write: Write = False,
    as_json: AsJson = False,
) -> None:
    """What a cold start imports: the workers' zips and the image's steps, beside boto3 alone."""
    with session(as_json=as_json) as running, running.files.empty_folder() as folder:
        (folder / "image").mkdir()
        found = [cold.workers(folder, rounds, running.say)]
        found += [cold.steps(folder / "image", rounds, running.say)] if image else []
        parts = [tables.cold_table(one) for one in found]
        running.show(*parts, cold=[one.wire() for one in found])
        if write:
            running.write("cold", *parts)


@app.command()
def profile(
    rows: Annotated[int, typer.Option(min=200, help="Rows of the file.")] = _MILLION,
    as_json: AsJson = False,
) -> None:
    """Where Prepare's CPU time goes, by function."""
    with session(as_json=as_json) as running:
        hot = _profile(running, rows)
        running.show(tables.profile_table(hot, rows), profile=_hot_wire(hot))


app.command()(scaling)


def _profile(running: Session, rows: int) -> list[Hot]:
    running.say(f"Prepare under the profiler, {rows:,} rows")
    with running.files.empty_folder() as folder:
        return profile_prepare(running.files.sample(rows), folder)


def _hot_wire(hot: Sequence[Hot]) -> list[dict[str, Any]]:
    return [vars(entry) for entry in hot]


def _growth(running: Session, sizes: list[int], rounds: int) -> list[Group]:
    """Group after group, the larger sizes left out, with a word, where the disk cannot hold them."""
    groups: list[Group] = []
    for rows in sizes:
        try:
            groups.append(side_by_side((PREPARE, FLOOR, DUCKDB), rows, rounds, running.files, running.say))
        except NoRoomError as error:
            Console(stderr=True).print(f"Left out: {error}", markup=False, soft_wrap=True)
            break
    return groups


def _publish_goal(result: Publishing) -> Goal:
    return publish_goal(result.records / result.published.seconds, result.records / result.ready.seconds)


def _wire(groups: Sequence[Group], goals: list[Goal]) -> dict[str, Any]:
    return {
        "groups": [[results.wire() for results in group] for group in groups],
        "differences": tables.differences(groups),
        "goals": [goal.wire() for goal in goals],
    }
