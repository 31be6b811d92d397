import io
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from rich.console import Console

from local.terminal.view import STATES, LiveView, PlainView, Status, View, open_view

RUN = "campaign-123 · taylor-swift"


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def plain(width: int = 80, *, forced: bool = False) -> tuple[PlainView, io.StringIO, Clock]:
    file, clock = io.StringIO(), Clock()
    return PlainView(Console(file=file, width=width, force_terminal=forced), clock), file, clock


@contextmanager
def live(width: int) -> Iterator[tuple[LiveView, io.StringIO]]:
    file = io.StringIO()
    view = LiveView(Console(file=file, width=width, height=30, force_terminal=True))
    try:
        yield view, file
    finally:
        view.close()


def picture(view: LiveView, width: int) -> list[str]:
    console = Console(file=io.StringIO(), width=width, record=True)
    console.print(view.picture())
    return console.export_text().splitlines()


def play(view: View) -> None:
    """A job up to the middle of publishing."""
    view.note("Starting the embedded AWS")
    view.deployed("vf", "http://127.0.0.1:4566", 2.12)
    for state in STATES[:3]:
        for status in ("running", "done"):
            view.state(RUN, state, status)
    view.state(RUN, "FanOut", "running")
    view.progress(RUN, "published", 15_000, 20_000)
    view.progress(RUN, "upserted", 5_000, 20_000)
    view.progress(RUN, "counted", 0, 20_000)


class TestPlainView:
    def test_a_line_for_each_change(self) -> None:
        view, file, clock = plain()
        view.note("Starting")
        clock.now += 2.06
        view.deployed("vf", "http://127.0.0.1:4566", 2.06)
        clock.now += 60
        view.state(RUN, "Resolve", "running")
        view.state(RUN, "Resolve", "running")
        view.state(RUN, "Resolve", "failed")
        view.close()
        assert file.getvalue().splitlines() == [
            "[00:00.0] Starting",
            "[00:02.1] deployed vf to http://127.0.0.1:4566 in 2.1 s",
            f"[01:02.1] {RUN}: Resolve running",
            f"[01:02.1] {RUN}: Resolve failed",
        ]

    def test_a_note_is_said_again_only_after_another(self) -> None:
        view, file, _ = plain()
        for text in ("Waiting", "Waiting", "Done", "Waiting"):
            view.note(text)
        assert [line.split()[-1] for line in file.getvalue().splitlines()] == ["Waiting", "Done", "Waiting"]

    def test_choices_and_ends_are_no_news_unless_the_run_fails_there(self) -> None:
        view, file, _ = plain()
        view.state(RUN, "IsItFitToPublish", "running")
        view.state(RUN, "IsItFitToPublish", "done")
        view.state(RUN, "ReportQuarantine", "done")
        view.state(RUN, "Quarantined", "running")
        view.state(RUN, "Quarantined", "failed")
        said = [line.split(": ")[1] for line in file.getvalue().splitlines()]
        assert said == ["ReportQuarantine done", "Quarantined failed"]

    def test_two_runs_do_not_hide_each_other(self) -> None:
        view, file, _ = plain()
        view.state("one", "Resolve", "done")
        view.state("other", "Resolve", "done")
        assert len(file.getvalue().splitlines()) == 2

    def test_progress_is_said_now_and_then_and_at_the_end(self) -> None:
        view, file, clock = plain()
        for second in range(101):
            view.progress(RUN, "counted", second * 100, 10_000)
            clock.now += 0.25
        lines = [line.partition(": ")[2] for line in file.getvalue().splitlines()]
        assert 3 <= len(lines) <= 11
        assert lines[-1] == "counted 10,000 of 10,000 (100 %)"
        assert len(set(lines)) == len(lines)

    def test_slow_progress_is_said_every_five_seconds(self) -> None:
        view, file, clock = plain()
        for done in range(20):
            view.progress(RUN, "counted", done, 1_000_000)
            clock.now += 1
        assert [line.split()[-5] for line in file.getvalue().splitlines()] == ["5", "10", "15"]

    def test_what_stands_still_is_not_said_again(self) -> None:
        view, file, clock = plain()
        for _ in range(100):
            view.progress(RUN, "published", 20, 20)
            clock.now += 1
        assert file.getvalue().splitlines() == [f"[00:00.0] {RUN}: published 20 of 20 (100 %)"]

    def test_nothing_of_nothing_is_all(self) -> None:
        view, file, _ = plain()
        view.progress(RUN, "upserted", 0, 0)
        assert file.getvalue().splitlines() == [f"[00:00.0] {RUN}: upserted 0"]

    def test_nearly_all_is_not_all(self) -> None:
        view, file, clock = plain()
        view.progress(RUN, "counted", 1, 20_000)
        clock.now += 6
        view.progress(RUN, "counted", 19_999, 20_000)
        assert file.getvalue().endswith("counted 19,999 of 20,000 (99 %)\n")

    @pytest.mark.parametrize("forced", [False, True])
    def test_no_control_codes_no_markup_no_wrapping(self, forced: bool) -> None:
        view, file, _ = plain(width=20, forced=forced)
        play(view)
        view.note("[bold]a/key/with[0]/brackets that is a good deal longer than the console is wide[/]")
        view.close()
        assert "\x1b" not in file.getvalue()
        assert "\r" not in file.getvalue()
        assert file.getvalue().endswith(
            "[bold]a/key/with[0]/brackets that is a good deal longer than the console is wide[/]\n"
        )


class TestWhichView:
    @pytest.mark.parametrize("forced", [False, True])
    def test_plain_lines_where_nobody_watches(self, forced: bool) -> None:
        view = open_view(Console(file=io.StringIO(), force_terminal=forced))
        assert isinstance(view, PlainView)

    @pytest.mark.parametrize(("terminal", "expected"), [("xterm", LiveView), ("dumb", PlainView)])
    def test_the_live_one_on_a_terminal_that_can(self, terminal: str, expected: type) -> None:
        master, slave = os.openpty()
        try:
            with os.fdopen(slave, "w") as file:
                view = open_view(Console(file=file, _environ={"TERM": terminal}))
                view.close()
                assert isinstance(view, expected)
        finally:
            os.close(master)


class TestLiveView:
    @pytest.mark.parametrize("width", [120, 80, 60, 40, 30])
    def test_fits_the_terminal(self, width: int) -> None:
        with live(width) as (view, _):
            play(view)
            view.note(
                "A note that says a good deal more than fits on one line of most terminals there are " * 2
            )
            lines = picture(view, width)
        assert max(len(line) for line in lines) <= width
        text = "\n".join(lines)
        for word in ("✔ Resolve", "✔ Prepare", "✔ CheckQuality", "▸ FanOut", "· Finish", "published", "75 %"):
            assert word in text
        assert "…" in lines[-1]
        assert len(lines) <= 11

    @pytest.mark.parametrize("width", [120, 80])
    def test_bars_say_how_many_of_how_many(self, width: int) -> None:
        with live(width) as (view, _):
            play(view)
            lines = picture(view, width)
        published, upserted, counted = (
            next(line for line in lines if name in line) for name in ("published", "upserted", "counted")
        )
        assert "15,000 / 20,000" in published
        assert "25 %" in upserted
        assert " 0 %" in counted

    def test_no_bars_before_there_is_anything_to_count(self) -> None:
        with live(80) as (view, _):
            view.state(RUN, "Resolve", "running")
            assert "published" not in "\n".join(picture(view, 80))

    def test_a_failure_shows_and_so_does_the_state_that_reports_it(self) -> None:
        with live(80) as (view, _):
            view.state(RUN, "Resolve", "done")
            view.state(RUN, "Prepare", "failed")
            view.state(RUN, "ReportFailure", "running")
            text = "\n".join(picture(view, 80))
        assert "✘ Prepare" in text
        assert "▸ ReportFailure" in text

    def test_choices_have_no_mark_and_a_failed_end_has(self) -> None:
        with live(80) as (view, _):
            view.state(RUN, "IsThisRunNew", "running")
            view.state(RUN, "IsThisRunNew", "done")
            assert "IsThisRunNew" not in "\n".join(picture(view, 80))
            view.state(RUN, "Quarantined", "failed")
            assert "✘ Quarantined" in "\n".join(picture(view, 80))

    def test_a_run_that_was_done_before_is_done(self) -> None:
        with live(80) as (view, _):
            view.state(RUN, "AlreadyProcessed", "done")
            assert "✔ AlreadyProcessed" in "\n".join(picture(view, 80))

    def test_each_run_has_a_panel(self) -> None:
        with live(80) as (view, _):
            view.state("one", "Resolve", "running")
            view.state("other", "Resolve", "running")
            assert sum(line.startswith("╭─ ") for line in picture(view, 80)) == 2

    def test_a_run_without_records_is_done_at_once(self) -> None:
        with live(80) as (view, _):
            for name in ("published", "upserted", "counted"):
                view.progress(RUN, name, 0, 0)
            assert sum("100 %" in line for line in picture(view, 80)) == 3

    def test_progress_may_run_backwards_and_past_its_total(self) -> None:
        with live(80) as (view, _):
            view.progress(RUN, "counted", 50, 40)
            assert any("100 %" in line and "50 / 40" in line for line in picture(view, 80))
            view.progress(RUN, "counted", 10, 40)
            assert any("25 %" in line for line in picture(view, 80))

    def test_labels_and_notes_are_no_markup(self) -> None:
        with live(80) as (view, _):
            view.state("[red]name[/red]", "Resolve", "running")
            view.note("[/] and [bold]")
            text = "\n".join(picture(view, 80))
        assert "[red]name[/red]" in text
        assert "[/] and [bold]" in text

    def test_close_leaves_the_last_picture_without_the_spinner(self) -> None:
        with live(80) as (view, file):
            play(view)
            view.note("Waiting for the counts")
            view.close()
            view.close()
            written = file.getvalue()
            assert "Waiting for the counts" not in "\n".join(picture(view, 80))
        assert "15,000" in written
        assert "\x1b[?25h" in written.rpartition("15,000")[2], "the cursor is shown again"

    def test_many_threads_may_report(self) -> None:
        statuses: tuple[Status, ...] = ("running", "done", "failed")
        with live(80) as (view, _):

            def report(number: int) -> None:
                for step in range(100):
                    view.state(f"run {number}", STATES[step % 5], statuses[step % 3])
                    view.progress(f"run {number}", "published", step, 100)

            threads = [threading.Thread(target=report, args=(number,)) for number in range(4)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            text = "\n".join(picture(view, 80))
        assert all(f"run {number}" in text for number in range(4))
        assert text.count("99 / 100") == 4
