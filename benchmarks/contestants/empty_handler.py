"""A handler that does nothing with every event."""

from __future__ import annotations

from workers import Event, on


@on("*")
def nothing(event: Event) -> None:
    """Stand for the work."""
