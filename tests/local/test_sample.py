"""The samples against a reading of the contract's section 2 that shares nothing with the pipelines."""

import csv
import gzip
import io
import math
import re
from collections import Counter
from pathlib import Path
from unicodedata import category

import pytest

from local.sample.fans import MARKETS
from local.sample.generate import CHUNK_ROWS, SampleError, SampleSummary, generate, suggested_key
from pipelines.keys import Kind, parse_key

SAMPLES = Path(__file__).parents[2] / "samples"
SCRUBBED_REASONS = {
    "malformed_row",
    "bad_encoding",
    "campaign_mismatch",
    "missing_id",
    "bad_id",
    "bad_score",
    "bad_verified_flag",
    "bad_number",
    "bad_email",
    "unranked",
}
FANLIST_REASONS = SCRUBBED_REASONS - {"bad_verified_flag", "bad_number", "unranked"}

Row = dict[str, str]


def read(path: Path) -> list[tuple[Row, bool]]:
    """Each row with its cells trimmed, and whether it has more fields than the header."""
    text = path.read_bytes().decode(errors="surrogateescape")
    header, *rows = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    return [
        (dict(zip(header, (cell.strip() for cell in row), strict=False)), len(row) > len(header))
        for row in rows
    ]


def number(text: str) -> float | None:
    """The contract's number, or None where it is none or not finite."""
    if not re.fullmatch(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", text):
        return None
    return float(text) if math.isfinite(float(text)) else None


def identifier(row: Row, kind: Kind) -> str:
    names = ["globalUserId"] if kind == "scrubbed" else ["globalUserId", "memberId", "email"]
    found = next(((name, row[name]) for name in names if row[name]), ("", ""))
    return found[0] + ":" + (found[1].lower() if found[0] == "email" else found[1])


def is_bad_id(text: str) -> bool:
    return len(text.encode(errors="replace")) > 1024 or any(category(letter) == "Cc" for letter in text)


def is_email(text: str) -> bool:
    return re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", text) is not None


def reasons(row: Row, long: bool, kind: Kind, campaign_id: str) -> list[str]:
    """Every reason that applies to a row, in the contract's order."""
    score = number(row["score"])
    found = {
        "malformed_row": long,
        "bad_encoding": any("\udc80" <= character <= "\udcff" for character in "".join(row.values())),
        "campaign_mismatch": row["campaignId"] not in ("", campaign_id),
        "missing_id": identifier(row, kind) == ":",
        "bad_id": is_bad_id(identifier(row, kind).partition(":")[2]),
        "bad_score": score is None or score < 0,
    }
    if kind == "fanlist":
        found["bad_email"] = identifier(row, kind).startswith("email:") and not is_email(row["email"])
        return [reason for reason, applies in found.items() if applies]
    optional = ("registrationScore", "accountScore", "nudetectScore", "localFanscore")
    markets = [market.strip().lower() for market in row["marketPreferences"].split("|")]
    flags = "true false t f yes no y n 1 0".split()  # noqa: SIM905 (reads as the contract does)
    found |= {
        "bad_verified_flag": row["isVerified"].lower() not in flags,
        "bad_number": any(row[name] and number(row[name]) is None for name in optional),
        "bad_email": bool(row["email"]) and not is_email(row["email"]),
        "unranked": row["hbase"] == "" or row["hbase"].lower() not in markets,
    }
    return [reason for reason, applies in found.items() if applies]


def judged(summary: SampleSummary) -> tuple[Counter[str], int, int]:
    """Rejected rows by first reason, merged rows and records, as the contract has them."""
    rejected: Counter[str] = Counter()
    fans: Counter[str] = Counter()
    for row, long in read(summary.path):
        if found := reasons(row, long, summary.kind, summary.campaign_id):
            rejected[found[0]] += 1
        else:
            fans[identifier(row, summary.kind)] += 1
    return rejected, fans.total() - len(fans), len(fans)


@pytest.mark.parametrize("kind", ["scrubbed", "fanlist"])
@pytest.mark.parametrize(
    ("rows", "seed"), [(1, 1), (2, 5), (34, 2), (51, 3), (199, 4), (200, 5), (2_000, 6), (CHUNK_ROWS + 9, 7)]
)
def test_the_summary_says_what_the_contract_makes_of_the_file(
    kind: Kind, rows: int, seed: int, tmp_path: Path
) -> None:
    summary = generate(kind, rows, seed, tmp_path / "sample.csv")
    rejected, merged, records = judged(summary)
    assert dict(rejected) == summary.invalid_by
    assert (merged, records) == (summary.duplicate, summary.valid)
    assert rejected.total() == summary.invalid
    assert rows == summary.invalid + summary.duplicate + summary.valid
    assert summary.bytes == summary.path.stat().st_size


@pytest.mark.parametrize(("kind", "expected"), [("scrubbed", SCRUBBED_REASONS), ("fanlist", FANLIST_REASONS)])
@pytest.mark.parametrize("rows", [200, 1_000])
def test_every_reason_stands_in_a_file_of_200_rows(
    kind: Kind, expected: set[str], rows: int, tmp_path: Path
) -> None:
    summary = generate(kind, rows, 11, tmp_path / "sample.csv")
    assert set(summary.invalid_by) == expected
    assert summary.invalid_by["bad_score"] >= 3
    assert (summary.rows - summary.invalid) / summary.rows >= 0.94


@pytest.mark.parametrize(("kind", "rejected", "merged"), [("scrubbed", 0.015, 0.02), ("fanlist", 0.03, 0.01)])
def test_shares_are_those_of_the_use_cases(
    kind: Kind, rejected: float, merged: float, tmp_path: Path
) -> None:
    summary = generate(kind, 50_000, 3, tmp_path / "sample.csv")
    assert summary.invalid / summary.rows == pytest.approx(rejected, abs=1e-4)
    assert summary.duplicate / summary.rows == pytest.approx(merged, abs=1e-4)


def test_scores_flags_and_markets_are_plausible(tmp_path: Path) -> None:
    summary = generate("scrubbed", 20_000, 3, tmp_path / "sample.csv")
    good = [row for row, long in read(summary.path) if not reasons(row, long, "scrubbed", "campaign-123")]
    scores = [float(row["score"]) for row in good]
    assert 0 <= min(scores) < 40
    assert 90 < max(scores) <= 100
    verified = [row["isVerified"].lower() in ("true", "t", "yes", "y", "1") for row in good]
    assert sum(verified) / len(good) == pytest.approx(0.76, abs=0.02)
    preferences = [row["marketPreferences"].split("|") for row in good]
    assert {len(markets) for markets in preferences if "LONDON" not in "|".join(markets)} == {1, 2, 3, 4, 5}
    assert {row["hbase"] for row in good} >= set(MARKETS)


def test_repeated_fans_fake_several_markets(tmp_path: Path) -> None:
    summary = generate("scrubbed", 10_000, 3, tmp_path / "sample.csv")
    markets: dict[str, set[str]] = {}
    people: dict[str, set[tuple[str, ...]]] = {}
    for row, long in read(summary.path):
        if not reasons(row, long, "scrubbed", summary.campaign_id):
            markets.setdefault(row["globalUserId"], set()).add(row["hbase"])
            person = tuple(row[name] for name in ("email", "lastName", "phoneNumber", "marketPreferences"))
            people.setdefault(row["globalUserId"], set()).add(person)
    assert sum(len(found) > 1 for found in markets.values()) > summary.duplicate / 2
    assert all(len(found) == 1 for found in people.values())


def test_odd_cells_that_are_valid_fake_it(tmp_path: Path) -> None:
    summary = generate("scrubbed", 2_000, 3, tmp_path / "sample.csv")
    good = [row for row, long in read(summary.path) if not reasons(row, long, "scrubbed", "campaign-123")]
    assert any("\n" in row["signupNote"] for row in good)
    assert any("," in row["firstName"] for row in good)
    assert any('"' in row["lastName"] for row in good)
    assert any(row["email"].isupper() for row in good)
    assert any(row["phoneNumber"].startswith("+1 (555)") for row in good)
    assert {"+87.5", "8.75E1", "007"} <= {row["score"] for row in good}
    assert b"\r" not in summary.path.read_bytes()


def test_nobody_real_is_in_it(tmp_path: Path) -> None:
    for kind in ("scrubbed", "fanlist"):
        summary = generate(kind, 5_000, 3, tmp_path / kind)
        for row, long in read(summary.path):
            if row["email"] and not reasons(row, long, kind, summary.campaign_id):
                domain = row["email"].lower().rpartition("@")[2]
                assert re.search(r"(^|\.)example\.(com|org|net)$", domain) or row["email"] == "not an address"
            assert not re.search("[0-9]", row.get("phoneNumber", "")) or "555" in row["phoneNumber"]


def test_a_fanlist_mixes_identifiers_and_bad_addresses_beside_member_ids(tmp_path: Path) -> None:
    summary = generate("fanlist", 5_000, 3, tmp_path / "sample.csv")
    rows = [row for row, long in read(summary.path) if not reasons(row, long, "fanlist", "campaign-456")]
    shares = Counter(identifier(row, "fanlist").partition(":")[0] for row in rows)
    assert shares["email"] > shares["memberId"] > shares["globalUserId"] > len(rows) * 0.05
    assert any(row["email"] == "not an address" and row["memberId"] for row in rows)


@pytest.mark.parametrize("kind", ["scrubbed", "fanlist"])
def test_the_same_seed_gives_the_same_bytes(kind: Kind, tmp_path: Path) -> None:
    first, again, other = (tmp_path / name for name in ("first", "again", "other"))
    for path, seed in ((first, 1), (again, 1), (other, 2)):
        generate(kind, 3_000, seed, path)
    assert first.read_bytes() == again.read_bytes() != other.read_bytes()


@pytest.mark.parametrize("kind", ["scrubbed", "fanlist"])
def test_the_committed_sample_is_what_seed_1_gives(kind: Kind, tmp_path: Path) -> None:
    summary = generate(kind, 2_000, 1, tmp_path / "sample.csv")
    assert (SAMPLES / f"{kind}.csv").read_bytes() == summary.path.read_bytes()
    readme = (SAMPLES / "README.md").read_text()
    row = f"| `{kind}.csv` | 2,000 | `{summary.key}` "
    assert f"{row}| {summary.invalid} | {summary.duplicate} | {summary.valid:,} |" in readme


def test_a_gzipped_sample_repeats_and_holds_the_same(tmp_path: Path) -> None:
    plain = generate("scrubbed", 500, 1, tmp_path / "sample.csv")
    packed = generate("scrubbed", 500, 1, tmp_path / "sample.csv.gz")
    again = generate("scrubbed", 500, 1, tmp_path / "again.csv.gz")
    assert gzip.decompress(packed.path.read_bytes()) == plain.path.read_bytes()
    assert packed.path.read_bytes() == again.path.read_bytes()
    assert packed.key == plain.key + ".gz"


@pytest.mark.parametrize("kind", ["scrubbed", "fanlist"])
@pytest.mark.parametrize("campaign_id", [None, "tour_9"])
def test_the_suggested_key_is_one_that_the_pipelines_read(kind: Kind, campaign_id: str | None) -> None:
    parsed = parse_key(suggested_key(kind, campaign_id, gzipped=True))
    assert parsed.kind == kind
    assert parsed.campaign_id == campaign_id or (
        campaign_id is None and parsed.campaign_id.startswith("campaign-")
    )


def test_rows_name_the_given_campaign(tmp_path: Path) -> None:
    summary = generate("scrubbed", 300, 1, tmp_path / "sample.csv", campaign_id="tour_9")
    assert {row["campaignId"] for row, _ in read(summary.path)} == {"tour_9", "", "another campaign"}
    assert judged(summary)[0] == summary.invalid_by


def test_progress_tells_the_rows_written(tmp_path: Path) -> None:
    told: list[int] = []
    generate("fanlist", 2 * CHUNK_ROWS + 1, 1, tmp_path / "sample.csv", progress=told.append)
    assert told == [CHUNK_ROWS, 2 * CHUNK_ROWS, 2 * CHUNK_ROWS + 1]


@pytest.mark.parametrize(
    ("rows", "seed", "campaign_id", "folder", "said"),
    [
        (0, 1, None, ".", "at least 1 row, not 0"),
        (1, -1, None, ".", "seed must be 0 or more"),
        (1, 1, "a.b", ".", "'a.b' is not a campaign id: use letters, digits, '-' and '_' only"),
        (1, 1, None, "missing", "There is no folder"),
    ],
)
def test_what_cannot_be_made_is_said_in_a_sentence(
    rows: int, seed: int, campaign_id: str | None, folder: str, said: str, tmp_path: Path
) -> None:
    with pytest.raises(SampleError, match=re.escape(said)):
        generate("scrubbed", rows, seed, tmp_path / folder / "sample.csv", campaign_id)
    assert list(tmp_path.iterdir()) == []


def test_an_interrupted_sample_leaves_the_old_file_alone(tmp_path: Path) -> None:
    out = tmp_path / "sample.csv"
    out.write_text("precious")

    def interrupt(_: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        generate("scrubbed", 10, 1, out, progress=interrupt)
    assert [path.name for path in tmp_path.iterdir()] == ["sample.csv"]
    assert out.read_text() == "precious"
