"""Celery's own lines: those that name an event which did nothing wrong, and those that are no JSON."""

from __future__ import annotations

import logging
import os
from typing import Any

from billiard.util import get_logger
from celery.apps import worker

from webhooks.telemetry.log import JsonFormatter, StepRecord, is_json

_STDERR = 2


def correct_lines() -> None:
    """Let Celery's lines be true and of the log's form, in this process and those that it forks.

    Celery knows the event of a message and not the one in hand, which may be a later one of the same
    turn: the step `lost` names that, when its lease has run out.
    """
    requests = logging.getLogger("celery.worker.request")
    requests.filters[:] = [_corrected]
    # billiard says through this logger how a process of the pool has ended.
    pool = get_logger()
    pool.propagate = True
    pool.setLevel(logging.WARNING)
    if is_json():
        worker.safe_say = _say


def _corrected(record: logging.LogRecord) -> bool:
    """Make a line about a lost process name no event; drop one about a handler's own time limit."""
    text = str(record.msg)
    if text.startswith("Soft time limit"):
        return False
    if text.startswith("Hard time limit"):
        _become_step(record, "a handler ran past worker.time_limit and was killed")
    elif text.startswith("Task handler raised error") and record.args:
        _become_step(record, str(record.args[0] if isinstance(record.args, tuple) else record.args))
    return True


def _become_step(record: logging.LogRecord, reason: str) -> None:
    record.msg, record.args, record.exc_info = "process_lost", (), None
    record.fields = {"reason": reason}


def _say(message: str, _stream: Any = None) -> None:
    """Write what Celery says from within an answer to a signal, where no buffer may be touched."""
    record = StepRecord("printed", logging.INFO, {"stream": "stdout", "text": message}, None)
    os.write(_STDERR, f"{JsonFormatter().format(record)}\n".encode())
