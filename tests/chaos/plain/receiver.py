"""The plain receiver: prove, remember the id, publish, answer."""

from __future__ import annotations

import hashlib
import hmac
import os

import redis
from flask import Flask, Response, jsonify, request

from tests.chaos.load import SECRET, SOURCE
from tests.chaos.plain.tasks import process

app = Flask("plain")
_store = redis.Redis.from_url(os.environ["HOOKLINE_REDIS_URL"])


@app.get("/livez")
def livez() -> Response:
    """Say that it is there."""
    return jsonify(status="alive")


@app.post(f"/webhooks/{SOURCE}")
def receive() -> Response:
    """Take an event, once."""
    wanted = hmac.new(SECRET.encode(), request.get_data(), hashlib.sha256).hexdigest()
    if not hmac.compare_digest(wanted, request.headers.get("X-Lab-Signature", "")):
        return Response(status=401)
    own = f"{SOURCE}:{request.headers['X-Lab-Id']}"
    if _store.set(f"seen:{own}", 1, nx=True, ex=86400):
        process.delay(own)
    return jsonify(id=own)
