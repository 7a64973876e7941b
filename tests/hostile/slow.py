"""Senders that write one byte at a time, and what the others notice of them."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from uuid import uuid4

from tests.hostile.bodies import signed
from tests.hostile.wire import parse, read_all

PACE = 0.25
"""Seconds between two bytes of a slow sender."""


@dataclass(frozen=True)
class Figures:
    """What honest senders saw meanwhile.

    Attributes:
        hanging: slow senders that had got no answer when the last honest one had.
        answered: honest requests answered with 200.
        failed: honest requests answered otherwise.
        p50: seconds to the answer.
        p99: likewise.
        slowest: likewise.
    """

    hanging: int
    answered: int
    failed: int
    p50: float
    p99: float
    slowest: float


def slow_senders(port: int, secret: str, *, senders: int = 200, requests: int = 500) -> Figures:
    """Let `senders` drip while `requests` honest ones are sent one after the other.

    Half of the slow ones drip a head, the others a body.
    """
    with ExitStack() as stack:
        slow = [stack.enter_context(_begin(port, body=number % 2 == 0)) for number in range(senders)]
        done = threading.Event()
        dripping = threading.Thread(target=_drip, args=(slow, done))
        dripping.start()
        try:
            times, failed = _honest(port, secret, requests)
            hanging = sum(_hangs(one) for one in slow)
        finally:
            done.set()
            dripping.join()
    times.sort()
    return Figures(
        hanging=hanging,
        answered=len(times),
        failed=failed,
        p50=times[len(times) // 2],
        p99=times[int(len(times) * 0.99)],
        slowest=times[-1],
    )


def _begin(port: int, *, body: bool) -> socket.socket:
    connection = socket.create_connection(("127.0.0.1", port), timeout=10)
    connection.sendall(b"POST /webhooks/stripe HTTP/1.1\r\nHost: a\r\n")
    connection.sendall(b"Content-Length: 4000\r\n\r\n" if body else b"X-Slow: ")
    return connection


def _drip(slow: Sequence[socket.socket], done: threading.Event) -> None:
    while not done.wait(PACE):
        for connection in slow:
            with suppress(OSError):
                connection.send(b"a")


def _hangs(connection: socket.socket) -> bool:
    connection.setblocking(False)
    try:
        connection.recv(1, socket.MSG_PEEK)
    except BlockingIOError:
        return True
    except OSError:
        return False
    return False


def _honest(port: int, secret: str, requests: int) -> tuple[list[float], int]:
    times, failed = [], 0
    for _ in range(requests):
        raw = signed(f'{{"id": "evt_{uuid4().hex}"}}'.encode(), secret)
        started = time.monotonic()
        with socket.create_connection(("127.0.0.1", port), timeout=20) as connection:
            connection.sendall(raw)
            connection.shutdown(socket.SHUT_WR)
            (reply,) = parse(read_all(connection))
        if reply.status == 200:
            times.append(time.monotonic() - started)
        else:
            failed += 1
    return times, failed
