"""The one Celery task: a few lines between a hint and a turn."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from celery import Celery
from celery.exceptions import Retry as CeleryRetry

from webhooks.lifecycle import State
from webhooks.store.keys import TASK
from workers.outcome import Result
from workers.request import TOLD, TurnRequest
from workers.runtime import Runtime
from workers.shown import HandlerFailed, shown


def make_task(app: Celery, runtime: Callable[[], Runtime]) -> Any:
    """Register the task with an application; `runtime` returns what this process works with."""
    request_class = f"{TurnRequest.__module__}:{TurnRequest.__qualname__}"

    @app.task(name=TASK, bind=True, Request=request_class)  # type: ignore[untyped-decorator]
    def process(self: Any, event_id: str) -> str | None:
        live = runtime()
        live.install()
        request = self.request
        if clock := request.get("clock"):
            app.clock.adjust(clock)
        outcome = live.turn.run(event_id, task_id=request.id or "", teller=live.teller(request.hostname))
        result = outcome.result
        # Where nothing was done, the attempt is another worker's, or has ended with it.
        others = result.state is None and request.id != f"{event_id}.{result.done}"
        if outcome.told or others:
            return TOLD
        if result.failure is not None:
            _show(result)
        return None

    return process


def _show(result: Result) -> None:
    """Let Flower show what the store has recorded already: RETRY, or FAILURE, with the traceback."""
    failure = result.failure
    if failure is None:
        return
    error = shown(failure)
    if result.state is State.DEAD:
        raise error from None
    # Only Task.retry publishes; raised like this, Celery sends nothing and nothing can be lost.
    try:
        raise error from None
    except HandlerFailed as raised:
        raise CeleryRetry(str(raised), raised, result.wait) from None
