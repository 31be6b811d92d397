"""One cell of a file as the contract reads it, in plain Python: what is cleaned off, what a value means."""

import math
import re
import unicodedata

NUMBERS = ["registrationScore", "accountScore", "nudetectScore", "localFanscore"]
NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?")
PHONES = ["phoneCountryCode", "phoneNumber"]
APOSTROPHES = ["globalUserId", "memberId", "email", "score", "isVerified", *NUMBERS, *PHONES]
LOCAL = r"[^@\s<>()\[\]\",;:\u2018-\u201f\u00ab\u00bb\u2039\u203a]"
EMAIL = re.compile(rf"(?!'){LOCAL}+@(?!.*\.\.)([^@]+\.[^@]+)")
LOST_DIGITS = re.compile(r"[+-]?(([0-9]+[.,][0-9]*|[.,][0-9]+)[eE][+-]?|[0-9]+[eE]\+)[0-9]+")
# How `surrogateescape` shows a byte that is no UTF-8.
BAD_BYTE = re.compile("[\udc80-\udcff]")
# Unicode's category Cc.
CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
NOTHING = ["NULL", "null", "N/A", "n/a", "#N/A", "<NA>", "None", "nan", "NaN", "NaT", "undefined", "-", "\\N"]
NOTHING += ["(null)", "<null>", "[NULL]", "(none)", "(blank)", "(empty)", "(not set)"]
NOTHING += ["#REF!", "#VALUE!", "#NAME?", "#DIV/0!", "#ERROR!", "#NUM!"]
NO_IDENTIFIER = re.compile(
    r"n/?a|#n/a|nan|undefined|null|\(null\)|\[null\]|\\n|\[object object\]"
    r"|<null>|<na>|\((none|blank|empty|not set)\)"
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
    if column in ("hbase", "marketPreferences", "tags"):
        return without_words(unmarked(text.strip())).strip()
    text = without_marks(column, text)
    if column == "email":
        text = bare_address(text)
    if column in ("firstName", "lastName", *PHONES) and text in NOTHING:
        return ""
    if column in ("globalUserId", "memberId", "email") and is_nothing(column, text):
        return ""
    if column == "phoneNumber":
        text = re.sub(
            r"(?i)(?<=[0-9])([^0-9]*?)[\s,;]*(x|ext|extension|#)[\s:.=]*[0-9]+\s*\Z", r"\1", text
        ).strip()
        text = re.sub(r"\A([^0-9]*(\+|00)[0-9 .-]*)\(0\)", r"\1", text).strip()
    if column in PHONES and is_unclear(column, text):
        return ""
    return text


def is_nothing(column: str, text: str) -> bool:
    """Whether it is a program's word for nothing, an error, or drawn where nothing stands."""
    drawn = "-" if column == "email" else "[-\u2013\u2014]+|[.*#?]{3,}|\u2026"
    return bool(NO_IDENTIFIER.fullmatch(text) or re.fullmatch(drawn, text)) or text in ("None", "NaT")


def bare_address(text: str) -> str:
    """An address without what mail programs and spreadsheets put around it."""
    around = '<>()[]",;' + QUOTES + "\u00ab\u00bb\u2039\u203a"
    link, *shown = linked(text)
    link = re.sub("(?i)^mailto:", "", link) if link != text else link
    if not shown or "@" not in shown[0]:
        text = link if "@" in link or not shown else shown[0]
    elif "@" not in link:
        text = shown[0]
    elif link.lower() == shown[0].lower():
        text = link
    if named := re.fullmatch(r"[^<>]*<([^<>]*)>[\s,;]*", text):
        text = named[1]
    text = strip(text, around)
    if linking := re.match("(?i)(mailto:|https?://)+", text):
        text = re.split("[/?]", text[linking.end() :])[0]
    return strip(text, around)


def strip(text: str, signs: str) -> str:
    """A text without white space and signs at its ends."""
    while text != (text := text.strip().strip(signs)):
        pass
    return text


def without_marks(column: str, text: str) -> str:
    """A value without a spreadsheet's marks."""
    if len(text) > 2 and text.startswith('="') and text.endswith('"'):
        text = text[2:-1]
    # Single ones are letters of some names.
    single = "" if column in ("firstName", "lastName") else QUOTES[:4] + "\u2039\u203a"
    around = {*QUOTES[4:], "\u00ab", "\u00bb", *single}
    if (
        len(text) > 1
        and {text[0], text[-1]} <= around
        and not set(text[1:-1]) & {*QUOTES[4:], *"\u00ab\u00bb"}
    ):
        opens, closes = text[0] not in "\u00bb\u203a", text[-1] not in "\u00ab\u2039"
        text = text[1:-1] if opens and closes else text
    if column != "email":
        text = linked(text)[-1]
    if column in APOSTROPHES and re.fullmatch('"[^"]+"', text):
        text = text[1:-1]
    if column in APOSTROPHES and text[:1] == "'":
        text = text[1:].removesuffix("'")
    return text.strip()


def linked(text: str) -> list[str]:
    """What a formula for a link links to and shows; the text itself where it is none."""
    found = re.fullmatch(r'=\s*[^\W\d_]+\(\s*"([^"]*)"\s*(?:[,;]\s*"([^"]*)"\s*)?\)', text)
    return [part for part in found.groups() if part is not None] if found else [text]


def is_address(text: str) -> bool:
    """Whether it has an address's form."""
    found = EMAIL.fullmatch(text)
    labels = found[1].removeprefix(".") if found else ""
    return (
        bool(labels)
        and "." in labels
        and all(
            label and all(c.isalnum() or c in "_-" or unicodedata.category(c)[0] in "MN" for c in label)
            for label in labels.split(".")
        )
    )


def unmarked(text: str) -> str:
    """A list without quotes around it, around its entries, and without a spreadsheet's apostrophe."""
    opening, closing = QUOTES + "\u00ab\u2039\"'", QUOTES + "\u00bb\u203a\"'"
    if len(text) > 2 and text.startswith('="') and text.endswith('"'):
        text = text[2:-1]

    def inside(part: str) -> str:
        quoted = len(part) > 1 and part[0] in opening and part[-1] in closing
        return part[1:-1] if quoted and not set(part[1:-1]) & {*opening, *closing} - {"'"} else part

    for _ in range(2):
        parts = [(part, inside(part.strip())) for part in text.split("|")]
        text = "|".join(part if bare == part.strip() else bare for part, bare in parts)
    text = inside(text) if "|" in text else text
    parts = [(part, part.lstrip()) for part in text.split("|")]
    return "|".join(
        part.replace("'", "", 1) if re.match(r"(?i)'([^'stn]|[stn][^\s-])", bare) else part
        for part, bare in parts
    )


def without_words(text: str) -> str:
    """A list without the entries that are words for nothing."""
    return "|".join("" if part.strip() in NOTHING else part for part in text.split("|"))


def is_unclear(column: str, phone: str) -> bool:
    """Whether a telephone field is no single number with all its digits."""
    digits = re.findall("[0-9]", phone)
    before, after = re.split("[0-9]", phone, maxsplit=1) if digits else (phone, "")
    is_label = any(map(str.isalpha, before))
    if any(map(str.isalpha, after)) or "+" in after or re.fullmatch(r"\+?[0-9]+[.,]0+", phone):
        return True
    is_two = column == "phoneCountryCode" and re.search(r"[0-9]\s*[/;|&\n]\s*[0-9]", phone)
    if is_two or (is_label and len(digits) < (6 if column == "phoneNumber" else 1)):
        return True
    if any(unicodedata.category(c) == "Nd" and c not in "0123456789" for c in phone) or is_date(phone):
        return True
    international = (
        "+" in before
        or phone.isdigit()
        or ("".join(digits[:2]) == "00" and re.search("[0-9]", phone[len(before) + 1 :][:1]))
    )
    if len(digits) > (15 if international else 13):
        return True
    if any(
        (_count(part) > 5 and _count(rest) > 5) or (_count(part) > 6 and 0 < _count(rest) < 4)
        for part, rest in _cuts(re.split(r"[/;,|&\n]", phone))
    ):
        return True
    return any(_count(part) > 6 and _count(rest) > 6 for part, rest in _cuts(phone.split()))


def _count(text: str) -> int:
    return len(re.findall("[0-9]", text))


def _cuts(parts: list[str]) -> list[tuple[str, str]]:
    return [(part, " ".join(parts[place + 1 :])) for place, part in enumerate(parts[:-1])]


def is_date(text: str) -> bool:
    """Whether it is a day, with a time behind it or not, its year first or last."""
    day = text.split(None, 1)[0] if text else ""
    parts = re.fullmatch(r"([0-9]{1,4})[-/.]([0-9]{1,2})[-/.]([0-9]{1,4})", day)
    if not parts:
        return False
    first, second, third = parts.groups()
    if len(first) == 4:
        return first[:2] in ("19", "20") and int(second) < 20 and len(third) < 3 and int(third) < 40
    return (
        len(first) < 3
        and int(first) < 40
        and int(second) < 40
        and third[:2] in ("19", "20")
        and len(third) == 4
    )


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
    return CONTROL.search(text) is not None or len(text.encode(errors="replace")) > 1024


# In the contract's order.
TOTALS = """
    total, totals, grand total, grand totals, subtotal, subtotals, sub-total, sub total, sum, average, avg,
    mean, count, row count, total rows, total count, total fans, gesamt, gesamtsumme, insgesamt, summe,
    zwischensumme, durchschnitt, anzahl, totaal, totale, totale generale, somma, media, total général,
    total general, sous-total, somme, moyenne, suma, suma total, promedio, soma, razem, summa, totalt,
    yhteensä, toplam, итого, итог, всего, сумма, разом, trailer, footer, end, eof,
    end of file, end of report, 合計, 小計, 总计, 合计, 합계
"""


def is_word(identifier: str) -> bool:
    """Whether an identifier is a word for a total."""
    if re.fullmatch(r"\(?[0-9][0-9,. ]*\s(rows?|records?|fans?|entries|lines)\b.*", identifier, re.I):
        return True
    word = re.sub(r"\s*(:\s*[0-9,. ]*)?\Z", "", identifier.lower())
    return word in [" ".join(one.split()) for one in TOTALS.split(",")]


def flag(text: str | None) -> bool | None:
    word = (text or "").lower()
    if word in {"true", "t", "yes", "y", "1", "1.0"}:
        return True
    if word in {"false", "f", "no", "n", "0", "0.0"}:
        return False
    return None


def entries(text: str | None) -> list[str]:
    return [entry.strip() for entry in (text or "").split("|") if entry.strip()]
