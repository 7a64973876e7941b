"""Whether a process keeps up: what it could only answer late is refused at once.

A sender that waits for seconds gives up and sends again, so an answer that comes too late is work
done twice. One that is told 503 right away comes back when there is room.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

from webhooks.telemetry.log import log_step
from webhooks.telemetry.metrics import deliveries

LIMIT = 0.15
"""Seconds that the oldest delivery in hand may be old when a further one is taken.

It is waited for by the loop, by Redis or by both; a new one would wait as long, after as long a
wait to be read.
"""

LEAST = 64
"""Deliveries that are taken in hand however old the oldest is: so few are no load, only a stall."""

RETRY = 1
"""Seconds after which a sender that was refused may try again."""

INTERVAL = 1.0
"""Seconds between two lines of the log about it."""


class Overload:
    """The deliveries in hand, with their age; used on the loop only."""

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        """Have none in hand."""
        self._clock = clock
        self._begun: dict[object, float] = {}
        self._refused = 0
        self._told = 0.0

    def take(self, key: object, source: str) -> bool:
        """Take a delivery in hand until `end`; return False when it is to be refused.

        Args:
            key: whose delivery it is; each has one at a time.
            source: for which it came.
        """
        now = self._clock()
        if len(self._begun) >= LEAST and now - next(iter(self._begun.values())) > LIMIT:
            self._refuse(source, now)
            return False
        self._begun[key] = now
        return True

    def end(self, key: object) -> None:
        """Have a delivery in hand no more."""
        del self._begun[key]

    def _refuse(self, source: str, now: float) -> None:
        deliveries(source, "overloaded").inc()
        self._refused += 1
        if now - self._told >= INTERVAL:
            log_step("overloaded", level=logging.WARNING, refused=self._refused, in_hand=len(self._begun))
            self._told, self._refused = now, 0
