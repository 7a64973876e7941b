"""Celery's consumer, which a message that nobody can read does not end."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from celery.worker.consumer import Consumer

from webhooks.telemetry.log import log_step

_UNREADABLE = (TypeError, ValueError, LookupError, AttributeError, RecursionError)
"""What Celery lets through for a message that is wrong in a way it does not expect. Errors of the
connection are none of these, and go on to where Celery reconnects."""


class SteadyConsumer(Consumer):  # type: ignore[misc]
    """Drops a message that cannot be read, and goes on.

    Celery's own one ends the worker, and kombu puts the message back when the worker ends: every
    worker that is started again takes it first and ends too. What is dropped was a hint at most; the
    sweeper gives another.
    """

    def create_task_handler(self, *args: Any, **options: Any) -> Callable[[Any], Any]:
        """Return what is called with each message."""
        handle = super().create_task_handler(*args, **options)

        def on_task_received(message: Any) -> Any:
            try:
                return handle(message)
            except _UNREADABLE as error:
                log_step("unreadable", level=logging.ERROR, reason=type(error).__name__)
                return message.reject_log_error(logging.getLogger(__name__), self.connection_errors)

        return on_task_received
