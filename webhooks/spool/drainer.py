"""The thread of a receiver that drains its spool whenever the store is there."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from pathlib import Path

from webhooks.errors import Unavailable
from webhooks.spool.broken import SpoolUnusable
from webhooks.spool.drain import AnotherDrains, Drained, Kept, drain
from webhooks.spool.spool import Undrained
from webhooks.store.connection import Connection
from webhooks.telemetry.log import log_step

INTERVAL = 1.0
"""Seconds between two looks whether there is something to bring and somebody to bring it to."""

STUCK_INTERVAL = 5.0
"""Seconds between two passes while something cannot be removed: each looks at all that waits."""


class Drainer:
    """A thread that drains a spool whenever the store is there."""

    def __init__(
        self,
        directory: Path,
        connection: Connection,
        *,
        hear: Callable[[Undrained], None] = lambda _undrained: None,
    ) -> None:
        """Drain `directory` into the store behind `connection`, which only this thread uses.

        `hear` is called with what does not move, after each pass in which the store answered.
        """
        self._directory = directory
        self._connection = connection
        self._hear = hear
        self._kept: Kept = {}
        self._told: tuple[str, ...] = ()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="drain", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End after the pass in hand."""
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stop.wait(STUCK_INTERVAL if self._kept else INTERVAL):
            try:
                self._judge(drain(self._directory, self._connection, kept=self._kept))
            except AnotherDrains:
                continue
            except SpoolUnusable as fault:
                self._say((str(fault),))
                self._hear(Undrained(0, str(fault)))
            except Unavailable as away:
                self._say((str(away),))
            except Exception as fault:  # noqa: BLE001 - it must try again, whatever that was
                log_step("spool_failed", level=logging.ERROR, error=fault)

    def _judge(self, drained: Drained) -> None:
        if drained.admitted:
            log_step("drained", admitted=drained.admitted)
        reasons = drained.refused
        if drained.unremoved:
            reasons += (f"the store has what cannot be removed from the spool: {drained.reason}",)
        self._say(reasons)
        stuck = len(drained.refused) + drained.unremoved
        self._hear(Undrained(stuck, reasons[-1] if reasons else ""))

    def _say(self, reasons: tuple[str, ...]) -> None:
        """Log why something stays: once for each reason, not once a second."""
        if reasons != self._told:
            for text in reasons:
                log_step("undrained", level=logging.WARNING, reason=text)
            self._told = reasons
