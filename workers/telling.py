"""Sending Celery's events from a thread, several in one message: processing never waits for it."""

from __future__ import annotations

import logging
import threading
import uuid
from collections import deque

from webhooks.errors import Unavailable
from webhooks.store.connection import Connection
from webhooks.telemetry.log import log_step
from workers.task_events import channel, message

GATHER = 0.1
"""Seconds for which events are gathered before they are sent."""

TOGETHER = 500
"""Events in one message, which is then of some 200 KB."""

WAITING = 20_000
"""Events that wait while they cannot be sent; the oldest make room for the newest."""


LAST_WAIT = 2.0
"""Seconds that a process that ends gives to what is left."""


class Telling:
    """One thread of a worker process that publishes what it is given, or drops it."""

    def __init__(
        self, connection: Connection, *, database: str, hostname: str, gather: float = GATHER
    ) -> None:
        """Publish over `connection` in the name of a worker."""
        self._connection = connection
        self._channel = channel(database)
        self._hostname = hostname
        self._gather = gather
        self._waiting: deque[str] = deque(maxlen=WAITING)
        self._some = threading.Event()
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="telling", daemon=True)
        self._thread.start()

    def send(self, event: str) -> None:
        """Take an event, as JSON, to be sent soon."""
        self._waiting.append(event)
        self._some.set()

    def stop(self) -> None:
        """Send what is left, if it leaves soon, and end the thread."""
        self._stopped.set()
        self._some.set()
        self._thread.join(LAST_WAIT)

    def _run(self) -> None:
        while not self._stopped.is_set():
            self._some.wait()
            self._stopped.wait(self._gather)
            self._some.clear()
            self._flush()
        self._flush()

    def _flush(self) -> None:
        while self._waiting:
            together = [self._waiting.popleft() for _ in range(min(TOGETHER, len(self._waiting)))]
            text = message(together, hostname=self._hostname, tag=str(uuid.uuid4()))
            try:
                self._connection.execute("PUBLISH", self._channel, text)
            except Unavailable as error:
                # Flower misses them, as it misses whatever is said while Redis is away.
                log_step("untold", level=logging.WARNING, events=len(together), reason=str(error))
                return
