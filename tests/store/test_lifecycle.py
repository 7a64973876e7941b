"""The scripts held against the table of moves: each move from each state, then random lives."""

from __future__ import annotations

from itertools import product

import pytest

from tests.support.events import KEEP, event
from tests.support.life import (
    LAPSED,
    UNFINISHED,
    bring_to,
    due_at,
    fence_of,
    fields_of,
    indexes_of,
    record_of,
)
from webhooks.lifecycle import MOVES, Move, State
from webhooks.store.connection import RedisConnection
from webhooks.store.processing import Claim, claim, fail, finish, release
from webhooks.store.record import Record
from webhooks.store.repair import discard, replay

EVENT = "stripe:evt_1"


def _make(connection: RedisConnection, move: Move, record: Record, fence: str) -> None:
    """Try a move by the fence that the event has."""
    match move:
        case Move.CLAIM:
            claim(connection, EVENT, lease=60.0, max_attempts=10, keep=KEEP)
        case Move.RELEASE:
            release(connection, Claim(record=record, fence=fence, round=1), interrupted=False)
        case Move.FINISH:
            finish(connection, EVENT, fence, state=State.SUCCEEDED, handlers=(), keep=KEEP)
        case Move.IGNORE:
            finish(connection, EVENT, fence, state=State.UNHANDLED, handlers=(), keep=KEEP)
        case Move.RETRY:
            fail(connection, EVENT, fence, error="boom", wait=LAPSED, handlers=(), keep=KEEP)
        case Move.BURY:
            fail(connection, EVENT, fence, error="boom", wait=None, handlers=(), keep=KEEP)
        case Move.REPLAY:
            replay(connection, record)
        case Move.DISCARD:
            discard(connection, EVENT, keep=KEEP.event, key=KEEP.key)


@pytest.mark.parametrize(("state", "move"), list(product(State, Move)))
def test_a_move_does_what_the_table_says_and_no_other(
    connection: RedisConnection, state: State, move: Move
) -> None:
    record = bring_to(connection, state, event("evt_1"))
    before, due = fields_of(connection, EVENT), due_at(connection, EVENT)

    _make(connection, move, record, fence_of(connection, EVENT))

    assert record_of(connection, EVENT).state is MOVES.get((state, move), state)
    if (state, move) not in MOVES:
        assert fields_of(connection, EVENT) == before
        assert due_at(connection, EVENT) == due


@pytest.mark.parametrize(("state", "move"), list(MOVES))
def test_after_each_move_the_indexes_agree_with_the_record(
    connection: RedisConnection, state: State, move: Move
) -> None:
    record = bring_to(connection, state, event("evt_1"))

    _make(connection, move, record, fence_of(connection, EVENT))

    now = record_of(connection, EVENT).state
    assert indexes_of(connection, EVENT) == {
        f"state:stripe:{now}",
        "due" if now in UNFINISHED else "retire",
    }
