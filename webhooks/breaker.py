"""A circuit breaker before Redis: one that is away must not cost each request its time-out."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from typing import Any

from webhooks.errors import Unavailable
from webhooks.store.connection import Argument, Connection, NoScript
from webhooks.telemetry.log import log_step

FAILURES = 3
"""Failures in a row after which nothing is asked any more."""

PAUSE = 1.0
"""Seconds between two trials while Redis is away."""


class Breaker:
    """A `Connection` that says at once that Redis is away, once it was; safe among threads."""

    def __init__(self, connection: Connection, *, pace: Callable[[], float] = time.monotonic) -> None:
        """Watch `connection`; `pace` tells the seconds of a steady clock."""
        self._connection = connection
        self._pace = pace
        self._lock = threading.Lock()
        self._failures = 0
        self._next_trial = 0.0

    @property
    def open(self) -> bool:
        """Whether Redis counts as away."""
        return self._failures >= FAILURES

    def execute(self, *command: Argument) -> Any:
        """Run one command; see `Connection.execute`.

        Raises:
            Unavailable: Redis is away, by what this command or those before it met.
            NoScript: the server does not know the script.
        """
        if self.open:
            self._take_trial()
        try:
            reply = self._connection.execute(*command)
        except NoScript:
            # A server that was started anew answers like this, and is back.
            self._recover()
            raise
        except Unavailable as error:
            self._fail(error)
            raise
        self._recover()
        return reply

    def _take_trial(self) -> None:
        with self._lock:
            now = self._pace()
            if self.open and now < self._next_trial:
                msg = "Redis was away a moment ago"
                raise Unavailable(msg)
            # This request tries for all: the others do not wait with it.
            self._next_trial = now + PAUSE

    def _fail(self, error: Unavailable) -> None:
        with self._lock:
            self._failures += 1
            self._next_trial = self._pace() + PAUSE
            opened = self._failures == FAILURES
        if opened:
            log_step("redis_away", level=logging.ERROR, reason=str(error))

    def _recover(self) -> None:
        if not self._failures:
            return
        with self._lock:
            closed = self.open
            self._failures = 0
        if closed:
            log_step("redis_back", level=logging.WARNING)
