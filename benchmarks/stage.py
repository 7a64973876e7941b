"""A store and one receiver, each on the core that is meant for it."""

from __future__ import annotations

import os
import shutil
import socket
import tempfile
import threading
from pathlib import Path
from types import TracebackType
from typing import Self

from benchmarks import cores
from benchmarks.catalog import Contestant, environ
from benchmarks.store import store_server
from benchmarks.stored import Stored
from tests.support.processes import Process
from tests.support.servers import free_port
from tests.support.waiting import until
from webhooks.spool.file import look

STARTING = 60.0
"""Seconds that a receiver has to answer."""

DRAINING = 60.0
"""Seconds that a spool has to become empty."""

TAKING = 0.2
"""Seconds between two moments at which the waiting tasks are taken."""

_ROOT = Path(__file__).parents[1]


class Stage:
    """A new store, empty and synced at each write, and a receiver that has a core to itself.

    No worker runs, which would take the receiver's time or the load's. The tasks in a Celery queue
    are counted and taken five times a second instead, as by workers that keep up. Hookline would
    have it easier otherwise: above 10,000 waiting messages it adds none.
    """

    def __init__(self, contestant: Contestant, core: int) -> None:
        """Prepare; the `with` block starts it. The receiver gets `core`."""
        self.contestant = contestant
        self.folder = Path(tempfile.mkdtemp(prefix="hookline-bench-"))
        self.port = free_port()
        self._core = core
        (self.folder / "store").mkdir()
        self._server = store_server(self.folder / "store")
        self.store = self._server.connect()
        self._receiver: Process | None = None
        self._taken = 0
        self._ended = threading.Event()
        self._taker = threading.Thread(target=self._take_often, daemon=True)

    def __enter__(self) -> Self:
        """Start both and wait until they answer."""
        try:
            self._server.start()
            self._receiver = self._started()
            until(self._answers, within=STARTING, what=f"{self.contestant.name} answers")
        except BaseException:
            self._end()
            raise
        self._taker.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop both and remove what they wrote."""
        self._end()

    def seconds_used(self) -> float:
        """Return the processor time of the receiver up to now, in seconds."""
        assert self._receiver is not None
        return cores.seconds_used(self._receiver.popen.pid)

    def finish(self) -> Stored | None:
        """Stop the receiver, and return what the store then holds; None where it stores nothing.

        Raises:
            AssertionError: a spool does not become empty.
        """
        until(lambda: look(self.folder / "spool").records == 0, within=DRAINING, what="the spool is empty")
        self._stop()
        if self.contestant.stored is None:
            return None
        found = self.contestant.stored(self.store)
        return Stored(found.events, found.tasks + self._taken)

    def _started(self) -> Process:
        command = [word.replace("{port}", str(self.port)) for word in self.contestant.command]
        return Process(
            self.contestant.name,
            ["taskset", "--cpu-list", str(self._core), *command],
            folder=_ROOT,
            environ={**os.environ, **environ(self.folder, self.port, self._server.url)},
            log=self.folder / "receiver.log",
        )

    def _answers(self) -> bool:
        assert self._receiver is not None
        if self._receiver.popen.poll() is not None:
            msg = f"{self.contestant.name} ended at once: {self._receiver.output[-2000:]}"
            raise AssertionError(msg)
        try:
            socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
        except OSError:
            return False
        return True

    def _take_often(self) -> None:
        while not self._ended.wait(TAKING):
            self._take()

    def _take(self) -> None:
        queue = self.contestant.queue
        if queue is None:
            return
        waiting = int(self.store.execute("LLEN", queue))
        self.store.execute("LTRIM", queue, 0, -waiting - 1)
        self._taken += waiting

    def _stop(self) -> None:
        self._ended.set()
        if self._taker.is_alive():
            self._taker.join()
        if self._receiver is not None:
            self._receiver.stop()

    def _end(self) -> None:
        try:
            self._stop()
        finally:
            self.store.close()
            self._server.stop()
            shutil.rmtree(self.folder)
