"""What a worker process works with, made after the fork and once."""

from __future__ import annotations

import os
from collections.abc import Callable

from kombu.connection import Connection

from webhooks.config import Settings
from webhooks.store.connection import RedisConnection
from webhooks.store.processing import Onward
from webhooks.telemetry.sentry import Sentry
from webhooks.version import VERSION
from workers.handlers import HANDLERS
from workers.lease import LeaseKeeper
from workers.processing import Processor
from workers.settings import broker_url
from workers.stopping import Closing, StopSwitch
from workers.task_events import TaskEvents
from workers.telling import Telling
from workers.turn import Turn

STORE_TIMEOUT = 5.0
"""Seconds that a worker waits for the store; it has more time than a sender."""


class Runtime:
    """One worker process's connection, reporters and turns."""

    def __init__(
        self,
        settings: Settings,
        *,
        tick: Callable[[], int] | None = None,
        closing: Closing | None = None,
    ) -> None:
        """Connect and begin to keep leases; call it in the process that works.

        Args:
            settings: the configuration.
            tick: the logical clock of Celery's events; None where the worker sends none.
            closing: whether the worker takes nothing more.
        """
        self._settings = settings
        self._tick = tick
        self._telling: Telling | None = None
        self._teller: TaskEvents | None = None
        self._connection = connection = RedisConnection(settings.redis.url, timeout=STORE_TIMEOUT)
        self.switch = StopSwitch(closing)
        self.sentry = Sentry(
            dsn=settings.sentry.dsn, environment=settings.sentry.environment, release=VERSION
        )
        self._keeper = LeaseKeeper(connection, lease=settings.worker.lease)
        self.turn = Turn(
            Processor(settings, connection, HANDLERS, self._keeper, self.sentry, self.switch),
            self.switch,
            onward=onward_of(settings),
        )

    def install(self) -> None:
        """Answer the signals that a worker process hears, from its first event on."""
        self.switch.install()
        self._keeper.install()

    def teller(self, hostname: str | None) -> TaskEvents | None:
        """Return who tells Flower in the name of the worker `hostname`; None where nothing is told."""
        if self._teller is None and self._tick is not None and hostname is not None:
            self._telling = Telling(
                self._connection, database=database(self._settings.redis.url), hostname=hostname
            )
            self._teller = TaskEvents(
                self._telling.send, hostname=hostname, pid=os.getppid(), tick=self._tick
            )
        return self._teller

    def close(self) -> None:
        """Let reports and events leave, and stop the keeper."""
        if self._telling is not None:
            self._telling.stop()
        self.sentry.flush()
        self._keeper.stop()


def onward_of(settings: Settings) -> Onward:
    """Return how a turn claims its next event.

    The event's source, and so its policy, is known only when its hint has been read; the number of
    attempts is the smallest that any policy has.
    """
    policies = [settings.retry, *(source.retry for source in settings.sources.values())]
    return Onward(lease=settings.worker.lease, attempts=min(policy.attempts for policy in policies))


def database(url: str) -> str:
    """Return the number by which kombu tells the channels of Redis databases apart.

    Over a Unix socket that is 0, whatever the database is.
    """
    broker = Connection(broker_url(url))  # type: ignore[no-untyped-call]
    return str(broker.virtual_host).strip("/") or "0"
