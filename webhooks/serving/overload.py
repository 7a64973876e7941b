"""Whether a process keeps up: what it could only answer late is refused at once.

A sender that waits for seconds gives up and sends again, so an answer that comes too late is work
done twice. One that is told 503 right away comes back when there is room.

A source that is flooded is refused before the others: while the process does not keep up, each source
has its share of `LEAST` in hand, and only what is beyond that is refused.
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
"""Deliveries that are taken in hand however old the oldest is: so few are no load, only a stall.

Beyond them, the sources that have any in hand share as many.
"""

RETRY = 1
"""Seconds after which a sender that was refused may try again."""

INTERVAL = 1.0
"""Seconds between two lines of the log about it."""


class Overload:
    """The deliveries in hand, with their age; used on the loop only."""

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        """Have none in hand."""
        self._clock = clock
        self._begun: dict[object, tuple[float, str]] = {}
        self._in_hand: dict[str, int] = {}
        """How many each source has, of those that have any."""
        self._refused = 0
        self._told = 0.0

    def take(self, key: object, source: str) -> bool:
        """Take a delivery in hand until `end`; return False when it is to be refused.

        Args:
            key: whose delivery it is; each has one at a time.
            source: for which it came.
        """
        now = self._clock()
        own = self._in_hand[source] if source in self._in_hand else 0  # noqa: SIM401 - no call each time
        if len(self._begun) >= LEAST and now - next(iter(self._begun.values()))[0] > LIMIT:
            sources = len(self._in_hand) + (own == 0)
            if own >= max(1, LEAST // sources):
                self._refuse(source, now)
                return False
        self._begun[key] = (now, source)
        self._in_hand[source] = own + 1
        return True

    def end(self, key: object) -> None:
        """Have a delivery in hand no more."""
        _, source = self._begun.pop(key)
        left = self._in_hand[source] - 1
        if left:
            self._in_hand[source] = left
        else:
            del self._in_hand[source]

    def _refuse(self, source: str, now: float) -> None:
        deliveries(source, "overloaded").inc()
        self._refused += 1
        if now - self._told >= INTERVAL:
            log_step("overloaded", level=logging.WARNING, refused=self._refused, in_hand=len(self._begun))
            self._told, self._refused = now, 0
