"""gunicorn's entry: `gunicorn -c python:webhooks.server webhooks.wsgi:app`."""

from __future__ import annotations

from webhooks.app import create_app
from webhooks.config import load_settings
from webhooks.serving.hub import HUB
from webhooks.serving.pipeline import Pipeline

_settings = load_settings()
# Under any other server than ours there is no loop, and each thread has a way to Redis of its own.
_pipeline = Pipeline(_settings.redis.url, timeout=_settings.redis.timeout, hub=HUB) if HUB.started else None
app = create_app(_settings, connection=_pipeline, aside=HUB.aside, inflating=HUB.inflating)
