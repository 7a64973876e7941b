"""A worker with what an experiment does to it: `python -m tests.chaos.entry_worker`.

The environment says what: a point at which it dies, a clock that is wrong, a task's name of
yesterday, a file in which the sweeper's messages are counted.
"""

from __future__ import annotations

import importlib
import os
import time
from pathlib import Path
from typing import Any

from tests.chaos.points import around

SHIFT = "CHAOS_CLOCK_SHIFT"
"""The variable with the seconds by which this worker's clock is ahead; negative when it is behind."""

TASK = "CHAOS_TASK"
"""The variable with another name for the task."""

HINTS = "CHAOS_HINTS"
"""The variable with a file to which each sweep adds a line: how many messages it put."""


def set_clock() -> None:
    """Make `time.time` wrong; before whatever takes that function by its name."""
    real, shift = time.time, float(os.environ.get(SHIFT, "0"))
    if shift:
        time.time = lambda: real() + shift


def rename_task() -> None:
    """Know the task by another name; before anything takes the right one."""
    keys: Any = importlib.import_module("webhooks.store.keys")
    keys.TASK = os.environ.get(TASK, keys.TASK)


def count_hints() -> None:
    """Write down how many messages each sweep put."""
    sweeper: Any = importlib.import_module("workers.sweeper")
    path, real = os.environ.get(HINTS), sweeper.sweep

    def counted(*args: Any, **options: Any) -> int:
        hinted: int = real(*args, **options)
        if path and hinted:
            with Path(path).open("a", encoding="ascii") as lines:
                lines.write(f"{hinted}\n")
        return hinted

    sweeper.sweep = counted


def set_points() -> None:
    """Put the points where a worker can die."""
    redis: Any = importlib.import_module("kombu.transport.redis")
    processing: Any = importlib.import_module("workers.processing")
    around(redis.QoS, "append", before="after BRPOP", after="after unacked")
    around(processing, "claim", after="after claim")
    around(processing, "finish", before="before finish", after="after finish")


def main() -> None:
    """Run the worker as `python -m workers` does."""
    set_clock()
    rename_task()
    count_hints()
    set_points()
    importlib.import_module("workers.__main__").main()


if __name__ == "__main__":
    main()
