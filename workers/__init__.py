"""What processes. A handler's module needs no more than this:

    from workers import Dead, Event, Retry, on

    @on("stripe", "invoice.*")
    def book(event: Event) -> None: ...
"""

from __future__ import annotations

from webhooks.event import Event
from workers.handlers import on
from workers.retries import Dead, Retry

__all__ = ["Dead", "Event", "Retry", "on"]
