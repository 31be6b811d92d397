"""Keys of score files, as S3 spells them."""

import pytest

from pipelines.errors import InvalidKeyError
from pipelines.keys import fanlist_prefix, parse_key, scrubbed_prefix


@pytest.mark.parametrize(
    ("time", "expected"),
    [
        ("2026-02-13T10:00:00", "2026-02-13T10:00:00.000Z"),
        ("2026-02-13T10:00:00Z", "2026-02-13T10:00:00.000Z"),
        ("2026-02-13T100000", "2026-02-13T10:00:00.000Z"),
        ("20260213T100000Z", "2026-02-13T10:00:00.000Z"),
        ("2026-02-13T10:00", "2026-02-13T10:00:00.000Z"),
        ("2026-02-13T10:00:00.123456789", "2026-02-13T10:00:00.123Z"),
        ("2026-02-13T10:00:00.9996", "2026-02-13T10:00:00.999Z"),
        ("2026-02-13T10:00:00.5+02:00", "2026-02-13T08:00:00.500Z"),
        ("2026-02-13T10:00:00-0530", "2026-02-13T15:30:00.000Z"),
        ("2026-02-13T00:30:00+01", "2026-02-12T23:30:00.000Z"),
        ("0999-02-13T10:00:00", "0999-02-13T10:00:00.000Z"),
    ],
)
def test_time_becomes_utc_with_milliseconds(time: str, expected: str) -> None:
    assert parse_key(f"fanlist/scored/c/{time}.csv").scored_at == expected
    assert parse_key(f"scrubbed/registrants.c.name.{time}.csv").scored_at == expected


@pytest.mark.parametrize(
    "name", ["taylor-swift", "v1.5 Tour", "100%", "a+b", "Sigur Rós: live", "2026", "a.cleaned"]
)
@pytest.mark.parametrize("steps", ["", ".cleaned", ".merged", ".cleaned.prepared.merged"])
@pytest.mark.parametrize("extension", [".csv", ".csv.gz"])
def test_scrubbed_key(name: str, steps: str, extension: str) -> None:
    key = f"scrubbed/registrants.Camp_1-a.{name}.2026-02-13T10:00:00.250+02:00{steps}{extension}"
    found = parse_key(key)
    assert (found.kind, found.campaign_id, found.campaign_name) == ("scrubbed", "Camp_1-a", name)
    assert found.scored_at == "2026-02-13T08:00:00.250Z"
    assert found.key == key
    assert found.steps == len(steps.split(".")) - 1
    assert key.startswith(scrubbed_prefix("Camp_1-a"))


def test_fanlist_key() -> None:
    key = "fanlist/scored/campaign-456/2026-02-13T14:30:00.csv.gz"
    found = parse_key(key)
    assert (found.kind, found.campaign_id, found.campaign_name) == ("fanlist", "campaign-456", None)
    assert key.startswith(fanlist_prefix("campaign-456"))


@pytest.mark.parametrize(
    ("key", "problem"),
    [
        ("elsewhere/x.csv", "neither 'scrubbed/' nor 'fanlist/'"),
        ("", "neither 'scrubbed/' nor 'fanlist/'"),
        ("scrubbed/other.c.n.2026-02-13T10:00:00.csv", "does not start with 'scrubbed/registrants.'"),
        ("scrubbed/registrants.c.n.2026-02-13T10:00:00.parquet", "does not end in '.csv'"),
        ("scrubbed/registrants.c d.n.2026-02-13T10:00:00.csv", "campaign id 'c d'"),
        ("scrubbed/registrants..n.2026-02-13T10:00:00.csv", "campaign id ''"),
        ("scrubbed/registrants.c.csv", "neither a campaign name nor"),
        ("scrubbed/registrants.c.2026-02-13T10:00:00.csv", "no campaign name"),
        ("scrubbed/registrants.c..2026-02-13T10:00:00.csv", "campaign name is empty"),
        ("scrubbed/registrants.c.n.2026-02-13.csv", "not an ISO-8601 date and time"),
        ("scrubbed/registrants.c.n.2026-02-30T10:00:00.csv", "not an ISO-8601 date and time"),
        ("scrubbed/registrants.c.n.2026-02-13T10%3A00%3A00.csv", "not an ISO-8601 date and time"),
        ("scrubbed/registrants.c.n.2026-02-13T10:00:00+01:75.csv", "not an ISO-8601 date and time"),
        ("scrubbed/registrants.c.n.0001-01-01T00:00:00+14:00.csv", "not an ISO-8601 date and time"),
        ("fanlist/scored/c/x/2026-02-13T10:00:00.csv", "folders"),
        ("fanlist/raw/c/2026-02-13T10:00:00.csv", "folders"),
        ("fanlist/scored/c.d/2026-02-13T10:00:00.csv", "campaign id 'c.d'"),
        ("fanlist/scored/c/yesterday.csv", "'yesterday' is not an ISO-8601"),
    ],
)
def test_other_keys_are_refused_with_the_reason(key: str, problem: str) -> None:
    with pytest.raises(InvalidKeyError, match="expected") as refusal:
        parse_key(key)
    assert problem in str(refusal.value)
    assert refusal.value.code == "InvalidKey"


@pytest.mark.parametrize(
    "key",
    [
        "../scrubbed/registrants.c.Tour.2026-02-13T10:00:00.csv",
        "scrubbed/../fanlist/scored/c/2026-02-13T10:00:00.csv",
        "scrubbed/registrants.../../etc.Tour.2026-02-13T10:00:00.csv",
        "scrubbed/registrants.c\n.Tour.2026-02-13T10:00:00.csv",
        "scrubbed/registrants.c\x00.Tour.2026-02-13T10:00:00.csv",
        "scrubbed/registrants.c.Tour.2026-02-13T10:00:00.csv\n",
        "fanlist/scored/../2026-02-13T10:00:00.csv",
        "fanlist/scored/c/../2026-02-13T10:00:00.csv",
        "fanlist/scored/c/2026-02-13T10:00:00\r.csv",
        "fanlist/scored/<script>/2026-02-13T10:00:00.csv",
    ],
)
def test_hostile_keys_are_refused_in_one_printable_line(key: str) -> None:
    with pytest.raises(InvalidKeyError) as raised:
        parse_key(key)
    assert str(raised.value).isprintable()


def test_a_hostile_name_is_a_name_and_no_part_of_any_place() -> None:
    found = parse_key("scrubbed/registrants.c-1.../../<!channel>\x07.2026-02-13T10:00:00.csv")
    assert (found.campaign_id, found.campaign_name) == ("c-1", "../../<!channel>\x07")
