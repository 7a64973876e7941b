"""Keeping the lease of a long handler alive, and stopping a handler that has lost it."""

from __future__ import annotations

import logging
import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from webhooks.errors import Unavailable
from webhooks.store.connection import Connection
from webhooks.store.processing import Claim, extend
from webhooks.telemetry.log import log_step


def kill_this_process() -> None:
    """End this process at once: the event belongs to another worker, and so do its effects."""
    os.kill(os.getpid(), signal.SIGKILL)


class LeaseKeeper:
    """One thread of a worker process that extends the lease of the event in hand."""

    def __init__(
        self, connection: Connection, *, lease: float, on_lost: Callable[[], None] = kill_this_process
    ) -> None:
        """Extend by `lease` seconds, three times within each; call `on_lost` when it is too late."""
        self._connection = connection
        self._lease = lease
        self._on_lost = on_lost
        self._lock = threading.Lock()
        self._held: Claim | None = None
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="lease-keeper", daemon=True)
        self._thread.start()

    @contextmanager
    def hold(self, claimed: Claim) -> Iterator[None]:
        """Keep the lease of `claimed` alive while the block runs."""
        with self._lock:
            self._held = claimed
        try:
            yield
        finally:
            with self._lock:
                self._held = None

    def stop(self) -> None:
        """End the thread."""
        self._stopped.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stopped.wait(self._lease / 3):
            with self._lock:
                if self._held is not None:
                    self._extend(self._held)

    def _extend(self, held: Claim) -> None:
        event = held.record.event
        try:
            alive = extend(self._connection, event.id, held.fence, lease=self._lease)
        except Unavailable as error:
            # While Redis is away nobody else can claim; the next turn tries again.
            log_step("lease_unsure", level=logging.WARNING, event=event.id, reason=str(error))
            return
        if not alive:
            log_step("lease_lost", level=logging.ERROR, event=event.id, attempt=event.attempt)
            self._on_lost()
