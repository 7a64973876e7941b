"""F23: one process is killed by itself, and what it leaves behind lives on."""

from __future__ import annotations

import os
import random
import signal
import time
from collections.abc import Callable

from tests.chaos.experiments.common import Tell, grown, run
from tests.chaos.faults import kill_with_children
from tests.chaos.load import Load
from tests.chaos.result import Result
from tests.chaos.stage import Stage
from tests.support.waiting import until

WORKER = "worker-0"

Run = Callable[[int, Tell], Result]


def _killing(name: str, fault: str, victim: str, *, child: bool) -> Run:
    """Return an experiment that kills a process, or one of its children, without the others of its group."""

    def experiment(rounds: int, tell: Tell) -> Result:
        def act(stage: Stage, load: Load) -> str:
            longest = 0.0
            for number in range(rounds):
                time.sleep(random.uniform(0.1, 0.8))
                pid = until(lambda: _victim(stage, victim, child=child), within=30, what=f"{victim} works")
                if victim == WORKER and not child:
                    kill_with_children(pid, stage.faults)
                else:
                    # A receiver's processes have no event in hand.
                    with stage.faults.during({pid} if child else ()):
                        os.kill(pid, signal.SIGKILL)
                began = time.monotonic()
                answered = len(load.acknowledged)
                until(grown(stage, by=20), within=60, what="work goes on")
                until(lambda: len(load.acknowledged) > answered + 20, within=60, what="events are taken")  # noqa: B023
                longest = max(longest, time.monotonic() - began)
                tell(number + 1)
            return f"20 more events taken and done within {longest:.1f} s"

        return run(name, fault, rounds, act, limit=None, orphans=True)

    return experiment


def _victim(stage: Stage, name: str, *, child: bool) -> int | None:
    """Return the process to kill, once it has children."""
    process = stage.processes[name]
    try:
        children = process.children()
    except FileNotFoundError:
        return None
    if not children:
        return None
    return random.choice(children) if child else process.popen.pid


celery_parent = _killing("F23 worker's parent", "kill -9 of Celery's parent alone", WORKER, child=False)
celery_child = _killing("F23 worker's child", "kill -9 of one process of a pool", WORKER, child=True)
gunicorn_parent = _killing("F23 receiver's parent", "kill -9 of gunicorn's parent alone", "web", child=False)
gunicorn_child = _killing("F23 receiver's child", "kill -9 of a receiver process", "web", child=True)
