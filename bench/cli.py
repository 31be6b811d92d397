"""The commands of `python -m bench`. No exit code for a missed goal: a machine may be slow or busy."""

import json
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Annotated, Any

import typer
from rich.console import Console, RenderableType

from bench import tables
from bench.files import Files, NoRoomError, files
from bench.goals import Goal, Group, prepare_goals, publish_goal
from bench.job import whole_job
from bench.machine import Machine
from bench.profiling import Hot
from bench.profiling import profile as profile_prepare
from bench.publish import Publishing, publishing
from bench.report import NoMarksError, write_figures
from bench.rounds import CONTESTANTS, DUCKDB, FLOOR, PREPARE, ROOT, ContestantError, side_by_side
from local.deploy import DeploymentError
from local.embedded import EmbeddedAwsError
from local.job import JobError

app = typer.Typer(help=__doc__, pretty_exceptions_enable=False, add_completion=False)

_MILLION = 1_000_000
_SIZES = (_MILLION // 10, _MILLION, 10 * _MILLION)
_FAILURES = (ContestantError, NoRoomError, NoMarksError, JobError, EmbeddedAwsError, DeploymentError)

Say = Callable[[str], None]
Rounds = Annotated[int, typer.Option(min=1, help="Runs of each contestant; the median counts.")]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON object on stdout.")]
Write = Annotated[bool, typer.Option("--write", help="Put the figures into docs/performance.md too.")]

_PAGE = ROOT / "docs" / "performance.md"


class _Session:
    """One command's files, messages and result."""

    def __init__(self, files: Files, console: Console, say: Say, machine: Machine, *, as_json: bool) -> None:
        self.files = files
        self.say = say
        self._console = console
        self._machine = machine
        self._as_json = as_json

    def write(self, section: str, *parts: RenderableType) -> None:
        """Puts tables into the page on performance."""
        write_figures(_PAGE, section, self._machine.line(), parts)

    def show(self, *parts: RenderableType, **wire: Any) -> None:
        """Prints tables for a person, or the figures as JSON."""
        if self._as_json:
            sys.stdout.write(json.dumps({"machine": self._machine.wire(), **wire}) + "\n")
            return
        self._console.print(self._machine.line(), style="dim", soft_wrap=True)
        for part in parts:
            self._console.print()
            self._console.print(part)


@contextmanager
def _session(*, as_json: bool) -> Iterator[_Session]:
    console = Console(stderr=as_json)
    if not console.is_terminal:
        # In a pipe or a log nobody is there to widen the window.
        console = Console(stderr=as_json, width=150)
    machine = Machine.look()
    progress = Console(stderr=True)
    said = ""
    try:
        with files() as made, progress.status("Starting") as status:

            def say(text: str) -> None:
                nonlocal said
                status.update(text)
                if text != said and not progress.is_terminal:
                    progress.print(text, style="dim", soft_wrap=True)
                said = text

            session = _Session(made, console, say, machine, as_json=as_json)
            yield session
    except _FAILURES as error:
        Console(stderr=True).print(str(error), style="red", markup=False, soft_wrap=True)
        raise typer.Exit(1) from None


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
    with _session(as_json=as_json) as session:
        beside = [side_by_side(CONTESTANTS, _MILLION, rounds, session.files, session.say)]
        growing = _growth(session, [rows for rows in _SIZES if rows <= most_rows], rounds)
        published = publishing(100_000, rounds, session.files, session.say)
        hot = _profile(session, _MILLION)
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
        session.show(*parts, **_wire(groups, goals), publish=published.wire(), profile=_hot_wire(hot))
        if write:
            session.write("figures", *parts)


@app.command()
def prepare(
    rows: Annotated[int, typer.Option(min=200, help="Rows of the file.")] = _MILLION,
    rounds: Rounds = 3,
    as_json: AsJson = False,
) -> None:
    """Prepare beside the floor, DuckDB, pandas and a row loop; the slow ones on a smaller file if need be."""
    with _session(as_json=as_json) as session:
        # Each contestant stands in the group of the largest file that it is given, beside Prepare.
        sizes = {c: min(rows, c.most_rows or rows) for c in CONTESTANTS if c != PREPARE}
        groups = [
            side_by_side(
                [PREPARE, *(c for c in sizes if sizes[c] == size)], size, rounds, session.files, session.say
            )
            for size in sorted(set(sizes.values()))
        ]
        goals = prepare_goals(groups)
        session.show(
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
    with _session(as_json=as_json) as session:
        groups = _growth(session, [rows for rows in _SIZES if rows < most_rows] + [most_rows], rounds)
        goals = prepare_goals(groups)
        session.show(
            *(tables.group_table(group) for group in groups),
            tables.growth_table(groups),
            *tables.differences(groups),
            tables.goals_table(goals),
            **_wire(groups, goals),
        )


@app.command()
def publish(
    records: Annotated[int, typer.Option(min=1, help="Records, rounded up to whole partitions.")] = 100_000,
    rounds: Rounds = 5,
    as_json: AsJson = False,
) -> None:
    """Publishing partitions beside sending ready-made bytes, against an endpoint that does nothing."""
    with _session(as_json=as_json) as session:
        result = publishing(records, rounds, session.files, session.say)
        goal = _publish_goal(result)
        session.show(
            tables.publish_table(result),
            tables.goals_table([goal]),
            publish=result.wire(),
            goals=[goal.wire()],
        )


@app.command()
def job(
    rows: Annotated[int, typer.Option(min=200, help="Rows of the file.")] = 20_000,
    write: Write = False,
    as_json: AsJson = False,
) -> None:
    """The whole job on the embedded AWS, by stage."""
    with _session(as_json=as_json) as session:
        stages = whole_job(rows, session.files, session.say)
        session.show(tables.stages_table(stages), job=stages.wire())
        if write:
            session.write("job", tables.stages_table(stages))


@app.command()
def profile(
    rows: Annotated[int, typer.Option(min=200, help="Rows of the file.")] = _MILLION,
    as_json: AsJson = False,
) -> None:
    """Where Prepare's CPU time goes, by function."""
    with _session(as_json=as_json) as session:
        hot = _profile(session, rows)
        session.show(tables.profile_table(hot, rows), profile=_hot_wire(hot))


def _profile(session: _Session, rows: int) -> list[Hot]:
    session.say(f"Prepare under the profiler, {rows:,} rows")
    with session.files.empty_folder() as folder:
        return profile_prepare(session.files.sample(rows), folder)


def _hot_wire(hot: Sequence[Hot]) -> list[dict[str, Any]]:
    return [vars(entry) for entry in hot]


def _growth(session: _Session, sizes: list[int], rounds: int) -> list[Group]:
    """Group after group, the larger sizes left out, with a word, where the disk cannot hold them."""
    groups: list[Group] = []
    for rows in sizes:
        try:
            groups.append(side_by_side((PREPARE, FLOOR, DUCKDB), rows, rounds, session.files, session.say))
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
