"""What a worker process works with, put together as it is in a worker."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.events import admit_one, event
from tests.support.life import record_of
from tests.support.servers import StoreServer
from tests.workers.bench import settings_for
from webhooks.event import Event
from webhooks.lifecycle import State
from webhooks.store.connection import RedisConnection
from webhooks.store.processing import Onward
from workers import on, runtime
from workers.handlers import HANDLERS, Registry
from workers.runtime import Runtime, database, onward_of

EVENT = "stripe:evt_1"


@pytest.fixture
def live(
    store_server: StoreServer, connection: RedisConnection, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Runtime]:
    """A runtime over the shared server, with a registry of the test's own."""
    registry = Registry()
    monkeypatch.setattr(runtime, "HANDLERS", registry)
    monkeypatch.setattr("workers.handlers.HANDLERS", registry)
    found = Runtime(settings_for(store_server.url))
    yield found
    found.close()


def test_a_runtime_runs_what_was_registered_with_on(live: Runtime, connection: RedisConnection) -> None:
    seen: list[str] = []

    @on("stripe", "invoice.*")
    def paid(event: Event) -> None:
        seen.append(event.id)

    admit_one(connection, event("evt_1"))

    assert live.turn.run(EVENT).result.state is State.SUCCEEDED
    assert seen == [EVENT]
    assert record_of(connection, EVENT).state is State.SUCCEEDED


def test_a_worker_that_sends_no_events_has_nobody_who_tells_them(live: Runtime) -> None:
    assert live.teller("celery@here") is None


def test_the_next_event_is_left_where_the_least_patient_policy_might_bury_it(
    store_server: StoreServer,
) -> None:
    assert onward_of(settings_for(store_server.url)) == Onward(lease=60.0, attempts=1)


@pytest.mark.parametrize(
    ("url", "number"),
    [
        ("redis://127.0.0.1:6379/3", "3"),
        ("redis://127.0.0.1:6379", "0"),
        ("rediss://user:pw@redis.example.com/7?ssl_ca_certs=/ca.pem", "7"),
        ("unix:///run/redis.sock?db=2", "0"),
        ("unix:///run/redis.sock", "0"),
    ],
)
def test_events_go_to_the_channel_of_celerys_own_database(url: str, number: str) -> None:
    assert database(url) == number


def test_without_a_dsn_sentry_is_silent(live: Runtime) -> None:
    live.sentry.fault(OSError("boom"))
    live.sentry.flush()


def test_a_closed_runtime_keeps_no_lease(store_server: StoreServer) -> None:
    found = Runtime(settings_for(store_server.url))

    found.close()

    assert not found._keeper._thread.is_alive()


def test_the_tests_leave_no_handler_behind() -> None:
    assert len(HANDLERS) == 0
