"""How long to wait before what has ended is started again."""

from __future__ import annotations

STEADY = 10.0
"""Seconds after which what was started counts as running; what ends earlier waits longer each time."""

LONGEST = 10.0
"""Seconds at which the wait stops growing."""


class Backoff:
    """The waits between the starts of one thing: none, 1 s, 2 s, 4 s, and so on up to `LONGEST`.

    There is no last start: what made it end (a full disk, a broken module) can be mended at any
    time. Times are `time.monotonic()`'s, in seconds.
    """

    def __init__(self) -> None:
        """Count from nothing."""
        self.early = 0
        """Ends in a row that came within `STEADY` of their start."""
        self._started = 0.0

    def started(self, now: float) -> None:
        """Note a start."""
        self._started = now

    def ended(self, now: float) -> float:
        """Note the end of what was started; return the seconds to wait before the next start."""
        self.early = self.early + 1 if now - self._started < STEADY else 0
        return min(LONGEST, 2.0 ** (self.early - 2)) if self.early > 1 else 0.0

    def steady(self, now: float) -> bool:
        """Return, once after early ends, whether it has run for `STEADY` since."""
        if self.early == 0 or now - self._started < STEADY:
            return False
        self.early = 0
        return True
