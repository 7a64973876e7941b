"""A worker's rounds over what an earlier release left."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from tests.support.servers import StoreServer
from tests.workers.bench import settings_for
from webhooks.store.connection import RedisConnection
from webhooks.store.keys import KEYS
from webhooks.store.message import hint
from workers.adopting import INTERVAL, Adopting


class Timer:
    """Celery's, by hand."""

    def __init__(self) -> None:
        self.entries: list[SimpleNamespace] = []

    def call_repeatedly(self, seconds: float, call: object, args: tuple[object, ...]) -> SimpleNamespace:
        entry = SimpleNamespace(seconds=seconds, call=call, args=args, cancelled=False)
        entry.cancel = lambda: setattr(entry, "cancelled", True)
        self.entries.append(entry)
        return entry


def test_a_store_that_is_away_is_waited_for(
    own_server: StoreServer, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "hookline")
    connection = own_server.connect()
    connection.execute("LPUSH", KEYS["former_queue"], hint("a:1", source="a", type="b", attempt=1))
    step = Adopting(None)
    own_server.kill()

    step.adopt(connection)
    assert caplog.messages == ["adopt_failed"]

    own_server.start()
    step.adopt(connection)
    step.adopt(connection)
    assert caplog.messages == ["adopt_failed", "adopted"]
    assert connection.execute("LLEN", KEYS["queue"]) == 1
    connection.close()


def test_rounds_go_on_among_many_messages_in_hand_where_they_stopped(
    store_server: StoreServer, connection: RedisConnection
) -> None:
    timer = Timer()
    settings = settings_for(store_server.url)
    worker = SimpleNamespace(app=SimpleNamespace(conf={"hookline": settings}), timer=timer)
    theirs = [part for number in range(1000) for part in (f"neighbour-{number}", "{}")]
    connection.execute("HSET", KEYS["former_unacked"], *theirs)
    message = hint("a:1", source="a", type="b", attempt=1)
    tag = message.rpartition('"delivery_tag": "')[2].partition('"')[0]
    connection.execute("HSET", KEYS["former_unacked"], tag, f'[{message}, "", "hookline"]')
    step = Adopting(worker)
    step.start(worker)
    (entry,) = timer.entries

    rounds = 0
    while not connection.execute("LLEN", KEYS["queue"]):
        entry.call(*entry.args)
        rounds += 1
        assert rounds < 100

    step.stop(worker)
    assert (entry.seconds, entry.cancelled) == (INTERVAL, True)
    assert connection.execute("HLEN", KEYS["former_unacked"]) == 1000
