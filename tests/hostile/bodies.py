"""Bodies that break whoever parses them; a receiver keeps them as they are."""

from __future__ import annotations

import gzip
import hashlib
import hmac
import time
from collections.abc import Mapping
from types import MappingProxyType

BODIES: Mapping[str, bytes] = MappingProxyType(
    {
        "100,000 brackets": b"[" * 100_000,
        "100,000 objects": b'{"a":' * 100_000,
        "100,000 brackets, closed": b"[" * 100_000 + b"]" * 100_000,
        "a number of 5,000 digits": b'{"id": ' + b"9" * 5000 + b"}",
        "a number beyond all floats": b'{"id": 1e400}',
        "a lone surrogate": b'{"id": "\\ud800", "type": "\\udfff"}',
        "NaN": b'{"id": NaN, "type": Infinity}',
        "keys twice": b'{"id": "a", "id": "b", "type": "c", "type": "d"}',
        "UTF-16": '{"id": "evt_16"}'.encode("utf-16"),
        "UTF-32": '{"id": "evt_32"}'.encode("utf-32"),
        "a byte order mark": b'\xef\xbb\xbf{"id": "evt_mark"}',
        "Latin-1": '{"id": "é"}'.encode("latin-1"),
        "overlong UTF-8": b'{"id": "\xc0\xae"}',
        "bytes": bytes(range(256)) * 16,
        "zeros": bytes(4096),
        "nothing": b"",
        "spaces": b" \r\n\t" * 100,
        "a gzip bomb": gzip.compress(bytes(10_000_000)),
        "an id of the wrong kind": b'{"id": {"a": []}, "type": [1]}',
        "an id of 100,000 characters": b'{"id": "' + b"x" * 100_000 + b'"}',
        "an id that forges a line": b'{"id": "a\\n{\\"step\\": \\"accepted\\"}\\u001b[2J"}',
        "a form": b"id=evt_1&id=evt_2&" + b"a=b&" * 20_000,
        "a bomb of parts": b"--x\r\nContent-Disposition: form-data; name=a\r\n\r\n\r\n" * 2000,
        "100,000 keys": b"{" + b",".join(b'"%d":1' % n for n in range(100_000)) + b"}",
        "an HTTP request": b"POST /webhooks/stripe HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n",
    }
)


def signed(body: bytes, secret: str, *, at: int | None = None) -> bytes:
    """Return a request with this body, proven as Stripe proves it."""
    stamp = int(time.time()) if at is None else at
    mac = hmac.new(secret.encode(), f"{stamp}.".encode() + body, hashlib.sha256).hexdigest()
    head = (
        "POST /webhooks/stripe HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
        f"Stripe-Signature: t={stamp},v1={mac}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body
