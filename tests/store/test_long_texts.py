"""What errors and handlers say at length: kept beside the record, read with it, gone with it."""

from __future__ import annotations

import pytest

from tests.support.events import KEEP, admit_one, event
from tests.support.life import LAPSED, fields_of, record_of, take
from webhooks.lifecycle import State
from webhooks.store.connection import RedisConnection
from webhooks.store.keys import KEYS
from webhooks.store.listing import find
from webhooks.store.processing import Keep, claim, fail, finish, record_handler
from webhooks.store.record import HandlerRecord
from webhooks.store.upkeep import retire

EVENT = "stripe:evt_1"
SAID = HandlerRecord(name="shop.mail", state="failed", attempt=1, error='OSError: "no" \\ \ud800 \x00 ' * 20)
DONE = HandlerRecord(name="shop.paid", state="succeeded", attempt=1)


def _fails(connection: RedisConnection, error: str, *handlers: HandlerRecord) -> None:
    fence = take(connection, EVENT).fence
    assert fail(connection, EVENT, fence, error=error, wait=LAPSED, handlers=handlers, keep=KEEP)


@pytest.mark.parametrize("size", [0, 1, 63, 64, 65, 1000, 100_000])
def test_an_error_is_kept_whatever_its_length(connection: RedisConnection, size: int) -> None:
    admit_one(connection, event("evt_1"))

    _fails(connection, "é" * (size // 2) + "x" * (size % 2), SAID, DONE)

    record = record_of(connection, EVENT)
    assert record.error == "é" * (size // 2) + "x" * (size % 2)
    assert record.handlers == (SAID, DONE)
    assert connection.execute("OBJECT", "ENCODING", KEYS["event"] + EVENT) == b"listpack"


def test_the_next_claim_knows_what_was_said_at_length(connection: RedisConnection) -> None:
    admit_one(connection, event("evt_1"))
    assert record_handler(connection, EVENT, take(connection, EVENT, lease=LAPSED).fence, SAID)

    assert take(connection, EVENT).record.handlers == (SAID,)


def test_a_shorter_word_takes_the_place_of_a_longer_one_and_a_longer_of_a_shorter(
    connection: RedisConnection,
) -> None:
    admit_one(connection, event("evt_1"))
    for error in ("short", "long " * 50, "short again", "longer " * 50):
        _fails(connection, error)
        assert record_of(connection, EVENT).error == error


def test_what_was_said_at_length_is_gone_once_the_event_succeeds(connection: RedisConnection) -> None:
    admit_one(connection, event("evt_1"))
    _fails(connection, "long " * 50)

    fence = take(connection, EVENT).fence
    finish(connection, EVENT, fence, state=State.SUCCEEDED, handlers=(DONE,), keep=KEEP)

    assert record_of(connection, EVENT).error == ""
    assert b"long" not in fields_of(connection, EVENT)


def test_a_buried_event_has_its_reason(connection: RedisConnection) -> None:
    admit_one(connection, event("evt_1"))
    take(connection, EVENT, lease=LAPSED)

    claim(connection, EVENT, lease=60.0, max_attempts=1, keep=KEEP)

    assert record_of(connection, EVENT).error.startswith("worker lost: 1 attempts were used up")


def test_nothing_of_an_event_is_left_when_its_id_is_forgotten(connection: RedisConnection) -> None:
    admit_one(connection, event("evt_1"))
    gone = Keep(event=0.0, key=0.0)
    fence = take(connection, EVENT).fence
    fail(connection, EVENT, fence, error="long " * 50, wait=None, handlers=(SAID,), keep=gone)

    retire(connection)

    assert find(connection, EVENT) is None
    assert connection.execute("KEYS", f"*{EVENT}*") == []
