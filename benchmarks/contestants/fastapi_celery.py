"""FastAPI, `SET NX`, `HSET` and `delay()`: the same, with the store awaited."""

from __future__ import annotations

import json

import redis.asyncio as redis
from fastapi import FastAPI, Request, Response

from benchmarks.contestants.common import KEPT, REDIS_URL, proven
from benchmarks.contestants.tasks import process

app = FastAPI()
store = redis.Redis.from_url(REDIS_URL)


async def receive(request: Request) -> Response:
    """Take an event."""
    body = await request.body()
    if not proven(request.headers.get("stripe-signature", ""), body):
        return Response(status_code=400)
    event_id = json.loads(body)["id"]
    if await store.set(f"seen:{event_id}", 1, nx=True, ex=KEPT):
        await store.hset(f"event:{event_id}", mapping={"body": body, "state": "received"})
        process.delay(event_id)
    return Response(status_code=200)


app.add_api_route("/webhooks/stripe", receive, methods=["POST"])
