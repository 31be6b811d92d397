"""What the laptop's template differs in, and that it differs in nothing else."""

import json

from local.stack.deploy import localised, template

DEFINITIONS = {"statemachines/score-file.asl.json": "s3://local-artifacts/statemachines/score-file.asl.json"}


def test_only_what_is_listed_differs() -> None:
    cloud, laptop = template(), localised(template(), DEFINITIONS)
    assert set(cloud["Resources"]) - set(laptop["Resources"]) == {"PipelineBucketPolicy"}
    for name, resource in laptop["Resources"].items():
        if resource["Type"] not in ("AWS::Serverless::Function", "AWS::Serverless::StateMachine"):
            assert resource == json.loads(json.dumps(cloud["Resources"][name])), name


def test_functions_keep_their_settings_and_their_rights() -> None:
    cloud, laptop = template(), localised(template(), DEFINITIONS)
    replaced = {"PackageType", "ImageConfig", "CodeUri", "Handler", "Runtime", "Policies"}
    for name, resource in laptop["Resources"].items():
        if resource["Type"] != "AWS::Serverless::Function":
            continue
        ours, theirs = resource["Properties"], cloud["Resources"][name]["Properties"]
        assert set(ours) ^ set(theirs) <= replaced
        assert all(ours[key] == theirs[key] for key in set(ours) - replaced), name
        given = [
            s for s in ours["Policies"][0]["Statement"] if s["Action"] != "dynamodb:BatchExecuteStatement"
        ]
        assert given == theirs["Policies"][0]["Statement"], name


def test_only_who_may_write_statements_may_call_the_batch() -> None:
    laptop = localised(template(), DEFINITIONS)
    allowed = [
        name
        for name, resource in laptop["Resources"].items()
        if "BatchExecuteStatement" in json.dumps(resource)
    ]
    assert allowed == ["SaveFanlistPartitionFunction", "LoadScoresToDynamoDBFunction"]


def test_the_template_itself_is_left_as_it_was() -> None:
    before = template()
    localised(before, DEFINITIONS)
    assert before == template()
