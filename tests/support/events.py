"""Deliveries, events and admissions with as little said as a test needs."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from webhooks.event import Delivery, Event
from webhooks.store.admission import Admitted, Arrival, admit
from webhooks.store.connection import Connection
from webhooks.store.processing import Keep

NOW = 1_790_000_000.0
KEEP = Keep(event=3600.0, key=7200.0)


def delivery(body: bytes = b"{}", /, **headers: str) -> Delivery:
    """A POST; an underscore in a header's name stands for a hyphen."""
    return Delivery(
        method="POST",
        url="https://hooks.example.com/webhooks/in",
        headers=tuple((name.replace("_", "-"), value) for name, value in headers.items()),
        body=body,
        received_at=NOW,
    )


def event(own: str = "evt_1", /, **changes: Any) -> Event:
    values: dict[str, Any] = {
        "id": f"stripe:{own}",
        "source": "stripe",
        "type": "invoice.paid",
        "body": json.dumps({"id": own}).encode(),
        "headers": (("Content-Type", "application/json"),),
        "method": "POST",
        "url": "http://127.0.0.1/webhooks/stripe",
        "received_at": NOW,
    }
    return Event(**(values | changes))


def arrival(found: Event, *, remember_body: bool = False, body_fixed: bool = False) -> Arrival:
    return Arrival(
        event=found,
        digest=hashlib.sha256(found.body).hexdigest(),
        remember_body=remember_body,
        body_fixed=body_fixed,
    )


def admit_one(connection: Connection, found: Event, **traits: bool) -> Admitted:
    (admitted,) = admit(connection, [arrival(found, **traits)], key_retention=7200.0, dead_retention=3600.0)
    return admitted
