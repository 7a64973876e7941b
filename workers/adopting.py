"""Takes over what an earlier release left in Redis under names that Celery gives to every application.

Releases with different names may run side by side: what a receiver of the earlier one admits is brought
into the queue within `INTERVAL`.
"""

from __future__ import annotations

import logging
from typing import Any

from celery import bootsteps

from webhooks.config import Settings
from webhooks.errors import Unavailable
from webhooks.store.connection import Connection, RedisConnection
from webhooks.store.upkeep import adopt
from webhooks.telemetry.log import log_step

INTERVAL = 1.0
"""Seconds between two rounds."""

TIMEOUT = 1.0
"""Seconds that a round may wait for the store: Celery's own loop waits with it."""


class Adopting(bootsteps.StartStopStep):  # type: ignore[misc]
    """The worker's step that starts and stops the rounds."""

    requires = ("celery.worker.components:Timer",)

    def __init__(self, worker: Any, **options: Any) -> None:
        """Take Celery's options without a need for them."""
        super().__init__(worker, **options)
        self._entry: Any = None
        self._cursor = b"0"

    def start(self, worker: Any) -> None:
        """Begin the rounds."""
        settings: Settings = worker.app.conf["hookline"]
        connection = RedisConnection(settings.redis.url, timeout=TIMEOUT)
        self._entry = worker.timer.call_repeatedly(INTERVAL, self.adopt, args=(connection,))

    def stop(self, worker: Any) -> None:
        """End the rounds."""
        if self._entry is not None:
            self._entry.cancel()
            self._entry = None

    def adopt(self, connection: Connection) -> None:
        """Do one round; a store that is away is waited for."""
        try:
            self._cursor, adopted = adopt(connection, cursor=self._cursor)
        except Unavailable as error:
            log_step("adopt_failed", level=logging.WARNING, reason=str(error))
            return
        if adopted:
            log_step("adopted", adopted=adopted, reason="waited under the names of an earlier release")
