"""The Celery message that wakes a worker: a constant made by Celery's own serialiser, filled in.

Building it through Celery costs 300 to 400 µs and an import of Celery in the web process; a
test publishes one through Celery and compares, so that an upgrade that changes the message fails.
"""

from __future__ import annotations

import os
from base64 import b64encode
from itertools import count
from json.encoder import encode_basestring_ascii as quoted

from webhooks.store.keys import ORIGIN, QUEUE, TASK

_BODY = '[[%s], {}, {"callbacks": null, "errbacks": null, "chain": null, "chord": null}]'
_MESSAGE = (
    '{"body": "%s", "content-encoding": "utf-8", "content-type": "application/json", "headers": '
    f'{{"lang": "py", "task": "{TASK}", "id": %s, "shadow": %s, "eta": null, "expires": null, '
    '"group": null, "group_index": null, "retries": 0, "timelimit": [null, null], "root_id": %s, '
    '"parent_id": null, "argsrepr": %s, "kwargsrepr": "{}", '
    f'"origin": "{ORIGIN}", '
    '"ignore_result": true, "replaced_task_nesting": 0, "stamped_headers": null, "stamps": {}}, '
    '"properties": {"correlation_id": %s, "reply_to": "", "delivery_mode": 2, "delivery_info": '
    f'{{"exchange": "", "routing_key": "{QUEUE}"}}, "priority": 0, "body_encoding": "base64", '
    '"delivery_tag": "%s"}}'
)


def hint(event_id: str, *, source: str, type: str, attempt: int) -> str:
    """Return the message that asks a worker to process an event.

    It carries the id and nothing of the payload. Flower lists it as `<source>:<type>`, under the
    task id `<event id>.<attempt>`.
    """
    body = b64encode((_BODY % quoted(event_id)).encode()).decode()
    task = quoted(f"{event_id}.{attempt}")
    shadow, shown = quoted(f"{source}:{type}"), quoted(f"({event_id!r},)")
    return _MESSAGE % (body, task, shadow, task, shown, task, _TAGS.next())


class _Tags:
    """Delivery tags that nothing else ever makes: kombu files unacknowledged messages under them."""

    def __init__(self) -> None:
        self.begin()

    def begin(self) -> None:
        """Count on from a random start of this process's own."""
        self._start = os.urandom(16).hex()
        self._count = count()

    def next(self) -> str:
        return f"{self._start}-{next(self._count)}"


_TAGS = _Tags()
os.register_at_fork(after_in_child=_TAGS.begin)
