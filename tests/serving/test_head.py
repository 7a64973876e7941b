"""The head is read no more loosely than by gunicorn's own parser, and whole heads as by it."""

from __future__ import annotations

from collections import Counter
from random import Random
from typing import Any

import pytest
from gunicorn.config import Config
from gunicorn.http.parser import RequestParser

from tests.hostile.corpus import CASES
from tests.hostile.fuzz import make_requests
from webhooks.errors import Rejected
from webhooks.serving.body import ChunkedBody
from webhooks.serving.head import Head, read_head

LIMIT = 1 << 20
CONFIG = Config()
CONFIG.set("http_parser", "python")
PLAIN = b"POST /webhooks/a%20b?x=%20 HTTP/1.1\r\nHost: a\r\nx-one: 1\r\nX-Two:2 \r\nX-One:\t3\r\n"


def by_gunicorn(raw: bytes) -> tuple[Any, ...] | None:
    """Return what gunicorn's parser makes of the first request; None when it refuses."""
    try:
        request = next(RequestParser(CONFIG, iter([raw]), ("127.0.0.1", 1)))
        body = request.body.read(LIMIT)
    except Exception:  # noqa: BLE001 - whatever it raises, it refuses
        return None
    return request.method, request.uri, request.headers, body


def by_us(raw: bytes) -> tuple[Any, ...] | None:
    """Return the same of our own."""
    raw = raw.removeprefix(b"\r\n")
    try:
        if b"\r\n\r\n" not in raw:
            return None
        head = read_head(raw)
        rest = raw[head.end :]
        if head.length is not None and head.length > LIMIT:
            return None
        body = rest[: head.length] if head.length is not None else _chunks(rest)
    except Rejected:
        return None
    if body is None:
        return None
    return head.method, head.target, [(name.upper(), value) for name, value in head.headers], body


def _chunks(rest: bytes) -> bytes | None:
    body = ChunkedBody(LIMIT)
    return body.whole() if body.feed(rest) is not None else None


def test_what_is_read_is_read_as_by_gunicorn_and_what_it_refuses_is_refused() -> None:
    both: Counter[str] = Counter()
    for raw in [*(case.raw for case in CASES), *make_requests("whsec_fake", number=3000, seed=2)]:
        ours, theirs = by_us(raw), by_gunicorn(raw)
        both["read" if ours else "refused"] += 1
        if ours is not None:
            assert ours == theirs, raw
    assert both["read"] > 300
    assert both["refused"] > 300


def test_a_head_is_read_with_its_headers_in_order_and_with_repeats() -> None:
    head = read_head(PLAIN + b"Content-Length: 02\r\n\r\n{}")
    assert (head.method, head.path, head.query) == ("POST", "/webhooks/a b", "x=%20")
    assert head.target == "/webhooks/a%20b?x=%20"
    assert head.headers[1:4] == (("X-One", "1"), ("X-Two", "2"), ("X-One", "3"))
    assert head.fields["HTTP_X_ONE"] == "1,3"
    assert (head.length, head.keep_alive, head.waits) == (2, True, False)


@pytest.mark.parametrize(
    ("version", "connection", "kept"),
    [
        (b"1.1", b"", True),
        (b"1.1", b"Connection: close\r\n", False),
        (b"1.1", b"Connection: Keep-Alive, Close\r\n", False),
        (b"1.1", b"Connection: upgrade\r\n", True),
        (b"1.0", b"", False),
        (b"1.0", b"Connection: Keep-Alive\r\n", True),
    ],
)
def test_the_connection_is_kept_as_the_sender_wishes(version: bytes, connection: bytes, kept: bool) -> None:  # noqa: FBT001
    raw = b"GET / HTTP/" + version + b"\r\nHost: a\r\n" + connection + b"\r\n"
    assert read_head(raw).keep_alive is kept


def test_a_body_in_chunks_is_the_same_however_it_is_cut() -> None:
    raw = b'3;a=b\r\nabc\r\n00A\r\n0123456789\r\n1;c="\\"d"\r\n!\r\n0\r\nX: y\r\n\r\nNEXT'
    dice = Random(3)
    for _ in range(200):
        body, rest, at = ChunkedBody(14), None, 0
        while rest is None:
            until = at + dice.randint(1, 12)
            rest = body.feed(raw[at:until])
            at = until
        assert body.whole() == b"abc0123456789!"
        assert rest + raw[at:] == b"NEXT"


def test_a_body_of_very_many_chunks_is_refused() -> None:
    with pytest.raises(Rejected, match="chunks"):
        ChunkedBody(1 << 20).feed(b"1\r\na\r\n" * 20_000)


def test_names_that_a_sender_makes_up_are_not_all_remembered() -> None:
    def read(number: int) -> Head:
        fields = b"".join(b"X-%d-%d: a\r\n" % (number, field) for field in range(90))
        return read_head(b"GET / HTTP/1.1\r\nHost: a\r\n" + fields + b"\r\n")

    for number in range(50):
        assert read(number).headers[1] == (f"X-{number}-0", "a")
    from webhooks.serving import head  # noqa: PLC0415 - what it remembers is its own

    assert len(head._names) <= head._KNOWN_NAMES
