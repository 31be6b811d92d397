"""Deploys template.yaml to the embedded AWS, changed only where a laptop differs.

What differs, and why:
- image functions become zips of the same source, because an image needs a container engine;
- code and definitions come from a bucket of the embedded AWS, as `sam package` would have it;
- the Map's two limits stand in the definition as numbers, because MiniStack knows no `...Path` for them;
- the bucket policy, which asks for TLS, is left out, because loopback is plain HTTP;
- tracing is off, because there is no X-Ray daemon;
- who may run PartiQL statements on the table may call BatchExecuteStatement, which is what MiniStack checks
  where AWS checks PartiQLInsert and PartiQLUpdate.
"""

import copy
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from botocore.exceptions import ClientError, WaiterError
from samtranslator.yaml_helper import yaml_parse

from local.errors import FailedError
from local.stack.embedded import EmbeddedAws
from local.stack.packaging import ROOT, image_sources, worker_sources, zip_of
from pipelines.keys import Kind

ARTIFACTS = "local-artifacts"
STACK = "verified-fan"
# The image's (Dockerfile); MiniStack runs its own interpreter whatever it says.
RUNTIME = "python3.14"
_MAP_LIMITS = {
    "MaxConcurrencyPath": ("MaxConcurrency", "MapConcurrency"),
    "ToleratedFailurePercentagePath": ("ToleratedFailurePercentage", "ToleratedFailurePercentage"),
}


class DeploymentError(FailedError):
    """The stack could not be created; the message names the resource and the reason."""


@dataclass(frozen=True)
class Stack:
    """A deployed stack, by its outputs."""

    name: str
    bucket: str
    table: str
    scores_stream: str
    campaign_data_stream: str
    verdict_queue_url: str
    state_machines: Mapping[Kind, str]

    @classmethod
    def described(cls, cloudformation: Any, name: str) -> Self:
        """Read a stack's outputs, wherever the client points.

        Raises:
            DeploymentError: where there is no such stack or it is not this template's.
        """
        try:
            outputs = cloudformation.describe_stacks(StackName=name)["Stacks"][0].get("Outputs", [])
        except ClientError as error:
            raise DeploymentError(f"Stack '{name}': {error.response['Error']['Message']}.") from None
        found = {output["OutputKey"]: output["OutputValue"] for output in outputs}
        try:
            return cls(
                name=name,
                bucket=found["PipelineBucketName"],
                table=found["DemandTableName"],
                scores_stream=found["ScoresStreamName"],
                campaign_data_stream=found["CampaignDataStreamName"],
                verdict_queue_url=found["VerdictReporterQueueUrl"],
                state_machines={
                    "scrubbed": found["ScrubbedStateMachineArn"],
                    "fanlist": found["FanlistStateMachineArn"],
                },
            )
        except KeyError as missing:
            raise DeploymentError(
                f"Stack '{name}' has no output {missing}; was it deployed from this template?"
            ) from None


def template() -> dict[str, Any]:
    """template.yaml as it stands, intrinsic functions in their long form."""
    return dict(yaml_parse((ROOT / "template.yaml").read_text()))


def localised(document: dict[str, Any], definitions: Mapping[str, str]) -> dict[str, Any]:
    """Give the template as a laptop runs it; `definitions` maps a DefinitionUri to its local S3 URI."""
    changed = copy.deepcopy(document)
    functions = changed["Globals"]["Function"]
    functions["Environment"]["Variables"]["POWERTOOLS_TRACE_DISABLED"] = "true"
    del functions["Tracing"]
    resources = changed["Resources"]
    for name, resource in list(resources.items()):
        if resource["Type"] == "AWS::Serverless::Function":
            _localise_function(resource)
        elif resource["Type"] == "AWS::Serverless::StateMachine":
            properties = resource["Properties"]
            properties["DefinitionUri"] = definitions[properties["DefinitionUri"]]
        elif resource["Type"] == "AWS::S3::BucketPolicy":
            del resources[name]
    return changed


def _localise_function(resource: dict[str, Any]) -> None:
    properties = resource["Properties"]
    resource.pop("Metadata", None)
    for policy in properties.get("Policies", []):
        if any("dynamodb:PartiQL" in str(statement["Action"]) for statement in policy["Statement"]):
            batch = {"Effect": "Allow", "Action": "dynamodb:BatchExecuteStatement", "Resource": "*"}
            policy["Statement"].append(batch)
    if properties.pop("PackageType", "Zip") == "Image":
        properties["Handler"] = properties.pop("ImageConfig")["Command"][0]
        properties["Runtime"] = RUNTIME
        properties["CodeUri"] = f"s3://{ARTIFACTS}/steps.zip"
    else:
        properties["CodeUri"] = f"s3://{ARTIFACTS}/workers.zip"


def localised_definition(text: str, parameters: Mapping[str, str]) -> str:
    """Give a state machine's definition with the Map's limits as numbers."""
    for path, (name, parameter) in _MAP_LIMITS.items():
        text = re.sub(rf'"{path}": *"[^"]*"', f'"{name}": {parameters[parameter]}', text)
    return text


def deploy(aws: EmbeddedAws, parameters: Mapping[str, str], document: dict[str, Any]) -> Stack:
    """Create the stack from a template and wait until it stands.

    Raises:
        DeploymentError: naming the first resource that failed, and why.
    """
    name = STACK
    defaults = {
        key: str(value["Default"]) for key, value in document["Parameters"].items() if "Default" in value
    }
    values = defaults | dict(parameters)
    s3 = aws.client("s3")
    s3.create_bucket(Bucket=ARTIFACTS)
    s3.put_object(Bucket=ARTIFACTS, Key="steps.zip", Body=zip_of(image_sources()))
    s3.put_object(Bucket=ARTIFACTS, Key="workers.zip", Body=zip_of(worker_sources()))
    definitions = {}
    for path in sorted((ROOT / "statemachines").glob("*.asl.json")):
        relative = path.relative_to(ROOT).as_posix()
        body = localised_definition(path.read_text(), values)
        s3.put_object(Bucket=ARTIFACTS, Key=relative, Body=body.encode())
        definitions[relative] = f"s3://{ARTIFACTS}/{relative}"
    # From the bucket, as `sam deploy` does: a template in the call itself may have 51,200 characters.
    body = json.dumps(localised(document, definitions))
    s3.put_object(Bucket=ARTIFACTS, Key="template.json", Body=body.encode())
    cloudformation = aws.client("cloudformation")
    cloudformation.create_stack(
        StackName=name,
        TemplateURL=f"{aws.endpoint}/{ARTIFACTS}/template.json",
        Parameters=[{"ParameterKey": key, "ParameterValue": value} for key, value in parameters.items()],
        Capabilities=["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"],
    )
    try:
        cloudformation.get_waiter("stack_create_complete").wait(
            StackName=name, WaiterConfig={"Delay": 1, "MaxAttempts": 60}
        )
    except WaiterError:
        raise DeploymentError(
            f"Stack '{name}' could not be created: {_first_failure(cloudformation, name)}."
        ) from None
    return Stack.described(cloudformation, name)


def _first_failure(cloudformation: Any, name: str) -> str:
    pages = cloudformation.get_paginator("describe_stack_events").paginate(StackName=name)
    failed = [e for page in pages for e in page["StackEvents"] if e["ResourceStatus"].endswith("FAILED")]
    if not failed:
        return "no event says why"
    first = failed[-1]
    return f"{first['LogicalResourceId']}: {first.get('ResourceStatusReason', 'no reason given')}"
