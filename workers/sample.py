"""The handler of a Hookline that has no other: it says that an event arrived."""

from __future__ import annotations

from webhooks.event import Event
from webhooks.telemetry.log import log_step
from workers.handlers import on


@on("*")
def log(event: Event) -> None:
    """Log the event's id and size, so that the first event can be seen to go the whole way."""
    log_step("handled", event=event.id, type=event.type, bytes=len(event.body))
