"""Slow senders and large bodies cost the others neither time nor the process its memory."""

from __future__ import annotations

import socket

import pytest

from tests.hostile.bodies import signed
from tests.hostile.flood import flood
from tests.hostile.slow import slow_senders
from tests.hostile.wire import converse, parse, read_all
from tests.support.life import number_stored
from tests.support.processes import SECRET, Installation, Process
from webhooks.serving.budget import LEAST
from webhooks.store.connection import RedisConnection

MIB = 1024 * 1024
LIMIT = 5 * MIB
"""Stripe's own."""


def test_honest_senders_are_answered_while_two_hundred_slow_ones_hang(
    web: Process, installation: Installation
) -> None:
    found = slow_senders(installation.port, SECRET, senders=200, requests=100)
    assert found.failed == 0
    assert found.answered == 100
    # Half of them: a loaded machine may take long enough for the heads to have been refused.
    assert found.hanging >= 100
    # Seconds where it is milliseconds on a quiet machine.
    assert found.p99 < 3.0


def test_a_sender_that_never_ends_is_told_so(web: Process, installation: Installation) -> None:
    """The head has 5 s and the body 20 s; both are waited for at once."""
    begun = [
        b"POST /webhooks/stripe HTTP/1.1\r\nHost: a\r\nX:",
        b"POST /webhooks/stripe HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nab",
        b"POST /webhooks/stripe HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab",
    ]
    connections = [socket.create_connection(("127.0.0.1", installation.port), timeout=60) for _ in begun]
    for connection, raw in zip(connections, begun, strict=True):
        connection.sendall(raw)
    for connection in connections:
        with connection:
            (reply,) = parse(read_all(connection))
            assert reply.status == 408
            assert b"request_timeout" in reply.body


@pytest.mark.parametrize(
    ("size", "chunked"), [(LIMIT, False), (LIMIT, True), (50 * MIB, False), (50 * MIB, True)]
)
def test_sixty_large_bodies_at_once_do_not_fill_the_memory(
    web: Process, installation: Installation, *, size: int, chunked: bool
) -> None:
    (pid,) = web.children()
    found = flood(installation.port, pid, senders=60, size=size, chunked=chunked)
    # Those that fit are refused as unproven; a reset may reach a sender before its answer.
    assert set(found.statuses) <= {0, 401, 413, 503}
    # Held at once they would be 300 MB and more. Twice the budget: a body is copied on its way.
    assert found.grown < 2 * LEAST + 60 * 320 * 1024
    (good,) = converse(installation.port, signed(b'{"id": "evt_after"}', SECRET))
    assert good.status == 200


def test_large_proven_bodies_at_once_are_stored_or_put_off(
    web: Process, installation: Installation, own_server: object
) -> None:
    """None of them is refused for good, and each that is acknowledged is stored whole."""
    bodies = [(b'{"id": "evt_%d", "pad": "' % number).ljust(4 * MIB, b"x") for number in range(12)]
    connections = []
    for _ in bodies:
        connection = socket.create_connection(("127.0.0.1", installation.port), timeout=60)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 8 * MIB)
        connections.append(connection)
    for connection, body in zip(connections, bodies, strict=True):
        raw = signed(body, SECRET)
        connection.sendall(raw[:-1])
    statuses = []
    for connection in connections:
        with connection:
            connection.sendall(b"x")
            connection.shutdown(socket.SHUT_WR)
            statuses += [reply.status for reply in parse(read_all(connection))]
    store: RedisConnection = own_server.connect()  # type: ignore[attr-defined]
    assert set(statuses) == {200, 503}
    assert statuses.count(200) == number_stored(store)
