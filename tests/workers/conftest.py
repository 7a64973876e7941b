"""A bench for each test, and one over a server that may be killed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.support.servers import StoreServer
from tests.workers.bench import Bench, settings_for
from webhooks.store.connection import RedisConnection
from workers.lease import LeaseKeeper


@contextmanager
def _bench(url: str, connection: RedisConnection) -> Iterator[Bench]:
    lost: list[str] = []
    keeper = LeaseKeeper(connection, lease=60.0, on_lost=lambda: lost.append("lost"))
    yield Bench(settings=settings_for(url), connection=connection, keeper=keeper, lost=lost)
    keeper.stop()


@pytest.fixture
def bench(store_server: StoreServer, connection: RedisConnection) -> Iterator[Bench]:
    """A worker's parts over the shared server, empty."""
    with _bench(store_server.url, connection) as found:
        yield found


@pytest.fixture
def own_bench(own_server: StoreServer) -> Iterator[Bench]:
    """A worker's parts over a server of their own."""
    connection = own_server.connect()
    with _bench(own_server.url, connection) as found:
        yield found
    connection.close()
