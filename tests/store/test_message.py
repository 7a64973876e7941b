"""The Celery message that is built without Celery, held against one that Celery itself publishes."""

from __future__ import annotations

import json
from base64 import b64decode
from collections.abc import Iterator
from typing import Any

import pytest
from celery import Celery

from tests.support.life import messages
from tests.support.servers import StoreServer
from webhooks.config import Settings
from webhooks.config.sections import Redis
from webhooks.store.connection import RedisConnection
from webhooks.store.keys import KEYS, QUEUE, TASK
from webhooks.store.message import hint
from workers.settings import celery_settings

IDS = [
    "stripe:evt_1NG8Du2eZvKYlo2C",
    "orders:it's",
    'orders:"quoted"',
    "orders:'both\"",
    "orders:back\\slash",
    "orders:{braces}{{twice}}%s",
    "orders:<a&b>",
    "orders:" + "x" * 200,
]


@pytest.fixture
def app(store_server: StoreServer) -> Iterator[Celery]:
    settings = Settings(redis=Redis(url=store_server.url))
    found = Celery("hookline", set_as_current=False)
    found.conf.update(celery_settings(settings))
    yield found
    found.close()


def _as_celery_says_it(
    app: Celery, connection: RedisConnection, event_id: str, *, shadow: str
) -> dict[str, Any]:
    app.send_task(
        TASK,
        args=(event_id,),
        task_id=f"{event_id}.1",
        shadow=shadow,
        ignore_result=True,
    )
    (message,) = messages(connection)
    return message


def _comparable(message: dict[str, Any]) -> dict[str, Any]:
    """The message without what says who wrote it, and each delivery's own tag."""
    message["properties"].pop("delivery_tag")
    message["properties"].pop("reply_to")  # where a result would go; there is none
    message["headers"].pop("origin")
    return message


def _text(app: Celery, connection: RedisConnection) -> str:
    _as_celery_says_it(app, connection, IDS[0], shadow="stripe:invoice.paid")
    text: str = connection.execute("LINDEX", KEYS["queue"], 0).decode()
    return text


@pytest.mark.parametrize("event_id", IDS)
def test_a_hint_is_what_celery_publishes(app: Celery, connection: RedisConnection, event_id: str) -> None:
    theirs = _as_celery_says_it(app, connection, event_id, shadow="stripe:invoice.paid")
    if event_id != IDS[0]:
        # Text for eyes, in which Celery escapes a quote in its own way.
        theirs["headers"]["argsrepr"] = f"({event_id!r},)"

    ours = json.loads(hint(event_id, source="stripe", type="invoice.paid", attempt=1))

    assert b64decode(ours["body"]) == b64decode(theirs["body"])
    assert _comparable(ours) == _comparable(theirs)


@pytest.mark.parametrize("kind", ["a'b", 'a"b', "a\\b", "{0}", "%s", "a.b/c"])
def test_a_hint_is_what_celery_publishes_whatever_the_type(
    app: Celery, connection: RedisConnection, kind: str
) -> None:
    theirs = _as_celery_says_it(app, connection, IDS[0], shadow=f"stripe:{kind}")

    ours = json.loads(hint(IDS[0], source="stripe", type=kind, attempt=1))

    assert _comparable(ours) == _comparable(theirs)


def test_a_hint_names_its_keys_in_celerys_order(app: Celery, connection: RedisConnection) -> None:
    theirs = json.loads(_text(app, connection))

    ours = json.loads(hint(IDS[0], source="stripe", type="invoice.paid", attempt=1))

    assert list(ours) == list(theirs)
    assert list(ours["headers"]) == list(theirs["headers"])


def test_celery_publishes_to_the_list_that_the_store_pushes_to(
    app: Celery, connection: RedisConnection
) -> None:
    _text(app, connection)

    assert connection.execute("KEYS", "*") == [KEYS["queue"].encode()]


@pytest.mark.parametrize("event_id", IDS)
def test_the_body_of_a_hint_is_the_id_and_nothing_else(event_id: str) -> None:
    message = json.loads(hint(event_id, source="stripe", type="invoice.paid", attempt=3))

    args, kwargs, _ = json.loads(b64decode(message["body"]))

    assert (args, kwargs) == ([event_id], {})
    assert message["headers"]["id"] == message["properties"]["correlation_id"] == f"{event_id}.3"


def test_two_hints_of_an_event_have_tags_of_their_own() -> None:
    first, second = (
        json.loads(hint(IDS[0], source="stripe", type="invoice.paid", attempt=1)) for _ in range(2)
    )

    assert first["properties"].pop("delivery_tag") != second["properties"].pop("delivery_tag")
    assert first == second


@pytest.mark.parametrize("event_id", IDS)
def test_celery_reads_a_hint_as_a_call_of_the_task(
    app: Celery, connection: RedisConnection, event_id: str
) -> None:
    connection.execute("LPUSH", KEYS["queue"], hint(event_id, source="stripe", type="a.b", attempt=2))

    with app.connection_for_read() as broker:
        queue = app.amqp.queues[QUEUE](broker.default_channel)
        message = queue.get(no_ack=True)

    args, kwargs, _ = message.decode()
    assert (args, kwargs) == ([event_id], {})
    assert (message.headers["task"], message.headers["id"]) == (TASK, f"{event_id}.2")
    assert connection.execute("LLEN", KEYS["queue"]) == 0
