"""The picture of the whole (docs/flow.dot and .svg) shows what the template says, both ways."""

import re
from html import unescape
from itertools import pairwise
from typing import Any

from local.stack.deploy import template
from local.stack.packaging import ROOT

DOT = (ROOT / "docs" / "flow.dot").read_text(encoding="utf-8")
SVG = (ROOT / "docs" / "flow.svg").read_text(encoding="utf-8")
RESOURCES: dict[str, Any] = template()["Resources"]
# What the picture calls the template's resources; a Map's children are drawn as the Map.
NODES = {
    "ScoresStream": "stream",
    "CampaignDataStream": "data",
    "DemandTable": "table",
    "VerdictReporterQueue": "queue",
    "PublishPartitionFunction": "FanOut",
    "SaveFanlistPartitionFunction": "FanOut",
    "FinishFunction": "Finish",
    "LoadScoresToDynamoDBFunction": "load",
    "SaveEntryScoringFunction": "entry",
    "ProcessSavedScoresFunction": "counts",
    "VerdictReporterFunction": "verdict",
}
_STREAMS = {"ScoresStream", "CampaignDataStream"}
_WRITES = ("kinesis:PutRecords", "dynamodb:PartiQLUpdate", "sqs:SendMessage")


def _edges() -> set[tuple[str, str]]:
    chains = re.findall(r"^\s*(\w+(?: -> \w+)+)", DOT, flags=re.M)
    nodes = [chain.split(" -> ") for chain in chains]
    return {pair for chain in nodes for pair in pairwise(chain)}


def _statements(function: str) -> list[dict[str, Any]]:
    policies = RESOURCES[function]["Properties"]["Policies"]
    return [statement for policy in policies for statement in policy["Statement"]]


def _written(function: str) -> set[str]:
    """The streams, queue and table that a function's rights let it put records into."""
    return {
        statement["Resource"]["Fn::GetAtt"][0]
        for statement in _statements(function)
        if any(action in str(statement["Action"]) for action in _WRITES)
        and isinstance(statement["Resource"], dict)
        and statement["Resource"].get("Fn::GetAtt", [""])[0] in NODES
    }


def test_every_mapping_is_an_arrow() -> None:
    mappings = [r["Properties"] for r in RESOURCES.values() if r["Type"] == "AWS::Lambda::EventSourceMapping"]
    assert mappings
    for mapping in mappings:
        source, worker = mapping["EventSourceArn"]["Fn::GetAtt"][0], mapping["FunctionName"]["Ref"]
        assert worker in NODES, f"say what docs/flow.dot calls {worker}"
        arrow = NODES[source], NODES[worker]
        assert arrow in _edges(), f"docs/flow.dot lacks {' -> '.join(arrow)}"


def test_every_right_to_write_is_an_arrow_and_every_arrow_to_a_stream_a_right() -> None:
    functions = [name for name, r in RESOURCES.items() if r["Type"] == "AWS::Serverless::Function"]
    drawn = _edges()
    # Put back by whoever takes it is no arrow of its own.
    rights = {
        (NODES[function], NODES[place])
        for function in functions
        for place in _written(function)
        if (function, place) != ("VerdictReporterFunction", "VerdictReporterQueue")
    }
    assert rights <= drawn
    kept = {NODES[place] for place in (*_STREAMS, "VerdictReporterQueue")}
    assert {edge for edge in drawn if edge[1] in kept} <= rights


def test_the_svg_is_of_the_dot() -> None:
    """Graphviz titles what it draws, so the two can be compared without having it."""
    titles = {unescape(title) for title in re.findall(r"<title>([^<]*)</title>", SVG)}
    drawn = {title for title in titles if "->" in title}
    assert drawn == {f"{one}->{other}" for one, other in _edges()}, "run dot, as docs/flow.dot says"
    words = set(
        re.findall(r"[A-Za-z0-9]+", " ".join(re.findall(r'label="([^"]*)"', DOT)).replace("\\n", " "))
    )
    assert words <= set(re.findall(r"[A-Za-z0-9]+", " ".join(re.findall(r">([^<>]+)</text>", SVG))))
