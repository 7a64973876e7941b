"""F1, F2 and F4: processes and the store that are killed or told to stop under load."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import time
from collections.abc import Callable
from statistics import median

from tests.chaos.environment import GRACE, LEASE
from tests.chaos.experiments.common import Tell, grown, named, run
from tests.chaos.load import Load
from tests.chaos.result import Result
from tests.chaos.stage import Stage
from tests.support.waiting import until
from workers.ending import LAST


def kill_workers(rounds: int, tell: Tell, *, plain: bool = False) -> Result:
    """F1: a worker with all its processes vanishes at a random moment."""

    def fault(stage: Stage, load: Load) -> str:
        late = 0.0
        for number in range(rounds):
            name = f"worker-{number % 2}"
            _work(stage, name)
            time.sleep(random.uniform(0.1, 1.5))
            stage.kill(name)
            counts = stage.counts()
            late = max(late, counts.oldest_due if counts is not None else 0.0)
            tell(number + 1)
        return f"most overdue event {late:.1f} s (lease {LEASE:g} s)"

    name = named("F1", plain=plain)
    return run(name, "kill -9 of a worker and its processes", rounds, fault, plain=plain)


def stop_workers(rounds: int, tell: Tell, *, plain: bool = False) -> Result:
    """F2: a busy worker is told to stop by SIGTERM."""
    name = named("F2 SIGTERM", plain=plain)
    return run(name, "SIGTERM to a busy worker", rounds, _stopping(rounds, tell, plain=plain), plain=plain)


def stop_workers_cold(rounds: int, tell: Tell, *, plain: bool = False) -> Result:
    """F2: the same where SIGTERM means SIGQUIT to Celery."""
    fault = _stopping(rounds, tell, plain=plain, grace=0.0)
    words = "SIGTERM to a busy worker, remapped to SIGQUIT"
    name = named("F2 SIGQUIT", plain=plain)
    return run(name, words, rounds, fault, plain=plain, REMAP_SIGTERM="SIGQUIT")


def stop_long_handlers(rounds: int, tell: Tell) -> Result:
    """F2 with handlers that outlive the grace: what they are interrupted in runs again as another attempt."""
    grace, longest = 1.0, 3.0
    return run(
        "F2 long",
        f"SIGTERM to a worker whose handlers last up to {2 * longest:g} s, grace {grace:g} s",
        rounds,
        _stopping(rounds, tell, plain=False, grace=grace),
        rate=1.0,
        CHAOS_HANDLER_SECONDS=str(longest),
        HOOKLINE_WORKER_GRACE=str(grace),
    )


def _stopping(rounds: int, tell: Tell, *, plain: bool, grace: float = GRACE) -> Callable[[Stage, Load], str]:
    def fault(stage: Stage, load: Load) -> str:
        stops = []
        stuck = ended = 0
        for number in range(rounds):
            name = f"worker-{number % 2}"
            _work(stage, name)
            time.sleep(random.uniform(0.1, 0.8))
            began = time.monotonic()
            process = stage.signal(name, signal.SIGTERM)
            try:
                process.popen.wait(timeout=GRACE + 5)
            except subprocess.TimeoutExpired:
                if not plain:
                    raise
                # As an orchestrator does once its patience is over.
                stuck += 1
                stage.kill(name)
            ended += process.popen.returncode == os.EX_SOFTWARE
            stops.append(time.monotonic() - began)
            if stops[-1] > grace:
                # Only what outlives the grace is interrupted: before, each result is recorded.
                stage.faults.note(began + grace, {process.popen.pid})
            tell(number + 1)
        hard = f"; {ended} were ended hard, {LAST:g} s after it" if ended else ""
        killed = f"; {stuck} did not stop in {GRACE + 5:g} s and were killed" if stuck else ""
        took = f"stops took {median(stops):.1f} s at the median, {max(stops):.1f} s at most"
        return f"{took} (grace {grace:g} s){hard}{killed}"

    return fault


def _work(stage: Stage, name: str) -> None:
    """Wait until a worker that was started again takes events."""
    process = stage.processes[name]
    until(lambda: len(process.children()) > 1, within=30, what="a worker works")


def kill_store(rounds: int, tell: Tell, *, plain: bool = False) -> Result:
    """F4: Redis is killed and comes back a moment later."""

    def fault(stage: Stage, load: Load) -> str:
        longest = 0.0
        for number in range(rounds):
            time.sleep(random.uniform(0.3, 1.0))
            with stage.faults.during(None):
                stage.server.kill()
                time.sleep(random.uniform(0.0, 0.6))
                stage.restart_store()
            began = time.monotonic()
            until(grown(stage), within=60, what="work goes on")
            longest = max(longest, time.monotonic() - began)
            tell(number + 1)
        exits = sum(stage.ended[name] for name in stage.ended if name.startswith("worker"))
        return f"slowest return to work {longest:.1f} s, {exits} workers ended and were started again"

    name = named("F4", plain=plain)
    return run(name, "kill -9 of Redis, back within 0.6 s", rounds, fault, plain=plain)
