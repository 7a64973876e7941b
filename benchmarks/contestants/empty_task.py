"""A Celery task that does nothing, in a worker with Hookline's own settings."""

from __future__ import annotations

import mmap
import os
from pathlib import Path
from typing import Any

from celery import Celery, signals

from benchmarks.contestants.common import COUNT_SIZE, REDIS_URL
from webhooks.config import Settings
from webhooks.config.sections import Redis, Worker
from workers.settings import celery_settings
from workers.stopping import end_soon
from workers.transport import install

install()
app = Celery("empty")
app.conf.update(celery_settings(Settings(redis=Redis(url=REDIS_URL), worker=Worker(processes=1))))
# A thousand of Hookline's messages last for minutes; as many of these would cost a new process each second.
app.conf.worker_max_tasks_per_child = None
with Path(os.environ["BENCH_COUNT"]).open("r+b") as _file:
    _count = mmap.mmap(_file.fileno(), COUNT_SIZE)


@signals.worker_process_init.connect  # type: ignore[untyped-decorator]
def _begin(**_: Any) -> None:
    """Do not wait half a minute at the end, as in Hookline's worker."""
    end_soon()


@app.task(name="bench.empty", ignore_result=True)  # type: ignore[untyped-decorator]
def empty(event_id: str) -> None:
    """Count, and nothing else."""
    _count[:] = (int.from_bytes(_count[:], "little") + 1).to_bytes(COUNT_SIZE, "little")
