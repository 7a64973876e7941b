"""Flask, `SET NX`, `HSET` and `delay()`: what is usually written."""

from __future__ import annotations

import json

import redis
from flask import Flask, Response, request

from benchmarks.contestants.common import KEPT, REDIS_URL, proven
from benchmarks.contestants.tasks import process

app = Flask(__name__)
store = redis.Redis.from_url(REDIS_URL)


def receive() -> Response:
    """Take an event."""
    body = request.get_data()
    if not proven(request.headers.get("Stripe-Signature", ""), body):
        return Response(status=400)
    event_id = json.loads(body)["id"]
    if store.set(f"seen:{event_id}", 1, nx=True, ex=KEPT):
        store.hset(f"event:{event_id}", mapping={"body": body, "state": "received"})
        process.delay(event_id)
    return Response(status=200)


app.add_url_rule("/webhooks/stripe", view_func=receive, methods=["POST"])
