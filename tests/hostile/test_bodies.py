"""A proven body is stored byte for byte, whatever is in it."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from tests.hostile.bodies import BODIES, signed
from tests.hostile.wire import converse
from tests.support.life import record_of
from tests.support.processes import SECRET, Installation
from tests.support.servers import StoreServer
from webhooks.store.connection import RedisConnection


@pytest.fixture(scope="module")
def roomy(tmp_path_factory: pytest.TempPathFactory, store_server: StoreServer) -> Iterator[Installation]:
    found = Installation(tmp_path_factory.mktemp("receiver"), store_server.url)
    found.start_web()
    yield found
    found.stop()


@pytest.mark.parametrize("name", BODIES)
def test_each_body_is_stored_as_it_came(roomy: Installation, connection: RedisConnection, name: str) -> None:
    (reply,) = converse(roomy.port, signed(BODIES[name], SECRET))
    assert reply.status == 200, reply.body
    own_id = json.loads(reply.body)["id"]
    assert record_of(connection, own_id).event.body == BODIES[name]


def test_a_body_of_the_largest_size_is_stored_as_it_came(
    roomy: Installation, connection: RedisConnection
) -> None:
    body = (b'{"id": "evt_large", "pad": "' + b"\xff" * 5 * 1024 * 1024)[: 5 * 1024 * 1024]
    (reply,) = converse(roomy.port, signed(body, SECRET))
    assert reply.status == 200, reply.body
    own_id = json.loads(reply.body)["id"]
    assert record_of(connection, own_id).event.body == body
