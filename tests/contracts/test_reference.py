"""The pages of reference say what the template, the schema, the rules and the states say, row by row.

Cannot see: whether a sentence that stands on a page alone is true; what runs leave in the table and the
bucket is `tests/end_to_end/test_dictionary.py`'s.
"""

import re
from collections.abc import Iterator

import pytest

from pipelines.schema import (
    FANLIST_FILE_COLUMNS,
    FANLIST_RECORD_COLUMNS,
    FILE_COLUMNS,
    RECORD_COLUMNS,
    REJECTED_SCHEMA,
)
from steps.delivery.fanlist_record import FanlistScore
from steps.shared import meta_items
from steps.shared.payloads import FileRef, Run
from steps.shared.settings import Settings
from steps.streaming.demand_table.upserts import UPDATED, Upsert
from steps.streaming.scores.record import Score
from tests.contracts import asl
from tests.contracts.reference import (
    CONFIGURATION,
    DICTIONARY,
    STATES,
    TEMPLATE,
    TYPES,
    compare,
    in_file,
    items,
    on_stream,
    outputs,
    parameters,
    reasons,
    state_row,
    tables,
    variables,
)

_STAMP = "2026-02-13T10:00:00.000Z"


@pytest.mark.parametrize(("group", "expected"), list(parameters()))
def test_the_parameters(group: str, expected: list[tuple[str, ...]]) -> None:
    (found,) = tables(CONFIGURATION, group)
    compare(CONFIGURATION, group, found, expected)


def test_the_variables_and_outputs() -> None:
    compare(CONFIGURATION, "Environment", tables(CONFIGURATION, "Environment")[0], variables())
    compare(CONFIGURATION, "Outputs", tables(CONFIGURATION, "Outputs")[0], outputs())


def test_a_default_is_the_templates() -> None:
    """A variable that is not set is read as the template would have set it."""
    declared, resources = TEMPLATE["Parameters"], TEMPLATE["Resources"].values()
    sets = [
        resource.get("Properties", {}).get("Environment", {}).get("Variables", {}) for resource in resources
    ]
    sets.append(TEMPLATE["Globals"]["Function"]["Environment"]["Variables"])
    defaults = {
        name.lower(): declared[value["Ref"]]["Default"]
        for one in sets
        for name, value in one.items()
        if isinstance(value, dict) and "Default" in declared.get(value.get("Ref"), {})
    }
    compared = 0
    for model in _every(Settings):
        for field, info in model.model_fields.items():
            if field in defaults and not info.is_required():
                assert info.default == defaults[field], f"{model.__name__}.{field}"
                compared += 1
    assert compared > 3


def _every(model: type[Settings]) -> Iterator[type[Settings]]:
    for kind in model.__subclasses__():
        yield kind
        yield from _every(kind)


@pytest.mark.parametrize(
    ("heading", "expected"),
    [
        ("Scrubbed registrations", [in_file(column) for column in FILE_COLUMNS]),
        ("Fanlists", [in_file(column) for column in FANLIST_FILE_COLUMNS]),
        ("Reasons for rejecting a row", reasons()),
    ],
)
def test_the_dictionary(heading: str, expected: list[tuple[str, ...]]) -> None:
    (found,) = tables(DICTIONARY, heading)
    compare(DICTIONARY, heading, found, expected)


def test_the_dictionarys_columns_beside_those_of_files() -> None:
    published = ["source", "correlation", "date", "schemaVersion"]
    for name, columns, more in (
        ("scoresStream", RECORD_COLUMNS, ["schemaVersion"]),
        ("campaignDataStream", FANLIST_RECORD_COLUMNS, published),
    ):
        (stream,) = tables(DICTIONARY, name)
        expected = [on_stream(column) for column in columns]
        compare(DICTIONARY, name, stream[: len(expected)], expected)
        assert [row[0] for row in stream[len(expected) :]] == [f"`{one}`" for one in more]
    (rejected,) = tables(DICTIONARY, "Rejected rows")
    kinds = [(f"`{name}`", TYPES[dtype]) for name, dtype in REJECTED_SCHEMA.items()]
    compare(DICTIONARY, "Rejected rows", (row[:2] for row in rejected), kinds)


def test_the_dictionary_has_what_the_writers_own_of_a_fan() -> None:
    required = {"campaignId": "c", "globalUserId": "g", "score": 0.0, "isVerified": True}
    scrubbed = Score.model_validate({**required, "runId": "r", "scoredAt": _STAMP}).upsert()
    file = FileRef(bucket="b", key="k")
    run = Run(
        run_id="r",
        campaign_id="c",
        campaign_name="c",
        source="fanlist",
        file=file,
        scored_at=_STAMP,
        started_at=_STAMP,
    )
    record = {"globalUserId": "g", "memberId": None, "email": None, "score": 0.0, "tags": None}
    written = [scrubbed, FanlistScore(record, run).upsert()]
    listed = tables(DICTIONARY, "A fan in a campaign")[: len(written)]
    assert [{name.strip("`") for name, _ in rows} for rows in listed] == [_owned(one) for one in written]


def _owned(upsert: Upsert) -> set[str]:
    return {*upsert.values, *upsert.absent, upsert.stamp.run_id, upsert.stamp.scored_at, UPDATED, "expires"}


def test_the_dictionary_has_every_kind_of_item_and_how_long_objects_stay() -> None:
    beginnings = {name: value for name, value in vars(meta_items).items() if name.isupper()}
    listed = [sort_key for _, sort_key in items()]
    for name, beginning in beginnings.items():
        assert any(key.startswith(beginning) for key in listed), f"{DICTIONARY.name} has no item for {name}"
    rules = TEMPLATE["Resources"]["PipelineBucket"]["Properties"]["LifecycleConfiguration"]["Rules"]
    kept = {rule["Prefix"]: rule["ExpirationInDays"]["Ref"] for rule in rules if "ExpirationInDays" in rule}
    for place, _, days in tables(DICTIONARY, "The bucket")[0]:
        ends = (f"`{one}`" for prefix, one in kept.items() if place.strip("`").startswith(prefix))
        assert days == next(ends, "not deleted"), place


def test_the_states() -> None:
    functions = {
        name: resource["Properties"]
        for name, resource in TEMPLATE["Resources"].items()
        if resource["Type"] == "AWS::Serverless::Function"
    }
    ((*rows,),) = tables(STATES, "State machines")
    # How a Fail and a Succeed end stands behind what they are for.
    found = [(*row[:2], re.sub(r" ?Ends (it|the execution) as .*", "", row[2]), *row[3:]) for row in rows]
    expected = [state_row(name, state, functions) for name, state in asl.states(asl.load())]
    compare(STATES, "State machines", sorted(found), sorted(expected))


def test_the_drawing_has_every_way_and_no_other() -> None:
    text = STATES.read_text(encoding="utf-8")
    arrow = r"^ *(\w+)(?:\(\(start\)\):::plain)? (-->|-\.->)(?:\|.*?\|)? (\w+)"
    drawn = set(re.findall(arrow, text, re.MULTILINE))
    outer, inner = asl.machines(asl.load())
    ways = {("start", "-->", outer["StartAt"]), ("FanOutstart", "-->", inner["StartAt"])}
    for name, state in asl.states(asl.load()):
        ways |= {(name, "-.->", rule["Next"]) for rule in state.get("Catch", [])}
        ways |= {(name, "-->", target) for target in asl.targets({**state, "Catch": []})}
        ways |= {(name, "-->", f"{name}Done")} if state.get("End") else set()
    assert drawn == ways, f"draw in docs/state-machines.md {ways - drawn}, and not {drawn - ways}"
