"""Writes the table of docs/guarantees.md from runs: `python -m tests.faults.table`, some three minutes."""

import sys
import time
from operator import itemgetter
from pathlib import Path

from tests.faults.cases import CALM, CASES, Case
from tests.faults.play import Faulty, faulty_system

PAGE = Path(__file__).parents[2] / "docs" / "guarantees.md"
_BEGIN, _END = "<!-- faults -->\n", "<!-- /faults -->\n"
_ROUNDS = 2


def _seconds(faulty: Faulty, case: Case) -> tuple[float, object]:
    started = time.monotonic()
    left = faulty.play(case)
    return time.monotonic() - started, left


def rows() -> list[str]:
    """One line of the table a case; SystemExit where one leaves something else than a run without faults."""
    lines = []
    with faulty_system() as faulty:
        for case in CALM:
            faulty.play(case)  # every function has started once
        calm = {
            case.kind: min((_seconds(faulty, case) for _ in range(_ROUNDS)), key=itemgetter(0))
            for case in CALM
        }
        for case in CASES:
            sys.stderr.write(f"{case.name}\n")
            seconds, left = _seconds(faulty, case)
            if left != calm[case.kind][1]:
                raise SystemExit(f"After '{case.name}' something is different.")
            late = max(0.0, seconds - calm[case.kind][0])
            lines.append(f"| {case.name} | {case.seen} | nothing | {late:.0f} s |\n")
    return lines


def main() -> None:
    """Plays all cases and writes the page anew."""
    head = "| fault | what is seen | what is lost | later by |\n|---|---|---|---:|\n"
    table = head + "".join(rows())
    before, _, rest = PAGE.read_text().partition(_BEGIN)
    PAGE.write_text(before + _BEGIN + table + _END + rest.partition(_END)[2])


if __name__ == "__main__":
    main()
