"""gunicorn's logger as this receiver needs it."""

from __future__ import annotations

from typing import Any

from gunicorn.glogging import Logger


class Log(Logger):  # type: ignore[misc]
    """gunicorn's logger with the handlers of `webhooks.telemetry.log` and no access log.

    Each delivery has a line of its own, with what became of it.
    """

    def setup(self, cfg: Any) -> None:
        """Leave the handlers to the root logger."""
        self.cfg = cfg
        self.error_log.handlers[:] = []
        self.error_log.propagate = True

    def access(self, resp: Any, req: Any, environ: Any, request_time: Any) -> None:
        """Say nothing."""
