"""The Celery message that wakes a worker: a constant made by Celery's own serialiser, filled in.

Building it through Celery costs 300 to 400 µs and an import of Celery in the web process; a
test publishes one through Celery and compares, so that an upgrade that changes the message fails.
"""

from __future__ import annotations

import json
from base64 import b64encode
from uuid import uuid4

from webhooks.store.keys import QUEUE, TASK

_BODY = '[[{id}], {{}}, {{"callbacks": null, "errbacks": null, "chain": null, "chord": null}}]'
_MESSAGE = (
    '{{"body": "{body}", "content-encoding": "utf-8", "content-type": "application/json", "headers": '
    '{{"lang": "py", "task": "{task}", "id": {task_id}, "shadow": {shadow}, "eta": null, "expires": null, '
    '"group": null, "group_index": null, "retries": 0, "timelimit": [null, null], "root_id": {task_id}, '
    '"parent_id": null, "argsrepr": {argsrepr}, "kwargsrepr": "{{}}", "origin": "hookline", '
    '"ignore_result": true, "replaced_task_nesting": 0, "stamped_headers": null, "stamps": {{}}}}, '
    '"properties": {{"correlation_id": {task_id}, "reply_to": "", "delivery_mode": 2, "delivery_info": '
    '{{"exchange": "", "routing_key": "{queue}"}}, "priority": 0, "body_encoding": "base64", '
    '"delivery_tag": "{tag}"}}}}'
)


def hint(event_id: str, *, source: str, type: str, attempt: int) -> str:
    """Return the message that asks a worker to process an event.

    It carries the id and nothing of the payload. Flower lists it as `<source>:<type>`, under the
    task id `<event id>.<attempt>`.
    """
    body = _BODY.format(id=json.dumps(event_id))
    return _MESSAGE.format(
        body=b64encode(body.encode()).decode(),
        task=TASK,
        task_id=json.dumps(f"{event_id}.{attempt}"),
        shadow=json.dumps(f"{source}:{type}"),
        argsrepr=json.dumps(f"({event_id!r},)"),
        queue=QUEUE,
        tag=uuid4(),
    )
