"""Spooled deliveries with as little said as a test needs."""

from __future__ import annotations

from tests.support.events import NOW, arrival, event
from webhooks.spool.file import Row, SpoolFile
from webhooks.spool.record import Spooled


def spooled(*names: str, body: bytes = b'{"a": 1}', received_at: float = NOW) -> Spooled:
    """A delivery with an event for each name."""
    return Spooled(
        arrivals=tuple(arrival(event(name, body=body, received_at=received_at)) for name in names),
        key_retention=7200.0,
        dead_retention=3600.0,
        secret="0a1b2c3d",
    )


def rows(file: SpoolFile) -> list[Row]:
    """All records of a file, in the order in which they were written."""
    found = (file.record(number) for number, _ in file.heads(0, limit=10**6))
    return [row for row in found if row is not None]
