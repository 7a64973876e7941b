"""The Flask application, made from the settings."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from threading import Event as Flag

from flask import Flask, Response, request
from werkzeug.exceptions import HTTPException

from webhooks.config import Settings, load_settings, receiver_faults
from webhooks.endpoints.answers import answer, code_for, error_content, internal
from webhooks.endpoints.health import make_health
from webhooks.endpoints.receive import make_receive
from webhooks.errors import Misconfigured
from webhooks.fetcher import Fetcher
from webhooks.intake import Intake
from webhooks.refusals import Rejections
from webhooks.store.connection import RedisConnection
from webhooks.telemetry.log import log_step
from webhooks.telemetry.sentry import Sentry
from webhooks.version import VERSION

DRAINING = "hookline-draining"
"""The key of `app.extensions` with the flag that the server sets when it begins to stop."""


def create_app(settings: Settings | None = None, *, clock: Callable[[], float] = time.time) -> Flask:
    """Return the receiver.

    Args:
        settings: the configuration; read from the file and the environment when None.
        clock: seconds since the epoch (UTC), against which signed times are held.

    Raises:
        Misconfigured: the configuration has faults, or names no Redis or no source.
    """
    settings = load_settings() if settings is None else settings
    if faults := receiver_faults(settings):
        raise Misconfigured(faults)
    sentry = Sentry(dsn=settings.sentry.dsn, environment=settings.sentry.environment, release=VERSION)
    connection = RedisConnection(settings.redis.url, timeout=settings.redis.timeout)
    intake = Intake(
        settings.sources,
        connection,
        clock=clock,
        dead_retention=settings.retention.dead,
        fetch=Fetcher(),
    )
    rejections = Rejections(
        settings.sources, connection, clock=clock, keep_bodies=settings.web.keep_rejected_bodies
    )
    draining = Flag()
    # No static folder: this application answers senders and operators, not browsers.
    app = Flask("webhooks", static_folder=None)
    app.extensions[DRAINING] = draining
    app.register_blueprint(
        make_receive(intake, sentry, rejections, clock=clock, forwarded=settings.web.forwarded)
    )
    app.register_blueprint(make_health(connection, draining))
    _register_errors(app, sentry)
    return app


def _register_errors(app: Flask, sentry: Sentry) -> None:
    @app.errorhandler(HTTPException)
    def refuse(error: HTTPException) -> Response:
        status = error.code or 400
        response = answer(status, error_content(code_for(status), _sentence(status)))
        valid = getattr(error, "valid_methods", None)
        if valid:
            response.headers["Allow"] = ", ".join(sorted(valid))
        return response

    @app.errorhandler(Exception)
    def fail(error: Exception) -> Response:
        sentry.fault(error)
        log_step("internal", level=logging.ERROR, error=error, path=request.path)
        return internal()


def _sentence(status: int) -> str:
    return {
        404: "nothing is here; events are posted to /webhooks/<source>",
        405: "this path does not take that method",
    }.get(status, "the request cannot be understood")
