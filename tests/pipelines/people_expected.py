"""What is expected of the files in `people/` (test_people.py)."""

from typing import NamedTuple

from pipelines.keys import Kind


class Expected(NamedTuple):
    """Rows read, rejected by first reason, records; lines by kind; a field of the records, in their order."""

    rows: int
    invalid: dict[str, int]
    records: int
    recognised: dict[str, list[int]]
    field: str = "memberId"
    values: list[str | None] | None = None
    kind: Kind = "fanlist"


FILES = {
    "lost_digits": Expected(3, {"bad_id": 2}, 1, {"lostDigits": [2, 3]}, values=["m3"]),
    "lost_digits_without_a_sign": Expected(
        6, {"bad_id": 5}, 1, {"lostDigits": [2, 3, 5, 6, 7]}, values=["12E3"]
    ),
    "repeated_columns": Expected(
        2, {}, 2, {"nullWords": [2, 3], "textMarks": [3], "strayQuotes": [3]}, values=["m1", "m2"]
    ),
    # Each is known by its address; `none`, `m-1` and `#1` may be somebody's.
    "junk_identifiers": Expected(20, {}, 20, {"nullWords": [*range(2, 19)]}),
    # `none` and the surname Null may be somebody.
    "null_words": Expected(
        7, {"missing_id": 5}, 2, {"nullWords": [2, 3, 4, 5, 6]}, "firstName", [None, "Null"]
    ),
    "text_marks": Expected(
        3, {}, 2, {"textMarks": [2, 3, 4], "strayQuotes": [2]}, "firstName", ["'t Hooft", None]
    ),
    "totals_by_name": Expected(3, {"totals_row": 1}, 2, {"totalsRow": [4]}),
    "totals_by_rows": Expected(3, {"totals_row": 1}, 2, {"totalsRow": [4]}),
    "totals_by_sum": Expected(12, {"missing_id": 1, "totals_row": 1}, 10, {"totalsRow": [13]}),
    "sum_of_few": Expected(3, {}, 3, {}),
    "invisible": Expected(5, {}, 1, {"invisibleCharacters": [3, 4, 5, 6]}, "email", ["a@x.io"]),
    "decomposed": Expected(
        2, {}, 1, {"decomposedText": [2, 3]}, "hbase", ["s\u00e3o paulo"], kind="scrubbed"
    ),
    "mixed_scripts": Expected(3, {}, 3, {"mixedScripts": [3]}),
    "header_again": Expected(2, {"bad_score": 1}, 1, {"repeatedHeaders": [3]}),
    "header_again_bom": Expected(2, {"bad_score": 1}, 1, {"repeatedHeaders": [3]}),
    "stray_inches": Expected(5, {}, 5, {"strayQuotes": [3, 5]}),
    "swallowed": Expected(3, {}, 3, {"swallowedLines": [3]}),
    "an_honest_line_break": Expected(2, {}, 2, {}),
    "trailing_commas": Expected(2, {"malformed_row": 2}, 0, {"trailingCommas": [2, 3]}),
    "numbers_and_flags": Expected(
        6,
        {"bad_score": 3, "bad_verified_flag": 1},
        2,
        {"decimalCommas": [2], "thousandsSeparators": [3], "percentSigns": [4], "foreignFlags": [5]},
        "isVerified",
        [True, False],  # type: ignore[list-item]
        kind="scrubbed",
    ),
    # A slash in a German number is no second number.
    "phones": Expected(
        5,
        {},
        5,
        {"phoneExtensions": [2], "unclearPhones": [3, 4, 5]},
        "phoneNumber",
        ["5550100", None, None, None, "0301234567"],
        kind="scrubbed",
    ),
    "addresses": Expected(
        5,
        {"bad_email": 2},
        3,
        {"textMarks": [6], "wrappedAddresses": [4, 5]},
        "email",
        ["bob@x.io"] * 3,
        kind="scrubbed",
    ),
    "float_ids": Expected(3, {}, 3, {"floatIdentifiers": [2, 3]}),
    "stray_quotes": Expected(4, {}, 4, {"strayQuotes": [2, 3, 4]}, "firstName", ["x", "ab", '\\"', 'a "b"']),
    "cr_cr_lf": Expected(2, {}, 2, {}),
    "cr_cr_lf_and_a_quote": Expected(2, {}, 2, {"strayQuotes": [4]}),
    "the_parsers_own_marks": Expected(
        2, {}, 2, {"strayQuotes": [3]}, "firstName", ["\ufdd0\ufdef", '6"\ufdd1\ufdef\ufdd2\ufdef']
    ),
    "the_parsers_own_marks_and_a_bad_byte": Expected(
        3, {"bad_encoding": 1}, 2, {"strayQuotes": [3]}, "firstName", ["\ufdd0\ufdef", '6"']
    ),
    "lone_returns": Expected(2, {"malformed_row": 1}, 1, {"loneReturns": [2]}),
    "many_addresses": Expected(12, {}, 1, {}),
    "separator_line": Expected(1, {}, 1, {"separatorLine": [1]}),
    "near_names": Expected(2, {}, 2, {"nearNames": [2]}, "firstName", [None, None]),
    "nearly_an_identifier": Expected(2, {}, 1, {"nearNames": [1]}),
    "near_names_scrubbed": Expected(1, {}, 1, {"nearNames": [1]}, "email", [None], kind="scrubbed"),
    "a_known_name_beside_a_near_one": Expected(2, {}, 2, {}),
    "rows_with_a_word_of_the_header": Expected(5, {"bad_score": 4}, 1, {}),
    "semicolons_under_commas": Expected(4, {"bad_id": 1, "bad_score": 2}, 1, {"otherSeparators": [2, 3]}),
    "semicolons_in_two_columns": Expected(2, {"bad_score": 1}, 1, {"otherSeparators": [2]}),
    "undefined_alone": Expected(2, {"missing_id": 1}, 1, {"nullWords": [2]}),
    "an_empty_first_cell": Expected(3, {"malformed_row": 1, "missing_id": 1}, 1, {"trailingCommas": [3]}),
    "quoted_rows": Expected(3, {"bad_score": 2}, 1, {"quotedRows": [2, 3]}),
    "final_return": Expected(2, {"bad_score": 1}, 1, {}),
    "returns_at_a_fields_end": Expected(2, {"bad_score": 2}, 0, {"strayQuotes": [3]}),
    "addresses_with_more_around": Expected(
        14,
        {},
        14,
        {"textMarks": [15], "wrappedAddresses": [*range(2, 15)]},
        "email",
        ["a@x.org"] * 14,
    ),
    "addresses_that_are_none": Expected(9, {"bad_email": 8}, 1, {"wrappedAddresses": [4, 7]}),
    # The last of them are numbers.
    "phones_that_are_none": Expected(
        20,
        {},
        20,
        {"nullWords": [21], "phoneExtensions": [17], "unclearPhones": [*range(2, 17)]},
        "phoneNumber",
        [
            *(None, None, "5550100", "5550100", *[None] * 10),
            *("5550100", "4915123456789", "5550100", "15550100", "0612345678", None),
        ],
        kind="scrubbed",
    ),
    "totals_above_notes": Expected(5, {"totals_row": 2, "bad_score": 1}, 2, {"totalsRow": [4, 8]}),
    "totals_by_sum_above_a_note": Expected(12, {"totals_row": 1, "bad_score": 1}, 10, {"totalsRow": [12]}),
    "totals_scrubbed": Expected(2, {"totals_row": 1}, 1, {"totalsRow": [3]}, kind="scrubbed"),
    "totals_too_far_up": Expected(13, {"bad_score": 11}, 2, {"totalWords": [3]}),
    "subtotals": Expected(6, {"totals_row": 1}, 5, {"totalsRow": [7], "totalWords": [3, 5]}),
    # Towns and a tag that begin with an apostrophe keep it; a quote at one end alone is an inch.
    "marks_around_lists": Expected(
        6,
        {},
        6,
        {"textMarks": [2, 3, 5, 6], "strayQuotes": [7]},
        "tags",
        [["a", "b"], ["a", "b"], ["'t a"], ["a", "b"], ["a", "b"], ['12"', "b"]],  # type: ignore[list-item]
        kind="scrubbed",
    ),
    "words_for_nothing_in_lists": Expected(
        4,
        {"unranked": 1},
        3,
        {"nullWords": [2, 3, 4]},
        "tags",
        [None, ["a", "b"], ["annul", "None such"]],  # type: ignore[list-item]
        kind="scrubbed",
    ),
    "broken_text": Expected(5, {}, 5, {"brokenText": [2, 3, 4]}),
    "windows_1252": Expected(4, {"bad_encoding": 3}, 1, {"windows1252": [2, 3, 4]}),
    "bytes_of_no_code_page": Expected(2, {"bad_encoding": 1}, 1, {}),
    "formulas_as_identifiers": Expected(2, {}, 1, {"textMarks": [2]}, "firstName", ["Ada"]),
    "guid_beside_an_address": Expected(2, {}, 1, {"nearNames": [1]}),
    "more_words_for_nothing": Expected(10, {}, 10, {"nullWords": [*range(2, 10)]}),
    "lists_of_other_systems": Expected(
        5,
        {"unranked": 1},
        4,
        {"listSeparators": [2, 3, 4]},
        kind="scrubbed",
    ),
    "addresses_left_out": Expected(3, {}, 3, {"droppedAddresses": [2, 3]}, "email", [None, None, "c@x.org"]),
    "identifiers_like_others": Expected(6, {}, 6, {"mixedScripts": [3, 4, 5, 6]}),
    "quoted_twice": Expected(2, {}, 1, {"textMarks": [2]}, "firstName", ['Bob "B"']),
    "a_trailer": Expected(3, {"totals_row": 1}, 2, {"totalsRow": [4]}),
    # Two of six are one fan; fifteen digits are kept as they were.
    "rounded_identifiers": Expected(6, {}, 5, {"roundedIdentifiers": [2, 3, 4]}),
    "decimal_identifiers": Expected(3, {}, 3, {"floatIdentifiers": [2, 3]}),
    "a_number_sign_before_a_number": Expected(
        2, {}, 2, {"phoneExtensions": [3]}, "phoneNumber", ["5550100"] * 2, kind="scrubbed"
    ),
    # `(0)` is dialled inside the country only.
    "phones_with_a_zero_or_a_rest": Expected(
        9,
        {},
        9,
        {"phoneExtensions": [2, 3], "unclearPhones": [6, 7, 8]},
        "phoneNumber",
        [
            *("49301234567", "0049301234567", "0301234567", "15555550100"),
            *(None, None, None, "0301234567", "15555550100"),
        ],
        kind="scrubbed",
    ),
    "codes_that_are_two": Expected(
        4, {}, 4, {"unclearPhones": [2, 3]}, "phoneCountryCode", [None, None, "1868", "49"], kind="scrubbed"
    ),
    "towns_with_an_apostrophe": Expected(
        3,
        {},
        3,
        {"textMarks": [2, 3]},
        "tags",
        [["rock", "90s"], ["90s", "rock"], ["a", "'t"]],  # type: ignore[list-item]
        kind="scrubbed",
    ),
    # Arabic names begin and end with what looks like single quotes.
    "letters_like_quotes": Expected(
        5,
        {},
        5,
        {"textMarks": [5, 6]},
        "firstName",
        [
            *("\u2018Al\u0101\u2019", "\u201cBob\u201d and \u201cAnn\u201d"),
            *("\u00abAnn\u00bb \u00abBob\u00bb", "Ada", "\u2018Abd"),
        ],
    ),
    "words_for_nothing_in_names": Expected(
        4, {}, 4, {"nullWords": [2, 3, 4]}, "firstName", [None, None, None, "Null"]
    ),
    "broken_in_other_letters": Expected(11, {}, 11, {"brokenText": [8, 9, 10, 11, 12]}),
    # Whoever has an address is a fan, whatever the name and the score.
    "addresses_like_totals": Expected(4, {}, 4, {}),
    "fans_like_totals": Expected(12, {}, 12, {}),
    "a_last_fan_like_a_total": Expected(3, {}, 3, {}),
    "a_total_with_counts": Expected(3, {"totals_row": 1}, 2, {"totalsRow": [4]}),
    "columns_named_by_numbers": Expected(2, {}, 2, {}),
    "addresses_over_lines": Expected(3, {}, 3, {}),
    "rows_inside_fields": Expected(2, {}, 2, {"swallowedLines": [2, 4]}),
    "bad_bytes": Expected(2, {"bad_encoding": 1}, 1, {"windows1252": [2]}),
}
