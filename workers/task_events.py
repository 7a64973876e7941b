"""Celery's task events for the events of a turn, of which Celery itself does not know.

Constants made by Celery's own serialiser, filled in; a test compares them with what a worker sends,
so that an upgrade that changes them fails.
"""

from __future__ import annotations

import json
import time
import traceback
from base64 import b64encode
from collections.abc import Callable, Iterable
from json.encoder import encode_basestring_ascii as quoted

from celery.utils.time import utcoffset

from webhooks.event import Event
from webhooks.lifecycle import State
from webhooks.store.keys import PREFIX
from workers.outcome import LOST, Result
from workers.shown import shown

ROUTING_KEY = "task.multi"
_RECEIVED = (
    '"name": %s, "args": %s, "kwargs": "{}", "root_id": %s, "parent_id": null, "retries": 0, '
    '"eta": null, "expires": null'
)
_FAILED = '"exception": %s, "traceback": %s'


class TaskEvents:
    """Says each step of an attempt in Celery's words."""

    def __init__(
        self, send: Callable[[str], None], *, hostname: str, pid: int, tick: Callable[[], int]
    ) -> None:
        """Speak for a worker.

        Args:
            send: takes each event as JSON.
            hostname: the worker's name.
            pid: the worker's own, which is this process's parent.
            tick: moves the logical clock on and reads it.
        """
        self._send = send
        self._tick = tick
        worker = f'"hostname": {quoted(hostname)}, "utcoffset": {utcoffset()}, "pid": {pid}'
        self._form = (
            "{" + worker.replace("%", "%%") + ', "clock": %d, "uuid": %s%s, "timestamp": %r, "type": "%s"}'
        )

    def began(self, event: Event, task_id: str) -> None:
        """Say that an attempt was received and has started."""
        task = quoted(task_id)
        name, args = quoted(f"{event.source}:{event.type}"), quoted(f"({event.id!r},)")
        self._say("task-received", task, ", " + _RECEIVED % (name, args, task))
        self._say("task-started", task)

    def ended(self, result: Result, task_id: str) -> None:
        """Say what an attempt came to."""
        task, failure = quoted(task_id), result.failure
        if failure is None:
            self._say("task-succeeded", task, f', "result": "None", "runtime": {result.duration!r}')
            return
        error = shown(failure)
        trace = "".join(traceback.format_exception(error))
        kind = "task-failed" if result.state is State.DEAD else "task-retried"
        self._say(kind, task, ", " + _FAILED % (quoted(repr(error)), quoted(trace)))

    def lost(self, event: Event) -> None:
        """Say that the attempt before this one ended without a word of its worker."""
        error = quoted(f"WorkerLost({LOST!r})")
        self._say("task-retried", quoted(f"{event.id}.{event.attempt - 1}"), ", " + _FAILED % (error, '""'))

    def _say(self, kind: str, task: str, more: str = "") -> None:
        self._send(self._form % (self._tick(), task, more, time.time(), kind))


def channel(database: str) -> str:
    """Return the channel on which Celery's events are published in a Redis database."""
    return f"{PREFIX}/{database}.celeryev/{ROUTING_KEY}"


def message(events: Iterable[str], *, hostname: str, tag: str) -> str:
    """Return the message that carries several events at once."""
    return _MESSAGE % (b64encode(f"[{', '.join(events)}]".encode()).decode(), quoted(hostname), tag)


_MESSAGE = (
    '{"body": "%s", "content-encoding": "utf-8", "content-type": "application/json", "headers": '
    '{"hostname": %s}, "properties": {"delivery_mode": 1, "delivery_info": {"exchange": "celeryev", '
    f'"routing_key": {json.dumps(ROUTING_KEY)}}}, "priority": 0, "body_encoding": "base64", '
    '"delivery_tag": "%s"}}'
)
