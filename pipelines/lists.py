"""What spreadsheets and exports put around lists with `|` between (markets, tags), and into them (SPEC 2).

Far fewer lists than rows: whoever calls these looks at each list once.
"""

import re

import polars as pl

from pipelines.csv.header import WHITE_SPACE
from pipelines.schema import NULL_WORDS

_SPACE = f"[{re.escape(WHITE_SPACE)}]*"
_OPEN, _CLOSE = "\u2018-\u201f\u00ab\u2039\"'", "\u2018-\u201f\u00bb\u203a\"'"
_QUOTES = '\u2018-\u201f\u00ab\u2039\u00bb\u203a"'
# Between two quotes: the whole list, or an entry of it. An apostrophe stands inside some, never at both ends.
_WHOLE = rf"(?s)^[{_OPEN}]([^{_QUOTES}]*\|[^{_QUOTES}]*)[{_CLOSE}]$"
_ENTRY = rf"(^|\|){_SPACE}[{_OPEN}]([^|{_QUOTES}]*)[{_CLOSE}]{_SPACE}(\||$)"
# As a spreadsheet has it before a text; but Dutch towns begin with `'s-`, `'s ` and `'t `.
_APOSTROPHE = rf"(?i)(^|\|{_SPACE})'([^'stn|]|[stn][^\s|-])"
_WORDS = "|".join(map(re.escape, NULL_WORDS))
_NOTHING = rf"(^|\|){_SPACE}(?:{_WORDS}){_SPACE}(\||$)"

# A spreadsheet's, for a text.
FORMULA = r'(?s)^="(.*)"$'
# Between entries where no bar stands, as other systems write lists.
OTHER_SEPARATORS = r"(?s)^[^|]*[;,][^|]*$|^\[.*\]$|^\{.*\}$"
ODD_LIST = rf"""^[='"]|{_NOTHING}|\|{_SPACE}["']|{OTHER_SEPARATORS}"""
# What any list has that the functions here change.
MAY_CHANGE = rf"^=|[{_OPEN}]|{_NOTHING}"


def without_marks(text: pl.Expr) -> pl.Expr:
    """Take a spreadsheet's text marks off a list, and off each of its entries."""
    entries = text.str.replace(FORMULA, "${1}")
    for _ in range(2):  # two entries share the bar between them
        entries = entries.str.replace_all(_ENTRY, "${1}${2}${3}")
    return entries.str.replace(_WHOLE, "${1}").str.replace_all(_APOSTROPHE, "${1}${2}")


def without_words(text: pl.Expr) -> pl.Expr:
    """Leave out the entries of a list that are words for nothing."""
    return text.str.replace_all(_NOTHING, "${1}${2}").str.replace_all(_NOTHING, "${1}${2}")
