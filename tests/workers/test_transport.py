"""What fails while a message is acknowledged leaves its worker able to take the next."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import Any

import pytest
from celery import Celery

from tests.support.events import admit_one, event
from tests.support.python import output_of
from tests.support.servers import StoreServer
from webhooks.config import Settings
from webhooks.config.sections import Redis
from webhooks.store.connection import RedisConnection
from webhooks.store.keys import PREFIX, QUEUE
from workers.settings import celery_settings

NAME = "workers.transport:Transport"


@pytest.fixture
def channel(own_server: StoreServer) -> Iterator[Any]:
    """A channel as a worker of one process has it."""
    app = Celery("hookline", set_as_current=False)
    app.conf.update(celery_settings(Settings(redis=Redis(url=own_server.url))))
    with app.connection_for_read(transport=NAME) as connection:
        found = connection.channel()
        found.basic_qos(0, 1, False)
        yield found


@pytest.fixture
def taken(own_server: StoreServer, channel: Any) -> Any:
    """A message that was taken and not acknowledged yet, when the store goes away."""
    store: RedisConnection = own_server.connect()
    admit_one(store, event("evt_1"))
    store.close()
    message = channel.basic_get(QUEUE)
    assert message is not None
    assert not channel.qos.can_consume()
    own_server.kill()
    return message


def test_a_failed_acknowledgement_makes_room_for_the_next_message(
    channel: Any, taken: Any, caplog: pytest.LogCaptureFixture
) -> None:
    taken.ack_log_error(logging.getLogger("kombu"), channel.connection_errors)
    assert "Couldn't ack" in caplog.text
    assert channel.qos.can_consume()


@pytest.mark.parametrize("requeue", [True, False])
def test_a_failed_refusal_makes_room_too(channel: Any, taken: Any, *, requeue: bool) -> None:
    taken.reject_log_error(logging.getLogger("kombu"), channel.connection_errors, requeue=requeue)
    assert channel.qos.can_consume()


def test_an_acknowledgement_that_reaches_the_store_leaves_nothing_there(
    own_server: StoreServer, channel: Any
) -> None:
    store = own_server.connect()
    admit_one(store, event("evt_1"))
    message = channel.basic_get(QUEUE)
    assert message is not None
    assert store.execute("HLEN", PREFIX + "unacked") == 1
    message.ack()
    assert store.execute("HLEN", PREFIX + "unacked") == 0
    assert channel.qos.can_consume()
    store.close()


@pytest.mark.parametrize("url", ["redis://localhost", "rediss://localhost", "unix:///run/redis.sock"])
def test_a_worker_speaks_by_it_whatever_the_url(url: str) -> None:
    # In a process of its own, as kombu remembers what a scheme meant first.
    code = (
        "from workers.transport import install; install()\n"
        "from celery import Celery\n"
        "from workers.settings import broker_url\n"
        f"with Celery(broker=broker_url({url!r})).connection_for_read() as connection:\n"
        "    kind = connection.get_transport_cls()\n"
        "    print(f'{kind.__module__}:{kind.__qualname__} {kind.Channel.QoS.__name__}')\n"
    )
    assert output_of(code) == f"{NAME} SteadyQoS"
