from collections.abc import Iterator

import pytest
import urllib3

from local.stack.fakes import Fakes


@pytest.fixture
def fakes() -> Iterator[Fakes]:
    with Fakes() as running:
        yield running


@pytest.fixture
def http() -> Iterator[urllib3.PoolManager]:
    with urllib3.PoolManager(retries=False, timeout=10, maxsize=8) as pool:
        yield pool
