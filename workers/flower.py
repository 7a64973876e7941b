"""`python -m workers.flower`: Flower, read-only, and open to nobody by mistake."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Mapping, MutableMapping

from celery import Celery

from webhooks.config import Settings, load_settings, redis_faults
from webhooks.config.addresses import is_loopback
from webhooks.errors import Misconfigured
from webhooks.telemetry.log import configure
from webhooks.telemetry.printed import log_prints
from workers.environment import celery_faults, clear_flower, ignore_options
from workers.flower_access import close_doors
from workers.moved import end_when_moved
from workers.settings import celery_settings
from workers.transport import install

FORGET = 600
"""Seconds after which a worker that is gone leaves Flower's list, where nothing else is set."""

NEVER = 10 * 365 * 86400
"""Seconds after which Flower would take a worker's message for lost."""


def check_exposure(settings: Settings, environ: Mapping[str, str]) -> None:
    """Refuse to show Flower to whom it was not meant for.

    Raises:
        Misconfigured: it would listen beyond loopback without a password, or its API would be
            open: with FLOWER_UNAUTHENTICATED_API any web page could run tasks.
    """
    faults = [*redis_faults(settings), *celery_faults(environ)]
    if "FLOWER_UNAUTHENTICATED_API" in environ:
        faults.append("FLOWER_UNAUTHENTICATED_API is set: unset it; with it any web page can run tasks")
    if not is_loopback(settings.flower.host) and not settings.flower.basic_auth:
        faults.append(
            f"flower.basic_auth is missing: Flower on {settings.flower.host} would show every event to "
            "anybody; set HOOKLINE_FLOWER_BASIC_AUTH=user:password, or flower.host to 127.0.0.1"
        )
    if faults:
        raise Misconfigured(faults)


def forget_workers(environ: MutableMapping[str, str]) -> None:
    """Let workers that are gone leave the list: each has another name when it starts again."""
    environ.setdefault("FLOWER_PURGE_OFFLINE_WORKERS", str(FORGET))


def main() -> None:
    """Run Flower until told to stop."""
    try:
        settings = load_settings(secrets=False)
        check_exposure(settings, os.environ)
    except Misconfigured as error:
        sys.exit(f"hookline: {error}")
    configure(form=settings.log.format, level=settings.log.level)
    log_prints()
    # It asks every worker when it starts, and says so in four lines when none is up yet.
    logging.getLogger("flower.inspector").setLevel(logging.ERROR)
    clear_flower(os.environ)
    ignore_options()
    # Through the environment of this process: an argument would show the password in `ps`.
    forget_workers(os.environ)
    if settings.flower.basic_auth:
        os.environ["FLOWER_BASIC_AUTH"] = settings.flower.basic_auth
    install()
    end_when_moved(settings.redis.url)
    close_doors(address=settings.flower.host, login=bool(settings.flower.basic_auth))
    app = Celery("hookline")
    app.conf.update(celery_settings(settings))
    # Flower shows and never works: giving messages back to the queue is the workers' business.
    app.conf.broker_transport_options["visibility_timeout"] = NEVER
    app.start(
        [
            "flower",
            f"--address={settings.flower.host}",
            f"--port={settings.flower.port}",
            "--read_only",
            "--inspect_timeout=1000",
        ]
    )


if __name__ == "__main__":
    main()
