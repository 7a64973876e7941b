"""A running receiver that the tests of this folder share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.processes import Installation
from tests.support.servers import StoreServer

LIMIT = 4096


@pytest.fixture(scope="module")
def receiver(tmp_path_factory: pytest.TempPathFactory, store_server: StoreServer) -> Iterator[Installation]:
    found = Installation(tmp_path_factory.mktemp("receiver"), store_server.url)
    found.configure(f"[web]\nmax_body = {LIMIT}\n")
    found.start_web()
    yield found
    found.stop()
