"""Stopping a worker process without losing or repeating what it has in hand."""

from __future__ import annotations

import mmap
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from billiard import pool

LAST_WAIT = 1.0
"""Seconds for which a process that ends waits until its parent has read its last results."""


class Stopping(SystemExit):
    """Raised where the process is when it is told to stop.

    Attributes:
        interrupted: whether that is in a handler, which may have had its effect.
    """

    def __init__(self, *, interrupted: bool = False) -> None:
        """Say whether a handler was at work."""
        self.interrupted = interrupted
        super().__init__()


class TimeLimit(Exception):
    """Raised in a handler that runs longer than `worker.time_limit`."""

    def __init__(self) -> None:
        """Say what happened, as operators will read it."""
        super().__init__("the handler ran longer than worker.time_limit")


def end_soon() -> None:
    """Let this process of the pool end `LAST_WAIT` seconds after its last event.

    billiard would wait for 30 s when a stopping parent has left a result unread, as it does in one
    stop of five, and so the worker would use up its whole grace with nothing to do. Our results are
    in the store.
    """
    pool.GUARANTEE_MESSAGE_CONSUMPTION_RETRY_LIMIT = round(
        LAST_WAIT / pool.GUARANTEE_MESSAGE_CONSUMPTION_RETRY_INTERVAL
    )


class Closing:
    """Whether a worker takes nothing more, for all its processes at once.

    A process of the pool hears nothing of a SIGTERM to its parent, which lets the tasks at work end.
    """

    def __init__(self) -> None:
        """Begin open; make it before the processes are forked, which share its memory."""
        self._shared = mmap.mmap(-1, 1)

    def close(self) -> None:
        """Take nothing more."""
        self._shared[0] = 1

    def __bool__(self) -> bool:
        """Whether nothing more is to be taken."""
        return self._shared[0] == 1


class StopSwitch:
    """Decides what a signal interrupts: an idle process and a handler, but never the store.

    Between a handler's success and its record in the store an interruption would repeat the
    effect, so there SIGTERM waits, and Celery's word that time is up (SIGUSR1) is too late.
    """

    def __init__(self, closing: Closing | None = None) -> None:
        """Begin idle, in a worker that `closing` tells of."""
        self._closing = closing
        self._busy = False
        self._in_handler = False
        self._requested = False
        self._installed = False

    @property
    def requested(self) -> bool:
        """Whether the process is to take nothing more."""
        return self._requested or bool(self._closing)

    def install(self) -> None:
        """Answer SIGTERM and SIGUSR1 in this process, from its first event on.

        Not earlier: Celery's pool sets its own answer after every hook that runs at the start of
        a process.
        """
        if not self._installed:
            signal.signal(signal.SIGTERM, self.request)
            signal.signal(signal.SIGUSR1, self.time_out)
            self._installed = True

    def request(self, signum: int, frame: Any) -> None:
        """Stop now, or at the next place where that is harmless."""
        self._requested = True
        if not self._busy:
            raise Stopping(interrupted=self._in_handler)

    def time_out(self, signum: int, frame: Any) -> None:
        """End the handler at work, if one is."""
        if self._in_handler:
            raise TimeLimit

    @contextmanager
    def careful(self) -> Iterator[None]:
        """Let nothing interrupt the block, which may stand within another."""
        before, self._busy = self._busy, True
        try:
            yield
        finally:
            self._busy = before

    @contextmanager
    def interruptible(self) -> Iterator[None]:
        """Let the block, inside a careful one, be interrupted.

        Raises:
            Stopping: the signal came before or comes now.
        """
        try:
            self._in_handler = True
            self._busy = False
            if self._requested:
                raise Stopping
            yield
        finally:
            self._busy = True
            self._in_handler = False
