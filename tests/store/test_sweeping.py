"""SWEEP: whatever is due is hinted, once, and the queue is not flooded."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from tests.support.events import KEEP, admit_one, event
from tests.support.life import (
    LAPSED,
    bring_to,
    due_at,
    fields_of,
    hinted,
    members,
    messages,
    server_time,
    take,
)
from tests.support.servers import StoreServer
from tests.support.waiting import until
from webhooks.lifecycle import State
from webhooks.store.connection import RedisConnection
from webhooks.store.keys import KEYS
from webhooks.store.listing import count
from webhooks.store.processing import fail
from webhooks.store.upkeep import PUSH, sweep

EVENT = "stripe:evt_1"


def _sweep(connection: RedisConnection, *, backlog: int = 200, limit: int = 500) -> int:
    return sweep(connection, worker="worker-1", backlog=backlog, limit=limit)


def _lose_hints(connection: RedisConnection) -> None:
    connection.execute("DEL", KEYS["queue"])


def _make_due(connection: RedisConnection, *event_ids: str) -> None:
    for event_id in event_ids:
        connection.execute("ZADD", KEYS["due"], "XX", 0, event_id)


def test_an_event_whose_hint_was_lost_is_hinted_when_its_grace_is_over(connection: RedisConnection) -> None:
    admit_one(connection, event("evt_1"))
    _lose_hints(connection)
    _make_due(connection, EVENT)

    assert _sweep(connection) == 1

    assert hinted(connection) == [EVENT]
    assert messages(connection)[0]["headers"]["id"] == "stripe:evt_1.1"
    assert messages(connection)[0]["headers"]["shadow"] == "stripe:invoice.paid"


def test_what_is_not_due_is_left_alone(connection: RedisConnection) -> None:
    admit_one(connection, event("evt_1"))
    _lose_hints(connection)

    assert _sweep(connection) == 0

    assert hinted(connection) == []


def test_a_waiting_event_is_hinted_when_its_next_attempt_is_due(connection: RedisConnection) -> None:
    admit_one(connection, event("evt_1"))
    _lose_hints(connection)
    fence = take(connection, EVENT).fence
    fail(connection, EVENT, fence, error="boom", wait=0.05, handlers=(), keep=KEEP)

    until(lambda: _sweep(connection))

    assert messages(connection)[0]["headers"]["id"] == "stripe:evt_1.2"
    assert take(connection, EVENT).round == 2


def test_the_event_of_a_lost_worker_is_hinted_when_its_lease_has_run_out(connection: RedisConnection) -> None:
    admit_one(connection, event("evt_1"))
    _lose_hints(connection)
    take(connection, EVENT, lease=0.05)

    until(lambda: _sweep(connection))

    assert hinted(connection) == [EVENT]


@pytest.mark.parametrize("state", [State.SUCCEEDED, State.UNHANDLED, State.DEAD, State.DISCARDED])
def test_an_event_that_has_ended_is_never_hinted(connection: RedisConnection, state: State) -> None:
    bring_to(connection, state, event("evt_1"))
    _lose_hints(connection)
    _make_due(connection, EVENT)

    assert _sweep(connection) == 0


def test_what_was_swept_is_pushed_forward_so_that_the_next_sweep_leaves_it(
    connection: RedisConnection,
) -> None:
    admit_one(connection, event("evt_1"))
    _make_due(connection, EVENT)

    assert _sweep(connection) == 1
    assert _sweep(connection) == 0

    due = due_at(connection, EVENT)
    assert due is not None
    assert abs(due - server_time(connection) - PUSH) < 1.0


def test_a_hint_that_is_lost_is_given_again_after_the_push(connection: RedisConnection) -> None:
    admit_one(connection, event("evt_1"))
    _make_due(connection, EVENT)
    _sweep(connection)
    _lose_hints(connection)
    _make_due(connection, EVENT)  # as after PUSH seconds

    assert _sweep(connection) == 1


@pytest.mark.parametrize(("waiting", "found"), [(199, 1), (200, 0), (5000, 0)])
def test_no_queued_event_is_hinted_while_the_queue_is_long(
    connection: RedisConnection, waiting: int, found: int
) -> None:
    admit_one(connection, event("evt_1"))
    _make_due(connection, EVENT)
    _lose_hints(connection)
    connection.execute("RPUSH", KEYS["queue"], *["waiting"] * waiting)

    assert _sweep(connection, backlog=200) == found

    assert connection.execute("LLEN", KEYS["queue"]) == waiting + found
    due = due_at(connection, EVENT)
    assert due is not None
    assert (due > 0) is bool(found)


def _backlog(connection: RedisConnection) -> None:
    _lose_hints(connection)
    connection.execute("RPUSH", KEYS["queue"], *["{}"] * 200)


def test_behind_a_backlog_the_event_of_a_lost_worker_gets_its_place(connection: RedisConnection) -> None:
    admit_one(connection, event("evt_1"))
    take(connection, EVENT, lease=LAPSED)
    _backlog(connection)

    assert _sweep(connection, backlog=200) == 1

    assert messages(connection)[-1]["headers"]["id"] == "stripe:evt_1.2"


def test_behind_a_backlog_an_attempt_that_is_due_again_gets_its_place(connection: RedisConnection) -> None:
    admit_one(connection, event("evt_1"))
    fence = take(connection, EVENT).fence
    fail(connection, EVENT, fence, error="boom", wait=0.0, handlers=(), keep=KEEP)
    _backlog(connection)

    assert _sweep(connection, backlog=200) == 1

    assert messages(connection)[-1]["headers"]["id"] == "stripe:evt_1.2"


def test_an_attempt_gets_one_place_behind_a_backlog(connection: RedisConnection) -> None:
    admit_one(connection, event("evt_1"))
    take(connection, EVENT, lease=LAPSED)
    _backlog(connection)

    assert [_sweep(connection, backlog=200) for _ in range(3)] == [1, 0, 0]

    take(connection, EVENT, lease=LAPSED)
    assert [_sweep(connection, backlog=200) for _ in range(3)] == [1, 0, 0]


def test_a_place_that_was_lost_is_given_again_when_the_backlog_is_gone(connection: RedisConnection) -> None:
    admit_one(connection, event("evt_1"))
    take(connection, EVENT, lease=LAPSED)
    _backlog(connection)
    _sweep(connection, backlog=200)
    _lose_hints(connection)

    assert [_sweep(connection, backlog=200) for _ in range(2)] == [1, 0]

    assert hinted(connection) == [EVENT]
    assert connection.execute("EXISTS", KEYS["behind"]) == 0


def test_what_is_overdue_longest_is_hinted_first(connection: RedisConnection) -> None:
    for number in range(5):
        admit_one(connection, event(f"evt_{number}"))
        connection.execute("ZADD", KEYS["due"], 100 - number, f"stripe:evt_{number}")
    _lose_hints(connection)

    assert _sweep(connection, limit=2) == 2
    assert hinted(connection) == ["stripe:evt_4", "stripe:evt_3"]

    assert _sweep(connection, limit=500) == 3
    assert hinted(connection)[2:] == ["stripe:evt_2", "stripe:evt_1", "stripe:evt_0"]


def test_the_due_time_of_an_unknown_event_is_forgotten(connection: RedisConnection) -> None:
    connection.execute("ZADD", KEYS["due"], 0, "stripe:never_seen")

    assert _sweep(connection) == 0

    assert members(connection, "due") == set()
    assert hinted(connection) == []


def test_many_sweepers_at_once_hint_each_event_once(
    store_server: StoreServer, connection: RedisConnection
) -> None:
    ids = [f"stripe:evt_{number}" for number in range(120)]
    for number in range(120):
        admit_one(connection, event(f"evt_{number}"))
    _lose_hints(connection)
    _make_due(connection, *ids)
    threads = 8
    barrier = Barrier(threads)

    def sweep_until_dry(_: int) -> int:
        own = store_server.connect()
        barrier.wait(timeout=10)
        found = sum(iter(lambda: sweep(own, worker="worker", backlog=10_000, limit=7), 0))
        own.close()
        return found

    with ThreadPoolExecutor(threads) as pool:
        found = sum(pool.map(sweep_until_dry, range(threads)))

    assert found == 120
    assert sorted(hinted(connection)) == sorted(ids)


def test_a_sweep_says_that_its_worker_is_alive_even_when_the_queue_is_long(
    connection: RedisConnection,
) -> None:
    connection.execute("RPUSH", KEYS["queue"], "waiting")

    sweep(connection, worker="worker-1", backlog=1)
    sweep(connection, worker="worker-2", backlog=1)

    workers = count(connection).workers
    assert set(workers) == {"worker-1", "worker-2"}
    assert max(workers.values()) < 5.0


def test_a_worker_that_has_not_swept_for_a_day_is_forgotten(connection: RedisConnection) -> None:
    connection.execute("ZADD", KEYS["workers"], int((server_time(connection) - 86_401) * 1000), "gone")

    _sweep(connection)

    assert set(count(connection).workers) == {"worker-1"}


def test_a_sweep_changes_no_record(connection: RedisConnection) -> None:
    admit_one(connection, event("evt_1"))
    take(connection, EVENT, lease=LAPSED)
    before = fields_of(connection, EVENT)

    assert _sweep(connection) == 1

    assert fields_of(connection, EVENT) == before
