"""The end of a worker: within its grace and a little more, whatever Celery or a handler does.

Celery waits for the processes of its pool without a bound, and tells of a cold stop (SIGQUIT, or
`REMAP_SIGTERM=SIGQUIT`) only when that wait is over.
"""

from __future__ import annotations

import logging
import os
import signal
import threading
from contextlib import suppress
from typing import Any

from billiard.process import active_children
from celery import bootsteps, signals

from webhooks.telemetry.log import log_step

LAST = 4.0
"""Seconds after the grace at which what is still there is killed.

An interrupted handler's event is given back within one of these; what cannot be given back is taken
over when its lease ends.
"""


class Ending(bootsteps.StartStopStep):  # type: ignore[misc]
    """The worker's step that bounds its stop."""

    def __init__(self, worker: Any, **options: Any) -> None:
        """Take Celery's options without a need for them."""
        super().__init__(worker, **options)
        self._closing = worker.app.conf["hookline_closing"]
        self._grace: float = worker.app.conf["hookline"].worker.grace
        self._pid = 0
        self._begun = False

    def start(self, worker: Any) -> None:
        """Listen to the signals before Celery does, which has its own answers by now."""
        self._pid = os.getpid()
        for number in (signal.SIGTERM, signal.SIGQUIT):
            self._listen(number)
        # A remote command or Ctrl-C stops a worker too.
        signals.worker_shutting_down.connect(self._begin, weak=False)

    def _listen(self, number: signal.Signals) -> None:
        celerys = signal.getsignal(number)

        def hear(signum: int, frame: Any) -> None:
            self._begin()
            if callable(celerys):
                celerys(signum, frame)

        signal.signal(number, hear)

    def _begin(self, **_: Any) -> None:
        # The processes of the pool inherit the answer to SIGQUIT.
        if self._begun or os.getpid() != self._pid:
            return
        self._begun = True
        self._closing.close()
        for seconds, then in ((self._grace, _interrupt), (self._grace + LAST, _kill)):
            timer = threading.Timer(seconds, then)
            timer.daemon = True
            timer.start()


def _interrupt() -> None:
    """Have the processes at work give their events back."""
    _send(signal.SIGTERM)


def _kill() -> None:
    """End the processes that swallow their interruption, and this one, which would wait for them."""
    killed = _send(signal.SIGKILL)
    log_step("killed", level=logging.ERROR, processes=killed, reason="the stop took longer than worker.grace")
    os._exit(os.EX_SOFTWARE)


def _send(number: signal.Signals) -> int:
    pids = [child.pid for child in active_children() if child.pid is not None]
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, number)
    return len(pids)
