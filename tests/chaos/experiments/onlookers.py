"""F20: Sentry takes connections and never answers, and Flower hangs."""

from __future__ import annotations

import signal
import socket
import statistics
import sys
import time
from contextlib import ExitStack, closing
from dataclasses import replace

from tests.chaos.experiments import common
from tests.chaos.experiments.common import Tell, finish
from tests.chaos.filling import fill
from tests.chaos.load import Load
from tests.chaos.result import Result
from tests.chaos.stage import Stage
from tests.support.processes import status_of
from tests.support.servers import free_port
from tests.support.waiting import until

EVENTS = 2000
SHARE = 0.95
"""Of the speed without."""


def silent_onlookers(rounds: int, tell: Tell) -> Result:
    """F20: two equal stages, of which one has onlookers that do not answer, drain the same by turns."""
    speeds: dict[bool, list[float]] = {True: [], False: []}
    with ExitStack() as stack:
        hole = stack.enter_context(closing(socket.create_server(("127.0.0.1", 0), backlog=1)))
        dsn = f"http://fake@127.0.0.1:{hole.getsockname()[1]}/1"
        free = stack.enter_context(Stage(CHAOS_FAILS="20"))
        dark = stack.enter_context(Stage(CHAOS_FAILS="20", HOOKLINE_SENTRY_DSN=dsn))
        _hang_flower(dark)
        load = Load(dark.port, rate=common.RATE)
        for number in range(rounds):
            # The order changes, so that a drift of the machine favours neither.
            for stage in (free, dark) if number % 2 else (dark, free):
                posted = fill(stage.connect(), EVENTS, tag=f"f20-{number}")
                speeds[stage is dark].append(_drain(stage))
                if stage is dark:
                    load.admitted(posted)
            tell(number + 1)
        with_, without = statistics.median(speeds[True]), statistics.median(speeds[False])
        ratio = with_ / without
        notes = f"medians {with_:.0f} events/s against {without:.0f} without: {ratio:.1%}"
        fault = "Sentry never answers, Flower is stopped"
        result = finish(dark, load, name="F20", fault=fault, rounds=rounds, notes=notes, limit=None)
        return replace(result, held=result.held and ratio >= SHARE)


def _drain(stage: Stage) -> float:
    """Return how many events a second have their effect, until nine in ten have."""
    wanted = common.grown(stage, by=EVENTS * 9 // 10)
    began = time.monotonic()
    until(wanted, within=120, what="the events are done")
    speed = EVENTS * 0.9 / (time.monotonic() - began)
    stage.rest()
    return speed


def _hang_flower(stage: Stage) -> None:
    port = free_port()
    stage.add("flower", [sys.executable, "-m", "workers.flower"], HOOKLINE_FLOWER_PORT=str(port))
    until(lambda: status_of(f"http://127.0.0.1:{port}/healthcheck") == 200, within=60, what="Flower answers")
    stage.signal("flower", signal.SIGSTOP)
