"""Celery's request for a turn: it does not tell what the turn has told."""

from __future__ import annotations

from typing import Any

from celery.worker.request import Request

TOLD = "told"
"""What the task returns when Flower has heard, or will hear from another, what became of the event."""


class TurnRequest(Request):  # type: ignore[misc]
    """Takes the worker's logical clock to the process of the turn, and drops what would be a repeat."""

    def __init__(self, *args: Any, **options: Any) -> None:
        """Take a message; see `celery.worker.request.Request`."""
        super().__init__(*args, **options)
        self._request_dict["clock"] = self._app.clock.value

    def send_event(self, type: str, **fields: Any) -> None:
        """Publish an event, unless it would say that the turn has ended as if the event had."""
        if type == "task-succeeded" and fields.get("result") == repr(TOLD):
            return
        super().send_event(type, **fields)
