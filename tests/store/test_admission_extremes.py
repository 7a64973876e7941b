"""ADMIT under load, in a full server and with bytes that nobody meant well."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import pytest

from tests.support.events import admit_one, arrival, event
from tests.support.life import fields_of, hinted, indexes_of, members, record_of
from tests.support.servers import StoreServer
from webhooks.errors import Unavailable
from webhooks.store.admission import BACKLOG, LARGE, Outcome, admit
from webhooks.store.connection import RedisConnection
from webhooks.store.keys import KEYS

T = TypeVar("T")
LISTS = ("due", "state:stripe:queued")


def _fill(connection: RedisConnection, name: str, size: int) -> None:
    for first in range(0, size, 1000):
        connection.execute("RPUSH", name, *["waiting"] * min(1000, size - first))


def test_a_batch_is_stored_whole_or_not_at_all_when_the_memory_is_full(own_server: StoreServer) -> None:
    connection = own_server.connect()
    used = next(
        int(line.partition(b":")[2])
        for line in connection.execute("INFO", "memory").splitlines()
        if line.startswith(b"used_memory:")
    )
    connection.execute("CONFIG", "SET", "maxmemory", used + 3 * 1024**2)
    accepted: list[str] = []
    refused: list[str] = []
    for number in range(300):
        batch = [event(f"evt_{number}_{place}", body=b"x" * 7_000) for place in range(3)]
        try:
            admit(connection, [arrival(one) for one in batch], key_retention=60.0, dead_retention=60.0)
            accepted += [one.id for one in batch]
        except Unavailable as error:
            assert "maxmemory" in str(error)  # noqa: PT017 - the loop goes on
            refused += [one.id for one in batch]

    assert accepted
    assert refused
    for name in LISTS:
        assert members(connection, f"hookline:{name}") == set(accepted), name
    assert sorted(hinted(connection)) == sorted(accepted)
    assert not any(fields_of(connection, event_id) for event_id in refused)
    assert all(b"content" in fields_of(connection, event_id) for event_id in accepted)
    connection.close()


def test_what_a_full_server_refused_is_new_when_it_comes_again(own_server: StoreServer) -> None:
    connection = own_server.connect()
    connection.execute("CONFIG", "SET", "maxmemory", 1)
    with pytest.raises(Unavailable, match="maxmemory"):
        admit_one(connection, event("evt_1"), remember_body=True)

    connection.execute("CONFIG", "SET", "maxmemory", 0)

    assert admit_one(connection, event("evt_1"), remember_body=True).outcome is Outcome.ACCEPTED
    connection.close()


def test_sixteen_threads_that_admit_the_same_events_accept_each_once(connection: RedisConnection) -> None:
    events = [event(f"evt_{number}") for number in range(200)]

    def admit_all(_: int) -> Counter[Outcome]:
        return Counter(admit_one(connection, one).outcome for one in events)

    with ThreadPoolExecutor(16) as threads:
        outcomes = sum(threads.map(admit_all, range(16)), Counter())

    assert outcomes == {Outcome.ACCEPTED: 200, Outcome.DUPLICATE: 15 * 200}
    assert sorted(hinted(connection)) == sorted(one.id for one in events)
    assert members(connection, "due") == {one.id for one in events}


@pytest.mark.parametrize(("waiting", "hints"), [(BACKLOG - 1, 1), (BACKLOG, 0)])
def test_a_long_queue_gets_no_more_hints_but_the_event_is_due(
    connection: RedisConnection, waiting: int, hints: int
) -> None:
    _fill(connection, KEYS["queue"], waiting)

    assert admit_one(connection, event("evt_1")).outcome is Outcome.ACCEPTED

    assert connection.execute("LLEN", KEYS["queue"]) == waiting + hints
    assert "due" in indexes_of(connection, "stripe:evt_1")


def test_a_long_queue_gets_no_hint_of_a_dead_event_that_is_sent_again(connection: RedisConnection) -> None:
    admit_one(connection, event("evt_1", body=b"first"), body_fixed=True)
    second = event("evt_1", body=b"second")
    admit_one(connection, second, body_fixed=True)
    dead = f"stripe:evt_1~{arrival(second).digest[:12]}"
    _fill(connection, KEYS["queue"], BACKLOG)

    assert admit_one(connection, event(id=dead, body=b"second")).outcome is Outcome.ACCEPTED

    assert connection.execute("LLEN", KEYS["queue"]) == BACKLOG + 1  # the first event's own
    assert "due" in indexes_of(connection, dead)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\x00",
        b"a\x00b\r\n\x00",
        bytes(range(256)),
        b"\xff\xfe\xfd",
        b"\xed\xa0\x80",
        b"$5\r\nhello\r\n*1\r\n",
        b"')) redis.call('FLUSHALL') --",
        b"]]\n[==[",
    ],
    ids=["empty", "nul", "nul within", "all bytes", "not utf-8", "surrogate", "resp", "lua", "long bracket"],
)
def test_a_body_is_kept_byte_for_byte(connection: RedisConnection, body: bytes) -> None:
    admit_one(connection, event("evt_1", body=body), remember_body=True)

    record = record_of(connection, "stripe:evt_1")
    assert record.event.body == body
    assert not record.retired


@pytest.mark.parametrize(
    "value",
    ["\x00", "\r\nX-Forged: yes", "\xff\xe9", "\ud800", "\U0001f600", '"\\', "state", ""],
    ids=["nul", "line break", "latin-1", "surrogate", "beyond the bmp", "quotes", "field name", "empty"],
)
def test_a_header_is_kept_character_for_character(connection: RedisConnection, value: str) -> None:
    headers = (("X-Odd", value), (value, "odd name"), ("X-Odd", "repeated"))

    admit_one(connection, event("evt_1", headers=headers))

    assert record_of(connection, "stripe:evt_1").event.headers == headers


def test_a_url_is_kept_whatever_it_holds(connection: RedisConnection) -> None:
    url = "http://127.0.0.1/webhooks/stripe?a=\x00&b=\xe9&c='\"\\"

    admit_one(connection, event("evt_1", url=url))

    assert record_of(connection, "stripe:evt_1").event.url == url


def test_a_body_of_five_mebibytes_is_kept_whole(connection: RedisConnection) -> None:
    body = bytes(range(256)) * (5 * 1024**2 // 256)

    admit_one(connection, event("evt_1", body=body))

    assert record_of(connection, "stripe:evt_1").event.body == body


def test_an_acknowledged_event_is_there_after_the_server_was_killed(own_server: StoreServer) -> None:
    connection = own_server.connect()
    admit_one(connection, event("evt_1"))

    own_server.kill()
    own_server.start()

    assert record_of(connection, "stripe:evt_1").event == event("evt_1")
    assert admit_one(connection, event("evt_1")).outcome is Outcome.DUPLICATE
    connection.close()


def test_only_a_large_body_is_compressed_aside(connection: RedisConnection) -> None:
    asked: list[int] = []

    def aside(call: Callable[[], T], /) -> T:
        asked.append(1)
        return call()

    small, large = event("evt_1", body=b"x" * (LARGE - 1)), event("evt_2", body=b"x" * LARGE)
    for one, times in ((small, 0), (large, 1)):
        admit(connection, [arrival(one)], key_retention=60.0, dead_retention=60.0, aside=aside)
        assert len(asked) == times
        assert record_of(connection, one.id).event == one
        assert len(fields_of(connection, one.id)[b"content"]) < 10_000
