"""Each provider of the catalogue through the whole application: proven, named, stored, answered."""

from __future__ import annotations

import pytest

from tests.support.receiver import Receiver
from tests.support.servers import StoreServer
from webhooks.providers.catalog import PROVIDERS
from webhooks.store.connection import RedisConnection
from webhooks.store.listing import Filter, list_records


def stored(connection: RedisConnection) -> int:
    return len(list(list_records(connection, Filter(source="in"))))


@pytest.mark.parametrize("name", PROVIDERS)
def test_a_signed_request_is_stored_and_answered_and_a_second_one_is_its_duplicate(
    name: str, store_server: StoreServer, connection: RedisConnection
) -> None:
    receiver = Receiver(name, store_server.url)
    delivery = receiver.sample()
    answer = receiver.send(delivery)
    assert answer.status_code == 200, answer.text
    if receiver.provider.reply is not None:
        assert answer.text == receiver.provider.reply
    assert stored(connection) == 1
    assert receiver.send(delivery).status_code == 200
    if receiver.provider.identity != "none":
        assert stored(connection) == 1


@pytest.mark.parametrize("name", PROVIDERS)
def test_a_request_without_any_proof_is_refused(
    name: str, store_server: StoreServer, connection: RedisConnection
) -> None:
    receiver = Receiver(name, store_server.url)
    bare = receiver.sample()._replace(
        headers=(("Content-Type", "application/json"),),
        body=b'{"a": 1}',
        url=receiver.sample().url.partition("?")[0],
    )
    answer = receiver.send(bare)
    assert answer.status_code in (401, 403), answer.text
    assert stored(connection) == 0
