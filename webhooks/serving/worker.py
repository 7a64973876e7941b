"""gunicorn's worker of this receiver: one loop, whole requests, Flask in greenlets."""

from __future__ import annotations

import asyncio
import gc
import os
import resource
import signal
from threading import Event as Flag
from typing import Any

import uvloop
from gunicorn.workers.base import Worker as BaseWorker

from webhooks.app import DRAINING, MAX_BODIES
from webhooks.serving.bridge import Bridge
from webhooks.serving.budget import LEAST, Budget
from webhooks.serving.heartbeat import Heartbeat
from webhooks.serving.hub import HUB
from webhooks.serving.listening import Listening
from webhooks.telemetry.log import unblock

BEAT = 0.5
"""Seconds between two looks at the clock, gunicorn's heartbeat and the parent process."""

MARGIN = 1.0
"""Seconds before gunicorn would kill a stopping worker at which it ends by itself."""


OTHER_FILES = 100
"""Files and sockets of a process besides its senders'."""


class Worker(BaseWorker):  # type: ignore[misc]
    """Serves until it is told to stop: with a drain by SIGTERM, at once by SIGQUIT and SIGINT."""

    drain = 0.0
    """Seconds for which a stopping worker still answers; `webhooks.server` sets it."""

    tmp: Any
    """The heartbeat, which gunicorn makes and looks at."""

    def __init__(self, *arguments: Any) -> None:
        """Be watched by the arbiter, in whose process this is called."""
        super().__init__(*arguments)
        self.tmp = Heartbeat(self.tmp, lambda: self.pid)

    def init_process(self) -> None:
        """Have a loop before the application is made: its way to Redis needs one."""
        # Imports leave next to no garbage (567 objects), and a look for it writes into every page that
        # is shared with the arbiter.
        gc.disable()
        self.loop = uvloop.new_event_loop()
        asyncio.set_event_loop(self.loop)
        HUB.start(self.loop, threads=self.cfg.threads)
        self._most = _allow_sockets(self.cfg.worker_connections)
        self._outlet = unblock()
        super().init_process()

    def load_wsgi(self) -> None:
        """Have the application, and look for garbage only among what requests leave behind."""
        super().load_wsgi()
        # What is there now stays: looking through it took 20 ms each time, for which every sender waited.
        gc.freeze()
        gc.enable()

    def init_signals(self) -> None:
        """Leave the signals to the loop, but the one with which gunicorn ends a loop that hangs."""
        for number in self.SIGNALS:
            signal.signal(number, signal.SIG_DFL)
        signal.signal(signal.SIGABRT, _end_at_once)

    def run(self) -> None:
        """Serve until the end."""
        try:
            self.loop.run_until_complete(self._serve())
        finally:
            HUB.stop()
            self.loop.close()
            self._outlet.close()

    async def _serve(self) -> None:
        extensions = self.wsgi.extensions
        limits: dict[str, int] = extensions[MAX_BODIES]
        address: Any = self.sockets[0].getsockname()
        self._listening = Listening(
            self.loop,
            [own.sock for own in self.sockets],
            Bridge(
                self.wsgi,
                HUB,
                limits=limits,
                address=address[:2] if isinstance(address, tuple) else ("localhost", 80),
            ),
            Budget(total=max(LEAST, *limits.values())),
            most=self._most,
        )
        self._stopped = asyncio.Event()
        self._patience = max(0.0, self.cfg.graceful_timeout - self.drain - MARGIN)
        self._take_signals(extensions[DRAINING])
        self._listening.start()
        self._beat()
        await self._stopped.wait()
        await self._end()

    def _take_signals(self, draining: Flag) -> None:
        self.loop.add_signal_handler(signal.SIGTERM, self._drain, draining)
        for number in (signal.SIGQUIT, signal.SIGINT):
            self.loop.add_signal_handler(number, self._quit)
        self.loop.add_signal_handler(signal.SIGUSR1, self.log.reopen_files)

    def _drain(self, draining: Flag) -> None:
        """Say 503 on `/readyz` for `drain` seconds, still answering; then stop accepting."""
        if draining.is_set():
            self._stopped.set()
            return
        draining.set()
        # Whoever is answered from now on comes back to another process.
        self._listening.stopping = True
        self.loop.call_later(self.drain, self._stopped.set)

    def _quit(self) -> None:
        self.alive = False
        self.cfg.worker_int(self)
        self._patience = 0.0
        self._listening.abort()
        self._stopped.set()

    def _beat(self) -> None:
        self.notify()
        self._listening.look_at_clock()
        if os.getppid() != self.ppid:
            self.log.info("the parent process is gone, stopping: %s", self)
            self._stopped.set()
        self.loop.call_later(BEAT, self._beat)

    async def _end(self) -> None:
        """Answer the requests in flight, and go."""
        self.alive = False
        self._listening.stop()
        try:
            async with asyncio.timeout(self._patience):
                await self._listening.empty.wait()
                await HUB.quiet.wait()
        except TimeoutError:
            self._listening.abort()


def _end_at_once(*_: Any) -> None:
    """End a process that hangs, wherever it is: an exception could be caught there."""
    os._exit(1)


def _allow_sockets(number: int) -> int:
    """Raise the process's own limit of open files as far as the system allows; return how many fit."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    unlimited = resource.RLIM_INFINITY
    wanted = number + OTHER_FILES
    if unlimited not in (soft, hard):
        wanted = min(wanted, hard)
    if soft != unlimited and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    return wanted - OTHER_FILES
