"""gunicorn's worker and logger as this receiver needs them."""

from __future__ import annotations

import json
import signal
import threading
from typing import Any

from gunicorn.glogging import Logger
from gunicorn.http.errors import (
    ChunkMissingTerminator,
    ExpectationFailed,
    InvalidChunkSize,
    LimitRequestHeaders,
    LimitRequestLine,
    ParseException,
    UnsupportedTransferCoding,
)
from gunicorn.util import write_nonblock
from gunicorn.workers.gthread import ThreadWorker

from webhooks.app import DRAINING
from webhooks.endpoints.answers import INTERNAL_RETRY, error_content
from webhooks.errors import REJECTIONS
from webhooks.telemetry.log import log_step

_CODES: tuple[tuple[type[Exception], str], ...] = (
    (LimitRequestHeaders, "headers_too_large"),
    (LimitRequestLine, "uri_too_long"),
    (ExpectationFailed, "expectation_failed"),
    (UnsupportedTransferCoding, "transfer_coding_unsupported"),
    (ChunkMissingTerminator, "body_truncated"),
    (InvalidChunkSize, "request_unreadable"),
    (ParseException, "request_unreadable"),
)


class Worker(ThreadWorker):  # type: ignore[misc]
    """gunicorn's threaded worker with JSON for its own refusals and a drain before it stops."""

    drain = 0.0
    """Seconds for which a stopping worker still answers; `webhooks.server` sets it."""

    def handle_exit(self, sig: int, frame: Any) -> None:
        """Say 503 on `/readyz` for `drain` seconds, still answering; then stop accepting."""
        flag = self.wsgi.extensions[DRAINING] if self.wsgi is not None else None
        if flag is None or flag.is_set() or self.drain <= 0:
            super().handle_exit(sig, frame)
            return
        flag.set()
        timer = threading.Timer(self.drain, lambda: signal.raise_signal(signal.SIGTERM))
        timer.daemon = True
        timer.start()

    def handle_error(self, req: Any, client: Any, addr: Any, exc: Exception) -> None:
        """Answer what gunicorn's parser refuses in the same form as every other refusal."""
        code = next((code for kind, code in _CODES if isinstance(exc, kind)), None)
        if code is None:
            self.log.error("a request could not be handled", exc_info=exc)
            status, retry = 503, f"Retry-After: {INTERNAL_RETRY}\r\n"
            content = error_content("internal", "the receiver failed; send the event again")
        else:
            # The exception's text quotes the sender; its kind says enough.
            log_step("rejected", source="-", code=code, reason=type(exc).__name__)
            status, retry = REJECTIONS[code], ""
            content = error_content(code, "the server could not read the request")
        body = json.dumps(content) + "\n"
        head = (
            f"HTTP/1.1 {status} Refused\r\nConnection: close\r\nContent-Type: application/json\r\n"
            f"{retry}Content-Length: {len(body)}\r\n\r\n"
        )
        try:
            write_nonblock(client, (head + body).encode("ascii"))
        except OSError:
            self.log.debug("the sender was gone before its refusal")


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
