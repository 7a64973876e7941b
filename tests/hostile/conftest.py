"""A running receiver that the tests of this folder share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.processes import Installation, Process
from tests.support.servers import StoreServer
from tests.support.waiting import until

LIMIT = 4096
"""Bytes of the largest body that it takes."""


@pytest.fixture(scope="module")
def receiver(tmp_path_factory: pytest.TempPathFactory, store_server: StoreServer) -> Iterator[Installation]:
    found = Installation(tmp_path_factory.mktemp("receiver"), store_server.url)
    found.configure(f"[web]\nmax_body = {LIMIT}\n")
    found.start_web()
    yield found
    found.stop()


@pytest.fixture
def web(installation: Installation) -> Process:
    """A receiver of its own for a test that loads it; untraced, or the load would be the tracing's."""
    process = installation.start("web")
    until(lambda: installation.get("/livez") == 200, what="the receiver answers")
    return process
