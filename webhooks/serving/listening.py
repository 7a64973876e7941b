"""The sockets and connections of one process: how many there may be, how long, and how they end."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Sequence

from webhooks.serving.bridge import Bridge
from webhooks.serving.budget import Budget
from webhooks.serving.protocol import HttpConnection

BACKLOG = 2048
"""Connections that the kernel keeps while none is taken."""


class Listening:
    """Takes connections at gunicorn's sockets, `most` at once.

    When there are as many, idle ones are closed for new ones; when none is idle, the others wait
    unread, here or in the kernel's backlog, until one ends, which the deadlines see to.
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
        self._held: dict[HttpConnection, None] = {}
        """Those for which there was no place, in their order: the loop takes several at once."""
        self._servers: list[asyncio.Server] = []
        self._resuming: asyncio.Task[None] | None = None
        self._closed = False
        self.empty = asyncio.Event()
        """Set when the last connection ends."""

    async def start(self) -> None:
        """Take connections."""
        for own in self._sockets:
            # A copy: closing a server closes its socket, and gunicorn's must stay.
            copy = own.dup()
            copy.setblocking(False)
            server = await self.loop.create_server(lambda: HttpConnection(self), sock=copy, backlog=BACKLOG)
            self._servers.append(server)

    def stop(self) -> None:
        """Take no more connections, and close those without a request."""
        self._closed = self.stopping = True
        self._pause()
        self._close_idle()
        if not self._connections:
            self.empty.set()

    def abort(self) -> None:
        """Close every connection at once."""
        for connection in [*self._held, *self._connections]:
            connection.abort()

    def look_at_clock(self) -> None:
        """End what took too long; to be called about twice a second."""
        now = self.loop.time()
        for connection in [one for one in self._connections if one.deadline <= now]:
            connection.expire()

    def opened(self, connection: HttpConnection) -> None:
        """Count a connection."""
        self.empty.clear()
        if len(self._connections) >= self._most:
            self._held[connection] = None
            connection.hold()
        else:
            self._connections.add(connection)
        if len(self._connections) >= self._most:
            self._pause()
            self._close_idle()

    def closed(self, connection: HttpConnection) -> None:
        """Forget a connection, and take others again when there is room."""
        self._held.pop(connection, None)
        self._connections.discard(connection)
        while self._held and len(self._connections) < self._most:
            waiting = next(iter(self._held))
            del self._held[waiting]
            self._connections.add(waiting)
            waiting.admit()
        if not self._connections:
            self.empty.set()
        room = len(self._connections) < self._most
        if room and not self._servers and not self._closed and self._resuming is None:
            self._resuming = self.loop.create_task(self._resume())

    async def _resume(self) -> None:
        try:
            await self.start()
        finally:
            self._resuming = None
        if self._closed:
            self._pause()

    def _pause(self) -> None:
        servers, self._servers = self._servers, []
        for server in servers:
            server.close()

    def _close_idle(self) -> None:
        for connection in [one for one in self._connections if one.idle]:
            connection.close()
