"""A process whose store has moved on without it ends itself, so that its supervisor starts another.

Flower only listens. A server that has lost its place may keep the connection and say nothing on it for ever,
which nothing but a look along the name can tell from a quiet day.
"""

from __future__ import annotations

import logging
import math
import os
import threading
import time

from webhooks.errors import Unavailable
from webhooks.store.connection import Connection, RedisConnection
from webhooks.telemetry.log import log_step

INTERVAL = 5.0
"""Seconds between two looks."""

LOOKS = 2
"""Looks in a row that must differ: while the name moves, one may go either way."""

TIMEOUT = 5.0
"""Seconds that a look may wait."""


class Moved:
    """Whether a kept connection leads to another server than a new one."""

    def __init__(self, kept: Connection, made: Connection) -> None:
        """Compare.

        Args:
            kept: a connection that stays with its server for as long as that answers.
            made: one that follows the name.
        """
        self._kept = kept
        self._made = made
        self._differed = 0

    def look(self) -> bool:
        """Return whether the name has moved away from a server that still answers."""
        try:
            differ = run_id(self._kept) != run_id(self._made)
        except Unavailable:
            differ = False
        self._differed = self._differed + 1 if differ else 0
        return self._differed >= LOOKS


def run_id(connection: Connection) -> str:
    """Return what names a running server: 40 hex digits that change with each start.

    Raises:
        Unavailable: it does not answer.
    """
    lines = connection.execute("INFO", "server").decode("utf-8", "replace").splitlines()
    return next((line.partition(":")[2] for line in lines if line.startswith("run_id:")), "")


def end_when_moved(url: str) -> None:
    """Watch in a thread of its own; end this process with `os.EX_SOFTWARE` once the name has moved."""
    kept = RedisConnection(url, timeout=TIMEOUT, lifetime=math.inf)
    moved = Moved(kept, RedisConnection(url, timeout=TIMEOUT, lifetime=INTERVAL / 2))

    def watch() -> None:
        while not moved.look():
            time.sleep(INTERVAL)
        reason = "the store's name leads to another server than the one that is listened to"
        log_step("moved", level=logging.ERROR, reason=reason)
        for handler in logging.getLogger().handlers:
            handler.flush()
        os._exit(os.EX_SOFTWARE)

    threading.Thread(target=watch, name="moved", daemon=True).start()
