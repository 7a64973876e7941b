"""Keeping the lease of a long handler alive, and stopping a handler that has lost it."""

from __future__ import annotations

import logging
import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from webhooks.errors import Unavailable
from webhooks.store.connection import Connection
from webhooks.store.processing import Claim, extend, steady
from webhooks.telemetry.log import log_step


def kill_this_process() -> None:
    """End this process at once: the event belongs to another worker, and so do its effects."""
    os.kill(os.getpid(), signal.SIGKILL)


class LeaseKeeper:
    """One thread of a worker process that extends the lease of the event in hand.

    A process that was frozen (SIGSTOP, a suspended machine) past its lease wakes in the middle of whatever
    it did, and the thread's next word from the store may come after a handler's effect. So the clock is
    looked at as well: at SIGCONT, before a handler begins, and whenever a handler asks.
    """

    def __init__(
        self,
        connection: Connection,
        *,
        lease: float,
        on_lost: Callable[[], None] = kill_this_process,
        clock: Callable[[], float] = steady,
    ) -> None:
        """Extend by `lease` seconds, three times within each; call `on_lost` when it is too late."""
        self._connection = connection
        self._lease = lease
        self._on_lost = on_lost
        self._clock = clock
        self._lock = threading.Lock()
        self._held: Claim | None = None
        self._sure_until = 0.0
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="lease-keeper", daemon=True)
        self._thread.start()

    def install(self) -> None:
        """Answer SIGCONT in this process; call it in its main thread."""
        signal.signal(signal.SIGCONT, self.wake)

    def wake(self, signum: int, frame: Any) -> None:
        """End an event whose lease ran out while the process was stopped, before its handler goes on.

        Nothing is logged: a signal comes anywhere, also while this thread holds the lock of the log.
        """
        if self._held is not None and self._clock() > self._sure_until:
            self._on_lost()

    @contextmanager
    def hold(self, claimed: Claim) -> Iterator[None]:
        """Keep the lease of `claimed` alive while the block runs.

        A lease that has run out before, since its reply came late, is asked for once more.
        """
        with self._lock:
            self._sure_until = claimed.asked + self._lease
            self._held = claimed
        try:
            if self._clock() > self._sure_until and not self.holds(claimed):
                self.lost(claimed)
            yield
        finally:
            with self._lock:
                self._held = None

    def holds(self, claimed: Claim) -> bool:
        """Ask the store whether `claimed` is still the event in hand, and extend its lease.

        While the store is away the answer is the clock's: nobody else can have it before its lease ends.
        """
        with self._lock:
            if self._held is not claimed:
                return False
            try:
                return self._extend(claimed)
            except Unavailable:
                return self._clock() <= self._sure_until

    def lost(self, claimed: Claim) -> None:
        """Say that another worker may have the event, and end what is done with it here."""
        event = claimed.record.event
        try:
            log_step("lease_lost", level=logging.ERROR, event=event.id, attempt=event.attempt)
        finally:
            self._on_lost()

    def stop(self) -> None:
        """End the thread."""
        self._stopped.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stopped.wait(self._lease / 3):
            with self._lock:
                if self._held is not None:
                    self._keep(self._held)

    def _keep(self, held: Claim) -> None:
        try:
            alive = self._extend(held)
        except Unavailable as error:
            # While Redis is away nobody else can claim; the next round tries again.
            log_step("lease_unsure", level=logging.WARNING, event=held.record.event.id, reason=str(error))
            return
        if not alive:
            self.lost(held)

    def _extend(self, held: Claim) -> bool:
        # From before the question: the answer may lie unread while the process is stopped.
        asked = self._clock()
        alive = extend(self._connection, held.record.event.id, held.fence, lease=self._lease)
        if alive:
            self._sure_until = asked + self._lease
        return alive
