"""From a file to rows: blocks of text fields under the contract's column names (SPEC 1).

Shared by every kind of file: what differs is the columns that the kind declares.
"""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, replace

import polars as pl

from pipelines.csv import block_parser, blocks, parse
from pipelines.csv.forms import forms
from pipelines.csv.header import WHITE_SPACE, Header, read_header
from pipelines.csv.quotes import unterminated_quote
from pipelines.csv.repeated_headers import without_headers
from pipelines.errors import InvalidFileError
from pipelines.prefetch import map_ahead
from pipelines.schema import LINE_NUMBER, REJECTED_SCHEMA, ROW_NUMBER, Column

MALFORMED = "_malformed"
BAD_ENCODING = parse.BAD_ENCODING
# Blocks that end inside quotes are parsed anew with each that follows; of stray quotes half of them do so.
MOST_PENDING = 16 * blocks.BLOCK_BYTES


@dataclass(frozen=True)
class Block:
    """Consecutive rows of a file, in any order.

    Attributes:
        fields: what stood in the file, `rowNumber` counted in the file.
        header: which field is which column.
        columns: the columns that the kind of file has.
        last: the number of the file's last row where it is in this block.
    """

    fields: block_parser.Fields
    header: Header
    columns: Sequence[Column]
    last: int | None = None

    def rows(self, copy: int = 0) -> pl.LazyFrame:
        """Return one row a row of the file: every column of the kind as trimmed text, null where empty.

        Of a repeated column that copy, from left to right; null where there are fewer. Beside them
        `rowNumber` (1-based; blank lines have none), `lineNumber`, `_malformed` (more fields
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
                    *(self._column(column.name, copy, pl.col) for column in self.columns),
                ),
                special.select(
                    ROW_NUMBER,
                    LINE_NUMBER,
                    (pl.col(parse.WIDTH) > self.header.width).alias(MALFORMED),
                    BAD_ENCODING,
                    *(self._column(column.name, copy, _trimmed_column) for column in self.columns),
                ),
            ]
        )

    def forms(self) -> pl.DataFrame:
        """Return what was recognised in the form of the lines: `lineNumber, _lastLine, _noticed`."""
        return forms(self.fields, self.header)

    def raw(self, rejected: pl.DataFrame) -> pl.DataFrame:
        """Give rejected rows (`rowNumber`, `lineNumber`, `reasons`) their values as they stood, as `raw`.

        `raw` lists the row's fields in file order, as many as the row has, untrimmed; an empty one is "".
        """
        wanted = rejected.get_column(ROW_NUMBER).cast(pl.UInt32()).implode()
        is_wanted = pl.col(ROW_NUMBER).is_in(wanted)
        plain, special = self.fields.plain.filter(is_wanted), self.fields.special.filter(is_wanted)
        # `concat_list` takes twelve times as long.
        fields = [pl.col(parse.field_name(i)).fill_null("") for i in range(self.header.width)]
        cells = pl.concat_arr(fields).arr.to_list()
        is_long = pl.col(parse.WIDTH) > self.header.width
        surplus = pl.col(parse.SURPLUS).list.eval(pl.element().fill_null(""))
        found = pl.concat(
            [
                plain.select(ROW_NUMBER, raw=cells),
                special.filter(~is_long).select(ROW_NUMBER, raw=cells.list.head(parse.WIDTH)),
                special.filter(is_long).select(ROW_NUMBER, raw=cells.list.concat(surplus)),
            ]
        ).sort(ROW_NUMBER)
        rows = rejected.sort(ROW_NUMBER).hstack([found.get_column("raw")])
        return rows.select(REJECTED_SCHEMA.names()).cast(REJECTED_SCHEMA)

    def _column(self, name: str, copy: int, read: Callable[[str], pl.Expr]) -> pl.Expr:
        places = self.header.positions.get(name, ())[copy : copy + 1]
        found = read(parse.field_name(places[0])) if places else pl.lit(None, pl.String())
        return found.alias(name)


def _trimmed_column(name: str) -> pl.Expr:
    return trimmed(pl.col(name))


def trimmed(text: pl.Expr) -> pl.Expr:
    """Trim text of white space as Python's `str.strip` does; an empty one becomes null (SPEC 2)."""
    stripped = text.str.strip_chars(WHITE_SPACE)
    return pl.when(stripped != "").then(stripped)


class Scan:
    """The rows of a file's bytes (`source.ScoreFile.chunks`), block by block.

    Blocks are parsed in the pool, one ahead of the one that is asked for, and come in order.

    Attributes:
        header: the file's.
        rows: how many rows have been read so far.
        separator_line: the line of a spreadsheet's `sep=,` above the header; 0 where there is none.
    """

    def __init__(self, chunks: Iterator[bytes], columns: Sequence[Column], pool: Executor) -> None:
        """Read the header.

        Raises:
            InvalidFileError: the file is refused whole for its header.
        """
        self._read = blocks.LineCount()
        text, rest = blocks.split_header(self._read.of(chunks))
        self.header = read_header(text.text, columns, text.following, text.lines)
        self.rows = 0
        self._columns = columns
        self._header_lines = text.lines
        self.separator_line = text.separator_line
        self._blank = self._breaks = self._headers = 0
        pieces = blocks.blocks(rest, self.header.width)
        self._parsed = map_ahead(pool, self._parse_alone, pieces, ahead=1)

    @property
    def unaccounted_lines(self) -> int:
        """How many lines are left over, once all blocks have been read.

        Those of the bytes are the header's, rows, blank ones, what line breaks in fields add, and those at
        which the header stands again.
        """
        found = self._header_lines + self.rows + self._blank + self._breaks + self._headers
        return self._read.lines - found

    def blocks(self) -> Iterator[Block]:
        """Yield the blocks, rows numbered; those that end inside quotes are joined with the ones after them.

        The block that holds the last row says so: each is held back until there is another.

        Raises:
            InvalidFileError: the file is refused whole for what it holds.
        """
        held: Block | None = None
        for block in self._numbered():
            if held is not None:
                yield held
            held = block
        if held is None or not self.rows:
            raise InvalidFileError("The file has a header but no rows: upload it again with its rows.")
        yield replace(held, last=self.rows)

    def _numbered(self) -> Iterator[Block]:
        lines = self._header_lines
        pending = b""
        for piece, parsed_alone in self._parsed:
            whole = parsed_alone is not None and not pending
            fields = parsed_alone if whole else self._parse(pending + piece, lines)
            if fields is None:
                pending += piece
                if len(pending) > MOST_PENDING:
                    break
                continue
            pending = b""
            if fields.other_header:
                raise _other_header(lines + fields.other_header)
            if fields.height or fields.headers:
                yield Block(fields.counted_from(self.rows, lines), self.header, self._columns)
            self.rows += fields.height
            self._blank += fields.blank
            self._breaks += fields.breaks
            self._headers += len(fields.headers)
            lines += fields.lines
        if pending:
            raise unterminated_quote(pending, lines)

    def _parse(self, piece: bytes, lines: int) -> block_parser.Fields | None:
        fields = block_parser.parse_block(piece, self.header.width, lines)
        return None if fields is None else without_headers(fields, self.header, self._columns)

    def _parse_alone(self, piece: bytes) -> tuple[bytes, block_parser.Fields | None]:
        try:
            return piece, self._parse(piece, 0)
        except InvalidFileError:
            # It may be that only its beginning is missing, which is still in the block before.
            return piece, None


def _other_header(line: int) -> InvalidFileError:
    return InvalidFileError(
        f"Line {line:,} is a header with other columns, or in another order or spelling, than the first: "
        "every row below it would be misread. Upload the two parts as separate files."
    )
