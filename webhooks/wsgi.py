"""gunicorn's entry: `gunicorn -c python:webhooks.server webhooks.wsgi:app`."""

from __future__ import annotations

from webhooks.app import create_app

app = create_app()
