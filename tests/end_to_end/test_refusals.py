"""A server that answers and refuses every write for a while: each process says so, and goes on by itself."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.processes import Installation
from tests.support.servers import StoreServer
from tests.support.stripe_sender import make_body, post
from tests.support.waiting import until
from webhooks.lifecycle import State
from webhooks.store.connection import RedisConnection
from webhooks.store.listing import count

REFUSED_BY = {
    "MISCONF": ((("CONFIG", "SET", "save", "3600 1"), ("BGSAVE",)), ("CONFIG", "SET", "save", "")),
    "NOPERM": ((("ACL", "SETUSER", "default", "-@write"),), ("ACL", "SETUSER", "default", "+@all")),
}
"""What brings a server to refuse by a code, and what ends it."""


@pytest.fixture
def operator(own_server: StoreServer) -> Iterator[RedisConnection]:
    # A snapshot cannot take the place of a folder.
    (own_server.folder / "dump.rdb").mkdir()
    connection = own_server.connect()
    yield connection
    connection.close()


@pytest.fixture
def hookline(own_server: StoreServer, tmp_path: Path) -> Iterator[Installation]:
    folder = tmp_path / "installation"
    folder.mkdir()
    found = Installation(folder, own_server.url)
    found.handle_invoices()
    yield found
    found.stop()


@pytest.mark.parametrize("code", REFUSED_BY)
def test_receiver_and_worker_go_on_when_the_refusal_ends(
    hookline: Installation, operator: RedisConnection, code: str
) -> None:
    begin, end = REFUSED_BY[code]
    web, worker = hookline.start_web(), hookline.start_worker()
    for command in begin:
        operator.execute(*command)
    until(lambda: post(hookline.url, make_body()).status_code == 503, what="deliveries are refused")
    assert hookline.get("/readyz") == 503
    assert f"({code})" in hookline.cli("check", check=False).stdout
    before = count(operator).states[State.SUCCEEDED]
    operator.execute(*end)
    until(lambda: post(hookline.url, make_body()).status_code == 200, what="deliveries are taken again")
    until(lambda: count(operator).states[State.SUCCEEDED] > before, what=f"an event is done: {worker.output}")
    assert hookline.get("/readyz") == 200
    assert (web.popen.poll(), worker.popen.poll()) == (None, None)
