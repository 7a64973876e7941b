"""How many bytes of bodies a process holds at once, so that no number of senders fills its memory.

A source that has several large bodies on their way may hold as much as is then left for the others: one
source at most half, two that are flooded a third each. So a flood for one always leaves room.
"""

from __future__ import annotations

from webhooks.errors import Unavailable

FREE = 16 * 1024
"""Bytes of each body that are not counted.

Most events are smaller: they are taken however many large bodies are on their way.
"""

LEAST = 32 * 1024 * 1024
"""Bytes that all bodies together may have beyond those."""

RETRY = 2
"""Seconds after which a sender that was turned away may try again."""


class Budget:
    """What is left for large bodies; used on the loop only."""

    def __init__(self, *, total: int) -> None:
        """Give out `total` bytes at once at most."""
        self._left = total
        self._held: dict[str, int] = {}
        """Bytes that each source holds, of those that hold any."""

    def take(self, held: int, size: int, source: str) -> int:
        """Count a body that has grown to `size` bytes, of which `held` are counted; return what is now.

        Args:
            held: bytes of it that are counted so far.
            size: bytes of it that have come.
            source: for which it came.

        Raises:
            Unavailable: there is no room for more, or the source holds its share; nothing more is counted.
        """
        wanted = max(size - FREE, 0)
        growth = wanted - held
        own = self._held.get(source, 0)
        # A source's only body may be as large as there is room: its limit may be beyond any share.
        most = self._left if own == held else (self._left - own) / 2
        if growth > most:
            raise Unavailable("too many large bodies at once", retry_after=RETRY)
        self._count(source, own + growth, growth)
        return wanted

    def give_back(self, held: int, source: str) -> None:
        """Stop counting what was counted of a body."""
        if held:
            self._count(source, self._held[source] - held, -held)

    def _count(self, source: str, holds: int, growth: int) -> None:
        self._left -= growth
        if holds:
            self._held[source] = holds
        else:
            self._held.pop(source, None)
