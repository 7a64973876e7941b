"""One connection to Redis that all concurrent requests of a process share.

Each writes its command at once, without waiting for the replies to those before it; Redis
answers in the order in which it was asked. What breaks the connection or makes it late fails
every command on it, and nothing is read from it again: a reply that came too late could be
taken for another's.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import hiredis
from redis.connection import parse_url
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import RedisError
from redis.exceptions import TimeoutError as RedisTimeoutError

from webhooks.serving.dialing import dial, greeting
from webhooks.serving.hub import Hub
from webhooks.store.connection import Argument, as_error, translated
from webhooks.store.refused import elsewhere

Resume = Callable[[Any], object]

GROUP = 8
"""Commands that are sent together while others are still to be asked in the same turn of the loop.

So Redis works on them meanwhile: of 64 events at once the last is answered a fifth sooner. Smaller groups
do the same and cost more at a steady load, in calls of the system here and in syncs of Redis's disk.
"""

LIFETIME = 30.0
"""Seconds after which another connection takes over, once it answers.

A name may lead to another server by now, while the one before it still answers on connections that were
kept: a planned move, or a primary that was never told of its successor.
"""

_LAST_LOOK = 0.005
"""Seconds after its deadline at which a command is given up."""


class Pipeline:
    """A `webhooks.store.connection.Connection` for the greenlets and threads of one hub."""

    def __init__(self, url: str, *, timeout: float, hub: Hub) -> None:
        """Connect with the first command.

        Args:
            url: a redis://, rediss:// or unix:// URL.
            timeout: seconds in which a command is answered, with the connecting before it.
            hub: what the commands are waited for on.
        """
        self._options = parse_url(url)  # type: ignore[no-untyped-call]
        self._timeout = timeout
        self._hub = hub
        self._link: _Link | None = None

    def execute(self, *command: Argument) -> Any:
        """Run one command; see `Connection.execute`."""
        reply = self._hub.wait(partial(self._ask, _pack(command)))
        if isinstance(reply, RedisError):
            raise translated(reply) from reply
        return reply

    def close(self) -> None:
        """Close the connection; the next command opens another. Only in another thread than the loop's."""
        self._hub.wait(self._close)

    def _ask(self, packed: bytes, resume: Resume) -> None:
        link = self._link
        if link is None or not link.usable:
            link = self._dial()
            self._use(link)
        link.ask(packed, resume)

    def _dial(self) -> _Link:
        return _Link(self._hub.loop, self._options, self._timeout)

    def _use(self, link: _Link) -> None:
        self._link = link
        self._hub.loop.call_later(LIFETIME, self._renew, link)

    def _renew(self, link: _Link) -> None:
        """Put a new connection in the place of one that works; what does not work is replaced when asked."""
        if self._link is not link or not link.usable:
            return
        successor = self._dial()
        successor.ask(_PING, partial(self._replace, link, successor))

    def _replace(self, link: _Link, successor: _Link, reply: object) -> None:
        if self._link is not link:
            successor.retire()
        elif isinstance(reply, RedisError):
            successor.retire()
            self._use(link)
        else:
            self._use(successor)
            link.retire()

    def _close(self, resume: Resume) -> None:
        if self._link is not None:
            self._link.fail(RedisConnectionError)
        resume(None)


class _Link(asyncio.Protocol):
    """One connection, from its first command to its first fault.

    Attributes:
        usable: whether it takes further commands. A server that refuses because it is no primary
            still answers what it was asked; the next command finds the primary on another connection.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, options: Mapping[str, Any], timeout: float) -> None:
        self.usable = True
        self._lost = False
        self._loop = loop
        self._timeout = timeout
        self._reader = hiredis.Reader(protocolError=RedisConnectionError, replyError=self._refused)
        self._transport: asyncio.WriteTransport | None = None
        self._ready = False
        self._asked: deque[tuple[float, Resume]] = deque()
        """Until when and with what someone waits for a reply, in the order of the commands."""
        self._unsent: list[bytes] = []
        """Commands that wait until the connection is ready, or for the end of this turn of the loop."""
        self._timer: asyncio.TimerHandle | None = None
        self._opening = loop.create_task(self._open(options))

    def ask(self, packed: bytes, resume: Resume) -> None:
        """Send a command; `resume` is called with its reply, or with an error as a value."""
        deadline = self._loop.time() + self._timeout
        self._asked.append((deadline, resume))
        if self._ready and not self._unsent:
            # What else is asked in this turn of the loop goes with it, in one call of the system.
            self._loop.call_soon(self._send)
        self._unsent.append(packed)
        if self._ready and len(self._unsent) == GROUP:
            self._send()
        if self._timer is None:
            self._timer = self._loop.call_at(deadline, self._look_at_clock)

    def fail(self, error: Callable[[], RedisError]) -> None:
        """Drop the connection: every command on it ends with what `error` makes."""
        if self._lost:
            return
        self._lost = True
        self.usable = False
        self._opening.cancel()
        if self._timer is not None:
            self._timer.cancel()
        if self._transport is not None:
            self._transport.abort()
        asked, self._asked = self._asked, deque()
        for _, resume in asked:
            # Each gets its own: it is raised there, and then has a traceback.
            resume(error())

    def retire(self) -> None:
        """Take no further commands, and close once all are answered."""
        self.usable = False
        self._loop.call_soon(self._end_if_idle)

    def _end_if_idle(self) -> None:
        if not self.usable and not self._asked:
            self.fail(RedisConnectionError)

    def data_received(self, data: bytes) -> None:
        """Give each reply to whoever asked for it."""
        self._reader.feed(data)
        while not self._lost:
            try:
                reply = self._reader.gets()
            except RedisConnectionError:
                self.fail(RedisConnectionError)
                return
            if reply is False:
                self._end_if_idle()
                return
            if not self._asked:
                # A reply to nothing: this connection cannot be understood any more.
                self.fail(RedisConnectionError)
                return
            self._asked.popleft()[1](reply)

    def _refused(self, text: str) -> RedisError:
        """Make the error of a reply that is one."""
        error = as_error(text)
        if elsewhere(error):
            self.usable = False
        return error

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell whoever waits."""
        self.fail(RedisConnectionError)

    def _look_at_clock(self) -> None:
        self._timer = None
        if not self._asked:
            return
        # All wait equally long: the first is also the first to have waited too long.
        deadline, resume = self._asked[0]
        if deadline > self._loop.time():
            self._timer = self._loop.call_at(deadline, self._look_at_clock)
        else:
            # Where the loop was busy, the reply may be here and only not be read yet: it is read first.
            self._timer = self._loop.call_later(_LAST_LOOK, self._give_up, resume)

    def _give_up(self, waited: Resume) -> None:
        if self._asked and self._asked[0][1] is waited:
            self.fail(RedisTimeoutError)
        else:
            self._look_at_clock()

    async def _open(self, options: Mapping[str, Any]) -> None:
        try:
            self._transport = await dial(self._loop, self, options)
        except OSError as error:
            self.fail(partial(_caused, error))
            return
        if self._lost:
            self._transport.abort()
            return
        self._greet(greeting(options))

    def _greet(self, commands: list[tuple[str, ...]]) -> None:
        """Say who we are and which database is meant; no other command is sent before the answers."""
        deadline = self._asked[0][0]
        left = len(commands)

        def answered(command: str, reply: object) -> None:
            nonlocal left
            left -= 1
            if isinstance(reply, RedisError) and command != "CLIENT":
                self.fail(partial(type(reply), *reply.args, status_code=reply.status_code))
            elif not left:
                self._begin()

        for command in reversed(commands):
            self._asked.appendleft((deadline, partial(answered, command[0])))
        if self._transport is not None:
            self._transport.write(b"".join(map(_pack, commands)))

    def _begin(self) -> None:
        self._ready = True
        self._send()

    def _send(self) -> None:
        if self._transport is not None and self._unsent and not self._lost:
            self._transport.write(b"".join(self._unsent))
            self._unsent.clear()


def _caused(cause: OSError) -> RedisError:
    # What TLS found wrong is told to the operator.
    error = RedisConnectionError()
    error.__cause__ = cause
    return error


def _pack(command: tuple[Argument, ...]) -> bytes:
    # Its type says a tuple of one.
    packed: bytes = hiredis.pack_command(command)  # type: ignore[arg-type]
    return packed


_PING = _pack(("PING",))
