"""What to say about a header with unknown names: which known names are probably meant."""

import csv
import difflib
import re
from collections.abc import Iterable, Mapping, Sequence

from pipelines.errors import InvalidFileError
from pipelines.schema import EMAIL, GLOBAL_USER_ID, IDENTIFIERS, Column

# What other programs put between fields.
_NO_COMMAS = {";": "semicolons", "\t": "tabs", "|": "bars"}
# Below the first line, where the header may be under a title and comments.
_LINES = 30
# Of a name in a message: no column's is as long.
_LONGEST_NAME = 100
_CLOSE = 0.75
# What other systems call a column.
_ALIASES = {"GUID": GLOBAL_USER_ID.name, "E-mail address": EMAIL.name}
# Excel's own first line: of commas it is no header (`blocks`).
_SEPARATOR_LINE = re.compile(r"(?i)sep=[^,]?")


def incomplete(
    missing: Sequence[tuple[str, ...]],
    names: Sequence[str],
    columns: Iterable[Column],
    following: bytes,
    first: int,
) -> InvalidFileError:
    """Return the refusal of a header: all columns that it lacks, and what it looks like.

    Args:
        missing: columns that are lacking, each with the others that would do in its place.
        names: the header's.
        columns: those of the kind of file.
        following: what comes after the header, or its beginning.
        first: the line that this begins with.
    """
    known = {column.name.lower() for column in columns}
    first_names = names[0]
    if _SEPARATOR_LINE.fullmatch(first_names):
        first_names = following.decode(errors="replace").lstrip("\r\n").partition("\n")[0]
    if len(names) == 1 and (other := _separator(first_names, known)):
        return InvalidFileError(
            f"The header's columns are separated by {_NO_COMMAS[other]}: save the file with commas instead."
        )
    if len(names) == 1 and _count_known(names[0], known) > 1:
        what = "Each line of the file" if following.lstrip().startswith(b'"') else "The header"
        return InvalidFileError(
            f"{what} is in quotes as a whole: put quotes only around fields that hold a comma, a quote or a "
            "line break."
        )
    line = _header_line(following, known, len(set(map(str.lower, names)) & known))
    if line:
        return InvalidFileError(
            f"Line {first + line - 1} looks like the file's header: remove what stands above it."
        )
    named = [group[0] if len(group) == 1 else f"identifier (one of {', '.join(group)})" for group in missing]
    return InvalidFileError(
        f"The file lacks the required column{'s' if len(missing) > 1 else ''} {', '.join(named)}: "
        "add to the header and to every row what is missing, or check that the first line is the header."
        + _meant(missing, names, known)
    )


def near_names(unknown: Iterable[str], lacking: Iterable[Column]) -> tuple[tuple[str, str], ...]:
    """Return unknown names that are nearly a lacking column's, and the column's.

    They are the same but for case, blanks and signs, or of an identifier nearly so, or another word for it.
    """
    bare_names = {bare(column.name): column.name for column in lacking}
    bare_names |= {bare(name): known for name, known in _ALIASES.items() if known in bare_names.values()}
    identifiers = {bare(column.name) for column in IDENTIFIERS} & set(bare_names)
    found = {name: bare_names.get(bare(name)) or _close(name, identifiers, bare_names) for name in unknown}
    return tuple((name, column) for name, column in found.items() if column is not None)


def ignored_identifier(
    near: Iterable[tuple[str, str]], lacking: Iterable[Column], line: int
) -> InvalidFileError | None:
    """Return the refusal of a header without an identifier that is there, but for case, blanks and signs.

    The fans would be known by another one: who shares that one would be merged.
    """
    identifiers = {column.name for column in lacking if column.one_of is not None}
    meant = [(name, column) for name, column in near if column in identifiers and bare(name) == bare(column)]
    if not meant:
        return None
    return InvalidFileError(
        f"Line {line:,}, the header, has the wrong name for an identifier: {did_you_mean(meant)} The column "
        "would be ignored, and fans merged by another identifier: correct the name, or remove the column."
    )


def did_you_mean(near: Iterable[tuple[str, str]]) -> str:
    """Say for names which columns are meant."""
    return " ".join(f"'{name}': did you mean {column}?" for name, column in near)


def _close(name: str, identifiers: Iterable[str], bare_names: Mapping[str, str]) -> str | None:
    close = difflib.get_close_matches(bare(name), identifiers, n=1, cutoff=_CLOSE)
    return bare_names[close[0]] if close else None


def shown(name: str) -> str:
    """Return a name as a message has it: not all of what nobody meant as a name."""
    return name if len(name) <= _LONGEST_NAME else f"{name[:_LONGEST_NAME]}..."


def _separator(line: str, known: Iterable[str]) -> str | None:
    """Return what separates the names where it is no comma: at least one of them is a known one."""
    for separator in _NO_COMMAS:
        if separator in line and {name.strip().lower() for name in line.split(separator)} & set(known):
            return separator
    return None


def _meant(missing: Sequence[tuple[str, ...]], names: Sequence[str], known: Iterable[str]) -> str:
    unknown = {bare(name): shown(name) for name in names if name.lower() not in known}
    found = []
    for group in missing:
        for wanted in group:
            close = difflib.get_close_matches(bare(wanted), unknown, n=1, cutoff=_CLOSE)
            if close:
                found.append((unknown[close[0]], wanted))
    return f" {did_you_mean(found)}" if found else ""


def bare(name: str) -> str:
    """Letters and digits only: `Is Verified`, `is_verified` and `is-verified` are one."""
    return "".join(character for character in name.lower() if character.isalnum())


def _count_known(line: str, known: Iterable[str]) -> int:
    cells = next(csv.reader([line]), [])
    return len({cell.strip().lower() for cell in cells} & set(known))


def _header_line(following: bytes, known: Iterable[str], already: int) -> int:
    """Return which line below the first one has more of the known names, from 1; 0 where none has."""
    lines = following.decode(errors="replace").splitlines()[:_LINES]
    counts = [_count_known(line.replace("\0", ""), known) for line in lines]
    best = max(counts, default=0)
    return counts.index(best) + 1 if best > max(already, 1) else 0
