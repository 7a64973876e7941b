"""What processes.

A module of handlers needs no more than `from workers import Dead, Event, Retry, on`.
"""

from __future__ import annotations

from webhooks.event import Event
from workers.handlers import on
from workers.retries import Dead, Retry

__all__ = ["Dead", "Event", "Retry", "on"]
