"""The lease keeper: a long handler keeps its event, and one that has lost it is stopped."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator

import pytest

from tests.support.events import KEEP, admit_one, event
from tests.support.life import LAPSED, record_of, server_time, take
from tests.support.servers import StoreServer
from tests.support.waiting import until
from webhooks.lifecycle import State
from webhooks.store.connection import Connection, RedisConnection
from webhooks.store.processing import finish
from workers.lease import LeaseKeeper

EVENT = "stripe:evt_1"
LEASE = 0.15


class Kept:
    """A keeper, and how often it said that a lease was lost."""

    def __init__(self, connection: Connection) -> None:
        self.lost = 0
        self.keeper = LeaseKeeper(connection, lease=LEASE, on_lost=self._lose)

    def _lose(self) -> None:
        self.lost += 1


Make = Callable[[Connection], Kept]


@pytest.fixture
def make() -> Iterator[Make]:
    made: list[Kept] = []

    def build(connection: Connection) -> Kept:
        made.append(Kept(connection))
        return made[-1]

    yield build
    for kept in made:
        kept.keeper.stop()


def _lease_until(connection: RedisConnection) -> float:
    found = record_of(connection, EVENT).lease_until
    assert found is not None
    return found


def _extended(connection: RedisConnection, *, after: float) -> Callable[[], bool]:
    return lambda: _lease_until(connection) > after


def test_the_lease_of_a_long_handler_is_extended_again_and_again(
    connection: RedisConnection, make: Make
) -> None:
    kept = make(connection)
    admit_one(connection, event("evt_1"))
    taken = take(connection, EVENT, lease=LEASE)
    start = _lease_until(connection)

    with kept.keeper.hold(taken):
        until(_extended(connection, after=start + 3 * LEASE))

    assert kept.lost == 0
    assert record_of(connection, EVENT).event.attempt == 1


def test_a_lease_is_extended_before_it_has_run_out(connection: RedisConnection) -> None:
    lease = 6.0  # a third of it is waited for, and the rest is room for a busy machine
    keeper = LeaseKeeper(connection, lease=lease)
    admit_one(connection, event("evt_1"))
    taken = take(connection, EVENT, lease=lease)
    start = _lease_until(connection)
    try:
        with keeper.hold(taken):
            until(_extended(connection, after=start))
            assert server_time(connection) < start
    finally:
        keeper.stop()


def test_a_lease_is_extended_no_more_after_the_block(connection: RedisConnection, make: Make) -> None:
    kept = make(connection)
    for own in ("evt_1", "evt_2"):
        admit_one(connection, event(own))
    with kept.keeper.hold(take(connection, EVENT, lease=LEASE)):
        pass
    first = _lease_until(connection)

    other = take(connection, "stripe:evt_2", lease=LEASE)
    assert other.record.lease_until is not None
    start = other.record.lease_until
    with kept.keeper.hold(other):
        until(lambda: (record_of(connection, "stripe:evt_2").lease_until or 0) > start + LEASE)

    assert _lease_until(connection) == first


def test_a_lease_that_another_worker_took_is_told_as_lost(
    connection: RedisConnection, make: Make, caplog: pytest.LogCaptureFixture
) -> None:
    kept = make(connection)
    admit_one(connection, event("evt_1"))
    taken = take(connection, EVENT, lease=LAPSED)
    take(connection, EVENT)

    with kept.keeper.hold(taken):
        until(lambda: kept.lost)

    assert "lease_lost" in caplog.messages


def test_a_result_that_is_recorded_within_the_block_is_no_lost_lease(
    connection: RedisConnection, make: Make
) -> None:
    kept = make(connection)
    for own in ("evt_1", "evt_2"):
        admit_one(connection, event(own))
    taken = take(connection, EVENT)
    turns = _count_turns(connection)

    with kept.keeper.hold(taken):
        finish(connection, EVENT, taken.fence, state=State.SUCCEEDED, handlers=(), keep=KEEP)
        until(lambda: _count_turns(connection) >= turns + 4)

    assert kept.lost == 0


def _count_turns(connection: RedisConnection) -> int:
    """How many scripts the server has run."""
    for line in connection.execute("INFO", "commandstats").decode().splitlines():
        if line.startswith("cmdstat_evalsha:"):
            return int(line.partition("calls=")[2].partition(",")[0])
    return 0


def test_a_store_that_is_away_loses_no_lease(
    own_server: StoreServer, make: Make, caplog: pytest.LogCaptureFixture
) -> None:
    connection = own_server.connect()
    kept = make(connection)
    admit_one(connection, event("evt_1"))
    taken = take(connection, EVENT)

    with kept.keeper.hold(taken):
        own_server.kill()
        until(lambda: "lease_unsure" in caplog.messages)
        own_server.start()
        before = _lease_until(connection)
        until(lambda: _lease_until(connection) != before)

    assert kept.lost == 0
    assert {record.levelno for record in caplog.records if record.msg == "lease_unsure"} == {logging.WARNING}
    kept.keeper.stop()
    connection.close()


def test_a_block_that_raises_ends_the_hold(connection: RedisConnection, make: Make) -> None:
    kept = make(connection)
    admit_one(connection, event("evt_1"))
    taken = take(connection, EVENT, lease=LAPSED)

    with pytest.raises(OSError, match="boom"), kept.keeper.hold(taken):
        raise OSError("boom")

    assert kept.keeper._held is None


def test_a_stopped_keeper_leaves_no_thread(connection: RedisConnection, make: Make) -> None:
    kept = make(connection)

    kept.keeper.stop()

    assert not kept.keeper._thread.is_alive()
