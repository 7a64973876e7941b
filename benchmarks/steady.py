"""The open loop: requests at a fixed rate, whether or not earlier ones have been answered.

wrk waits for an answer before it sends the next request, and so asks a slow receiver less often.
Here each request has a moment at which it is due, and its wait counts from there, also where the
sender itself was late: nothing is left out when the receiver stalls ("coordinated omission").
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import cast

import uvloop

TICK = 0.001
"""Seconds between two looks at what is due."""

PATIENCE = 30.0
"""Seconds that answers are waited for after the last request."""


@dataclass(slots=True)
class Seen:
    """What became of the requests.

    Attributes:
        acknowledged: the ids of those answered with 2xx.
        waits: seconds from the moment at which each of those was due to the end of its answer.
        waits_sent: likewise, from the moment at which it was sent or its connection begun.
        refused: how often there was each other status.
        unanswered: connections that ended, or could not be made, without an answer.
        held_back: requests that were never sent, because every connection waited for an answer.
    """

    acknowledged: list[str] = field(default_factory=list)
    waits: list[float] = field(default_factory=list)
    waits_sent: list[float] = field(default_factory=list)
    refused: Counter[int] = field(default_factory=Counter)
    unanswered: int = 0
    held_back: int = 0


@dataclass(slots=True)
class _Request:
    event_id: str
    data: bytes
    due: float
    sent: float


def send(port: int, requests: Sequence[tuple[str, bytes]], *, rate: float, connections: int) -> Seen:
    """Send all requests, `rate` a second, over at most so many connections to a port of this machine.

    Args:
        port: of the receiver.
        requests: ids and whole HTTP requests.
        rate: requests a second.
        connections: at most; each carries one request at a time and is used again.
    """
    load = _Load(port, requests, rate=rate, most=connections)
    uvloop.run(load.run())
    return load.seen


class _Load:
    def __init__(self, port: int, requests: Sequence[tuple[str, bytes]], *, rate: float, most: int) -> None:
        self.seen = Seen()
        self.idle: dict[_Connection, None] = {}
        self._port = port
        self._requests = requests
        self._rate = rate
        self._most = most
        self._open: set[_Connection] = set()
        self._left = len(requests)
        self._over = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        """Send everything, and wait for the answers."""
        begin = time.perf_counter()
        following = 0
        while following < len(self._requests):
            now = time.perf_counter()
            until = min(int((now - begin) * self._rate), len(self._requests))
            for number in range(following, until):
                event_id, data = self._requests[number]
                self._offer(_Request(event_id, data, begin + number / self._rate, now))
            following = until
            await asyncio.sleep(TICK)
        with suppress(TimeoutError):
            async with asyncio.timeout(PATIENCE):
                await self._over.wait()
        self.seen.unanswered += self._left
        self._over.set()
        for connection in self._open:
            connection.abort()
        # Once more around, so that they hear of their end while there is a loop.
        await asyncio.sleep(0)

    def answered(self, request: _Request, status: int) -> None:
        """Count an answer."""
        now = time.perf_counter()
        if 200 <= status < 300:  # noqa: PLR2004 - what HTTP calls success
            self.seen.acknowledged.append(request.event_id)
            self.seen.waits.append(now - request.due)
            self.seen.waits_sent.append(now - request.sent)
        else:
            self.seen.refused[status] += 1
        self._end()

    def lost(self, connection: _Connection, request: _Request | None) -> None:
        """Count a connection that ended, perhaps with a request under way."""
        self._open.discard(connection)
        self.idle.pop(connection, None)
        if request is not None and not self._over.is_set():
            self._unanswered()

    def _unanswered(self) -> None:
        self.seen.unanswered += 1
        self._end()

    def _end(self) -> None:
        self._left -= 1
        if not self._left:
            self._over.set()

    def _offer(self, request: _Request) -> None:
        if self.idle:
            self.idle.popitem()[0].send(request)
        elif len(self._open) < self._most:
            connection = _Connection(self, request)
            self._open.add(connection)
            task = asyncio.ensure_future(self._connect(connection))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        else:
            self.seen.held_back += 1
            self._end()

    async def _connect(self, connection: _Connection) -> None:
        loop = asyncio.get_running_loop()
        try:
            await loop.create_connection(lambda: connection, "127.0.0.1", self._port)
        except OSError:
            self._open.discard(connection)
            self._unanswered()


class _Connection(asyncio.Protocol):
    def __init__(self, load: _Load, request: _Request) -> None:
        self._load = load
        self._request: _Request | None = request
        self._received = b""
        self._connected = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transports are no instances of asyncio's.
        self._transport = cast("asyncio.Transport", transport)
        self._connected = True
        assert self._request is not None
        self._transport.write(self._request.data)

    def send(self, request: _Request) -> None:
        self._request = request
        self._transport.write(request.data)

    def abort(self) -> None:
        if self._connected:
            self._transport.abort()

    def data_received(self, data: bytes) -> None:
        self._received += data
        found = whole(self._received)
        if found is None or self._request is None:
            return
        status, closing = found
        request, self._request = self._request, None
        self._received = b""
        self._load.answered(request, status)
        if closing:
            self._transport.close()
        else:
            self._load.idle[self] = None

    def connection_lost(self, exc: Exception | None) -> None:
        self._load.lost(self, self._request)


def whole(received: bytes) -> tuple[int, bool] | None:
    """Return an answer's status and whether its connection ends with it, once all of it is there."""
    head, end, content = received.partition(b"\r\n\r\n")
    if not end:
        return None
    fields = head.lower()
    _, named, rest = fields.partition(b"\r\ncontent-length:")
    if named and len(content) < int(rest.partition(b"\r\n")[0]):
        return None
    return int(head[9:12]), b"\r\nconnection: close" in fields
