"""An installation whose store holds events in several states."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.processes import Installation
from tests.support.servers import StoreServer
from webhooks.store.connection import RedisConnection


@pytest.fixture
def console(tmp_path: Path, store_server: StoreServer, connection: RedisConnection) -> Installation:
    """A folder with a configuration, on the shared store, which is empty."""
    return Installation(tmp_path, store_server.url)
