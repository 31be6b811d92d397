"""A reporter's surroundings, for the tests that ask for them."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from local.stack.fakes import Fakes
from tests.steps.streaming.verdict.reporting import Setting

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


@pytest.fixture
def setting(dynamodb: "DynamoDBClient", table: str) -> Iterator[Setting]:
    with Fakes() as fakes:
        yield Setting(dynamodb, table, fakes)
