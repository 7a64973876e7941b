"""F21: a large backlog that grew while no worker ran."""

from __future__ import annotations

import os
import time
from dataclasses import replace

from tests.chaos.entry_worker import HINTS
from tests.chaos.experiments import common
from tests.chaos.experiments.common import Tell, finish
from tests.chaos.filling import fill
from tests.chaos.load import Load
from tests.chaos.result import Result
from tests.chaos.stage import Stage
from tests.support.waiting import until
from webhooks.store.keys import KEYS

THOUSAND = 1000
LIMIT = 1.01
"""Messages for each event that are allowed: one, and less than one in a hundred too many."""

SLOWEST = 100
"""Events a second below which the experiment gives up."""


def large_backlog(thousands: int, tell: Tell) -> Result:
    """F21: admit so many thousand events, then start as many workers as there are cores."""
    events = thousands * THOUSAND
    with Stage(
        workers=0,
        HOOKLINE_WORKER_LEASE="30",
        HOOKLINE_WORKER_SWEEP_INTERVAL="1",
        HOOKLINE_LOG_LEVEL="error",
        CHAOS_HANDLER_SECONDS="0",
    ) as stage:
        counted = stage.folder / "hints"
        load = Load(stage.port, rate=common.RATE)
        began = time.monotonic()
        load.admitted(fill(stage.connect(), events, tag="f21"))
        filled = time.monotonic() - began
        queued, memory = int(stage.connect().execute("LLEN", KEYS["queue"])), _memory(stage)
        began = time.monotonic()
        for number in range(os.cpu_count() or 1):
            stage.add_worker(f"worker-{number}", **{HINTS: str(counted)})
        _drain(stage, thousands, tell)
        drained = time.monotonic() - began
        swept = sum(map(int, counted.read_text(encoding="ascii").split())) if counted.exists() else 0
        share = (queued + swept) / events
        notes = (
            f"{queued:,} messages by admission and {swept:,} by the sweeper, {share:.4f} for each event; "
            f"{memory / 2**20:,.0f} MiB in Redis with all of them waiting; admitted in {filled:,.0f} s, "
            f"done in {drained:,.0f} s ({events / drained:,.0f} a second)"
        )
        fault = f"a backlog of {events:,} events"
        result = finish(stage, load, name="F21", fault=fault, rounds=1, notes=notes, limit=None)
        return replace(result, held=result.held and share <= LIMIT)


def _drain(stage: Stage, thousands: int, tell: Tell) -> None:
    for done in range(1, thousands + 1):
        wanted = done * THOUSAND
        until(
            lambda: stage.effects() >= wanted,  # noqa: B023 - asked before the next one is wanted
            within=60 + THOUSAND / SLOWEST,
            what="a thousand more are done",
        )
        tell(done)


def _memory(stage: Stage) -> int:
    lines = stage.connect().execute("INFO", "memory").decode().splitlines()
    return int(dict(line.split(":", 1) for line in lines if ":" in line)["used_memory"])
