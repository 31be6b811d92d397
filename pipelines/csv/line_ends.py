"""Line ends that are no line feeds: a file that has only those is one long line, and is told so (SPEC 1)."""

from pipelines.errors import InvalidFileError

_OTHERS = {
    "\r": "a carriage return alone",
    "\x85": "the character U+0085 (next line)",
    "\u2028": "the character U+2028 (line separator)",
    "\u2029": "the character U+2029 (paragraph separator)",
    "\\n": r"the two characters \n",
}


def other_line_ends(text: bytes) -> InvalidFileError | None:
    """Return the refusal of a file's text where something else stands at its lines' ends; None where not."""
    lines = text.decode(errors="replace").strip()
    other = max(_OTHERS, key=lines.count)
    if "\n" in lines or other not in lines:
        return None
    return InvalidFileError(
        f"The file's lines end in {_OTHERS[other]}: save it with line feeds (LF or CRLF)."
    )
