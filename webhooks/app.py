"""The Flask application, made from the settings."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from threading import Event as Flag

from flask import Flask, Response, request
from werkzeug.exceptions import HTTPException, NotFound

from webhooks.aside import Aside, at_once
from webhooks.breaker import Breaker
from webhooks.config import Settings, load_settings, receiver_faults
from webhooks.endpoints.answers import answer, code_for, error_content, internal
from webhooks.endpoints.health import make_health
from webhooks.endpoints.lean import LeanFlask, Reply
from webhooks.endpoints.paths import source_in
from webhooks.endpoints.receive import METHODS, make_receive
from webhooks.errors import Misconfigured
from webhooks.fetcher import Fetcher
from webhooks.intake import Intake
from webhooks.refusals import Rejections
from webhooks.spool.drainer import Drainer
from webhooks.spool.spool import Spool
from webhooks.store.connection import Connection, RedisConnection
from webhooks.telemetry.log import log_step
from webhooks.telemetry.sentry import Sentry
from webhooks.version import VERSION

DRAIN_TIMEOUT = 5.0
"""Seconds that the drain waits for an answer of Redis: nobody waits for the drain."""

DRAINING = "hookline-draining"
"""The key of `app.extensions` with the flag that the server sets when it begins to stop."""

MAX_BODIES = "hookline-max-bodies"
"""The key of `app.extensions` with the bytes of the largest body that is read for each source."""


def create_app(
    settings: Settings | None = None,
    *,
    clock: Callable[[], float] = time.time,
    connection: Connection | None = None,
    aside: Aside = at_once,
    inflating: Aside = at_once,
) -> Flask:
    """Return the receiver.

    Args:
        settings: the configuration; read from the file and the environment when None.
        clock: seconds since the epoch (UTC), against which signed times are held.
        connection: the way to Redis; a pool of blocking ones when None.
        aside: runs what waits for the disk or for a provider's key, and what takes long.
        inflating: runs what inflates a compressed body.

    Raises:
        Misconfigured: the configuration has faults, names no Redis or no source, or has a spool
            in memory.
    """
    settings = load_settings() if settings is None else settings
    if faults := receiver_faults(settings):
        raise Misconfigured(faults)
    sentry = Sentry(dsn=settings.sentry.dsn, environment=settings.sentry.environment, release=VERSION)
    if connection is None:
        connection = RedisConnection(settings.redis.url, timeout=settings.redis.timeout)
    guarded = Breaker(connection)
    spool = _spool(settings)
    intake = Intake(
        settings.sources,
        guarded,
        clock=clock,
        dead_retention=settings.retention.dead,
        fetch=Fetcher(aside=aside),
        spool=spool,
        aside=aside,
        inflating=inflating,
    )
    rejections = Rejections(
        settings.sources,
        guarded,
        clock=clock,
        keep_bodies=settings.web.keep_rejected_bodies,
        aside=aside,
    )
    draining = Flag()
    app = LeanFlask("webhooks")
    # Two slashes are a wrong path, at its start too: no sender follows a redirect with its body.
    app.url_map.merge_slashes = False
    app.extensions[DRAINING] = draining
    app.extensions[MAX_BODIES] = {name: source.max_body for name, source in settings.sources.items()}
    receive = make_receive(intake, sentry, rejections, clock=clock, forwarded=settings.web.forwarded)

    @app.route("/webhooks/<source>", methods=METHODS, provide_automatic_options=False)
    def take(source: str) -> Reply:
        # Flask's own reading of a path is laxer than the server's, which has chosen the body's limit.
        named = source_in(request.environ["PATH_INFO"])
        if named is None:
            raise NotFound
        return receive(named, request.environ)

    for name in settings.sources:
        app.foresee(f"/webhooks/{name}", partial(receive, name))
    app.register_blueprint(make_health(connection, draining, spool, settings.web.status_token))
    _register_errors(app, sentry)
    return app


def _spool(settings: Settings) -> Spool | None:
    """Return the spool, if one is configured, with a thread that drains it."""
    if not settings.spool.directory:
        return None
    directory = Path(settings.spool.directory)
    spool = Spool(directory, max_bytes=settings.spool.max_bytes)
    # Its own way to Redis, on which nobody waits for an answer.
    connection = RedisConnection(settings.redis.url, timeout=DRAIN_TIMEOUT)
    Drainer(directory, connection, hear=spool.hear).start()
    return spool


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
