"""Hints what is due and retires what was kept long enough: inside every worker, on Celery's timer.

Safe in any number of copies, because the scripts are.
"""

from __future__ import annotations

import logging
from typing import Any

from celery import bootsteps

from webhooks.config import Settings
from webhooks.errors import Unavailable
from webhooks.store.connection import Connection, RedisConnection
from webhooks.store.upkeep import retire, sweep
from webhooks.telemetry.log import log_step

TIMEOUT = 1.0
"""Seconds that a round may wait for the store: Celery's own loop waits with it."""


def tick(connection: Connection, *, worker: str, backlog: int) -> int:
    """Do one round, and return how many events were hinted; a store that is away is waited for."""
    try:
        # First: a store whose memory is full takes no hints, and this is what makes room.
        retired = retire(connection)
        hinted = sweep(connection, worker=worker, backlog=backlog)
    except Unavailable as error:
        log_step("sweep_failed", level=logging.WARNING, reason=str(error))
        return 0
    if hinted or retired:
        log_step("swept", level=logging.DEBUG, hinted=hinted, retired=retired)
    return hinted


class Sweeper(bootsteps.StartStopStep):  # type: ignore[misc]
    """The worker's step that starts and stops the rounds."""

    requires = ("celery.worker.components:Timer",)

    def __init__(self, worker: Any, **options: Any) -> None:
        """Take Celery's options without a need for them."""
        super().__init__(worker, **options)
        self._entry: Any = None

    def start(self, worker: Any) -> None:
        """Begin the rounds, the first as soon as the worker's loop runs: it tells that there is one."""
        settings: Settings = worker.app.conf["hookline"]
        args = (RedisConnection(settings.redis.url, timeout=TIMEOUT),)
        options = {"worker": worker.hostname, "backlog": settings.worker.backlog}
        worker.timer.call_after(0, tick, args=args, kwargs=options)
        self._entry = worker.timer.call_repeatedly(
            settings.worker.sweep_interval, tick, args=args, kwargs=options
        )

    def stop(self, worker: Any) -> None:
        """End the rounds."""
        if self._entry is not None:
            self._entry.cancel()
            self._entry = None
