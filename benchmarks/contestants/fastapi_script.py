"""FastAPI and one awaited script, which stores and queues a ready Celery message.

The best that FastAPI can do with the same durability: one round trip, and nothing of Celery in
the process.
"""

from __future__ import annotations

import json
from base64 import b64encode
from uuid import uuid4

import redis.asyncio as redis
from fastapi import FastAPI, Request, Response

from benchmarks.contestants.common import KEPT, REDIS_URL, proven

_ADMIT = """
if redis.call('SET', 'seen:' .. ARGV[1], 1, 'NX', 'EX', ARGV[2]) then
  redis.call('HSET', 'event:' .. ARGV[1], 'body', ARGV[3], 'state', 'received')
  redis.call('LPUSH', 'celery', ARGV[4])
end
"""
_BODY = '[["%s"], {}, {"callbacks": null, "errbacks": null, "chain": null, "chord": null}]'
_MESSAGE = (
    '{"body": "%(body)s", "content-encoding": "utf-8", "content-type": "application/json", "headers": '
    '{"lang": "py", "task": "benchmarks.contestants.tasks.process", "id": "%(task)s", "shadow": null, '
    '"eta": null, "expires": null, "group": null, "group_index": null, "retries": 0, "timelimit": '
    '[null, null], "root_id": "%(task)s", "parent_id": null, "argsrepr": "(\'%(event)s\',)", '
    '"kwargsrepr": "{}", "origin": "receiver", "ignore_result": true, "replaced_task_nesting": 0, '
    '"stamped_headers": null, "stamps": {}}, "properties": {"correlation_id": "%(task)s", "reply_to": '
    '"", "delivery_mode": 2, "delivery_info": {"exchange": "", "routing_key": "celery"}, "priority": 0, '
    '"body_encoding": "base64", "delivery_tag": "%(task)s"}}'
)

app = FastAPI()
store = redis.Redis.from_url(REDIS_URL)
admit = store.register_script(_ADMIT)


async def receive(request: Request) -> Response:
    """Take an event."""
    body = await request.body()
    if not proven(request.headers.get("stripe-signature", ""), body):
        return Response(status_code=400)
    event_id = json.loads(body)["id"]
    encoded = b64encode((_BODY % event_id).encode()).decode()
    message = _MESSAGE % {"body": encoded, "task": uuid4(), "event": event_id}
    await admit(args=[event_id, KEPT, body, message])
    return Response(status_code=200)


app.add_api_route("/webhooks/stripe", receive, methods=["POST"])
