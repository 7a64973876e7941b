"""RECORD, FINISH and FAIL: what a worker says of an event, and whose word counts."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.support.events import KEEP, admit_one, event
from tests.support.life import LAPSED, due_at, fields_of, indexes_of, members, record_of, take, total
from webhooks.lifecycle import State
from webhooks.store.connection import RedisConnection
from webhooks.store.keys import KEYS
from webhooks.store.processing import (
    Buried,
    Claim,
    Recorded,
    claim,
    extend,
    fail,
    finish,
    record_handler,
    release,
)
from webhooks.store.record import HandlerRecord
from webhooks.store.refused import ServerRefused

EVENT = "stripe:evt_1"
DONE = HandlerRecord(name="shop.paid", state="succeeded", attempt=1)
BROKEN = HandlerRecord(name="shop.mail", state="failed", attempt=1, error='OSError: "no" \\ \ud800 \x00')

Word = Callable[[RedisConnection, Claim], Recorded | bool]
WORDS: dict[str, Word] = {
    "finish": lambda connection, held: finish(
        connection, EVENT, held.fence, state=State.SUCCEEDED, handlers=(DONE,), keep=KEEP
    ),
    "ignore": lambda connection, held: finish(
        connection, EVENT, held.fence, state=State.UNHANDLED, handlers=(), keep=KEEP
    ),
    "fail": lambda connection, held: fail(
        connection, EVENT, held.fence, error="boom", wait=1.0, handlers=(BROKEN,), keep=KEEP
    ),
    "bury": lambda connection, held: fail(
        connection, EVENT, held.fence, error="boom", wait=None, handlers=(BROKEN,), keep=KEEP
    ),
    "record": lambda connection, held: record_handler(connection, EVENT, held.fence, DONE),
    "extend": lambda connection, held: extend(connection, EVENT, held.fence, lease=600.0),
    "release": lambda connection, held: release(connection, held, interrupted=True),
}
every_word = pytest.mark.parametrize("word", WORDS.values(), ids=WORDS)


@pytest.fixture
def held(connection: RedisConnection) -> Claim:
    """An event whose lease has run out, held by a worker that does not know it."""
    admit_one(connection, event("evt_1"))
    return take(connection, EVENT, lease=LAPSED)


@every_word
def test_a_result_counts_while_nobody_else_took_the_event(
    connection: RedisConnection, held: Claim, word: Word
) -> None:
    assert word(connection, held)


@every_word
def test_a_result_by_an_older_fence_changes_nothing(
    connection: RedisConnection, held: Claim, word: Word
) -> None:
    take(connection, EVENT)
    before = fields_of(connection, EVENT), indexes_of(connection, EVENT), due_at(connection, EVENT)

    assert not word(connection, held)

    assert (fields_of(connection, EVENT), indexes_of(connection, EVENT), due_at(connection, EVENT)) == before
    assert connection.execute("LLEN", KEYS["queue"]) == 1


@every_word
@pytest.mark.parametrize("state", [State.SUCCEEDED, State.WAITING, State.DEAD])
def test_a_result_after_another_worker_has_ended_the_event_changes_nothing(
    connection: RedisConnection, held: Claim, word: Word, state: State
) -> None:
    other = take(connection, EVENT)
    if state is State.SUCCEEDED:
        finish(connection, EVENT, other.fence, state=state, handlers=(), keep=KEEP)
    else:
        wait = 60.0 if state is State.WAITING else None
        fail(connection, EVENT, other.fence, error="theirs", wait=wait, handlers=(), keep=KEEP)
    before = fields_of(connection, EVENT)

    assert not word(connection, held)

    assert fields_of(connection, EVENT) == before


@every_word
def test_a_result_after_the_event_was_buried_changes_nothing(
    connection: RedisConnection, held: Claim, word: Word
) -> None:
    assert isinstance(claim(connection, EVENT, lease=60.0, max_attempts=1, keep=KEEP), Buried)
    before = fields_of(connection, EVENT)

    assert not word(connection, held)

    assert fields_of(connection, EVENT) == before


@every_word
def test_a_result_of_an_unknown_event_makes_none(
    connection: RedisConnection, held: Claim, word: Word
) -> None:
    connection.execute("FLUSHALL")

    assert not word(connection, held)

    assert connection.execute("DBSIZE") == 0


@pytest.mark.parametrize("name", ["finish", "ignore", "fail", "bury"])
def test_a_result_that_is_offered_again_counts_once_and_is_taken(
    connection: RedisConnection, held: Claim, name: str
) -> None:
    assert WORDS[name](connection, held)
    before, totals = fields_of(connection, EVENT), connection.execute("HGETALL", KEYS["totals"])

    # As it happens when the reply to the first offer was lost on the way.
    assert WORDS[name](connection, held)

    assert fields_of(connection, EVENT) == before
    assert connection.execute("HGETALL", KEYS["totals"]) == totals


def test_another_result_than_the_first_is_not_taken(connection: RedisConnection, held: Claim) -> None:
    assert WORDS["finish"](connection, held)

    assert not WORDS["bury"](connection, held)
    assert not WORDS["ignore"](connection, held)

    assert record_of(connection, EVENT).state is State.SUCCEEDED


def test_a_finished_event_has_succeeded_and_is_due_no_more(connection: RedisConnection, held: Claim) -> None:
    assert WORDS["finish"](connection, held)

    record = record_of(connection, EVENT)
    assert (record.state, record.error, record.handlers) == (State.SUCCEEDED, "", (DONE,))
    assert record.ended_at is not None
    assert indexes_of(connection, EVENT) == {
        "state:stripe:succeeded",
        "retire",
    }
    assert total(connection, "succeeded") == 1


def test_an_event_that_no_handler_wants_is_unhandled(connection: RedisConnection, held: Claim) -> None:
    assert WORDS["ignore"](connection, held)

    assert record_of(connection, EVENT).state is State.UNHANDLED
    assert total(connection, "unhandled") == 1


def test_a_failed_event_waits_until_its_next_attempt(connection: RedisConnection, held: Claim) -> None:
    assert fail(connection, EVENT, held.fence, error="boom", wait=90.0, handlers=(BROKEN,), keep=KEEP)

    record = record_of(connection, EVENT)
    assert (record.state, record.error, record.handlers) == (State.WAITING, "boom", (BROKEN,))
    assert (record.lease_until, record.ended_at) == (None, None)
    assert record.next_at == due_at(connection, EVENT)
    assert EVENT not in members(connection, "retire")
    assert total(connection, "failed") == 1


def test_a_dead_event_keeps_its_reason_and_waits_for_an_operator(
    connection: RedisConnection, held: Claim
) -> None:
    assert WORDS["bury"](connection, held)

    record = record_of(connection, EVENT)
    assert (record.state, record.error, record.next_at) == (State.DEAD, "boom", None)
    assert "due" not in indexes_of(connection, EVENT)
    assert EVENT in members(connection, "retire")
    assert total(connection, "dead") == 1


def test_the_error_of_an_earlier_attempt_is_gone_once_the_event_succeeds(
    connection: RedisConnection, held: Claim
) -> None:
    fail(connection, EVENT, held.fence, error="boom", wait=LAPSED, handlers=(), keep=KEEP)

    WORDS["finish"](connection, take(connection, EVENT))

    assert record_of(connection, EVENT).error == ""


def test_what_a_handler_did_is_kept_while_the_event_runs_on(connection: RedisConnection, held: Claim) -> None:
    assert record_handler(connection, EVENT, held.fence, DONE)
    assert record_handler(connection, EVENT, held.fence, BROKEN)

    record = record_of(connection, EVENT)
    assert record.state is State.RUNNING
    assert record.handlers == (BROKEN, DONE)  # by name


def test_the_next_claim_knows_what_each_handler_did(connection: RedisConnection, held: Claim) -> None:
    record_handler(connection, EVENT, held.fence, DONE)

    assert take(connection, EVENT).record.handlers == (DONE,)


@every_word
def test_a_result_counts_while_the_store_is_full(connection: RedisConnection, word: Word) -> None:
    """Refused, it would not be recorded, and the handler's effect would happen once more."""
    admit_one(connection, event("evt_1"))
    held = take(connection, EVENT)
    connection.execute("CONFIG", "SET", "maxmemory", "1")
    try:
        assert word(connection, held)
        with pytest.raises(ServerRefused, match="OOM"):
            admit_one(connection, event("evt_2"))
    finally:
        connection.execute("CONFIG", "SET", "maxmemory", "0")
