"""Whether an e-mail field is an address, and what mail programs and spreadsheets put around one (SPEC 2)."""

import polars as pl

from pipelines.csv.header import WHITE_SPACE
from pipelines.csv.scan import trimmed
from pipelines.schema import EMAIL, NO_ADDRESS

BAD_EMAIL = "_badEmail"

# Quotes that editors make of " and '.
TYPOGRAPHIC = "\u2018-\u201f\u00ab\u00bb\u2039\u203a"
# An address in a list, in brackets or in a formula is not one yet. Python's `\s`, which SPEC 2 is written in,
# also takes the four ASCII separators for white space.
_NOT_LOCAL = rf'@\s\x1c-\x1f<>()\[\]",;:{TYPOGRAPHIC}'
_LABEL = r"[\p{L}\p{M}\p{N}_-]+"
# The domain has a dot in it, none at its end and no two in a row.
_ADDRESS = rf"^[^'{_NOT_LOCAL}][^{_NOT_LOCAL}]*@\.?(?:{_LABEL}\.)+{_LABEL}$"

# Of what is no address: what may stand around one, and words for nothing.
ODD_ADDRESS = rf"""[<>()\[\]",;:='{TYPOGRAPHIC}]|{NO_ADDRESS}"""

_AROUND = WHITE_SPACE + '<>()[]",;\u2018\u2019\u201a\u201b\u201c\u201d\u201e\u201f\u00ab\u00bb\u2039\u203a'
# As mail programs write somebody with an address.
_NAMED = r"(?s)^[^<>]*<([^<>]*)>[\s,;]*$"
_LINK = r"(?is)^(?:mailto:|https?://)+([^/?]*).*$"
# A spreadsheet's link, whatever its language calls it, and the text that it shows.
LINKED = r'(?s)^=\s*[\p{L}_.]+\(\s*"([^"]*)"\s*(?:[,;]\s*"([^"]*)"\s*)?\)$'


def is_bad() -> pl.Expr:
    """Whether an `email` has no address's form; false where there is none."""
    return (~pl.col(EMAIL.name).str.contains(_ADDRESS)).fill_null(value=False).alias(BAD_EMAIL)


def bare() -> pl.Expr:
    """Return an `email` without what surrounds it; one that is an address stays as it is."""
    email = linked(pl.col(EMAIL.name), of_address=True).str.replace(_NAMED, "${1}").str.strip_chars(_AROUND)
    return trimmed(email.str.replace(_LINK, "${1}").str.strip_chars(_AROUND))


def linked(text: pl.Expr, *, of_address: bool = False) -> pl.Expr:
    """Return what a formula for a link shows; of an address what it links to, unless it shows another one."""
    link = text.str.extract(LINKED, 1)
    shown = text.str.extract(LINKED, 2)
    if not of_address:
        return pl.coalesce(shown, link, text)
    address = link.str.replace(r"(?i)^mailto:", "")
    is_other = shown.str.contains("@", literal=True) & (
        shown.str.to_lowercase() != address.str.to_lowercase()
    )
    is_link = address.str.contains("@", literal=True)
    return (
        pl.when(is_link & ~is_other.fill_null(value=False)).then(address)
        .when(is_link | link.is_null()).then(text)
        .otherwise(pl.coalesce(shown, link))
    )  # fmt: skip
