"""The process of a fault proxy: `python -m tests.chaos.wire <port or socket> <seconds of delay>`.

It says its port, then takes an order a line from its standard input and answers each, and ends
with its input; `tests.chaos.proxy` is the other end.
"""

from __future__ import annotations

import asyncio
import socket
import struct
import sys
from collections.abc import Coroutine
from contextlib import suppress
from typing import Any

from tests.chaos.proxy import Mode

_CHUNK = 65_536
_SLICE = 3
"""Bytes of a piece: shorter than the shortest reply."""


class Wire:
    """Listens on a port of its own and passes to a server; does what it is told line by line."""

    def __init__(self, target: str, delay: float) -> None:
        """Lead to a port or a Unix socket; `delay` of slow replies is in seconds."""
        self.mode = Mode.PASS
        self.delay = delay
        self.dropped = 0
        self._target = target
        # Stays bound and never listens: nobody else takes the port while it is refused.
        self._holder = _bound(0)
        self.port: int = self._holder.getsockname()[1]
        self._accepting: asyncio.Task[None] | None = None
        self._links: set[_Link] = set()
        self._tasks: set[asyncio.Task[None]] = set()

    async def run(self, orders: asyncio.StreamReader) -> None:
        """Obey until there are no more orders."""
        await self._listen()
        _say(self.port)
        async for line in orders:
            word, what = line.decode().split()
            if word == "set":
                await self._change(Mode(what))
            elif word == "lead":
                self._target = what
                self._reset_all()
            elif word == "move":
                self._target = what
            _say(self.dropped)
        await self._end()

    async def _change(self, mode: Mode) -> None:
        before, self.mode = self.mode, mode
        if mode is Mode.REFUSE and self._accepting is not None:
            self._accepting.cancel()
            await asyncio.gather(self._accepting, return_exceptions=True)
            self._accepting = None
        elif mode is not Mode.REFUSE and self._accepting is None:
            await self._listen()
        # What went into the hole does not come out of it.
        if mode is Mode.REFUSE or before is Mode.HOLE:
            self._reset_all()

    async def _end(self) -> None:
        self._reset_all()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _listen(self) -> None:
        listener = _bound(self.port)
        listener.listen(256)
        self._accepting = self._keep(self._accept(listener))

    async def _accept(self, listener: socket.socket) -> None:
        with listener:
            while True:
                client, _ = await asyncio.get_running_loop().sock_accept(listener)
                self._keep(self._serve(client))

    async def _serve(self, client: socket.socket) -> None:
        reader, writer = await asyncio.open_connection(sock=client)
        try:
            if self._target.isdigit():
                there, back = await asyncio.open_connection("127.0.0.1", int(self._target))
            else:
                there, back = await asyncio.open_unix_connection(self._target)
        except OSError:
            _reset(writer)
            return
        link = _Link(self, (reader, writer), (there, back))
        self._links.add(link)
        try:
            await link.run()
        finally:
            self._links.discard(link)

    def _reset_all(self) -> None:
        for link in self._links:
            link.reset()

    def _keep(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task


Stream = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class _Link:
    """One connection through the proxy."""

    def __init__(self, wire: Wire, client: Stream, server: Stream) -> None:
        self._wire = wire
        self._client_reader, self._client = client
        self._server_reader, self._server = server
        self._replies: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue()
        self._dropping = False

    async def run(self) -> None:
        """Pass until either side ends, in any way."""
        pumps = [asyncio.create_task(work) for work in (self._send(), self._receive(), self._reply())]
        try:
            await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for pump in pumps:
                pump.cancel()
            await asyncio.gather(*pumps, return_exceptions=True)
            self._client.close()
            self._server.close()

    def reset(self) -> None:
        _reset(self._client)
        _reset(self._server)

    async def _send(self) -> None:
        with suppress(OSError):
            while data := await self._client_reader.read(_CHUNK):
                mode = self._wire.mode
                if mode is Mode.HOLE:
                    continue
                if mode is Mode.RESET:
                    self._server.write(data[: len(data) // 2])
                    await self._server.drain()
                    _reset(self._client)
                    return
                # A connection begins with commands about itself: dropping their replies would
                # keep every script from being sent at all.
                self._dropping = self._dropping or (mode is Mode.DROP and b"EVAL" in data)
                self._server.write(data)
                await self._server.drain()

    async def _receive(self) -> None:
        with suppress(OSError):
            while data := await self._server_reader.read(_CHUNK):
                if self._dropping:
                    self._wire.dropped += 1
                    self.reset()
                    return
                late = self._wire.delay if self._wire.mode is Mode.SLOW else 0.0
                self._replies.put_nowait((asyncio.get_running_loop().time() + late, data))

    async def _reply(self) -> None:
        """Write each reply at its time: a slow network delays all alike, it does not queue them."""
        with suppress(OSError):
            while True:
                at, data = await self._replies.get()
                await asyncio.sleep(max(0.0, at - asyncio.get_running_loop().time()))
                if self._wire.mode is Mode.HOLE:
                    continue
                step = _SLICE if self._wire.mode is Mode.SLICE else len(data)
                for begin in range(0, len(data), step):
                    self._client.write(data[begin : begin + step])
                    await self._client.drain()
                    # Lets the piece leave before the next one.
                    await asyncio.sleep(0)


def _bound(port: int) -> socket.socket:
    found = socket.socket()
    found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    found.bind(("127.0.0.1", port))
    found.setblocking(False)
    return found


def _reset(writer: asyncio.StreamWriter) -> None:
    """Close with RST, as a machine that has forgotten the connection does."""
    found = writer.get_extra_info("socket")
    if found is not None and found.family == socket.AF_INET:
        with suppress(OSError):
            found.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


def _say(number: int) -> None:
    sys.stdout.write(f"{number}\n")
    sys.stdout.flush()


async def main(target: str, delay: str) -> None:
    """Run until the standard input ends."""
    orders = asyncio.StreamReader()
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(orders), sys.stdin)
    await Wire(target, float(delay)).run(orders)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
