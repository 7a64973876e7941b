"""The one Celery task: a few lines between a hint and an attempt."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from celery import Celery
from celery.exceptions import Retry as CeleryRetry

from webhooks.errors import Unavailable
from webhooks.lifecycle import State
from webhooks.store.keys import TASK
from webhooks.telemetry.log import log_step
from workers.outcome import Result, line
from workers.runtime import Runtime


class HandlerFailed(Exception):
    """What Flower shows of a failed attempt: the handler's own error with the payload masked."""


def make_task(app: Celery, runtime: Callable[[], Runtime]) -> Any:
    """Register the task with an application; `runtime` returns what this process works with."""

    @app.task(name=TASK)  # type: ignore[untyped-decorator]
    def process(event_id: str) -> None:
        live = runtime()
        live.switch.install()
        try:
            result = live.processor.process(event_id)
        except Unavailable as error:
            # The event is in the store, and due: whoever finds the store again takes it.
            log_step("unavailable", level=logging.ERROR, event=event_id, reason=str(error))
            return
        if result.failure is not None:
            _show(result)

    return process


def _show(result: Result) -> None:
    """Let Flower show what the store has recorded already: RETRY, or FAILURE, with the traceback."""
    failure = result.failure
    if failure is None:
        return
    shown = HandlerFailed(f"{failure.handler}: {line(failure.problem)}").with_traceback(failure.problem.trace)
    if result.state is State.DEAD:
        raise shown from None
    # Only Task.retry publishes; raised like this, Celery sends nothing and nothing can be lost.
    try:
        raise shown from None
    except HandlerFailed as error:
        raise CeleryRetry(str(error), error, result.wait) from None
