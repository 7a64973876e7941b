"""NEXT: the event that a worker claims in the step that records a result."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.support.events import KEEP, admit_one, event
from tests.support.life import LAPSED, bring_to, due_at, hinted, number_of, record_of, take, total
from webhooks.lifecycle import State
from webhooks.store.connection import RedisConnection
from webhooks.store.keys import KEYS
from webhooks.store.message import hint
from webhooks.store.processing import Claim, Onward, Recorded, fail, finish

ONWARD = Onward(lease=60.0, attempts=10)
FIRST = "stripe:evt_first"


@pytest.fixture
def held(connection: RedisConnection) -> Claim:
    """An event in hand whose hint was taken, as by a worker in its turn."""
    admit_one(connection, event("evt_first"))
    connection.execute("DEL", KEYS["queue"])
    return take(connection, FIRST)


def _finish(connection: RedisConnection, held: Claim, onward: Onward | None = ONWARD) -> Recorded:
    return finish(connection, FIRST, held.fence, state=State.SUCCEEDED, handlers=(), keep=KEEP, onward=onward)


def _fail(connection: RedisConnection, held: Claim, wait: float | None) -> Recorded:
    return fail(connection, FIRST, held.fence, error="boom", wait=wait, handlers=(), keep=KEEP, onward=ONWARD)


def _push(connection: RedisConnection, *messages: str) -> None:
    """Put messages behind those that wait."""
    for message in messages:
        connection.execute("LPUSH", KEYS["queue"], message)


WORDS: dict[str, Callable[[RedisConnection, Claim], Recorded]] = {
    "finish": _finish,
    "fail": lambda connection, held: _fail(connection, held, wait=60.0),
    "bury": lambda connection, held: _fail(connection, held, wait=None),
}


@pytest.mark.parametrize("word", WORDS.values(), ids=WORDS)
def test_a_result_brings_the_oldest_event_that_waits(
    connection: RedisConnection, held: Claim, word: Callable[[RedisConnection, Claim], Recorded]
) -> None:
    for own in ("evt_2", "evt_3"):
        admit_one(connection, event(own, type=own))

    found = word(connection, held).next

    assert found is not None
    assert (found.record.event.id, found.record.event.type) == ("stripe:evt_2", "evt_2")
    assert (number_of(found), found.round, found.record.event.attempt) == (1, 1, 1)
    assert found.record == record_of(connection, "stripe:evt_2")
    assert found.record.state is State.RUNNING
    assert due_at(connection, "stripe:evt_2") == found.record.lease_until
    assert hinted(connection) == ["stripe:evt_3"]


def test_what_is_claimed_so_is_the_same_as_what_is_claimed_by_itself(
    connection: RedisConnection, held: Claim
) -> None:
    for own in ("evt_2", "evt_3"):
        admit_one(connection, event(own))

    so, alone = _finish(connection, held).next, take(connection, "stripe:evt_3")

    assert so is not None
    assert (number_of(so), so.round, so.record.state) == (number_of(alone), alone.round, alone.record.state)
    assert so.record.event.headers == alone.record.event.headers


def test_an_empty_queue_brings_nothing(connection: RedisConnection, held: Claim) -> None:
    assert _finish(connection, held) == Recorded(counts=True)


def test_nothing_is_taken_that_was_not_asked_for(connection: RedisConnection, held: Claim) -> None:
    admit_one(connection, event("evt_2"))

    assert _finish(connection, held, onward=None) == Recorded(counts=True)

    assert record_of(connection, "stripe:evt_2").state is State.QUEUED
    assert hinted(connection) == ["stripe:evt_2"]


def test_a_result_that_does_not_count_brings_nothing(connection: RedisConnection, held: Claim) -> None:
    admit_one(connection, event("evt_2"))
    connection.execute("HINCRBY", KEYS["event"] + FIRST, "fence", 1)

    assert _finish(connection, held) == Recorded(counts=False)

    assert hinted(connection) == ["stripe:evt_2"]


def test_a_result_that_is_offered_again_counts_and_brings_nothing(
    connection: RedisConnection, held: Claim
) -> None:
    admit_one(connection, event("evt_2"))
    admit_one(connection, event("evt_3"))
    _finish(connection, held)

    assert _finish(connection, held) == Recorded(counts=True)

    assert hinted(connection) == ["stripe:evt_3"]


@pytest.mark.parametrize(
    "own",
    [
        "evt.1",
        "evt.1.2",
        'with "quotes"',
        "it's",
        "back\\slash",
        "a:b::c",
        "%s {braces}",
        "größe ☃ 🎉",
        "x" * 200,
        "12.34",
    ],
)
def test_an_id_is_read_from_its_hint_whatever_is_in_it(
    connection: RedisConnection, held: Claim, own: str
) -> None:
    admit_one(connection, event(own))

    found = _finish(connection, held).next

    assert found is not None
    assert found.record.event.id == f"stripe:{own}"


@pytest.mark.parametrize("state", [State.SUCCEEDED, State.UNHANDLED, State.DEAD, State.DISCARDED])
def test_hints_of_events_that_cannot_be_taken_are_passed_over(
    connection: RedisConnection, held: Claim, state: State
) -> None:
    bring_to(connection, state, event("evt_ended"))
    admit_one(connection, event("evt_held"))
    take(connection, "stripe:evt_held")
    connection.execute("ZADD", KEYS["due"], 0, "stripe:evt_never_seen")
    _push(connection, hint("stripe:evt_never_seen", source="stripe", type="a", attempt=1))
    admit_one(connection, event("evt_2"))

    found = _finish(connection, held).next

    assert found is not None
    assert found.record.event.id == "stripe:evt_2"
    assert hinted(connection) == []
    assert connection.execute("ZSCORE", KEYS["due"], "stripe:evt_never_seen") is None


def test_one_step_passes_over_so_many_and_no_more(connection: RedisConnection, held: Claim) -> None:
    for number in range(50):
        _push(connection, hint(f"stripe:gone_{number}", source="stripe", type="a", attempt=1))

    assert _finish(connection, held) == Recorded(counts=True)

    assert len(hinted(connection)) == 30


def test_an_event_whose_worker_died_is_left_to_celery_which_can_say_so_again(
    connection: RedisConnection, held: Claim
) -> None:
    admit_one(connection, event("evt_2"))
    take(connection, "stripe:evt_2", lease=LAPSED)

    assert _finish(connection, held) == Recorded(counts=True)

    assert hinted(connection) == ["stripe:evt_2"]
    assert number_of(take(connection, "stripe:evt_2")) == 2
    assert total(connection, "lost") == 1


def test_an_attempt_that_is_due_again_is_gone_on_with(connection: RedisConnection, held: Claim) -> None:
    admit_one(connection, event("evt_2"))
    fence = take(connection, "stripe:evt_2").fence
    fail(connection, "stripe:evt_2", fence, error="boom", wait=0.0, handlers=(), keep=KEEP)

    found = _finish(connection, held).next

    assert found is not None
    assert (number_of(found), found.round) == (2, 2)


def test_an_event_that_may_be_to_be_buried_is_left_to_whoever_knows_its_policy(
    connection: RedisConnection, held: Claim
) -> None:
    admit_one(connection, event("evt_2"))
    for _ in range(3):
        fence = take(connection, "stripe:evt_2").fence
        fail(connection, "stripe:evt_2", fence, error="boom", wait=0.0, handlers=(), keep=KEEP)

    assert _finish(connection, held, onward=Onward(lease=60.0, attempts=3)).next is None

    assert hinted(connection) == ["stripe:evt_2"]


def _changed(**headers: Any) -> str:
    message = json.loads(hint("stripe:evt_2", source="stripe", type="a", attempt=1))
    message["headers"] |= headers
    return json.dumps(message)


FOREIGN = {
    "no JSON": "{",
    "nothing": "",
    "a number": "1",
    "null": "null",
    "a list": "[]",
    "no headers": "{}",
    "headers that are none": '{"headers": 7}',
    "null headers": '{"headers": null}',
    "bytes": "\x00\xff",
    "too deep": "[" * 5000,
    "too long": _changed(shadow="x" * 20_000),
    "another task": _changed(task="celery.ping"),
    "another sender": _changed(origin="gen1@host", id="d3b07384-d9a0-4c9b-8b0a-000000000000"),
    "an id that is none": _changed(id=7),
    "an id without its attempt": _changed(id="stripe:evt_2"),
    "no id": _changed(id=None),
}


@pytest.mark.parametrize("message", FOREIGN.values(), ids=FOREIGN)
def test_what_is_no_hint_of_ours_stays_where_it_is_for_celery(
    connection: RedisConnection, held: Claim, message: str
) -> None:
    _push(connection, message)
    admit_one(connection, event("evt_2"))
    before = connection.execute("LRANGE", KEYS["queue"], 0, -1)

    assert _finish(connection, held) == Recorded(counts=True)

    assert connection.execute("LRANGE", KEYS["queue"], 0, -1) == before
    assert record_of(connection, FIRST).state is State.SUCCEEDED


def test_a_hint_that_celery_gave_back_is_read_as_before(connection: RedisConnection, held: Claim) -> None:
    admit_one(connection, event("evt_2"))
    message = json.loads(connection.execute("RPOP", KEYS["queue"]))
    message["headers"]["redelivered"] = message["properties"]["delivery_info"]["redelivered"] = True
    _push(connection, json.dumps(message, indent=1))

    found = _finish(connection, held).next

    assert found is not None
    assert found.record.event.id == "stripe:evt_2"
