"""What runs leave in the table and in the bucket stands in the data dictionary.

Cannot see: attributes that only faults leave.
"""

import re

import pytest
from boto3.dynamodb.types import TypeDeserializer

from tests.contracts.reference import DICTIONARY, items, tables
from tests.end_to_end.driver import Driver, rows_of

pytestmark = pytest.mark.xdist_group("system")

_PLAIN_RUN = {"meta:counts", "meta:run:<runId>", "meta:latest:<scrubbed or fanlist>", "meta:claim:<SHA-256>"}


def _pattern(place: str) -> re.Pattern[str]:
    """A place as the dictionary writes it; what is in angle brackets, and what follows dots, varies."""
    return re.compile(
        re.sub(r"<[^>]+>|\\\.\\\.\\\.", ".+", re.escape(place)) + (".+" if place[-1] == "/" else "")
    )


def _kind(item: dict[str, object]) -> tuple[str, set[str]]:
    for places, attributes in items().items():
        pairs = zip(places, (item["PK"], item["SK"]), strict=True)
        if all(_pattern(place).fullmatch(str(key)) for place, key in pairs):
            return places[1], attributes
    raise AssertionError(f"no kind of item for {item['PK']} {item['SK']}")


def test_everything_that_runs_leave_is_in_the_dictionary(driver: Driver) -> None:
    good = (f"f{number},9,true,Boston,Boston,,,,," for number in range(20))
    assert driver.run_upload(rows_of(*good, "bad,8,true,,Boston,,,,,")).status == "SUCCEEDED"
    driver.until(driver.posts)
    fanlist = driver.run_upload(
        "email,score,tags\na@example.com,5,vip\n", f"fanlist/scored/{driver.campaign}/2026-02-13T10:00:00.csv"
    )
    assert fanlist.status == "SUCCEEDED"
    driver.until(lambda: len(driver.posts()) == 2 or None)

    listed = tables(DICTIONARY, "A fan in a campaign")
    fans = {name.strip("`") for rows in listed for name, _ in rows}
    system = driver.system
    pages = system.aws.client("dynamodb").get_paginator("scan").paginate(TableName=system.stack.table)
    read = TypeDeserializer().deserialize
    stored = [{name: read(value) for name, value in item.items()} for page in pages for item in page["Items"]]
    seen: set[str] = set()
    for item in stored:
        names = item.keys() - {"PK", "SK"}
        if str(item["SK"]).startswith("campaign:"):
            assert names <= fans, names - fans
            continue
        kind, attributes = _kind(item)
        seen.add(kind)
        assert names <= attributes, (kind, names - attributes)
    assert seen >= _PLAIN_RUN

    places = [_pattern(place.strip("`")) for place, _, _ in tables(DICTIONARY, "The bucket")[0]]
    keys = driver.keys("")
    assert len(keys) > 8
    strange = [key for key in keys if not any(place.fullmatch(key) for place in places)]
    # Tests of uploads that are refused leave their files where no file belongs.
    assert [key for key in strange if driver.campaign in key] == []
