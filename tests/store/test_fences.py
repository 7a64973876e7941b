"""Fences: what counts is the word of one claim, on whichever server it was made."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from tests.support.events import KEEP, admit_one, event
from tests.support.life import LAPSED, fence_of, fields_of, number_of, record_of, take
from tests.support.servers import StoreServer
from tests.support.waiting import until
from webhooks.lifecycle import State
from webhooks.store.connection import RedisConnection
from webhooks.store.keys import KEYS
from webhooks.store.processing import (
    Claim,
    Onward,
    extend,
    fail,
    finish,
    record_handler,
    release,
    shrink,
)
from webhooks.store.record import HandlerRecord

EVENT, BEFORE = "stripe:evt_1", "stripe:evt_0"
DONE = HandlerRecord(name="shop.paid", state="succeeded", attempt=1)

Word = Callable[[RedisConnection, Claim], object]

WORDS: dict[str, Word] = {
    "extend": lambda store, held: extend(store, EVENT, held.fence, lease=60.0),
    "record": lambda store, held: record_handler(store, EVENT, held.fence, DONE),
    "finish": lambda store, held: finish(
        store, EVENT, held.fence, state=State.SUCCEEDED, handlers=(), keep=KEEP
    ),
    "retry": lambda store, held: fail(
        store, EVENT, held.fence, error="boom", wait=1.0, handlers=(), keep=KEEP
    ),
    "bury": lambda store, held: fail(
        store, EVENT, held.fence, error="boom", wait=None, handlers=(), keep=KEEP
    ),
    "release": lambda store, held: release(store, held, interrupted=True),
}


def _take_next(store: RedisConnection, event_id: str) -> Claim:
    """Claim an event in the step that ends another."""
    onward = Onward(lease=60.0, attempts=10)
    held = take(store, BEFORE)
    said = finish(store, BEFORE, held.fence, state=State.SUCCEEDED, handlers=(), keep=KEEP, onward=onward)
    assert said.next is not None
    assert said.next.record.event.id == event_id
    return said.next


TAKES: dict[str, Callable[[RedisConnection, str], Claim]] = {"claim": take, "next": _take_next}


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[StoreServer, StoreServer]]:
    servers = StoreServer(tmp_path_factory.mktemp("one")), StoreServer(tmp_path_factory.mktemp("other"))
    for server in servers:
        server.start("--repl-diskless-sync-delay", "0")
    yield servers
    for server in servers:
        server.stop()


@pytest.fixture
def parted(pair: tuple[StoreServer, StoreServer]) -> Iterator[tuple[RedisConnection, RedisConnection]]:
    """An old primary, and its replica promoted, after two events were replicated and before any claim."""
    primary, replica = (server.connect() for server in pair)
    for connection in (primary, replica):
        connection.execute("FLUSHALL")
    replica.execute("REPLICAOF", "127.0.0.1", pair[0].port)
    for own in ("evt_0", "evt_1"):
        admit_one(primary, event(own))
    until(lambda: replica.execute("EXISTS", KEYS["event"] + EVENT), what="the replica has it")
    replica.execute("REPLICAOF", "NO", "ONE")
    yield primary, replica
    for connection in (primary, replica):
        connection.close()


@pytest.mark.parametrize("taking", TAKES)
@pytest.mark.parametrize("word", WORDS)
def test_a_claim_that_a_promoted_replica_never_saw_has_no_word_there(
    parted: tuple[RedisConnection, RedisConnection], taking: str, word: str
) -> None:
    primary, replica = parted
    lost, held = TAKES[taking](primary, EVENT), TAKES[taking](replica, EVENT)
    assert number_of(lost) == number_of(held)
    before = fields_of(replica, EVENT)

    assert not WORDS[word](replica, lost)

    assert fields_of(replica, EVENT) == before
    assert WORDS[word](replica, held)


def test_a_result_that_a_promoted_replica_never_saw_does_not_stand_for_another(
    parted: tuple[RedisConnection, RedisConnection],
) -> None:
    primary, replica = parted
    lost, held = take(primary, EVENT), take(replica, EVENT)
    assert fail(replica, EVENT, held.fence, error="boom", wait=None, handlers=(), keep=KEEP)

    assert not extend(replica, EVENT, lost.fence, lease=60.0)
    assert not fail(replica, EVENT, lost.fence, error="theirs", wait=None, handlers=(), keep=KEEP)
    assert not shrink(replica, lost)

    assert record_of(replica, EVENT).error == "boom"


def test_each_claim_has_a_token_of_its_own(connection: RedisConnection) -> None:
    admit_one(connection, event("evt_1"))

    fences = [take(connection, EVENT, lease=LAPSED, max_attempts=60).fence for _ in range(50)]

    assert len({fence.partition("-")[2] for fence in fences}) == 50
    assert fences[-1] == fence_of(connection, EVENT)


def _claimed_by_an_older_release(store: RedisConnection) -> None:
    """Lead an event to where a release without tokens leaves it: a number is all its fence."""
    admit_one(store, event("evt_1"))
    take(store, EVENT, lease=LAPSED)
    store.execute("HDEL", KEYS["event"] + EVENT, "token")


def test_an_event_that_an_older_release_holds_is_taken_when_its_lease_has_run_out(
    connection: RedisConnection,
) -> None:
    _claimed_by_an_older_release(connection)

    held = take(connection, EVENT)

    assert number_of(held) == 2
    assert finish(connection, EVENT, held.fence, state=State.SUCCEEDED, handlers=(), keep=KEEP)


def test_a_claim_by_an_older_release_ends_the_word_of_the_one_before(connection: RedisConnection) -> None:
    admit_one(connection, event("evt_1"))
    held = take(connection, EVENT, lease=LAPSED)
    # It counts on, and leaves the token of the claim before.
    connection.execute("HINCRBY", KEYS["event"] + EVENT, "fence", 1)

    assert not finish(connection, EVENT, held.fence, state=State.SUCCEEDED, handlers=(), keep=KEEP)
    assert record_of(connection, EVENT).state is State.RUNNING
