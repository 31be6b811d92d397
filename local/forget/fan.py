"""A person, named by a key of the demand table, and how to recognise them."""

import json
import re
import unicodedata
from dataclasses import dataclass
from typing import Any, Self

import polars as pl

from local.errors import UsageError
from pipelines.identify import KINDS


@dataclass(frozen=True)
class Fan:
    """A person by one of their identifiers: `kind` is the beginning of the table's `PK`."""

    kind: str
    value: str

    @classmethod
    def named(cls, text: str) -> Self:
        """Read a key.

        Raises:
            UsageError: it is none.
        """
        kind, _, value = unicodedata.normalize("NFC", text).partition(":")
        value = value.strip().lower() if kind == "email" else value.strip()
        if kind not in KINDS or not value:
            raise UsageError(
                "Name the fan as the table does: fan:<globalUserId>, sid:<memberId> or email:<address>."
            )
        return cls(kind, value)

    @property
    def key(self) -> str:
        """The table's `PK`."""
        return f"{self.kind}:{self.value}"

    def among(self, columns: list[str]) -> pl.Expr:
        """Whether a row of these columns is of the person.

        A rejected row has only raw fields: it is theirs where one of these holds the identifier as a word.
        """
        asked = [
            pl.col(name).eq_missing(value)
            for name, value in ((KINDS[self.kind], self.value), ("fan", self.key))
            if name in columns
        ]
        if "raw" in columns:
            asked.append(pl.col("raw").list.eval(pl.element().str.contains(self._word)).list.any())
        return pl.any_horizontal(asked).fill_null(value=False) if asked else pl.lit(value=False)

    def in_text(self, text: str) -> bool:
        """Whether a record is of the person; in one that cannot be read the identifier has to be a word."""
        try:
            return self.in_record(json.loads(text))
        except (ValueError, RecursionError):
            return re.search(self._word, text) is not None

    def in_record(self, record: Any) -> bool:
        """Whether a record, as it is on a stream, is of the person."""
        return isinstance(record, dict) and record.get(KINDS[self.kind]) == self.value

    @property
    def _word(self) -> str:
        # An address is no part of a longer one; both Polars' regular expressions and Python's read this.
        case = "(?i)" if self.kind == "email" else ""
        return rf"{case}(?:^|[^\w.+@-]){re.escape(self.value)}\.?(?:$|[^\w.@-])"
