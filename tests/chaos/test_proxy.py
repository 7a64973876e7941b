"""The proxy before a real server: what a client meets in each mode."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.chaos.proxy import Mode, Proxy
from tests.support.servers import PATIENT, StoreServer
from webhooks.errors import Unavailable
from webhooks.store.connection import RedisConnection

SHORT = 0.3
"""Seconds that a client waits for an answer that never comes."""

COUNT = "return redis.call('INCR', 'counter')"


@pytest.fixture
def proxy(connection: RedisConnection, store_server: StoreServer) -> Iterator[Proxy]:
    """A proxy before an empty store."""
    found = Proxy(store_server.port)
    yield found
    found.close()


def through(proxy: Proxy, timeout: float = PATIENT) -> RedisConnection:
    return RedisConnection(f"redis://127.0.0.1:{proxy.port}/0", timeout=timeout)


def test_it_passes_what_comes_and_what_is_answered(proxy: Proxy, connection: RedisConnection) -> None:
    value = b"x" * 1_000_000
    assert through(proxy).execute("SET", "key", value) == b"OK"
    assert connection.execute("GET", "key") == value
    assert through(proxy).execute("GET", "key") == value


def test_a_slow_network_delays_each_reply(proxy: Proxy) -> None:
    found = through(proxy)
    found.execute("PING")
    proxy.set(Mode.SLOW)
    began = time.monotonic()
    assert found.execute("PING") == b"PONG"
    assert time.monotonic() - began >= 0.5


def test_replies_in_pieces_are_whole_in_the_end(proxy: Proxy) -> None:
    proxy.set(Mode.SLICE)
    found = through(proxy)
    found.execute("SET", "key", b"in many pieces")
    assert found.execute("GET", "key") == b"in many pieces"


def test_a_black_hole_takes_connections_and_answers_none(proxy: Proxy) -> None:
    proxy.set(Mode.HOLE)
    with pytest.raises(Unavailable, match="TimeoutError"):
        through(proxy, timeout=SHORT).execute("PING")


def test_what_went_into_the_hole_is_not_done_later(proxy: Proxy, connection: RedisConnection) -> None:
    found = through(proxy, timeout=SHORT)
    found.execute("PING")
    proxy.set(Mode.HOLE)
    with pytest.raises(Unavailable):
        found.execute("SET", "key", "late")
    proxy.set(Mode.PASS)
    assert found.execute("PING") == b"PONG"
    assert connection.execute("GET", "key") is None


def test_refusing_ends_what_is_connected_and_lets_nobody_in(proxy: Proxy) -> None:
    found = through(proxy)
    found.execute("PING")
    proxy.set(Mode.REFUSE)
    for _ in range(2):
        with pytest.raises(Unavailable, match="ConnectionError"):
            found.execute("PING")
    proxy.set(Mode.PASS)
    assert found.execute("PING") == b"PONG"


def test_a_reset_comes_in_the_middle_of_a_command(proxy: Proxy, connection: RedisConnection) -> None:
    found = through(proxy)
    found.execute("PING")
    proxy.set(Mode.RESET)
    with pytest.raises(Unavailable, match="ConnectionError"):
        found.execute("SET", "key", "half")
    assert connection.execute("GET", "key") is None


def test_a_dropped_reply_is_of_a_script_that_was_run(proxy: Proxy, connection: RedisConnection) -> None:
    proxy.set(Mode.DROP)
    found = through(proxy)
    with pytest.raises(Unavailable, match="ConnectionError"):
        found.execute("EVAL", COUNT, 0)
    assert connection.execute("GET", "counter") == b"1"
    assert proxy.dropped == 1


def test_many_clients_at_once_get_their_own_replies(proxy: Proxy) -> None:
    def ask(number: int) -> bytes:
        found = through(proxy)
        reply: bytes = found.execute("ECHO", f"client {number}")
        found.close()
        return reply

    with ThreadPoolExecutor(max_workers=16) as pool:
        replies = list(pool.map(ask, range(64)))
    assert replies == [f"client {number}".encode() for number in range(64)]
