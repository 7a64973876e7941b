"""REPLAY and DISCARD: what an operator may do with an event, and what not."""

from __future__ import annotations

import pytest

from tests.support.events import KEEP, admit_one, event
from tests.support.life import (
    LAPSED,
    bring_to,
    due_at,
    fields_of,
    hinted,
    indexes_of,
    messages,
    record_of,
    server_time,
    take,
)
from webhooks.lifecycle import Move, State, sources_of
from webhooks.store.admission import GRACE
from webhooks.store.connection import RedisConnection
from webhooks.store.keys import KEYS
from webhooks.store.processing import Keep, fail, record_handler
from webhooks.store.record import HandlerRecord
from webhooks.store.repair import RETIRED, discard, replay
from webhooks.store.upkeep import retire

EVENT = "stripe:evt_1"
GONE_SOON = Keep(event=0.0, key=7200.0)


def _others(move: Move) -> list[State]:
    return [state for state in State if state not in sources_of(move)]


@pytest.mark.parametrize("state", sources_of(Move.REPLAY))
def test_replay_queues_an_event_again(connection: RedisConnection, state: State) -> None:
    record = bring_to(connection, state, event("evt_1"))
    connection.execute("DEL", KEYS["queue"])

    assert replay(connection, record) == state

    after = record_of(connection, EVENT)
    assert (after.state, after.ended_at, after.next_at) == (State.QUEUED, None, None)
    assert hinted(connection) == [EVENT]
    assert {"state:stripe:queued", "due"} <= indexes_of(connection, EVENT)
    assert "retire" not in indexes_of(connection, EVENT)


@pytest.mark.parametrize("state", _others(Move.REPLAY))
def test_replay_is_refused_from_any_other_state(connection: RedisConnection, state: State) -> None:
    record = bring_to(connection, state, event("evt_1"))
    before = fields_of(connection, EVENT), indexes_of(connection, EVENT), hinted(connection)

    assert replay(connection, record) == state

    assert (fields_of(connection, EVENT), indexes_of(connection, EVENT), hinted(connection)) == before


def test_replay_gives_all_attempts_anew_and_counts_on(connection: RedisConnection) -> None:
    admit_one(connection, event("evt_1"))
    for _ in range(2):
        fence = take(connection, EVENT, max_attempts=2).fence
        fail(connection, EVENT, fence, error="boom", wait=LAPSED, handlers=(), keep=KEEP)

    replay(connection, record_of(connection, EVENT))

    taken = take(connection, EVENT, lease=LAPSED, max_attempts=2)
    assert (taken.round, taken.record.event.attempt) == (1, 3)
    assert take(connection, EVENT, max_attempts=2).round == 2


def test_the_message_of_a_replay_is_named_after_the_attempt_to_come(connection: RedisConnection) -> None:
    record = bring_to(connection, State.DEAD, event("evt_1"))

    replay(connection, record)

    assert messages(connection)[-1]["headers"]["id"] == "stripe:evt_1.2"


def test_a_replayed_event_is_due_after_the_grace(connection: RedisConnection) -> None:
    record = bring_to(connection, State.DEAD, event("evt_1"))

    replay(connection, record)

    due = due_at(connection, EVENT)
    assert due is not None
    assert abs(due - server_time(connection) - GRACE) < 1.0


def test_replay_keeps_what_each_handler_did(connection: RedisConnection) -> None:
    done = HandlerRecord(name="shop.paid", state="succeeded", attempt=1)
    admit_one(connection, event("evt_1"))
    fence = take(connection, EVENT).fence
    record_handler(connection, EVENT, fence, done)
    fail(connection, EVENT, fence, error="boom", wait=None, handlers=(), keep=KEEP)

    replay(connection, record_of(connection, EVENT))

    assert record_of(connection, EVENT).handlers == (done,)


@pytest.mark.parametrize("state", sources_of(Move.DISCARD))
def test_discard_ends_an_event(connection: RedisConnection, state: State) -> None:
    bring_to(connection, state, event("evt_1"))

    assert discard(connection, EVENT, keep=60.0, key=120.0) == state

    after = record_of(connection, EVENT)
    assert (after.state, after.next_at) == (State.DISCARDED, None)
    assert after.ended_at is not None
    assert {"state:stripe:discarded", "retire"} <= indexes_of(connection, EVENT)
    assert "due" not in indexes_of(connection, EVENT)


@pytest.mark.parametrize("state", _others(Move.DISCARD))
def test_discard_is_refused_from_any_other_state(connection: RedisConnection, state: State) -> None:
    bring_to(connection, state, event("evt_1"))
    before = fields_of(connection, EVENT), indexes_of(connection, EVENT)

    assert discard(connection, EVENT, keep=60.0, key=120.0) == state

    assert (fields_of(connection, EVENT), indexes_of(connection, EVENT)) == before


def test_the_hint_of_a_discarded_event_does_nothing(connection: RedisConnection) -> None:
    bring_to(connection, State.DISCARDED, event("evt_1"))

    assert hinted(connection) == [EVENT]
    with pytest.raises(AssertionError, match="Refused"):
        take(connection, EVENT)


@pytest.mark.parametrize("state", [State.DEAD, State.DISCARDED, State.UNHANDLED])
def test_an_event_whose_body_is_gone_can_be_neither_replayed_nor_discarded(
    connection: RedisConnection, state: State
) -> None:
    record = bring_to(connection, state, event("evt_1"), keep=GONE_SOON)
    retire(connection)
    before = fields_of(connection, EVENT)

    assert replay(connection, record) == RETIRED
    assert discard(connection, EVENT, keep=60.0, key=120.0) == RETIRED

    assert fields_of(connection, EVENT) == before


def test_an_unknown_event_can_be_neither_replayed_nor_discarded(connection: RedisConnection) -> None:
    record = bring_to(connection, State.DEAD, event("evt_1"))
    connection.execute("FLUSHALL")

    assert replay(connection, record) == ""
    assert discard(connection, EVENT, keep=60.0, key=120.0) == ""

    assert connection.execute("DBSIZE") == 0
