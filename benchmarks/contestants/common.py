"""What the Python receivers share: where they are told things, and Stripe's signature."""

from __future__ import annotations

import hashlib
import hmac
import os
import time

TOLERANCE = 300
"""Seconds by which a signed time may be off, as in Stripe's own package."""

KEPT = 3 * 24 * 3600
"""Seconds for which an id is known: as long as Stripe sends an event again."""

COUNT_SIZE = 8
"""Bytes of the file in which the empty task counts itself, at no cost that could be seen."""

REDIS_URL = os.environ.get("BENCH_REDIS_URL", "redis://127.0.0.1:6379/0")
SECRET = os.environ.get("BENCH_SECRET", "").encode()


def proven(header: str, body: bytes) -> bool:
    """Return whether a `Stripe-Signature` is true of a body (docs.stripe.com/webhooks/signature)."""
    fields = dict(field.partition("=")[::2] for field in header.split(","))
    stamp = fields.get("t", "")
    if not stamp.isdecimal() or abs(time.time() - int(stamp)) > TOLERANCE:
        return False
    expected = hmac.new(SECRET, stamp.encode() + b"." + body, hashlib.sha256).hexdigest()
    return hmac.compare_digest(expected.encode(), fields.get("v1", "").encode())
