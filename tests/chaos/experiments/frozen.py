"""F22: a worker process is stopped for longer than its lease, and goes on afterwards."""

from __future__ import annotations

import os
import signal
import time

from tests.chaos import points
from tests.chaos.environment import LEASE
from tests.chaos.experiments.common import Tell, run
from tests.chaos.load import Load
from tests.chaos.result import Result
from tests.chaos.stage import Stage
from tests.support.waiting import until

FROZEN = LEASE + 1
"""Seconds, within which another process takes the event over and has its effect."""


def thaw(rounds: int, tell: Tell) -> Result:
    """F22: in turns the handler fails and works on when its process goes on.

    A failure that comes late must not have the event run again, and a process that has lost its
    event is ended before it has the effect as well. So nothing excuses a repeat.
    """

    def fault(stage: Stage, load: Load) -> str:
        for number in range(rounds):
            before = stage.taken()
            stage.arm(points.FREEZING[number % len(points.FREEZING)])
            until(lambda: not stage.armed(), within=60, what="a handler is frozen")
            (process,) = stage.taken() - before
            time.sleep(FROZEN)
            os.kill(process, signal.SIGCONT)
            # As long as it could still have its effect.
            time.sleep(FROZEN)
            tell(number + 1)
        return f"frozen for {FROZEN:g} s with a lease of {LEASE:g} s"

    return run("F22", "SIGSTOP of a busy worker process, SIGCONT after its lease", rounds, fault, limit=None)
