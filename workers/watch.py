"""A worker that hears nothing any more ends itself, so that its supervisor starts another.

Celery answers pings while it takes no messages: connections that broke at an unlucky moment have
done that in several ways and versions (celery #8030, #8091, #10205). What it has taken is the only
sign that counts.
"""

from __future__ import annotations

import logging
import os
import time
from typing import Any

from celery import bootsteps
from celery.exceptions import WorkerShutdown
from celery.worker import state

from webhooks.config import Settings
from webhooks.errors import Unavailable
from webhooks.store.connection import RedisConnection
from webhooks.store.keys import KEYS
from webhooks.telemetry.log import log_step

PATIENCE = 20.0
"""Seconds for which messages may wait while a worker has nothing to do."""

INTERVAL = 2.0
"""Seconds between two looks."""

TIMEOUT = 1.0
"""Seconds that a look may wait for the store: Celery's own loop waits with it."""


class Hearing:
    """Whether a worker hears; pure."""

    def __init__(self) -> None:
        """Know nothing yet."""
        self._taken = -1
        self._since = 0.0

    def deaf(self, *, waiting: int, running: int, taken: int, now: float) -> bool:
        """Return whether nothing was taken for `PATIENCE` seconds though something could have been.

        Args:
            waiting: messages in the queue.
            running: messages whose turns are not over.
            taken: messages that it has taken since it was started; its processes take others
                themselves, in their turns.
            now: seconds of a steady clock.
        """
        if not waiting or running or taken != self._taken:
            self._taken = taken
            self._since = now
        return now - self._since >= PATIENCE


class Watch(bootsteps.StartStopStep):  # type: ignore[misc]
    """The worker's step that looks whether it hears."""

    requires = ("celery.worker.components:Timer",)
    exit_code = 0
    """With what this process is to end."""

    def __init__(self, worker: Any, **options: Any) -> None:
        """Take Celery's options without a need for them."""
        super().__init__(worker, **options)
        self._hearing = Hearing()
        self._entry: Any = None

    def start(self, worker: Any) -> None:
        """Begin to look."""
        settings: Settings = worker.app.conf["hookline"]
        # What Celery takes it takes on a connection that it keeps: the look follows the store's name.
        connection = RedisConnection(settings.redis.url, timeout=TIMEOUT, lifetime=INTERVAL)
        self._entry = worker.timer.call_repeatedly(INTERVAL, self._look, args=(connection,))

    def stop(self, worker: Any) -> None:
        """Look no more."""
        if self._entry is not None:
            self._entry.cancel()
            self._entry = None

    def _look(self, connection: RedisConnection) -> None:
        try:
            waiting = int(connection.execute("LLEN", KEYS["queue"]))
        except Unavailable:
            return
        deaf = self._hearing.deaf(
            waiting=waiting,
            running=len(state.active_requests),
            taken=sum(state.total_count.values()),
            now=time.monotonic(),
        )
        if deaf:
            reason = f"{waiting} messages wait and none was taken for {PATIENCE:g} s"
            log_step("deaf", level=logging.ERROR, reason=reason)
            Watch.exit_code = os.EX_SOFTWARE
            raise WorkerShutdown(Watch.exit_code)
