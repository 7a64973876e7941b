"""One connection of a sender: whole requests in, answers out, in the order in which they came.

Nothing of the application runs before a request is read to its end or can be refused, so a slow
sender costs a connection and a few bytes, never a thread.
"""

from __future__ import annotations

import asyncio
import fcntl
import struct
import termios
from enum import Enum, auto
from typing import Protocol, cast

from webhooks.endpoints.answers import error_content
from webhooks.errors import REJECTIONS, HooklineError, Rejected, Unavailable
from webhooks.serving.answering import CONTINUE, Answer, encode, json_answer
from webhooks.serving.body import Body, ChunkedBody, Input, LengthBody
from webhooks.serving.bridge import Bridge
from webhooks.serving.budget import FREE, Budget
from webhooks.serving.head import MAX_FIELD, Head, check_start, read_head
from webhooks.telemetry.log import log_step

HEAD_TIMEOUT = 5.0
"""Seconds for a head: it fits into a few packets, and honest senders write it at once."""

BODY_TIMEOUT = 20.0
"""Seconds for a body. The largest provider's limit, 25 MB, then needs 10 Mbit/s; senders
themselves give up after 1 to 30 s (GitHub after 10)."""

IDLE_TIMEOUT = 75.0
"""Seconds for which an idle connection is kept, as by nginx."""

TURN = 0.5
"""Seconds after which a connection gives its place to another one that waits for it.

Not after each answer: connections cost more than requests, and there is no time to lose."""

RESTING = 1.0
"""Seconds after which an idle connection is one that a new one may take the place of."""

WRITE_TIMEOUT = 10.0
"""Seconds that a sender has to take an answer that does not fit into the socket's buffer."""

LINGER_TIMEOUT = 5.0
LINGER_BYTES = 64 * 1024 * 1024
"""How long, and how much, is still read and thrown away after a refusal.

A connection that is closed with something unread is reset, and the sender would never see why.
"""

AHEAD = 64 * 1024
"""Bytes of the next requests that are read while one is being answered."""

NEVER = float("inf")
_NUMBER = struct.Struct("i")

_CUT = Rejected("request_unreadable", "the request ends within its head")


class _State(Enum):
    IDLE = auto()
    HEAD = auto()
    BODY = auto()
    ANSWERING = auto()
    LINGERING = auto()
    CLOSING = auto()


class Server(Protocol):
    """What the connections of a process share."""

    bridge: Bridge
    budget: Budget
    loop: asyncio.AbstractEventLoop
    stopping: bool
    """Whether connections are closed after their answer."""

    @property
    def crowded(self) -> bool:
        """Whether others wait for a place, so that connections are closed after their answer."""
        ...

    def opened(self, connection: HttpConnection) -> None:
        """Count a connection."""
        ...

    def closed(self, connection: HttpConnection) -> None:
        """Forget a connection."""
        ...


class HttpConnection(asyncio.Protocol):
    """One connection."""

    def __init__(self, server: Server) -> None:
        """Belong to `server`."""
        self.deadline = NEVER
        """When `expire` is to be called, in the loop's seconds."""
        self._server = server
        self._state = _State.HEAD
        self._transport: asyncio.Transport
        self._since = 0.0
        """When it began, in the loop's seconds."""
        self._peer = ""
        self._buffer = b""
        self._scanned = 0
        """Bytes of the buffer in which the end of the head does not begin."""
        self._head: Head | None = None
        self._body: Body | None = None
        self._ended = False
        """Whether the sender will send no more."""
        self._paused = False
        """Whether the sender takes no more for now."""
        self._held = 0
        """Bytes of the body that the budget counts."""
        self._source = ""
        """For which source the body comes that is being read."""
        self._whole = False
        """Whether the request that is being answered was read to its end."""
        self._reading = True
        self._lost = False
        self._discarded = 0

    # What the loop calls

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin."""
        self._transport = cast("asyncio.Transport", transport)
        found = transport.get_extra_info("peername")
        self._peer = str(found[0]) if isinstance(found, tuple) else ""
        self._wait(_State.HEAD, HEAD_TIMEOUT)
        self._since = self._server.loop.time()
        self._server.opened(self)

    def connection_lost(self, exc: Exception | None) -> None:
        """End; a request that is being answered goes on without its sender."""
        self._lost = True
        self._buffer = b""
        if self._state is not _State.ANSWERING:
            self._forget()

    def data_received(self, data: bytes) -> None:
        """Read on."""
        state = self._state
        if state is _State.BODY:
            self._read_body(data)
        elif state is _State.ANSWERING or (self._paused and state is _State.IDLE):
            self._buffer += data
            if len(self._buffer) > AHEAD and self._reading:
                self._reading = False
                self._transport.pause_reading()
        elif state is _State.IDLE or state is _State.HEAD:
            self._buffer = self._buffer + data if self._buffer else data
            self._read_head(data)
        else:
            self._discarded += len(data)
            if self._discarded > LINGER_BYTES:
                self._transport.abort()

    def eof_received(self) -> bool:
        """Answer what was read so far; the sender may still read."""
        self._ended = True
        if self._state is _State.HEAD and self._buffer:
            self._refuse(_CUT)
        elif self._state is _State.BODY:
            self._run(b"", self._cut())
        elif self._state is not _State.ANSWERING and not self._buffer:
            self.close()
        return True

    def pause_writing(self) -> None:
        """Wait until the sender has taken what is there."""
        self._paused = True
        self.deadline = self._server.loop.time() + WRITE_TIMEOUT

    def resume_writing(self) -> None:
        """Go on with the next request."""
        self._paused = False
        self._wait(self._state, IDLE_TIMEOUT if self.idle else LINGER_TIMEOUT)
        self._next()

    # What the server calls

    @property
    def idle(self) -> bool:
        """Whether its last request was answered and no other has begun."""
        return self._state is _State.IDLE

    def resting(self, now: float) -> bool:
        """Return whether it has been idle for `RESTING` seconds and nothing has come meanwhile.

        One that is closed while its next request is under way leaves that without an answer.
        """
        since = self.deadline - IDLE_TIMEOUT
        return self.idle and now - since >= RESTING and not _unread(self._transport)

    def expire(self) -> None:
        """Do what is to be done when something took too long."""
        if self._paused or self._state is _State.CLOSING:
            self._transport.abort()
        elif self._state is _State.HEAD and self._buffer:
            self._refuse(Rejected("request_timeout", f"the head did not come within {HEAD_TIMEOUT:g} s"))
        elif self._state is _State.BODY:
            self._run(b"", Rejected("request_timeout", f"the body did not come within {BODY_TIMEOUT:g} s"))
        else:
            self.close()

    def close(self) -> None:
        """Close the connection once what was written is taken; nothing more is read."""
        self._wait(_State.CLOSING, WRITE_TIMEOUT)
        self._transport.close()

    def abort(self) -> None:
        """Close the connection whatever is under way."""
        self._transport.abort()

    # What the bridge calls

    def answer(self, answer: Answer) -> None:
        """Send the answer to the request that was read."""
        head = cast("Head", self._head)
        self._head = None
        self._drop_body()
        if self._lost:
            self._forget()
            return
        keep_alive = (
            head.keep_alive
            and self._whole
            and not self._server.stopping
            and not (self._server.crowded and self._server.loop.time() - self._since >= TURN)
        )
        self._transport.write(encode(answer, keep_alive=keep_alive, bodiless=head.method == "HEAD"))
        if keep_alive:
            self._wait(_State.IDLE, IDLE_TIMEOUT)
            if self._buffer or self._ended or not self._reading:
                # Not at once: this may be the greenlet of the request that was answered.
                self._server.loop.call_soon(self._next)
        elif self._whole and not self._buffer:
            self.close()
        else:
            self._linger()

    # Reading

    def _read_head(self, new: bytes) -> None:
        buffer = self._buffer
        if buffer.startswith(b"\r\n"):
            # RFC 9112 §2.2: one empty line before a request is overlooked.
            buffer = self._buffer = buffer[2:]
        if self._state is _State.IDLE:
            if not buffer:
                return
            self._wait(_State.HEAD, HEAD_TIMEOUT)
        try:
            if buffer.find(b"\r\n\r\n", self._scanned) < 0:
                self._scanned = max(0, len(buffer) - 3)
                # Not for each byte of who sends one at a time: a line's end or too long a line decides.
                if b"\n" in new or len(buffer) - buffer.rfind(b"\n") > MAX_FIELD:
                    check_start(buffer)
                if self._ended:
                    raise _CUT
                return
            head = read_head(buffer)
        except Rejected as error:
            self._refuse(error)
            return
        self._scanned = 0
        self._buffer = b""
        self._begin_body(head, buffer[head.end :])

    def _begin_body(self, head: Head, rest: bytes) -> None:
        self._head = head
        length = head.length
        limit = self._server.bridge.limit(head)
        if length == 0 or (length is not None and length <= limit and length <= min(len(rest), FREE)):
            self._buffer = rest[length:]
            self._run(rest[:length], None)
            return
        if limit == 0 or (length is not None and length > limit):
            # The application refuses it by its head, with its own words.
            self._run(b"", Rejected("body_too_large", "the body was not read"))
            return
        self._body = ChunkedBody(limit) if length is None else LengthBody(length)
        self._source = self._server.bridge.label(head)
        self._wait(_State.BODY, BODY_TIMEOUT)
        if head.waits and not rest:
            self._transport.write(CONTINUE)
        self._read_body(rest)

    def _read_body(self, data: bytes) -> None:
        body = cast("Body", self._body)
        try:
            rest = body.feed(data)
            self._held = self._server.budget.take(self._held, body.size, self._source)
        except (Rejected, Unavailable) as error:
            # Its frames hold the body, and the fault outlives them until the garbage is collected.
            self._body = None
            self._run(b"", error.with_traceback(None))
            return
        if rest is not None:
            self._buffer = rest
            self._run(body.whole(), None)
        elif self._ended:
            self._run(b"", self._cut())

    def _cut(self) -> Rejected:
        length, body = cast("Head", self._head).length, cast("Body", self._body)
        if length is None:
            return Rejected("request_unreadable", "the body ends before its last chunk")
        return Rejected("body_truncated", f"{length} bytes were announced and {body.size} came")

    # Answering

    def _run(self, content: bytes, fault: HooklineError | None) -> None:
        """Give the request to the application, with the fault that kept its body from being read."""
        self._whole = fault is None
        self._state = _State.ANSWERING
        self.deadline = NEVER
        head = cast("Head", self._head)
        self._server.bridge.run(head, Input(content, fault), len(content), self._peer, self)

    def _refuse(self, error: Rejected) -> None:
        """Answer what is no request; what follows on the connection cannot be understood."""
        log_step("rejected", source="-", code=error.code, reason=error.message)
        answer = json_answer(REJECTIONS[error.code], error_content(error.code, error.message))
        self._transport.write(encode(answer, keep_alive=False, bodiless=False))
        self._linger()

    def _next(self) -> None:
        """Go on after an answer with what was sent meanwhile."""
        if self._state is not _State.IDLE or self._paused or self._lost:
            return
        self._read_on()
        if self._buffer:
            self._read_head(self._buffer)
        elif self._ended:
            self.close()

    def _read_on(self) -> None:
        if not self._reading:
            self._reading = True
            self._transport.resume_reading()

    def _linger(self) -> None:
        """Close so that the sender sees the answer; see `LINGER_TIMEOUT`."""
        self._buffer = b""
        if self._ended:
            self.close()
            return
        self._wait(_State.LINGERING, LINGER_TIMEOUT)
        self._read_on()
        self._transport.write_eof()

    def _forget(self) -> None:
        """Be gone: neither a sender nor a request is left."""
        self._drop_body()
        self._server.closed(self)

    def _drop_body(self) -> None:
        self._body = None
        self._server.budget.give_back(self._held, self._source)
        self._held = 0

    def _wait(self, state: _State, seconds: float) -> None:
        self._state = state
        if not self._paused:
            self.deadline = self._server.loop.time() + seconds


def _unread(transport: asyncio.Transport) -> bool:
    """Return whether the kernel holds bytes that were not read yet."""
    own = transport.get_extra_info("socket")
    found = fcntl.ioctl(own.fileno(), termios.FIONREAD, bytes(_NUMBER.size))
    return bool(_NUMBER.unpack(found)[0])
