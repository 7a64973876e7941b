"""A server started with exactly the files of `deploy/redis`, filled in as their README says."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.guarded import GuardedServer


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GuardedServer]:
    server = GuardedServer(tmp_path_factory.mktemp("guarded"))
    server.start()
    yield server
    server.stop()
