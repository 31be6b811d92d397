"""What runs leave in the table and in the bucket stands in the data dictionary.

Cannot see: attributes that only faults leave.
"""

import re

import pytest
from boto3.dynamodb.types import TypeDeserializer

from tests.end_to_end.driver import Driver, rows_of
from tools.reference.dictionary import tables
from tools.reference.stored import ITEMS, OBJECTS, Item

pytestmark = pytest.mark.xdist_group("system")

_PLAIN_RUN = {"meta:counts", "meta:run:<runId>", "meta:latest:<scrubbed or fanlist>", "meta:claim:<SHA-256>"}


def _pattern(place: str) -> re.Pattern[str]:
    """A place as the dictionary writes it; what is in angle brackets, and what follows dots, varies."""
    return re.compile(
        re.sub(r"<[^>]+>|\\\.\\\.\\\.", ".+", re.escape(place)) + (".+" if place[-1] == "/" else "")
    )


def _kind(item: dict[str, object]) -> Item:
    for kind in ITEMS:
        pairs = ((kind.partition_key, item["PK"]), (kind.sort_key, item["SK"]))
        if all(_pattern(place).fullmatch(str(key)) for place, key in pairs):
            return kind
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

    said = tables()
    fans = {name.strip("`") for of in ("scrubbed_fan", "fanlist_fan", "others") for name, _ in said[of]}
    system = driver.system
    pages = system.aws.client("dynamodb").get_paginator("scan").paginate(TableName=system.stack.table)
    read = TypeDeserializer().deserialize
    items = [{name: read(value) for name, value in item.items()} for page in pages for item in page["Items"]]
    seen: set[str] = set()
    for item in items:
        names = item.keys() - {"PK", "SK"}
        if str(item["SK"]).startswith("campaign:"):
            assert names <= fans, names - fans
            continue
        kind = _kind(item)
        seen.add(kind.sort_key)
        assert names <= kind.attributes.keys(), (kind.sort_key, names - kind.attributes.keys())
    assert seen >= _PLAIN_RUN

    places = [_pattern(place) for place in OBJECTS]
    keys = driver.keys("")
    assert len(keys) > 8
    strange = [key for key in keys if not any(place.fullmatch(key) for place in places)]
    # Tests of uploads that are refused leave their files where no file belongs.
    assert [key for key in strange if driver.campaign in key] == []
