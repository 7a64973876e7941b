"""A bound on how often something is done: a token bucket."""

from __future__ import annotations


class Bucket:
    """Tokens that come at a steady rate, up to a number that can be saved."""

    def __init__(self, *, rate: float, burst: int, now: float) -> None:
        """Start full; `rate` is in tokens a second, `now` in seconds of any steady clock."""
        self._rate = rate
        self._burst = float(burst)
        self._tokens = float(burst)
        self._at = now

    def ready(self, now: float) -> bool:
        """Say whether there is a token."""
        self._fill(now)
        return self._tokens >= 1.0

    def level(self, now: float) -> float:
        """Return how full it is: 1 after a quiet time, below 0 where more was taken than was there."""
        self._fill(now)
        return self._tokens / self._burst

    def take(self) -> None:
        """Take a token."""
        self._tokens -= 1.0

    def _fill(self, now: float) -> None:
        self._tokens = min(self._burst, self._tokens + max(0.0, now - self._at) * self._rate)
        self._at = now
