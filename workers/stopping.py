"""Stopping a worker process without losing or repeating what it has in hand."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


class Stopping(SystemExit):
    """Raised where the process is when it is told to stop."""


class StopSwitch:
    """Decides what SIGTERM interrupts: an idle process and a handler, but never the store.

    Between a handler's success and its record in the store an interruption would repeat the
    effect, so there the signal waits.
    """

    def __init__(self) -> None:
        """Begin idle."""
        self._busy = False
        self._requested = False
        self._installed = False

    def install(self) -> None:
        """Answer SIGTERM in this process, from its first event on.

        Not earlier: Celery's pool sets its own answer after every hook that runs at the start of
        a process.
        """
        if not self._installed:
            signal.signal(signal.SIGTERM, self.request)
            self._installed = True

    def request(self, signum: int, frame: Any) -> None:
        """Stop now, or at the next place where that is harmless."""
        self._requested = True
        if not self._busy:
            raise Stopping

    @contextmanager
    def careful(self) -> Iterator[None]:
        """Let nothing interrupt the block."""
        self._busy = True
        try:
            yield
        finally:
            self._busy = False

    @contextmanager
    def interruptible(self) -> Iterator[None]:
        """Let the block, inside a careful one, be interrupted.

        Raises:
            Stopping: the signal came before or comes now.
        """
        self._busy = False
        try:
            if self._requested:
                raise Stopping
            yield
        finally:
            self._busy = True
