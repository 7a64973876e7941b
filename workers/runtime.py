"""What a worker process works with, made after the fork and once."""

from __future__ import annotations

from webhooks.config import Settings
from webhooks.store.connection import RedisConnection
from webhooks.telemetry.sentry import Sentry
from webhooks.version import VERSION
from workers.handlers import HANDLERS
from workers.lease import LeaseKeeper
from workers.processing import Processor
from workers.stopping import StopSwitch

STORE_TIMEOUT = 5.0
"""Seconds that a worker waits for the store; it has more time than a sender."""


class Runtime:
    """One worker process's connection, reporter and processor."""

    def __init__(self, settings: Settings) -> None:
        """Connect and begin to keep leases; call it in the process that works."""
        connection = RedisConnection(settings.redis.url, timeout=STORE_TIMEOUT)
        self.switch = StopSwitch()
        self.sentry = Sentry(
            dsn=settings.sentry.dsn, environment=settings.sentry.environment, release=VERSION
        )
        self._keeper = LeaseKeeper(connection, lease=settings.worker.lease)
        self.processor = Processor(settings, connection, HANDLERS, self._keeper, self.sentry, self.switch)

    def close(self) -> None:
        """Let reports leave and stop the keeper."""
        self.sentry.flush()
        self._keeper.stop()
