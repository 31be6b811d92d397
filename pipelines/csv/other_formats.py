"""What a file is if it is not CSV, by its first bytes, and what to do about it (SPEC 1)."""

import re

from pipelines.errors import InvalidFileError

_AS_CSV = "save it as CSV in UTF-8"
_UNPACKED = "unpack it, and upload the CSV as it is or as '.csv.gz'"
_EXPORTED = "have the rows exported as CSV"
# What a file begins with, what it then is, and the cure.
_BINARY = (
    (rb"PK\x03\x04", "a ZIP archive (an Excel workbook is one)", _AS_CSV),
    (rb"PK\x05\x06", "an empty ZIP archive", _AS_CSV),
    (rb"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old Excel workbook (.xls)", _AS_CSV),
    (rb"PAR1", "a Parquet file", _EXPORTED),
    (rb"\xff\xfe\x00\x00|\x00\x00\xfe\xff", "UTF-32 text", "save it as UTF-8 text"),
    (rb"\xff\xfe|\xfe\xff", "UTF-16 text", "save it as UTF-8 text"),
    (rb"\x1f\x8b", "a gzip file without '.gz' at the end of its name", "name it '.csv.gz'"),
    (rb"\x28\xb5\x2f\xfd", "packed with zstd", _UNPACKED),
    (rb"BZh[1-9]1AY&SY", "packed with bzip2", _UNPACKED),
    (rb"\xfd7zXZ\x00", "packed with xz", _UNPACKED),
    (rb"\x04\x22\x4d\x18", "packed with lz4", _UNPACKED),
    (rb"%PDF-", "a PDF document", _EXPORTED),
    (rb"Obj\x01", "an Avro file", _EXPORTED),
    (rb"ORC", "an ORC file", _EXPORTED),
    (rb"7z\xbc\xaf\x27\x1c", "a 7z archive", _UNPACKED),
    # A name in its letters and digits, and its comma: neither begins text in UTF-8 so.
    (
        rb"(?:[\x81-\xa9][\x81-\xa9\xc1-\xe9]|[\xc1-\xe9]{2})[\x81-\xa9\xc1-\xe9\xf0-\xf9]*\x6b",
        "EBCDIC text",
        "save it as UTF-8 text",
    ),
)
_TEXT = (
    (
        rb"(?is)<\?xml.{0,200}<error>",
        "an error message of S3",
        "fetch the object again, and read the message",
    ),
    (rb"(?i)<!doctype html|<html", "a web page", "look whether it is a login page, and fetch the file again"),
    (rb"<[?!a-zA-Z]", "XML", _EXPORTED),
    (rb"\{\\rtf", "a rich-text document", _AS_CSV),
    (rb'\{\s*["}]|\[\s*[{\["\]]', "JSON", _EXPORTED),
)


def named(first: bytes) -> str | None:
    """Return what a file's first bytes say it is, and the cure; None for what may well be CSV."""
    text = first.removeprefix(b"\xef\xbb\xbf").lstrip()
    for candidates, content in ((_BINARY, first), (_TEXT, text)):
        for beginning, kind, cure in candidates:
            if re.match(beginning, content):
                return f"{kind}, not CSV: {cure}"
    return None


def expect_none(first: bytes, *, unpacked: bool) -> None:
    """Refuse the first bytes of a file that is plainly something else.

    Args:
        first: its first bytes, hundreds at least where there are as many.
        unpacked: whether they come out of the gzip that the file's name announces.

    Raises:
        InvalidFileError: what it is, and what to do.
    """
    if unpacked and first.startswith(b"\x1f\x8b"):
        raise InvalidFileError("The file is gzip inside gzip: compress the CSV once.")
    if (found := named(first)) is not None:
        raise InvalidFileError(f"The file is {found}.")
