"""A request's body as it arrives: how much of what came is its own, and when it is whole."""

from __future__ import annotations

import re
from io import BytesIO
from typing import Protocol

from webhooks.errors import HooklineError, Rejected
from webhooks.serving.head import MAX_FIELD, TOKEN, check_trailers

MAX_SIZE_LINE = 256
"""Bytes of the line before a chunk, with its extensions, which are checked and left."""

MAX_CHUNKS = 16_384
"""Chunks of one body: many small ones cost more to read than they carry."""

_LINE_END = b"\r\n"
_QUOTED = rb'"(?:[\t !#-\[\]-~\x80-\xff]|\\[\t -~\x80-\xff])*"'
_SIZE_LINE = re.compile(
    rb"([0-9a-fA-F]{1,16})"
    rb"(?:[ \t]*;[ \t]*" + TOKEN + rb"(?:[ \t]*=[ \t]*(?:" + TOKEN + rb"|" + _QUOTED + rb"))?)*"
)


class Body(Protocol):
    """A body that is being read."""

    size: int
    """Bytes that have come."""

    def feed(self, data: bytes) -> bytes | None:
        """Take what is the body's; return what follows once it is whole, None before.

        Raises:
            Rejected: it is larger than allowed, or its chunks cannot be read.
        """
        ...

    def whole(self) -> bytes:
        """Return what has come."""
        ...


class LengthBody:
    """A body with a Content-Length."""

    def __init__(self, length: int) -> None:
        """Expect `length` bytes."""
        self.size = 0
        self._length = length
        self._bytes = BytesIO()

    def feed(self, data: bytes) -> bytes | None:
        """Take what is the body's; see `Body.feed`."""
        own = data[: self._length - self.size]
        self._bytes.write(own)
        self.size += len(own)
        return data[len(own) :] if self.size == self._length else None

    def whole(self) -> bytes:
        """Return what has come."""
        return self._bytes.getvalue()


class ChunkedBody:
    """A body in chunks (RFC 9112 §7.1)."""

    def __init__(self, limit: int) -> None:
        """Take at most `limit` bytes."""
        self.size = 0
        self._limit = limit
        self._bytes = BytesIO()
        self._rest = b""
        self._missing = 0
        """Bytes of the chunk that are still to come."""
        self._ending = False
        """Whether the line end after the chunk is still to come."""
        self._chunks = 0
        self._last = False

    def feed(self, data: bytes) -> bytes | None:
        """Take what is the body's; see `Body.feed`."""
        data = self._rest + data if self._rest else data
        at = 0
        while not self._last:
            if self._missing or self._ending:
                at = self._take(data, at)
                if self._missing or self._ending:
                    break
            line_end = data.find(_LINE_END, at, at + MAX_SIZE_LINE + len(_LINE_END))
            if line_end < 0:
                _check_start_of_size(data[at:])
                break
            self._begin(data[at:line_end])
            at = line_end + len(_LINE_END)
        self._rest = data[at:]
        return self._after() if self._last else None

    def whole(self) -> bytes:
        """Return what has come."""
        return self._bytes.getvalue()

    def _begin(self, line: bytes) -> None:
        found = _SIZE_LINE.fullmatch(line)
        if found is None:
            raise Rejected("request_unreadable", "the size of a chunk cannot be read")
        size = int(found[1], 16)
        self._chunks += 1
        if self._chunks > MAX_CHUNKS:
            raise Rejected("request_unreadable", f"a body has at most {MAX_CHUNKS} chunks")
        if self.size + size > self._limit:
            raise Rejected("body_too_large", f"the body is larger than {self._limit} bytes")
        self._last = size == 0
        self._missing = size
        self._ending = size > 0

    def _take(self, data: bytes, at: int) -> int:
        """Take what is there of the chunk, and of the line end after it; return where that ends."""
        if self._missing:
            own = data[at : at + self._missing]
            self._bytes.write(own)
            self.size += len(own)
            self._missing -= len(own)
            at += len(own)
            if self._missing:
                return at
        end = data[at : at + len(_LINE_END)]
        if not _LINE_END.startswith(end):
            raise Rejected("request_unreadable", "a chunk does not end where it said")
        if end == _LINE_END:
            self._ending = False
            return at + len(end)
        return at

    def _after(self) -> bytes | None:
        """Return what follows the trailers, once they are whole."""
        rest = self._rest
        if rest.startswith(_LINE_END):
            return rest[len(_LINE_END) :]
        end = rest.find(b"\r\n\r\n")
        if end < 0:
            if len(rest) > MAX_FIELD or rest.count(b"\n") != rest.count(_LINE_END):
                raise Rejected("request_unreadable", "what follows the last chunk cannot be read")
            return None
        check_trailers(rest[: end + 4])
        return rest[end + 4 :]


class Input:
    """`wsgi.input` over a body that has been read, or over the reason why it was not."""

    def __init__(self, body: bytes, fault: HooklineError | None = None) -> None:
        """Hold a body; raise `fault` in place of its end."""
        self._bytes = BytesIO(body)
        self._fault = fault

    def read(self, size: int = -1, /) -> bytes:
        """Return up to `size` bytes, all when negative.

        Raises:
            HooklineError: what kept the rest from being read.
        """
        found = self._bytes.read(size)
        if not found and self._fault is not None:
            raise self._fault
        return found


def _check_start_of_size(start: bytes) -> None:
    if len(start) > MAX_SIZE_LINE or b"\n" in start:
        raise Rejected("request_unreadable", "the size of a chunk cannot be read")
