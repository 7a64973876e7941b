"""The sockets and connections of one process: how many there may be, how long, and how they end."""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import Sequence

from webhooks.serving.bridge import Bridge
from webhooks.serving.budget import Budget
from webhooks.serving.protocol import HttpConnection
from webhooks.telemetry.log import log_step

BACKLOG = 2048
"""Connections that the kernel keeps while none is taken, and that are then taken at once.

One for each turn of the loop, as libuv has it, would keep newcomers waiting for seconds behind those
that are there, and 256 for up to 1.3 s.
"""

PAUSE = 1.0
"""Seconds without taking connections when the system has no more files or memory."""


class Listening:
    """Takes connections at gunicorn's sockets, `most` at once.

    When there are as many, those that have been idle for a while are closed for new ones, and those
    that have had their place for a while after their next answer. Until then the rest wait in the
    kernel's backlog; the deadlines see to it that a place becomes free.
    """

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        sockets: Sequence[socket.socket],
        bridge: Bridge,
        budget: Budget,
        *,
        most: int,
    ) -> None:
        """Begin with `start`."""
        self.loop = loop
        self.bridge = bridge
        self.budget = budget
        self.stopping = False
        self._sockets = sockets
        self._most = most
        self._connections: set[HttpConnection] = set()
        self._coming: set[HttpConnection] = set()
        """Those that were accepted and have not begun."""
        self._tasks: set[asyncio.Task[None]] = set()
        self._taking = False
        self._closed = False
        self.empty = asyncio.Event()
        """Set when the last connection ends."""

    def start(self) -> None:
        """Take connections."""
        for own in self._sockets:
            own.setblocking(False)
            if own.family in (socket.AF_INET, socket.AF_INET6):
                # Each connection inherits it.
                own.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            own.listen(BACKLOG)
        self._resume()

    def stop(self) -> None:
        """Take no more connections, and close those without a request."""
        self._closed = self.stopping = True
        self._pause()
        self._close_idle()
        self._look_whether_empty()

    def abort(self) -> None:
        """Close every connection at once."""
        for connection in [*self._connections]:
            connection.abort()

    def look_at_clock(self) -> None:
        """End what took too long; to be called about twice a second."""
        now = self.loop.time()
        for connection in [one for one in self._connections if one.deadline <= now]:
            connection.expire()
        if self.crowded:
            self._close_resting()

    @property
    def crowded(self) -> bool:
        """Whether every place is taken, so that others may wait for one unread."""
        return len(self._connections) + len(self._coming) >= self._most

    def opened(self, connection: HttpConnection) -> None:
        """Count a connection."""
        self._coming.discard(connection)
        self._connections.add(connection)
        self.empty.clear()
        if self._closed:
            # It was on its way when everything ended.
            connection.close()

    def closed(self, connection: HttpConnection) -> None:
        """Forget a connection, and take others again when there is room."""
        self._connections.discard(connection)
        self._look_whether_empty()
        self._resume()

    def _take(self, own: socket.socket) -> None:
        for _ in range(BACKLOG):
            if self.crowded:
                self._pause()
                self._close_resting()
                return
            try:
                taken, _ = own.accept()
            except (BlockingIOError, InterruptedError, ConnectionAbortedError):
                return
            except OSError as error:
                log_step("not_accepting", level=logging.ERROR, reason=str(error))
                self._pause()
                self.loop.call_later(PAUSE, self._resume)
                return
            taken.setblocking(False)
            connection = HttpConnection(self)
            self._coming.add(connection)
            task = self.loop.create_task(self._begin(connection, taken))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _begin(self, connection: HttpConnection, taken: socket.socket) -> None:
        try:
            await self.loop.connect_accepted_socket(lambda: connection, taken)
        except OSError:
            # It ended before it began.
            taken.close()
        finally:
            self._coming.discard(connection)
            self._look_whether_empty()
            self._resume()

    def _look_whether_empty(self) -> None:
        if not self._connections and not self._coming:
            self.empty.set()

    def _resume(self) -> None:
        if self._taking or self._closed or self.crowded:
            return
        self._taking = True
        for own in self._sockets:
            self.loop.add_reader(own.fileno(), self._take, own)

    def _pause(self) -> None:
        self._taking = False
        for own in self._sockets:
            self.loop.remove_reader(own.fileno())

    def _close_idle(self) -> None:
        for connection in [one for one in self._connections if one.idle]:
            connection.close()

    def _close_resting(self) -> None:
        now = self.loop.time()
        for connection in [one for one in self._connections if one.resting(now)]:
            connection.close()
