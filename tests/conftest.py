"""Fixtures that every folder of tests may use."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.processes import Installation
from tests.support.servers import StoreServer
from webhooks.store.connection import RedisConnection


@pytest.fixture(scope="session")
def store_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StoreServer]:
    """One real server for all tests that leave it running."""
    server = StoreServer(tmp_path_factory.mktemp("store"))
    server.start()
    yield server
    server.stop()


@pytest.fixture(autouse=True)
def patient_spool(monkeypatch: pytest.MonkeyPatch) -> None:
    """A disk on which many tests sync at once is slow; who tests how long is waited says so."""
    monkeypatch.setattr("webhooks.spool.spool.PATIENCE", 60.0)


@pytest.fixture
def connection(store_server: StoreServer) -> Iterator[RedisConnection]:
    """The way to an empty store."""
    found = store_server.connect()
    found.execute("FLUSHALL")
    yield found
    found.close()


@pytest.fixture
def own_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StoreServer]:
    """A server of its own for a test that stops, kills or fills it."""
    server = StoreServer(tmp_path_factory.mktemp("own-store"))
    server.start()
    yield server
    server.stop()


@pytest.fixture
def installation(tmp_path: Path, own_server: StoreServer) -> Iterator[Installation]:
    """A folder with a configuration, and a store that is its own."""
    found = Installation(tmp_path, own_server.url)
    yield found
    found.stop()
