"""A reporter's surroundings, for the tests that ask for them."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from local.stand_ins import StandIns
from tests.steps.streaming.reporting import Setting

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


@pytest.fixture
def setting(dynamodb: "DynamoDBClient", table: str) -> Iterator[Setting]:
    with StandIns() as stand_ins:
        yield Setting(dynamodb, table, stand_ins)
