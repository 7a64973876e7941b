"""What the store holds of what a receiver has acknowledged."""

from __future__ import annotations

from dataclasses import dataclass

from webhooks.store.connection import Connection
from webhooks.store.listing import count


@dataclass(frozen=True, slots=True)
class Stored:
    """What is there.

    Attributes:
        events: events with their bodies.
        tasks: tasks that wait for a worker.
    """

    events: int
    tasks: int


def in_hookline(store: Connection) -> Stored:
    """Count Hookline's events, in whatever state."""
    counts = count(store)
    return Stored(sum(counts.states.values()), counts.queue)


def in_hashes(store: Connection) -> Stored:
    """Count the events of the receivers that store a hash for each and queue with Celery."""
    return Stored(_keys(store, "event:*"), int(store.execute("LLEN", "celery")))


def in_bullmq(store: Connection) -> Stored:
    """Count BullMQ's jobs, which are the events, and those that wait."""
    return Stored(_keys(store, "bull:webhooks:evt_*"), int(store.execute("LLEN", "bull:webhooks:wait")))


def _keys(store: Connection, pattern: str) -> int:
    found: set[bytes] = set()
    cursor = b"0"
    while True:
        cursor, names = store.execute("SCAN", cursor, "MATCH", pattern, "COUNT", 1000)
        # SCAN may show a key twice while the table grows.
        found.update(names)
        if cursor == b"0":
            return len(found)
