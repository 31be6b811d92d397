"""Files of odd shapes beside a plain one of the same size: what Prepare and the gate cost follows bytes."""

from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Annotated

import typer

from bench.contestants import CAMPAIGN_ID
from bench.harness import Session, Write, say, session, table
from bench.prepare import checked, contestant

_HEADER = (
    "campaignId,globalUserId,memberId,email,firstName,lastName,phoneCountryCode,phoneNumber,hbase,"
    "marketPreferences,score,isVerified,registrationScore,accountScore,nudetectScore,localFanscore,tags\n"
)
_MANY = 100_000
_MARKETS = ("oslo", "bergen", "paris", "rome", "berlin", "london", "madrid", "lisbon")
PLAIN = "plain"
_SIZES = [10, 50, 250]


def _row(
    number: int,
    *,
    fan: str | None = None,
    hbase: str | None = None,
    preferences: str = "|".join(_MARKETS),
    tags: str = "member|newsletter",
) -> str:
    fan = f"user-{number:09d}" if fan is None else fan
    hbase = _MARKETS[number % len(_MARKETS)] if hbase is None else hbase
    return (
        f"{CAMPAIGN_ID},{fan},member-{number},fan.{number}@example.com,Ada,Lovelace,47,40{number:06d},{hbase},"
        f"{preferences},{number % 1000 / 10},{'yes' if number % 3 else 'no'},{number % 77},{number % 55},,"
        f"{number % 91 / 2},{tags}\n"
    )


def _own(number: int, many: int) -> str:
    """Many short words that no other number has."""
    return "|".join(f"{number:x}.{word:x}" for word in range(many))


SHAPES: dict[str, Callable[[int], str]] = {
    PLAIN: _row,
    "one fan has every row": lambda n: _row(n, fan="one"),
    "one fan in four is `unknown`, with four tags of its own": lambda n: (
        _row(n) if n % 4 else _row(n, fan="unknown", tags=_own(n, 4))
    ),
    "one fan has every row, each with its own 20 tags": lambda n: _row(n, fan="one", tags=_own(n, 20)),
    "100,000 tags on a fan": lambda n: _row(n, tags=_own(n, _MANY)),
    "100,000 tags on a fan, the same in every row": lambda n: _row(n, tags=_own(0, _MANY)),
    "100,000 tags on one fan's every row": lambda n: _row(n, fan=f"f{n // 8}", tags=_own(n, _MANY)),
    "100,000 preferences on a fan, the last one matches": lambda n: _row(
        n, hbase="oslo", preferences=f"{n}|" + "a|" * (_MANY - 2) + "oslo"
    ),
    "100,000 preferences, two rows a fan": lambda n: _row(
        n, fan=f"f{n // 2}", hbase="oslo", preferences=f"{n}|" + "a|" * (_MANY - 2 - n % 2) + "oslo"
    ),
    "every row its own market and tags": lambda n: _row(
        n, hbase=f"m{n}", preferences=f"x|m{n}|y{n}", tags=_own(n, 4)
    ),
    "every row rejected for every reason": lambda n: (
        f"another-campaign,,member-{n},fan.{n},Ada\udcff,Lovelace,47,40{n:06d},nowhere,{'|'.join(_MARKETS)},"
        f"none,perhaps,{n % 77}x,,,{n % 91 / 2},member|newsletter,surplus\n"
    ),
    "a stray quote in every row": lambda n: _row(n, tags='6" high'),
    "a byte that is no UTF-8 in every row": lambda n: _row(n, tags="A\udcffda"),
    "five bytes a row, of which one is a word for nothing": lambda _: ",-,,\n",
}


def shapes(
    megabytes: Annotated[list[int], typer.Option("--mb", help="Sizes of the files.")] = _SIZES,
    put: Write = False,
) -> None:
    """Measure Prepare and the gate over files of odd shapes, beside a plain one of the same size."""
    with session() as running:
        tables = [of_size(size * 1_000_000, running) for size in megabytes]
        running.show("shapes", *tables, write=put)


def of_size(size: int, running: Session) -> str:
    """Run Prepare and the gate over a file of each shape, each in a process of its own; the plain one first.

    Raises:
        bench.measured.BenchError: one of them failed.
    """
    rows, plain = [], 0.0
    for shape in SHAPES:
        say(f"{size / 1e6:,.0f} MB: {shape}")
        with running.empty_folder() as prepared:
            written = write(shape, size, prepared / "file.csv")
            done = contestant("prepare", prepared / "file.csv", prepared)
            both = {"Prepare": done, "gate and report": checked(prepared, done)}
        a_byte = sum(one.cpu_seconds for one in both.values()) / written
        plain = plain or a_byte
        row = {"": shape}
        for name, one in both.items():
            row[f"{name} s"] = f"{one.seconds:.1f}"
            row[f"{name} CPU s"] = f"{one.cpu_seconds:.1f}"
            row[f"{name} peak GB"] = f"{one.peak_bytes / 1e9:.2f}"
        rows.append({**row, "CPU a byte / plain": f"{a_byte / plain:.1f} x"})
    return table(f"Files of {size / 1e6:,.0f} MB", rows)


def write(shape: str, size: int, path: Path) -> int:
    """Write a file of a shape, of at least so many bytes; return its size."""
    with path.open("w", encoding="utf-8", errors="surrogateescape", newline="") as out:
        written = out.write(_HEADER)
        for number in count():
            written += out.write(SHAPES[shape](number))
            if written >= size:
                break
    return path.stat().st_size
