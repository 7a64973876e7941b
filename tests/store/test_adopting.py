"""Hints under the names of earlier releases come into the queue; what another application has there stays."""

from __future__ import annotations

import json

import pytest

from tests.support.events import admit_one, event
from webhooks.store.connection import RedisConnection
from webhooks.store.keys import KEYS
from webhooks.store.message import hint
from webhooks.store.upkeep import adopt

QUEUE, FORMER = KEYS["queue"], KEYS["former_queue"]
UNACKED, INDEX = KEYS["former_unacked"], KEYS["former_unacked_index"]

FOREIGN = json.dumps(
    {
        "body": "W10=",
        "headers": {"task": "neighbour.note", "id": "a.1", "origin": "gen1@host"},
        "properties": {"delivery_tag": "7f0c5fd0-0000-4000-8000-000000000001"},
    }
)


def hint_of(own: str) -> str:
    return hint(f"stripe:{own}", source="stripe", type="invoice.paid", attempt=1)


def in_hand(message: str, queue: str = "hookline") -> str:
    """A message as kombu keeps it until it is acknowledged."""
    return json.dumps([json.loads(message), "", queue])


def keep(
    connection: RedisConnection, message: str, *, tag: str | None = None, queue: str = "hookline"
) -> str:
    tag = tag or json.loads(message)["properties"]["delivery_tag"]
    connection.execute("HSET", UNACKED, tag, in_hand(message, queue))
    connection.execute("ZADD", INDEX, "1", tag)
    return tag


def waiting(connection: RedisConnection, queue: str = QUEUE) -> list[str]:
    """What waits, the first to be taken first."""
    return [entry.decode() for entry in reversed(connection.execute("LRANGE", queue, 0, -1))]


def test_the_earlier_queue_comes_in_its_order_before_what_waits(connection: RedisConnection) -> None:
    hints = [hint_of(f"evt_{number}") for number in range(5)]
    connection.execute("LPUSH", FORMER, *hints[:4])
    connection.execute("LPUSH", QUEUE, hints[4])

    assert adopt(connection) == (b"0", 4)

    assert waiting(connection) == hints
    assert waiting(connection, FORMER) == []


def test_a_long_queue_comes_in_rounds(connection: RedisConnection) -> None:
    hints = [hint_of(f"evt_{number}") for number in range(230)]
    connection.execute("LPUSH", FORMER, *hints)

    assert [adopt(connection)[1] for _ in range(4)] == [100, 100, 30, 0]

    assert sorted(waiting(connection)) == sorted(hints)


def test_what_an_ended_worker_had_in_hand_comes_too(connection: RedisConnection) -> None:
    message = hint_of("evt_1")
    keep(connection, message)

    assert adopt(connection) == (b"0", 1)

    # To the letter: a table of Lua would make objects of its empty lists.
    assert waiting(connection) == [message]
    assert connection.execute("EXISTS", UNACKED, INDEX) == 0


def test_many_in_hand_come_in_rounds(connection: RedisConnection) -> None:
    hints = [hint_of(f"evt_{number}") for number in range(1000)]
    tags = [json.loads(message)["properties"]["delivery_tag"] for message in hints]
    held = [part for pair in zip(tags, map(in_hand, hints), strict=True) for part in pair]
    connection.execute("HSET", UNACKED, *held)

    cursor, adopted = adopt(connection)
    rounds = 1
    while cursor != b"0":
        cursor, more = adopt(connection, cursor=cursor)
        adopted += more
        rounds += 1

    assert adopted == 1000
    assert rounds > 1
    assert sorted(waiting(connection)) == sorted(hints)


@pytest.mark.parametrize("foreign", [FOREIGN, "no JSON", "{}", "x" * 20_000, ""])
def test_what_a_neighbour_has_in_a_queue_of_that_name_stays(
    connection: RedisConnection, foreign: str
) -> None:
    message = hint_of("evt_1")
    connection.execute("LPUSH", FORMER, foreign, message, foreign)

    adopt(connection)

    assert waiting(connection) == [message]
    assert waiting(connection, FORMER) == [foreign, foreign]


@pytest.mark.parametrize(
    ("message", "tag", "queue"),
    [
        pytest.param(FOREIGN, None, "celery", id="its own"),
        pytest.param(FOREIGN, None, "hookline", id="in a queue of that name"),
        pytest.param(FOREIGN, "0" * 32 + "-1", "hookline", id="with a tag like ours"),
        pytest.param(hint_of("evt_1"), None, "other", id="one of ours that it has put elsewhere"),
    ],
)
def test_what_a_neighbour_has_in_hand_stays(
    connection: RedisConnection, message: str, tag: str | None, queue: str
) -> None:
    tag = keep(connection, message, tag=tag, queue=queue)

    assert adopt(connection) == (b"0", 0)

    assert connection.execute("HGET", UNACKED, tag).decode() == in_hand(message, queue)
    assert connection.execute("ZSCORE", INDEX, tag) is not None
    assert waiting(connection) == []


@pytest.mark.parametrize("name", [FORMER, UNACKED])
def test_a_neighbours_key_of_another_kind_is_left_alone(connection: RedisConnection, name: str) -> None:
    connection.execute("SET", name, "theirs")
    message = hint_of("evt_1")
    if name == FORMER:
        keep(connection, message)
    else:
        connection.execute("LPUSH", FORMER, message)

    assert adopt(connection) == (b"0", 1)

    assert connection.execute("GET", name) == b"theirs"


def test_an_event_that_a_receiver_of_today_admits_is_hinted_in_the_queue_of_today(
    connection: RedisConnection,
) -> None:
    admit_one(connection, event("evt_1"))
    assert connection.execute("LLEN", QUEUE) == 1
    assert connection.execute("EXISTS", FORMER) == 0
