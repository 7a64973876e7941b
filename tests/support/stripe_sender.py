"""Stripe as a sender, its signature made by Stripe's own package."""

from __future__ import annotations

import json
import time
from typing import Any
from uuid import uuid4

import requests
from stripe import WebhookSignature

from tests.support.processes import SECRET


def make_body(type_: str = "invoice.paid", own_id: str | None = None, **data: Any) -> str:
    """An event as Stripe writes it."""
    return json.dumps(
        {"id": own_id or f"evt_{uuid4().hex[:12]}", "object": "event", "type": type_, "data": data}
    )


def signature(body: str, *, secret: str = SECRET, at: int | None = None) -> str:
    """The header that Stripe's package makes for a body."""
    stamp = int(time.time()) if at is None else at
    return f"t={stamp},v1={WebhookSignature._compute_signature(f'{stamp}.{body}', secret)}"


def post(url: str, body: str, *, header: str | None = None) -> requests.Response:
    """Post a body with its signature to the source `stripe`."""
    return requests.post(
        f"{url}/webhooks/stripe",
        data=body.encode(),
        headers={"Stripe-Signature": header or signature(body), "Content-Type": "application/json"},
        timeout=10,
    )


def send(url: str, type_: str = "invoice.paid", own_id: str | None = None, **data: Any) -> str:
    """Post an event and return its id, which must be accepted."""
    response = post(url, make_body(type_, own_id, **data))
    assert response.status_code == 200, response.text
    found: str = response.json()["id"]
    return found
