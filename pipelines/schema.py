"""Every column of the system, declared once: scan, rules, records and the data dictionary derive from it.

`FILE_COLUMNS` is what a scrubbed file may hold, `RECORD_COLUMNS` what a record on `scoresStream` holds,
`FANLIST_FILE_COLUMNS` and `FANLIST_RECORD_COLUMNS` the same of fanlists; all in the order of the contract
(SPEC 1, SPEC 2).
"""

from dataclasses import dataclass, replace

import polars as pl


@dataclass(frozen=True)
class Column:
    """One column, as it is named on the wire.

    Attributes:
        name: camelCase, as in the file and on the record.
        dtype: of the value on the record, or, for a column of the file only, once it is read.
        owner: who decides its value: whoever scored the fans, the fan, or this system.
        description: what it means.
        required: whether a file without it is refused.
        one_of: what it is, beside other columns: a file needs at least one of those that are the same.
        unit: of a number.
        personal: whether it may stand in no log line, metric, Slack text or state payload.
    """

    name: str
    dtype: pl.DataType
    owner: str
    description: str
    required: bool = False
    one_of: str | None = None
    unit: str | None = None
    personal: bool = False


_TEXT = pl.String()
_NUMBER = pl.Float64()
_FLAG = pl.Boolean()
_TEXTS = pl.List(pl.String())

_UPSTREAM = "scoring system"
_FAN = "fan"
_HERE = "score pipelines"

CAMPAIGN_ID = Column("campaignId", _TEXT, _UPSTREAM, "The campaign; in a file it must be the key's.")
GLOBAL_USER_ID = Column(
    "globalUserId", _TEXT, _UPSTREAM, "The fan: rows with the same id become one record.", required=True
)
MEMBER_ID = Column("memberId", _TEXT, _UPSTREAM, "The fan's id in the membership system.")
EMAIL = Column("email", _TEXT, _FAN, "Address that the fan registered with, lower case.", personal=True)
FIRST_NAME = Column("firstName", _TEXT, _FAN, "Given name.", personal=True)
LAST_NAME = Column("lastName", _TEXT, _FAN, "Family name.", personal=True)
PHONE_COUNTRY_CODE = Column(
    "phoneCountryCode", _TEXT, _FAN, "Country calling code, digits only.", personal=True
)
PHONE_NUMBER = Column(
    "phoneNumber", _TEXT, _FAN, "Number without the country code, digits only.", personal=True
)
SCORE = Column(
    "score", _NUMBER, _UPSTREAM, "How likely a real fan; the highest wins.", required=True, unit="points >= 0"
)
IS_VERIFIED = Column(
    "isVerified", _FLAG, _UPSTREAM, "Whether the fan is verified (true) or rejected (false).", required=True
)
REGISTRATION_SCORE = Column(
    "registrationScore", _NUMBER, _UPSTREAM, "Score of the registration alone.", unit="points"
)
ACCOUNT_SCORE = Column("accountScore", _NUMBER, _UPSTREAM, "Score of the account alone.", unit="points")
NUDETECT_SCORE = Column("nudetectScore", _NUMBER, _UPSTREAM, "Score of the bot detection.", unit="points")
LOCAL_FANSCORE = Column("localFanscore", _NUMBER, _UPSTREAM, "Score of the fan in the market.", unit="points")
TAGS = Column("tags", _TEXTS, _UPSTREAM, "Labels, each once, the winning row's first; `|` between in a file.")
HBASE = Column("hbase", _TEXT, _UPSTREAM, "The market of the row, lower case.", required=True)
MARKET_PREFERENCES = Column(
    "marketPreferences",
    _TEXT,
    _FAN,
    "The fan's markets in order of preference, `|` between; it ranks the row.",
    required=True,
)
RANK = Column(
    "rank", pl.UInt32(), _HERE, "Best place of one of the fan's rows in their preferences.", unit="0 is first"
)
EVENTS = Column("events", _TEXTS, _HERE, "Element r is the fan's market at rank r, null where there is none.")
RUN_ID = Column("runId", _TEXT, _HERE, "The run that made the record.")
SCORED_AT = Column("scoredAt", _TEXT, _HERE, "When the file was scored.", unit="UTC, ISO-8601 ms Z")

FILE_COLUMNS: tuple[Column, ...] = (
    GLOBAL_USER_ID,
    SCORE,
    IS_VERIFIED,
    HBASE,
    MARKET_PREFERENCES,
    CAMPAIGN_ID,
    MEMBER_ID,
    EMAIL,
    FIRST_NAME,
    LAST_NAME,
    PHONE_COUNTRY_CODE,
    PHONE_NUMBER,
    REGISTRATION_SCORE,
    ACCOUNT_SCORE,
    NUDETECT_SCORE,
    LOCAL_FANSCORE,
    TAGS,
)

RECORD_COLUMNS: tuple[Column, ...] = (
    CAMPAIGN_ID,
    GLOBAL_USER_ID,
    MEMBER_ID,
    EMAIL,
    FIRST_NAME,
    LAST_NAME,
    PHONE_COUNTRY_CODE,
    PHONE_NUMBER,
    SCORE,
    IS_VERIFIED,
    REGISTRATION_SCORE,
    ACCOUNT_SCORE,
    NUDETECT_SCORE,
    LOCAL_FANSCORE,
    TAGS,
    HBASE,
    RANK,
    EVENTS,
    RUN_ID,
    SCORED_AT,
)

# What a fan on a fanlist is known by, the first that is present first (SPEC 1).
_IDENTIFIER = "identifier"
IDENTIFIERS: tuple[Column, ...] = tuple(
    replace(column, required=False, one_of=_IDENTIFIER) for column in (GLOBAL_USER_ID, MEMBER_ID, EMAIL)
)

# What programs write for nothing, as they spell it: `None` and `null`, but no fan called `none` or `Null`.
NULL_WORDS: tuple[str, ...] = (
    *("NULL", "null", "N/A", "n/a", "#N/A", "<NA>", "None", "nan", "NaN", "NaT", "undefined", "-", "\\N"),
    *("(null)", "<null>", "[NULL]", "(none)", "(blank)", "(empty)", "(not set)"),
    *("#REF!", "#VALUE!", "#NAME?", "#DIV/0!", "#ERROR!", "#NUM!"),
)

# What programs write for an identifier when they know none: the words above in any case (but not `none`
# or `NONE`), a spreadsheet's errors, and what is drawn where nothing stands. An address is never drawn so.
_NOTHING = (
    r"n/?a|#n/a|nan|undefined|null|\(null\)|\[null\]|\\n|\[object object\]"
    r"|<null>|<na>|\((?:none|blank|empty|not set)\)"
    r"|#(?:ref!|value!|name\?|div/0!|error!|num!)|(?-i:None|NaT)"
)
NO_IDENTIFIER = rf"(?i)^(?:{_NOTHING}|[-\x{{2013}}\x{{2014}}]+|[.*#?]{{3,}}|\x{{2026}})$"
NO_ADDRESS = rf"(?i)^(?:{_NOTHING}|-)$"

# What exports write where they know no identifier and what may still be somebody's, in any case.
PLACEHOLDERS: tuple[str, ...] = ("unknown", "none", "0", "test")

FANLIST_FILE_COLUMNS: tuple[Column, ...] = (
    SCORE,
    *IDENTIFIERS,
    CAMPAIGN_ID,
    FIRST_NAME,
    LAST_NAME,
    TAGS,
)

# The facts of the file; what only a publication knows (source, correlation, date) comes later.
FANLIST_RECORD_COLUMNS: tuple[Column, ...] = (
    CAMPAIGN_ID,
    *IDENTIFIERS,
    FIRST_NAME,
    LAST_NAME,
    SCORE,
    TAGS,
)

# The columns of a file that hold a number: `score` is required, the others may be absent.
NUMBER_COLUMNS: tuple[str, ...] = tuple(c.name for c in FILE_COLUMNS if c.dtype == _NUMBER)
OPTIONAL_NUMBERS: tuple[str, ...] = tuple(name for name in NUMBER_COLUMNS if name != SCORE.name)

RECORD_SCHEMA = pl.Schema({column.name: column.dtype for column in RECORD_COLUMNS})
FANLIST_RECORD_SCHEMA = pl.Schema({column.name: column.dtype for column in FANLIST_RECORD_COLUMNS})
ROW_NUMBER = "rowNumber"
# The line that a row begins in; quoted line breaks make a row of several, blank lines are no rows.
LINE_NUMBER = "lineNumber"
REJECTED_SCHEMA = pl.Schema(
    {ROW_NUMBER: pl.UInt32(), LINE_NUMBER: pl.UInt32(), "reasons": _TEXTS, "raw": _TEXTS}
)
