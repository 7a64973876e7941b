"""Where a compressed body is inflated: never on the loop."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from typing import TypeVar

import pytest

from tests.support.config import settings_from
from tests.support.events import NOW
from tests.support.servers import StoreServer
from webhooks.app import create_app
from webhooks.event import Delivery
from webhooks.signatures import sign
from webhooks.signatures.scheme import with_body

T = TypeVar("T")

SECRET = "fake-stream-secret"
PLAIN = b'{"type": "message.new", "text": "' + b"hello " * 50 + b'"}'
PACKED = gzip.compress(PLAIN, mtime=0)


@pytest.mark.parametrize(
    ("source", "body", "status", "inflated"),
    [
        ("stream", PACKED, 200, 1),
        ("stream", PLAIN, 200, 0),
        ("small", PACKED, 413, 1),
        ("stream", PACKED[:-1], 415, 1),
        ("github", PACKED, 401, 0),
    ],
)
def test_only_a_compressed_body_of_who_compresses_is_inflated_and_once(
    store_server: StoreServer, source: str, body: bytes, status: int, inflated: int
) -> None:
    settings = settings_from(
        f"""
        [redis]
        url = "{store_server.url}"
        [sources.stream]
        provider = "getstream"
        secrets = ["{SECRET}"]
        [sources.small]
        provider = "getstream"
        secrets = ["{SECRET}"]
        max_body = {len(PLAIN) - 1}
        [sources.github]
        provider = "github"
        secrets = ["{SECRET}"]
        """
    )
    asked = 0

    def inflating(call: Callable[[], T], /) -> T:
        nonlocal asked
        asked += 1
        return call()

    client = create_app(settings, inflating=inflating).test_client()
    plain = sign("getstream", Delivery("POST", "https://a/in", (), PLAIN, NOW), SECRET, now=NOW)
    delivery = with_body(plain, body)
    headers = [*delivery.headers, ("X-Hub-Signature-256", "sha256=" + "00" * 32)]
    found = client.post(f"/webhooks/{source}", data=delivery.body, headers=headers)
    assert (found.status_code, asked) == (status, inflated)
