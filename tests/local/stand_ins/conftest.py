from collections.abc import Iterator

import pytest
import urllib3

from local.stand_ins import StandIns


@pytest.fixture
def stand_ins() -> Iterator[StandIns]:
    with StandIns() as running:
        yield running


@pytest.fixture
def http() -> Iterator[urllib3.PoolManager]:
    with urllib3.PoolManager(retries=False, timeout=10, maxsize=8) as pool:
        yield pool
