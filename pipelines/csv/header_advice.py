"""What to say of a header that lacks required columns: most likely it is there, and not as it should be."""

import csv
import difflib
from collections.abc import Iterable, Sequence

from pipelines.errors import InvalidFileError
from pipelines.schema import Column

# What other programs put between fields.
_NO_COMMAS = {";": "semicolons", "\t": "tabs", "|": "bars"}
# Below the first line, where the header may be under a title and comments.
_LINES = 30


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
    if len(names) == 1 and (other := _separator(names[0], known)):
        return InvalidFileError(
            f"The header's columns are separated by {_NO_COMMAS[other]}: save the file with commas instead."
        )
    if len(names) == 1 and _count_known(names[0], known) > 1:
        what = "Each line of the file" if following.lstrip().startswith(b'"') else "The header"
        return InvalidFileError(
            f"{what} stands in quotes as a whole: put quotes around single fields only, where they hold a "
            "comma, a quote or a line break."
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


def _separator(line: str, known: Iterable[str]) -> str | None:
    """Return what separates the names where it is no comma: at least one of them is a known one."""
    for separator in _NO_COMMAS:
        if separator in line and {name.strip().lower() for name in line.split(separator)} & set(known):
            return separator
    return None


def _meant(missing: Sequence[tuple[str, ...]], names: Sequence[str], known: Iterable[str]) -> str:
    unknown = {name.lower(): name for name in names if name.lower() not in known}
    found = {}
    for group in missing:
        for wanted in group:
            close = difflib.get_close_matches(_bare(wanted), map(_bare, unknown), n=1, cutoff=0.75)
            if close:
                found[wanted] = next(name for bare, name in unknown.items() if _bare(bare) == close[0])
    return "".join(f" '{name}': did you mean {wanted}?" for wanted, name in found.items())


def _bare(name: str) -> str:
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
