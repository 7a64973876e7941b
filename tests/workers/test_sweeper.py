"""The sweeper inside a worker: one round, and the step that starts and stops the rounds."""

from __future__ import annotations

import logging
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from tests.support.events import admit_one, event
from tests.support.life import bring_to, hinted, stored
from tests.support.servers import StoreServer
from tests.workers.bench import settings_for
from webhooks.lifecycle import State
from webhooks.store.connection import RedisConnection
from webhooks.store.keys import KEYS
from webhooks.store.listing import count
from webhooks.store.processing import Keep
from workers.sweeper import Sweeper, tick


class Timer:
    """Keeps what Celery's timer was asked to call."""

    def __init__(self) -> None:
        self.every: list[float] = []
        self.calls: list[Callable[[], Any]] = []
        self.at_once: list[Callable[[], Any]] = []
        self.cancelled = 0

    def call_repeatedly(
        self, seconds: float, function: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> SimpleNamespace:
        self.every.append(seconds)
        self.calls.append(lambda: function(*args, **kwargs))
        return SimpleNamespace(cancel=self._cancel)

    def call_after(
        self, seconds: float, function: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> None:
        assert seconds == 0
        self.at_once.append(lambda: function(*args, **kwargs))

    def _cancel(self) -> None:
        self.cancelled += 1


def _make_due(connection: RedisConnection) -> None:
    admit_one(connection, event("evt_1"))
    connection.execute("DEL", KEYS["queue"])
    connection.execute("ZADD", KEYS["due"], 0, "stripe:evt_1")


def test_a_round_hints_what_is_due(connection: RedisConnection) -> None:
    _make_due(connection)

    assert tick(connection, worker="worker-1", backlog=200) == 1

    assert hinted(connection) == ["stripe:evt_1"]
    assert set(count(connection).workers) == {"worker-1"}


def test_a_round_retires_what_was_kept_long_enough(connection: RedisConnection) -> None:
    bring_to(connection, State.SUCCEEDED, event("evt_1"), keep=Keep(event=0.0, key=60.0))

    assert tick(connection, worker="worker-1", backlog=200) == 0

    assert stored(connection) == set()


def test_a_round_makes_room_in_a_store_that_is_full(connection: RedisConnection) -> None:
    bring_to(connection, State.SUCCEEDED, event("evt_1"), keep=Keep(event=0.0, key=60.0))
    connection.execute("CONFIG", "SET", "maxmemory", "1")
    try:
        tick(connection, worker="worker-1", backlog=200)
    finally:
        connection.execute("CONFIG", "SET", "maxmemory", "0")

    assert stored(connection) == set()


def test_a_round_says_what_it_did_and_nothing_when_it_did_nothing(
    connection: RedisConnection, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "hookline")
    tick(connection, worker="worker-1", backlog=200)
    assert caplog.messages == []

    _make_due(connection)
    tick(connection, worker="worker-1", backlog=200)

    assert caplog.messages == ["swept"]


def test_a_store_that_is_away_is_waited_for(
    own_server: StoreServer, caplog: pytest.LogCaptureFixture
) -> None:
    connection = own_server.connect()
    _make_due(connection)
    own_server.kill()

    assert tick(connection, worker="worker-1", backlog=200) == 0
    assert caplog.messages == ["sweep_failed"]

    own_server.start()
    assert tick(connection, worker="worker-1", backlog=200) == 1
    connection.close()


def test_the_step_begins_rounds_with_what_the_configuration_says(
    store_server: StoreServer, connection: RedisConnection
) -> None:
    timer = Timer()
    settings = settings_for(store_server.url)
    worker = SimpleNamespace(
        app=SimpleNamespace(conf={"hookline": settings}), timer=timer, hostname="celery@here"
    )
    step = Sweeper(worker)

    step.start(worker)
    _make_due(connection)

    assert timer.every == [settings.worker.sweep_interval]
    assert timer.calls[0]() == 1
    assert set(count(connection).workers) == {"celery@here"}


def test_a_worker_is_known_from_its_start(store_server: StoreServer, connection: RedisConnection) -> None:
    timer = Timer()
    conf = {"hookline": settings_for(store_server.url)}
    worker = SimpleNamespace(app=SimpleNamespace(conf=conf), timer=timer, hostname="celery@here")

    Sweeper(worker).start(worker)
    for call in timer.at_once:
        call()

    assert set(count(connection).workers) == {"celery@here"}


def test_the_step_ends_its_rounds_once(store_server: StoreServer) -> None:
    timer = Timer()
    conf = {"hookline": settings_for(store_server.url)}
    worker = SimpleNamespace(app=SimpleNamespace(conf=conf), timer=timer, hostname="celery@here")
    step = Sweeper(worker)
    step.start(worker)

    step.stop(worker)
    step.stop(worker)

    assert timer.cancelled == 1


def test_a_step_that_never_started_can_be_stopped() -> None:
    Sweeper(SimpleNamespace()).stop(SimpleNamespace())
