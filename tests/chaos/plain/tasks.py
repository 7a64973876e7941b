"""The plain task: `celery -A tests.chaos.plain.tasks worker`."""

from __future__ import annotations

import os
import random
import time
from pathlib import Path

from celery import Celery

from tests.chaos import ledger

app = Celery("plain", broker=os.environ["HOOKLINE_REDIS_URL"])
app.conf.update(
    task_acks_late=True,
    task_reject_on_worker_lost=True,
    task_ignore_result=True,
    worker_prefetch_multiplier=1,
    worker_cancel_long_running_tasks_on_connection_loss=True,
    broker_connection_retry_on_startup=True,
    broker_connection_max_retries=None,
    broker_channel_error_retry=True,
    # Short, so that what a killed worker had taken comes again within the experiment.
    broker_transport_options={
        "visibility_timeout": 10,
        "unacked_restore_interval": 1,
        "unacked_restore_throttle": 1,
    },
)


@app.task(name="plain.process")  # type: ignore[untyped-decorator]
def process(event_id: str) -> None:
    """Work a moment, have the effect, work a moment more."""
    time.sleep(random.uniform(0, 0.01))
    ledger.write(Path(os.environ[ledger.VARIABLE]), event_id, 0)
    time.sleep(random.uniform(0, 0.01))
