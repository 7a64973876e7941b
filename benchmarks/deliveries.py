"""Signed requests, ready to be sent: making one must cost the load nothing."""

from __future__ import annotations

import hashlib
import hmac
import itertools
import json
import time
from collections.abc import Iterator
from pathlib import Path

SECRET = "whsec_fake_for_benchmarks"
GITHUB_SECRET = "fake-github-secret-for-benchmarks"
SIZE = 1024
"""Bytes of a body."""

PATH = "/webhooks/stripe"
_DIGITS = 16
_EVENT = {
    "id": "",
    "object": "event",
    "api_version": "2025-01-27.acacia",
    "created": 1_700_000_000,
    "data": {
        "object": {
            "id": "in_fake_for_benchmarks",
            "object": "invoice",
            "amount_due": 4200,
            "amount_paid": 4200,
            "currency": "eur",
            "customer": "cus_fake_for_benchmarks",
            "metadata": {"order": "6735", "note": ""},
            "status": "paid",
        }
    },
    "livemode": False,
    "pending_webhooks": 1,
    "request": {"id": None, "idempotency_key": None},
    "type": "invoice.paid",
}
_HEAD = (
    f"POST {PATH} HTTP/1.1\r\n"
    "Host: 127.0.0.1\r\n"
    "Accept: */*; q=0.5, application/xml\r\n"
    "User-Agent: Stripe/1.0 (+https://stripe.com/docs/webhooks)\r\n"
    "Content-Type: application/json; charset=utf-8\r\n"
    f"Content-Length: {SIZE}\r\n"
    "Cache-Control: no-cache\r\n"
    "Stripe-Signature: t={stamp},v1={signature}\r\n"
    "\r\n"
)


class Deliveries:
    """Requests with ids of which none comes twice."""

    def __init__(self) -> None:
        """Count from 0."""
        self._numbers = itertools.count()
        self._before, self._after = _template()

    def make(self, number: int) -> Iterator[tuple[str, bytes]]:
        """Yield that many requests with their ids, all of the same length, signed at this moment."""
        stamp = str(int(time.time()))
        for found in itertools.islice(self._numbers, number):
            event_id = name(found)
            body = self._before + event_id.encode() + self._after
            signature = hmac.digest(SECRET.encode(), f"{stamp}.".encode() + body, hashlib.sha256).hex()
            yield event_id, _HEAD.format(stamp=stamp, signature=signature).encode() + body

    def write(self, path: Path, number: int) -> None:
        """Write that many requests to a file, one behind the other."""
        with path.open("wb") as file:
            file.writelines(request for _, request in self.make(number))


def name(number: int) -> str:
    """Return an event's id."""
    return f"evt_{number:0{_DIGITS}d}"


def _template() -> tuple[bytes, bytes]:
    """Return what stands before and after the id in a body of `SIZE` bytes."""
    _EVENT["data"]["object"]["metadata"]["note"] = "@"  # type: ignore[index]
    bare = json.dumps({**_EVENT, "id": name(0)})
    filled = bare.replace("@", "x" * (SIZE - len(bare) + 1))
    before, after = filled.split(name(0))
    return before.encode(), after.encode()
