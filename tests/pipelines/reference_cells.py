"""One cell of a file as the contract reads it, in plain Python: what is cleaned off, what a value means."""

import math
import re
import unicodedata

NUMBERS = ["registrationScore", "accountScore", "nudetectScore", "localFanscore"]
NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?")
APOSTROPHES = ["globalUserId", "memberId", "email", "score", "isVerified", *NUMBERS]
EMAIL = re.compile(r"[^@\s]+@(?!.*\.\.)[^@\s]+\.[^@\s.]+")
LOST_DIGITS = re.compile(r"[+-]?(([0-9]+[.,][0-9]*|[.,][0-9]+)[eE][+-]?|[0-9]+[eE]\+)[0-9]+")
NOTHING = ["NULL", "null", "N/A", "n/a", "#N/A", "None", "nan", "NaN", "undefined", "-"]
NO_IDENTIFIER = re.compile(
    r"n/?a|#n/a|nan|undefined|null|\(null\)|\[null\]|\\n|\[object object\]"
    r"|#(ref!|value!|name\?|div/0!|error!|num!)",
    re.I,
)
QUOTES = "\u2018\u2019\u201a\u201b\u201c\u201d\u201e\u201f"
INVISIBLE = {
    *(0xAD, 0x34F, 0x61C, 0x180E, 0xFEFF),
    *(*range(0x200B, 0x2010), *range(0x202A, 0x202F), *range(0x2060, 0x2065), *range(0x2066, 0x2070)),
}


def seen(text: str) -> str:
    """Text without what nobody sees."""
    return "".join(character for character in text if ord(character) not in INVISIBLE)


def clean(column: str, text: str) -> str:
    """A trimmed value without a spreadsheet's and a mail program's marks; "" where it says nothing."""
    text = unicodedata.normalize("NFC", text)
    if column in ("globalUserId", "memberId", "email", "hbase", "marketPreferences"):
        text = seen(text).strip()
    if column not in ("marketPreferences", "tags"):
        text = without_marks(column, text)
    if column == "email":
        text = bare_address(text)
    if column in ("firstName", "lastName") and text in NOTHING:
        return ""
    if column in ("globalUserId", "memberId", "email") and is_nothing(column, text):
        return ""
    if column == "phoneNumber":
        text = re.sub(r"(?i)[\s,;]*(x|ext|extension|#)[\s:.=]*[0-9]+\s*\Z", "", text).strip()
    if column in ("phoneNumber", "phoneCountryCode") and is_unclear(text):
        return ""
    return text


def is_nothing(column: str, text: str) -> bool:
    """Whether it is a program's word for nothing, an error, or drawn where nothing stands."""
    drawn = "-" if column == "email" else "[-\u2013\u2014]+|[.*#?]{3,}|\u2026"
    return bool(NO_IDENTIFIER.fullmatch(text) or re.fullmatch(drawn, text)) or text == "None"


def bare_address(text: str) -> str:
    """An address without what mail programs put around it."""
    if len(text) > 1 and text[0] == text[-1] == '"':
        text = text[1:-1]
    if text[:1] == "<" and text[-1:] == ">" and len(text) > 1:
        text = re.sub("(?i)^mailto:", "", text[1:-1])
    elif text[:7].lower() == "mailto:":
        text = text[7:]
    return text.strip()


def without_marks(column: str, text: str) -> str:
    """A value without a spreadsheet's marks."""
    if len(text) > 2 and text.startswith('="') and text.endswith('"'):
        text = text[2:-1]
    if len(text) > 1 and text[0] in QUOTES + "\u00ab\u2039" and text[-1] in QUOTES + "\u00bb\u203a":
        text = text[1:-1]
    if column in APOSTROPHES and text[:1] == "'":
        text = text[1:].removesuffix("'")
    return text.strip()


def is_unclear(phone: str) -> bool:
    """Whether a telephone number has lost digits, or is two of them."""
    if re.fullmatch(r"\+?[0-9]+([.,][0-9]+)?[eE]\+?[0-9]+|\+?[0-9]+\.0", phone):
        return True
    parts = re.split(r"(?i)[/;,|&\n]|\bor\b|\band\b", phone)
    return sum(len(re.findall("[0-9]", part)) > 5 for part in parts) > 1


def number(text: str) -> float | None:
    """A finite number, or None."""
    if not NUMBER.fullmatch(text):
        return None
    value = float(text)
    return value if math.isfinite(value) else None


def is_bad_id(text: str) -> bool:
    """Whether it holds a control character, is longer than 1,024 bytes of UTF-8, or has lost its digits."""
    if LOST_DIGITS.fullmatch(text):
        return True
    controls = any(unicodedata.category(character) == "Cc" for character in text)
    return controls or len(text.encode(errors="replace")) > 1024


def flag(text: str | None) -> bool | None:
    word = (text or "").lower()
    if word in {"true", "t", "yes", "y", "1", "1.0"}:
        return True
    if word in {"false", "f", "no", "n", "0", "0.0"}:
        return False
    return None


def entries(text: str | None) -> list[str]:
    return [entry.strip() for entry in (text or "").split("|") if entry.strip()]
