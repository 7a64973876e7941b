"""How many bytes of bodies a process holds at once, so that no number of senders fills its memory."""

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

    def take(self, held: int, size: int) -> int:
        """Count a body that has grown to `size` bytes, of which `held` are counted; return what is now.

        Raises:
            Unavailable: there is no room for more; nothing more is counted.
        """
        wanted = max(size - FREE, 0)
        if wanted - held > self._left:
            raise Unavailable("too many large bodies at once", retry_after=RETRY)
        self._left -= wanted - held
        return wanted

    def give_back(self, held: int) -> None:
        """Stop counting what was counted of a body."""
        self._left += held
