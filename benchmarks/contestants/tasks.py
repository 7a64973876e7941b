"""The task that the receivers queue with `delay()`."""

from __future__ import annotations

from celery import Celery

from benchmarks.contestants.common import REDIS_URL

app = Celery("receiver", broker=REDIS_URL)
app.conf.task_ignore_result = True


@app.task  # type: ignore[untyped-decorator]
def process(event_id: str) -> None:
    """Stand for the work: no worker runs while acknowledgements are counted."""
