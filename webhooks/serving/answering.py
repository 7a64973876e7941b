"""An answer as bytes."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from email.utils import formatdate
from functools import lru_cache
from http import HTTPStatus
from typing import Any, NamedTuple

CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"

_BODILESS = ("204", "304")


class Answer(NamedTuple):
    """What a sender is told.

    Attributes:
        status: code and phrase.
        headers: names and values, as WSGI gives them.
        content: the body.
    """

    status: str
    headers: Sequence[tuple[str, str]]
    content: bytes


class _Clock:
    """The `Date` header, written once a second."""

    second = 0
    line = b""

    @classmethod
    def date(cls) -> bytes:
        now = int(time.time())
        if now != cls.second:
            cls.second = now
            cls.line = b"Date: %b\r\n" % formatdate(now, usegmt=True).encode("ascii")
        return cls.line


def encode(answer: Answer, *, keep_alive: bool, bodiless: bool) -> bytes:
    """Return what goes over the wire.

    Args:
        answer: the answer.
        keep_alive: whether the connection may be used again.
        bodiless: whether the content is left out, as it is for HEAD.
    """
    start, measured = _start(answer.status, tuple(answer.headers), keep_alive)
    content = answer.content
    length = b"" if measured else b"Content-Length: %d\r\n" % len(content)
    return b"%b%b%b\r\n%b" % (start, _Clock.date(), length, b"" if bodiless else content)


@lru_cache(maxsize=256)
def _start(status: str, headers: tuple[tuple[str, str], ...], keep_alive: bool) -> tuple[bytes, bool]:  # noqa: FBT001 - positional for the cache
    """Return what hardly ever differs, and whether it says the length."""
    lines = [f"HTTP/1.1 {status}", f"Connection: {'keep-alive' if keep_alive else 'close'}"]
    lines += (f"{name}: {value}" for name, value in headers)
    measured = status.startswith(_BODILESS) or any(name.lower() == "content-length" for name, _ in headers)
    return "".join(f"{line}\r\n" for line in lines).encode("latin-1"), measured


def json_answer(status: int, content: dict[str, Any], *headers: tuple[str, str]) -> Answer:
    """Return an answer that the server gives by itself."""
    body = json.dumps(content).encode("ascii") + b"\n"
    own = [("Content-Type", "application/json"), ("Content-Length", str(len(body))), *headers]
    return Answer(f"{status} {HTTPStatus(status).phrase}", own, body)
