"""SHRINK: a dead event takes less room, and is the same event."""

from __future__ import annotations

import pytest

from tests.support.events import KEEP, admit_one, event
from tests.support.life import LAPSED, fields_of, record_of, take
from webhooks.lifecycle import State
from webhooks.store.connection import RedisConnection
from webhooks.store.content import COMPRESS_FROM
from webhooks.store.processing import Claim, Keep, fail, finish, shrink
from webhooks.store.repair import replay
from webhooks.store.upkeep import retire

EVENT = "stripe:evt_1"
ONE = event("evt_1", body=b'{"id": "evt_1", "amount": 1000}' * 30)


def _dies(connection: RedisConnection, *, keep: Keep = KEEP) -> Claim:
    held = take(connection, EVENT)
    assert fail(connection, EVENT, held.fence, error="boom", wait=None, handlers=(), keep=keep)
    return held


def _size(connection: RedisConnection) -> int:
    return len(fields_of(connection, EVENT)[b"content"])


def test_a_dead_event_is_the_same_in_less_room(connection: RedisConnection) -> None:
    admit_one(connection, ONE)
    held, before = _dies(connection), _size(connection)

    assert shrink(connection, held)

    assert _size(connection) < before / 3
    record = record_of(connection, EVENT)
    assert (record.event.body, record.event.headers, record.event.url) == (ONE.body, ONE.headers, ONE.url)
    assert record.body_bytes == len(ONE.body)


def test_it_is_claimed_as_it_came_once_it_is_replayed(connection: RedisConnection) -> None:
    admit_one(connection, ONE)
    shrink(connection, _dies(connection))
    replay(connection, record_of(connection, EVENT))

    assert take(connection, EVENT).record.event.body == ONE.body


@pytest.mark.parametrize("state", [State.RUNNING, State.WAITING, State.SUCCEEDED])
def test_an_event_that_is_not_dead_is_left_alone(connection: RedisConnection, state: State) -> None:
    admit_one(connection, ONE)
    held = take(connection, EVENT)
    if state is State.WAITING:
        fail(connection, EVENT, held.fence, error="boom", wait=LAPSED, handlers=(), keep=KEEP)
    elif state is State.SUCCEEDED:
        finish(connection, EVENT, held.fence, state=state, handlers=(), keep=KEEP)
    before = fields_of(connection, EVENT)

    assert not shrink(connection, held)

    assert fields_of(connection, EVENT) == before


def test_an_older_fence_changes_nothing(connection: RedisConnection) -> None:
    admit_one(connection, ONE)
    older = take(connection, EVENT, lease=LAPSED)
    _dies(connection)
    before = fields_of(connection, EVENT)

    assert not shrink(connection, older)

    assert fields_of(connection, EVENT) == before


def test_content_that_is_gone_does_not_come_back(connection: RedisConnection) -> None:
    admit_one(connection, ONE)
    held = _dies(connection, keep=Keep(event=0.0, key=7200.0))
    retire(connection)

    assert not shrink(connection, held)

    assert record_of(connection, EVENT).retired


def test_a_body_that_was_compressed_at_the_door_is_not_compressed_again(connection: RedisConnection) -> None:
    admit_one(connection, event("evt_1", body=b"x" * COMPRESS_FROM))
    assert _size(connection) < COMPRESS_FROM / 10

    assert not shrink(connection, _dies(connection))
