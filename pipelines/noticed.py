"""What is recognised in files that people made: each kind declared once, counted, with its lines.

Rows carry what was recognised in them as one small number, a bit a kind (`clean`, `csv.forms`). What comes
out of a file is, for each kind, how many rows and the lines of the first of them; never a value.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

NOTICED = "_noticed"
# The last line of what spans several.
LAST_LINE = "_lastLine"
SHOWN = 5


@dataclass(frozen=True)
class Kind:
    """One thing that is recognised.

    Attributes:
        name: as `recognised` has it.
        words: what it is, for whoever made the file.
        done: what becomes of it.
        warns: whether the gate warns of a single row.
    """

    name: str
    words: str
    done: str
    warns: bool = False


_REJECTED = "The row is rejected."
_TAKEN_OFF = "It is taken off."

SWALLOWED = Kind(
    "swallowedLines",
    "a quoted field that holds lines which look like rows, as after a stray quote",
    "These lines are not rows.",
    warns=True,
)
SEPARATOR_LINE = Kind(
    "separatorLine",
    "a line above the header that tells a spreadsheet of the comma (sep=,)",
    "It is not a row.",
)
NEAR_NAMES = Kind(
    "nearNames", "a column whose name is nearly a known one", "The column is ignored.", warns=True
)
REPEATED_HEADERS = Kind("repeatedHeaders", "the header again, between rows", "It is not a row.", warns=True)
TOTALS_ROW = Kind("totalsRow", "a row of totals at the end", _REJECTED)
TOTAL_WORDS = Kind(
    "totalWords",
    "an identifier that is a word for a total, above the last rows",
    "It is kept, as a fan's.",
    warns=True,
)
LOST_DIGITS = Kind(
    "lostDigits",
    "an identifier that is a number in scientific notation: the spreadsheet has lost its digits",
    _REJECTED,
)
FLOAT_IDS = Kind(
    "floatIdentifiers", "an identifier that ends in '.0', as a column of decimals is written", "It is kept."
)
ROUNDED_IDS = Kind(
    "roundedIdentifiers",
    "an identifier of 16 digits or more that ends in 0, as where a program kept only the first 15 or 17",
    "It is kept.",
)
NULL_WORDS = Kind("nullWords", "a word for nothing, such as NULL or N/A, in a field", "It is read as empty.")
TEXT_MARKS = Kind(
    "textMarks",
    "marks around a field by which a spreadsheet keeps it as text, such as a leading '",
    _TAKEN_OFF,
    warns=True,
)
INVISIBLE_CHARACTERS = Kind(
    "invisibleCharacters", "invisible characters in an identifier, an address or a market", _TAKEN_OFF
)
DECOMPOSED = Kind("decomposedText", "letters with their accents apart (no NFC)", "They are composed.")
BROKEN_TEXT = Kind(
    "brokenText",
    "characters lost before the file came here (\ufffd, \u00c3\u00a9 for \u00e9) in an identifier, an "
    "address, a name or a market",
    "They are kept: export the file again, as UTF-8.",
    warns=True,
)
WINDOWS_1252 = Kind(
    "windows1252",
    "letters in Windows-1252, as in Excel's plain CSV, and not in UTF-8",
    "The row is rejected: save the file as UTF-8 ('CSV UTF-8' in Excel).",
)
MIXED_SCRIPTS = Kind(
    "mixedScripts",
    "letters of two scripts in one word, or signs that look like ASCII's, in an identifier or an address",
    "They are kept, as another fan's.",
    warns=True,
)
STRAY_QUOTES = Kind(
    "strayQuotes", 'quotes where RFC 4180 allows none, such as 6" or "a"b', "They are read as characters."
)
TRAILING_COMMAS = Kind("trailingCommas", "one comma more than the header, at the end of the line", _REJECTED)
QUOTED_ROWS = Kind(
    "quotedRows",
    "a whole row in quotes, which is one field",
    "The row is rejected: put quotes around single fields only, where they hold a comma.",
)
OTHER_SEPARATORS = Kind(
    "otherSeparators",
    "a row with semicolons, tabs or bars between its fields, where the header has commas",
    "The row is rejected: save the file with commas instead.",
)
LONE_RETURNS = Kind(
    "loneReturns",
    "a carriage return inside a row, as where lines end in one alone",
    "It is read as a character.",
    warns=True,
)
DECIMAL_COMMAS = Kind("decimalCommas", "a number with a decimal comma", _REJECTED)
THOUSANDS = Kind("thousandsSeparators", "a number with commas between thousands", _REJECTED)
PERCENTS = Kind("percentSigns", "a number with a percent sign", _REJECTED)
FOREIGN_FLAGS = Kind("foreignFlags", "true or false in another language", _REJECTED)
EXTENSIONS = Kind(
    "phoneExtensions",
    "a telephone number with an extension, or with (0) behind the country's code",
    "That is cut off.",
)
UNCLEAR_PHONES = Kind(
    "unclearPhones",
    "a telephone field that is not one number: without its digits (5.55E+09, .0 at its end), two numbers, "
    "letters or a date",
    "It is read as empty.",
    warns=True,
)
WRAPPED_ADDRESSES = Kind(
    "wrappedAddresses", "brackets, quotes, a separator, a name or a link around an address", _TAKEN_OFF
)
DROPPED_ADDRESSES = Kind(
    "droppedAddresses",
    "an e-mail address that is not valid, in a row with another identifier",
    "The address is left out.",
)
LIST_SEPARATORS = Kind(
    "listSeparators",
    "commas, semicolons or brackets in tags or in markets that do not match, where | stands between entries",
    "It is read as one entry.",
)

KINDS: tuple[Kind, ...] = (
    *(SWALLOWED, SEPARATOR_LINE, NEAR_NAMES, REPEATED_HEADERS, TOTALS_ROW, TOTAL_WORDS),
    *(LOST_DIGITS, FLOAT_IDS, ROUNDED_IDS, NULL_WORDS),
    *(TEXT_MARKS, INVISIBLE_CHARACTERS, DECOMPOSED, BROKEN_TEXT, WINDOWS_1252, MIXED_SCRIPTS),
    *(STRAY_QUOTES, TRAILING_COMMAS, QUOTED_ROWS, OTHER_SEPARATORS, LONE_RETURNS),
    *(DECIMAL_COMMAS, THOUSANDS, PERCENTS, FOREIGN_FLAGS, EXTENSIONS, UNCLEAR_PHONES, WRAPPED_ADDRESSES),
    *(DROPPED_ADDRESSES, LIST_SEPARATORS),
)
BY_NAME = {kind.name: kind for kind in KINDS}
BITS = {kind: 1 << place for place, kind in enumerate(KINDS)}


@dataclass
class Seen:
    """How often a kind was recognised.

    Attributes:
        rows: of the file, or lines that are no rows.
        lines: that these take beyond one each: more only where fields hold line breaks.
        first: line numbers of the first of them.
        last: where each of these ends, in lines.
        meant: of the header: which names it has, and which are meant.
    """

    rows: int = 0
    lines: int = 0
    first: list[int] = field(default_factory=list)
    last: list[int] = field(default_factory=list)
    meant: str = ""

    def add(self, other: "Seen") -> None:
        """Take what later rows have."""
        self.rows += other.rows
        self.lines += other.lines
        self.first = (self.first + other.first)[:SHOWN]
        self.last = (self.last + other.last)[:SHOWN]

    def without(self, line: int) -> "Seen":
        """Leave out a row of one line."""
        kept = [(first, last) for first, last in self.spans if first != line]
        return replace(
            self, rows=self.rows - 1, first=[one for one, _ in kept], last=[one for _, one in kept]
        )

    @property
    def spans(self) -> list[tuple[int, int]]:
        """First and last line of the first of them; the same where it is one line."""
        return list(zip(self.first, self.last, strict=True))


Recognised = dict[str, Seen]


def places(rows: int, spans: Sequence[tuple[int, int]]) -> str:
    """Say in which lines to look: `lines 3, 7 to 9, ...`."""
    shown = [f"{first}" if first == last else f"{first} to {last}" for first, last in spans]
    noun = "line" if rows == 1 and shown and " " not in shown[0] else "lines"
    return f"{noun} {', '.join(shown)}{', ...' if rows > len(shown) else ''}"


def add(all_of_it: Recognised, more: Recognised) -> None:
    """Add what later rows have."""
    for name, seen in more.items():
        all_of_it.setdefault(name, Seen()).add(seen)
