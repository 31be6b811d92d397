"""Files as people, spreadsheets and exports make them, each in `people/` as bytes: what becomes of each.

Cannot see: what the gate and the reports say of it (tests/expectations, tests/local/check).
"""

from pathlib import Path

import pytest

from pipelines.errors import InvalidFileError
from tests.pipelines.files import outcome
from tests.pipelines.people_expected import FILES

FOLDER = Path(__file__).parent / "people"
_NOTE = "#\n"


# Of those in which a field is hard to keep as it stands.
RAW = {
    "final_return": [["m2", "", "x", "Bob\r"]],
    "returns_at_a_fields_end": [["m1\r", "", "x\r", "Ada"], ["m2", "", "y\r", "Bob\r"]],
    "bad_bytes": [["m1", "", "1", r"A\xffd\xe4"]],
    "quoted_rows": [["m1,,1,Ada"], ['m2,,2,"Bob, jr"']],
}
REFUSED = {
    "header_in_another_order": "Line 4 is a header with other columns, or in another order",
    "header_of_other_columns": "Line 3 is a header with other columns",
    "identifier_in_snake_case": r"Line 2, the header, .* 'member_id': did you mean memberId\? ",
    "header_of_few_known_names": "Line 62 is a header with other columns, or in another order or spelling",
    "header_partly_in_snake_case": "Line 3 is a header with other columns, or in another order or spelling",
    "open_quote": "an unterminated quote, opened in line 31",
    "next_line": r"lines end in the character U\+0085 .*: save it with line feeds",
    "line_separator": r"lines end in the character U\+2028 .*: save it with line feeds",
    "paragraph_separator": r"lines end in the character U\+2029 .*: save it with line feeds",
    "backslash_n": r"lines end in the two characters \\n: save it with line feeds",
    "backslash_n_and_a_line_feed": r"lines end in the two characters \\n: save it with line feeds",
    "returns_only": "lines end in a carriage return alone: save it with line feeds",
}


def test_every_file_is_expected_to_be_something() -> None:
    assert {path.stem for path in FOLDER.glob("*.csv")} == set(FILES) | set(REFUSED)


@pytest.mark.parametrize("name", FILES)
def test_what_becomes_of_a_file(name: str) -> None:
    expected = FILES[name]
    prepared, records, rejected = outcome((FOLDER / f"{name}.csv").read_bytes(), expected.kind)
    assert (prepared.rows_in, prepared.invalid_by, prepared.valid) == expected[:3]
    assert {kind: seen.first for kind, seen in prepared.recognised.items()} == {
        kind: lines[:5] for kind, lines in expected.recognised.items()
    }
    assert len(rejected) == prepared.invalid
    if expected.values is not None:
        assert [record[expected.field] for record in records] == expected.values


@pytest.mark.parametrize("name", RAW)
def test_a_rejected_row_is_kept_as_it_stands(name: str) -> None:
    *_, rejected = outcome((FOLDER / f"{name}.csv").read_bytes(), "fanlist")
    assert [row["raw"] for row in rejected] == RAW[name]


@pytest.mark.parametrize("end", ["\r", "\u0085", "\u2028", "\\n"])
def test_a_large_file_with_other_line_ends_is_told_so(end: str) -> None:
    with pytest.raises(InvalidFileError, match="lines end in"):
        outcome(("memberId,score" + end + f"m1,1{end}" * 300_000).encode(), "fanlist")


@pytest.mark.parametrize("name", REFUSED)
def test_a_file_that_is_refused_says_where(name: str) -> None:
    with pytest.raises(InvalidFileError, match=REFUSED[name]):
        outcome((FOLDER / f"{name}.csv").read_bytes(), "fanlist")


@pytest.mark.parametrize(
    "name",
    ["member_id", "Member Id", "#memberId", "MEMBER-ID", "global user id", "member.id", "member\u2011id"],
)
def test_an_identifier_in_another_spelling_is_not_ignored(name: str) -> None:
    """The fans would be known by their addresses, and those who share one be merged."""
    with pytest.raises(InvalidFileError, match=f"Line 1, .*'{name}': did you mean "):
        outcome(f"{name},email,score\n1,a@x.io,1\n2,a@x.io,2\n".encode(), "fanlist")


def test_an_address_in_another_spelling_is_not_ignored() -> None:
    with pytest.raises(InvalidFileError, match=r"'e-mail': did you mean email\?"):
        outcome(b"memberId,e-mail,score\nm1,a@x.io,1\n", "fanlist")


def test_near_names_are_said_with_what_is_meant() -> None:
    prepared, *_ = outcome((FOLDER / "near_names.csv").read_bytes(), "fanlist")
    assert prepared.recognised["nearNames"].meant == (
        "'first name': did you mean firstName? 'LAST_NAME': did you mean lastName?"
    )
    assert prepared.unknown_columns == ["first name", "LAST_NAME", "rank"]


def test_a_name_that_nobody_reads_to_its_end_is_cut() -> None:
    prepared, *_ = outcome(b"memberId,score," + b"x" * 1_000_000 + b"\nm1,1,\n", "fanlist")
    assert prepared.unknown_columns == ["x" * 100 + "..."]
    with pytest.raises(InvalidFileError) as error:
        outcome(b"memberId," + b"_" * 1_000_000 + b"score\nm1,1\n", "fanlist")
    assert "did you mean score?" in str(error.value)
    assert len(str(error.value)) < 500


@pytest.mark.parametrize(
    ("header", "again"),
    [
        ("x,y,email,score", "y,x,score,email"),
        ("email,score,rank", "\ufeff Rank ,EMAIL,score"),
        ("email,score,rank", "score,rank,email"),
        ("email,score,rank", "email,rank,points"),
        ("email,score", "e-mail,score"),
        ("email,score,rank", "memberId,#Score,rank"),
        ("memberId,score,rank,market", "score,memberId,rank,place"),
        ("memberId,score,rank,market", '"rank","market","memberId","score"'),
    ],
)
def test_names_of_the_header_in_another_order_are_another_header(header: str, again: str) -> None:
    row = ",".join("5" for _ in header.split(","))
    with pytest.raises(InvalidFileError, match="Line 3 is a header"):
        outcome(f"{header}\n{row}\n{again}\n{row}\n".encode(), "fanlist")


def test_swallowed_lines_have_a_first_and_a_last() -> None:
    prepared, *_ = outcome((FOLDER / "swallowed.csv").read_bytes(), "fanlist")
    seen = prepared.recognised["swallowedLines"]
    assert (seen.rows, seen.lines, seen.spans) == (1, 2, [(3, 5)])


def test_addresses_of_one_identifier_are_counted() -> None:
    prepared, *_ = outcome((FOLDER / "many_addresses.csv").read_bytes(), "fanlist")
    assert prepared.identifiers.most_addresses == 12
    assert prepared.identifiers.most_addresses_at == [1, 2, 3, 4, 5]


def test_of_several_with_as_many_addresses_the_first_is_named() -> None:
    rows = "".join(f"m{fan},{row}.{fan}@b.co,1\n" for row in range(11) for fan in range(20, 0, -1))
    prepared, *_ = outcome(f"memberId,email,score\n{rows}".encode(), "fanlist")
    assert prepared.identifiers.most_addresses == 11
    assert prepared.identifiers.most_addresses_at == [1, 21, 41, 61, 81]


def test_what_is_recognised_adds_up_over_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every other row, and the header again now and then: lines and numbers go on over blocks."""
    monkeypatch.setattr("pipelines.csv.blocks.BLOCK_BYTES", 32)
    monkeypatch.setattr("pipelines.csv.source.CHUNK_BYTES", 32)
    part = b"memberId,score\n'm1,1\nm2,x\n"
    prepared, _, rejected = outcome(part * 20, "fanlist")
    assert prepared.rows_in == 40
    assert prepared.valid == 1
    assert [(row["rowNumber"], row["lineNumber"]) for row in rejected] == [
        (2 * place + 2, 3 * place + 3) for place in range(20)
    ]
    marks, headers = prepared.recognised["textMarks"], prepared.recognised["repeatedHeaders"]
    assert (marks.rows, marks.first) == (20, [2, 5, 8, 11, 14])
    assert (headers.rows, headers.first) == (19, [4, 7, 10, 13, 16])


@pytest.mark.parametrize(
    "word",
    [*("Total général", "Итого", "GESAMT", "Summe:", "Suma", "Average", "合計", "Total: 1,965", "Count"),
     *("30 rows selected.", "(30 rows)", "Sous-total")],
)  # fmt: skip
def test_a_word_for_a_total_on_the_last_row_is_no_fan(word: str) -> None:
    row = f'"{word}",1\n'
    prepared, _, _ = outcome(f"memberId,score\nm1,1\n{row}".encode(), "fanlist")
    assert (prepared.valid, prepared.invalid_by) == (1, {"totals_row": 1})


@pytest.mark.parametrize("name", ["Totally", "Sum1", "m-total", "a count", "30 rowers"])
def test_a_name_with_such_a_word_in_it_is_a_fans(name: str) -> None:
    prepared, _, _ = outcome(f"memberId,score\nm1,1\n{name},1\n".encode(), "fanlist")
    assert (prepared.valid, prepared.recognised) == (2, {})


def test_a_total_above_a_total_is_no_fan() -> None:
    prepared, _, _ = outcome(b"memberId,score\nm1,1\nm2,2\nAverage,1.5\nTotal,3\n", "fanlist")
    assert (prepared.valid, prepared.invalid_by) == (2, {"totals_row": 2})


def test_a_total_is_found_over_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    """The total in one block, the last note in another one."""
    monkeypatch.setattr("pipelines.csv.blocks.BLOCK_BYTES", 16)
    monkeypatch.setattr("pipelines.csv.source.CHUNK_BYTES", 16)
    rows = "".join(f"member{place},{place}\n" for place in range(1, 12))
    prepared, _, rejected = outcome(f"memberId,score\n{rows}x,66\n{_NOTE * 10}".encode(), "fanlist")
    assert (prepared.valid, prepared.invalid_by) == (11, {"totals_row": 1, "bad_score": 10})
    assert [row["rowNumber"] for row in rejected] == [*range(12, 23)]
    prepared, *_ = outcome(f"memberId,score\n{rows}x,66\n{_NOTE * 11}".encode(), "fanlist")
    assert prepared.valid == 12


def test_scores_that_are_places_have_no_totals() -> None:
    rows = "".join(f"m{place},{place}\n" for place in range(20))
    prepared, _, _ = outcome(f"memberId,score\n{rows}".encode(), "fanlist")
    assert (prepared.valid, prepared.invalid_by) == (20, {})


def test_a_count_far_above_all_scores_is_a_total() -> None:
    rows = "".join(f"m{place},{place % 3}\n" for place in range(20))
    prepared, _, _ = outcome(f"memberId,score\n{rows}x,20\n".encode(), "fanlist")
    assert (prepared.valid, prepared.invalid_by) == (20, {"totals_row": 1})
