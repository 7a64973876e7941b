"""Our own gunicorn worker answering a constant: how fast anything under it could be."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from threading import Event as Flag
from typing import Any

from webhooks.app import DRAINING, MAX_BODIES

_LIMIT = 1024 * 1024


class Constant:
    """A WSGI application that reads the body and says 200."""

    extensions: dict[str, Any] = {DRAINING: Flag(), MAX_BODIES: {"stripe": _LIMIT}}  # noqa: RUF012

    def __call__(
        self, environ: dict[str, Any], start_response: Callable[[str, list[tuple[str, str]]], object]
    ) -> Iterable[bytes]:
        """Answer."""
        environ["wsgi.input"].read()
        start_response("200 OK", [("Content-Type", "application/json"), ("Content-Length", "2")])
        return [b"{}"]


app = Constant()
