"""A proven delivery as the spool keeps it, and back; pure."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, NamedTuple

from webhooks.event import Event
from webhooks.store.admission import Arrival


class Spooled(NamedTuple):
    """All that `admit` needs for one delivery, so that its source need not be configured any more.

    Attributes:
        arrivals: the events, in the order of the delivery.
        key_retention: seconds for which a body is remembered.
        dead_retention: seconds for which the second body of a conflict is kept.
        secret: the fingerprint of the secret that proved the delivery.
    """

    arrivals: tuple[Arrival, ...]
    key_retention: float
    dead_retention: float
    secret: str

    @property
    def received_at(self) -> float:
        """When the delivery came, in seconds since the epoch (UTC)."""
        return self.arrivals[0].event.received_at if self.arrivals else 0.0

    @property
    def source(self) -> str:
        """The source that it came to."""
        return self.arrivals[0].event.source if self.arrivals else ""


def to_row(record: Spooled) -> tuple[str, bytes]:
    """Return the record as a JSON head and the bodies, one after another, untouched."""
    head = {
        "key_retention": record.key_retention,
        "dead_retention": record.dead_retention,
        "secret": record.secret,
        "arrivals": [_describe(arrival) for arrival in record.arrivals],
    }
    return json.dumps(head, separators=(",", ":")), b"".join(one.event.body for one in record.arrivals)


def from_row(head: str, bodies: bytes) -> Spooled:
    """Read what `to_row` wrote.

    Raises:
        ValueError: it is not such a record.
    """
    try:
        found = json.loads(head)
        arrivals, end = [], 0
        for one in found["arrivals"]:
            begin, end = end, end + one["bytes"]
            arrivals.append(_arrival(one, bodies[begin:end]))
        whole = end == len(bodies)
        record = Spooled(
            arrivals=tuple(arrivals),
            key_retention=found["key_retention"],
            dead_retention=found["dead_retention"],
            secret=found["secret"],
        )
    except (KeyError, TypeError) as error:
        msg = f"a record of the spool lacks or garbles {error}"
        raise ValueError(msg) from error
    if not whole:
        msg = f"a record of the spool names {end} bytes of bodies and has {len(bodies)}"
        raise ValueError(msg)
    return record


def _describe(arrival: Arrival) -> dict[str, Any]:
    event = arrival.event
    return {
        "id": event.id,
        "source": event.source,
        "type": event.type,
        "method": event.method,
        "url": event.url,
        "headers": event.headers,
        "received_at": event.received_at,
        "bytes": len(event.body),
        "digest": arrival.digest,
        "remember_body": arrival.remember_body,
        "body_fixed": arrival.body_fixed,
    }


def _arrival(found: Mapping[str, Any], body: bytes) -> Arrival:
    return Arrival(
        event=Event(
            id=found["id"],
            source=found["source"],
            type=found["type"],
            body=body,
            headers=tuple((name, value) for name, value in found["headers"]),
            method=found["method"],
            url=found["url"],
            received_at=found["received_at"],
        ),
        digest=found["digest"],
        remember_body=found["remember_body"],
        body_fixed=found["body_fixed"],
    )
