"""The event that a worker process has in hand, for lines of the log that its handlers cause."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from webhooks.event import Event
from webhooks.telemetry.printed import end_lines

_held: list[Event] = []
"""One at most: a process has one event at a time, and so have the threads that its handler starts."""


@contextmanager
def in_hand(event: Event) -> Iterator[None]:
    """Have an event in hand while the block runs."""
    _held[:] = [event]
    try:
        yield
    finally:
        end_lines()
        _held.clear()


def about() -> Mapping[str, Any]:
    """Return the fields that name the event in hand; none where there is none."""
    # One step: a thread of a handler may print while its event leaves the hand.
    held = next(iter(_held), None)
    return {} if held is None else {"event": held.id, "source": held.source, "attempt": held.attempt}
