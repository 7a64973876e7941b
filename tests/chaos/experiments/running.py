"""F24: what `hookline up` runs is killed, one by one, and `hookline up` itself."""

from __future__ import annotations

import os
import random
import signal
import time

from tests.chaos.experiments import common
from tests.chaos.experiments.common import Tell, finish, grown
from tests.chaos.faults import kill_with_children
from tests.chaos.load import Load
from tests.chaos.result import Result
from tests.chaos.up import COMMANDS, UpStage
from tests.support.waiting import until

VICTIMS = (*COMMANDS, "up")
"""Killed in turns."""


def kill_up(rounds: int, tell: Tell) -> Result:
    """F24: in turns the receiver, the worker, Flower, the store and `hookline up` are killed."""
    with UpStage() as stage:
        load = Load(stage.port, rate=common.RATE)
        load.start()
        longest = 0.0
        try:
            for number in range(rounds):
                until(stage.complete, what="everything runs")
                time.sleep(random.uniform(0.1, 0.8))
                began = time.monotonic()
                _kill(stage, VICTIMS[number % len(VICTIMS)])
                until(grown(stage, by=20), what="work goes on")
                longest = max(longest, time.monotonic() - began)
                tell(number + 1)
        finally:
            load.stop()
        notes = f"slowest return to work {longest:.1f} s; hookline up ended {stage.ended['up']} times"
        fault = "kill -9 of what `hookline up` runs, and of itself"
        return finish(stage, load, name="F24", fault=fault, rounds=rounds, notes=notes, limit=None)


def _kill(stage: UpStage, victim: str) -> None:
    """Kill one; where that takes the store away, wait until it is back."""
    process = stage.processes["up"].popen.pid if victim == "up" else stage.process(victim)
    assert process is not None
    if victim == "worker":
        kill_with_children(process, stage.faults)
        return
    # A receiver and Flower have no effects.
    with stage.faults.during(None if victim in ("store", "up") else ()):
        os.kill(process, signal.SIGKILL)
        if victim in ("store", "up"):
            until(
                lambda: stage.process("store") not in (None, process) and stage.complete(), what="it is back"
            )
