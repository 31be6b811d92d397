"""From a file to rows: blocks of text fields under the contract's column names (SPEC 1).

Shared by every kind of file: what differs is the columns that the kind declares.
"""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from functools import partial

import polars as pl

from pipelines.csv import block_parser, blocks, parse
from pipelines.csv.header import Header, read_header
from pipelines.errors import InvalidFileError
from pipelines.prefetch import map_ahead
from pipelines.schema import LINE_NUMBER, REJECTED_SCHEMA, ROW_NUMBER, TAGS, Column

# What Python's str.strip takes off: Unicode white space and the four ASCII separators.
WHITE_SPACE = (
    "\t\n\x0b\x0c\r\x1c\x1d\x1e\x1f \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008"
    "\u2009\u200a\u2028\u2029\u202f\u205f\u3000"
)

MALFORMED = "_malformed"
BAD_ENCODING = parse.BAD_ENCODING


@dataclass(frozen=True)
class Block:
    """Consecutive rows of a file, in any order.

    Attributes:
        fields: what stood in the file, `rowNumber` counted in the file.
        header: which field is which column.
        columns: the columns that the kind of file has.
    """

    fields: block_parser.Fields
    header: Header
    columns: Sequence[Column]

    def rows(self) -> pl.LazyFrame:
        """Return one row a row of the file: every column of the kind as trimmed text, null where empty.

        Beside them `rowNumber` (1-based; blank lines have none), `lineNumber`, `_malformed` (more fields
        than the header) and `_badEncoding` (some field, known or not, is no UTF-8).
        """
        plain, special = self.fields.plain.lazy(), self.fields.special.lazy()
        return pl.concat(
            [
                plain.select(
                    ROW_NUMBER,
                    LINE_NUMBER,
                    pl.lit(value=False).alias(MALFORMED),
                    pl.lit(value=False).alias(BAD_ENCODING),
                    *(self._combined(column.name, pl.col) for column in self.columns),
                ),
                special.select(
                    ROW_NUMBER,
                    LINE_NUMBER,
                    (pl.col(parse.WIDTH) > self.header.width).alias(MALFORMED),
                    BAD_ENCODING,
                    *(self._combined(column.name, _trimmed_column) for column in self.columns),
                ),
            ]
        )

    def raw(self, rejected: pl.DataFrame) -> pl.DataFrame:
        """Give rejected rows (`rowNumber`, `lineNumber`, `reasons`) their values as they stood, as `raw`.

        `raw` lists the row's fields in file order, as many as the row has, untrimmed; an empty one is "".
        """
        wanted = rejected.get_column(ROW_NUMBER).cast(pl.UInt32()).implode()
        is_wanted = pl.col(ROW_NUMBER).is_in(wanted)
        plain, special = self.fields.plain.filter(is_wanted), self.fields.special.filter(is_wanted)
        cells = pl.concat_list(pl.col(parse.field_name(i)).fill_null("") for i in range(self.header.width))
        surplus = pl.col(parse.SURPLUS).list.eval(pl.element().fill_null(""))
        cells_there = cells.list.head(parse.WIDTH)
        found = pl.concat(
            [
                plain.select(ROW_NUMBER, raw=cells),
                special.select(
                    ROW_NUMBER,
                    raw=cells_there.list.concat(surplus.fill_null(pl.lit([], pl.List(pl.String())))),
                ),
            ]
        ).sort(ROW_NUMBER)
        rows = rejected.sort(ROW_NUMBER).hstack([found.get_column("raw")])
        return rows.select(REJECTED_SCHEMA.names()).cast(REJECTED_SCHEMA)

    def _combined(self, name: str, read: Callable[[str], pl.Expr]) -> pl.Expr:
        """Combine a repeated header: `tags` into one list, else the first non-empty value (SPEC 1)."""
        found = [read(parse.field_name(i)) for i in self.header.positions.get(name, ())]
        if not found:
            combined = pl.lit(None, pl.String())
        elif len(found) == 1:
            combined = found[0]
        elif name == TAGS.name:
            combined = pl.concat_str(found, separator="|", ignore_nulls=True)
            combined = pl.when(pl.any_horizontal(one.is_not_null() for one in found)).then(combined)
        else:
            combined = pl.coalesce(found)
        return combined.alias(name)


def _trimmed_column(name: str) -> pl.Expr:
    return trimmed(pl.col(name))


def trimmed(text: pl.Expr) -> pl.Expr:
    """Trim text of white space as Python's `str.strip` does; an empty one becomes null (SPEC 2)."""
    stripped = text.str.strip_chars(WHITE_SPACE)
    return pl.when(stripped != "").then(stripped)


@dataclass(frozen=True)
class Lines:
    """What the lines of a file are, its rows aside.

    Attributes:
        read: lines of the file's bytes, counted before anything else looks at them.
        header: those of the header, and of the blank lines before it.
        blank: those that are no rows.
        breaks: line feeds inside fields: a row with one takes two lines.
    """

    read: int
    header: int
    blank: int
    breaks: int

    def unaccounted(self, rows: int) -> int:
        """Return how many lines are left over: read = header + rows + blank + breaks."""
        return self.read - self.header - rows - self.blank - self.breaks


class Scan:
    """The rows of a file's bytes (`source.ScoreFile.chunks`), block by block.

    Blocks are parsed in the pool, one ahead of the one that is asked for, and come in order.

    Attributes:
        header: the file's.
        rows: how many rows have been read so far.
    """

    def __init__(self, chunks: Iterator[bytes], columns: Sequence[Column], pool: Executor) -> None:
        """Read the header.

        Raises:
            InvalidFileError: the file is refused whole for its header.
        """
        self._read = blocks.LineCount()
        text, rest = blocks.split_header(blocks.with_short_lines(self._read.of(chunks)))
        self.header = read_header(text.text, columns, text.following, text.lines)
        self.rows = 0
        self._columns = columns
        self._header_lines = text.lines
        self._blank = self._breaks = 0
        width = self.header.width
        parse_alone = partial(_parse, width=width)
        self._parsed = map_ahead(pool, parse_alone, blocks.blocks(rest, width), ahead=1)

    @property
    def lines(self) -> Lines:
        """What the lines were, once all blocks have been read."""
        return Lines(self._read.lines, self._header_lines, self._blank, self._breaks)

    def blocks(self) -> Iterator[Block]:
        """Number the rows, and join blocks that end inside quotes with the ones after them.

        Raises:
            InvalidFileError: the file is refused whole for what it holds.
        """
        lines = self._header_lines
        pending = b""
        for piece, parsed_alone in self._parsed:
            whole = parsed_alone is not None and not pending
            fields = parsed_alone if whole else block_parser.parse_block(pending + piece, self.header.width)
            if fields is None:
                pending += piece
                continue
            pending = b""
            if fields.height:
                yield Block(fields.counted_from(self.rows, lines), self.header, self._columns)
            self.rows += fields.height
            self._blank += fields.blank
            self._breaks += fields.breaks
            lines += fields.lines
        if pending:
            raise parse.unterminated_quote(self.rows + 1)
        if not self.rows:
            raise InvalidFileError("The file has a header but no rows: upload it again with its rows.")


def _parse(piece: bytes, width: int) -> tuple[bytes, block_parser.Fields | None]:
    try:
        return piece, block_parser.parse_block(piece, width)
    except InvalidFileError:
        # It may be that only its beginning is missing, which is still in the block before.
        return piece, None
