"""gunicorn's settings: `gunicorn -c python:webhooks.server webhooks.wsgi:app`.

gunicorn reads the lower-case names of this module as its settings.
"""

from __future__ import annotations

import atexit
import gc
import os
import shutil
import sys
import tempfile
from typing import Any

from webhooks.config import Settings, load_settings, receiver_faults
from webhooks.config.addresses import netloc
from webhooks.errors import Misconfigured
from webhooks.serving.heartbeat import HANGING
from webhooks.telemetry.log import configure
from webhooks.telemetry.printed import log_prints

GRACE = 30
"""Seconds that requests in flight have to end after the drain."""


MEMORY = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None  # noqa: S108 - mkdtemp makes it safe
"""Where small files live that every request touches: memory, which a read-only container has too."""


def on_starting(server: Any) -> None:
    """Look for garbage again, but not in what was imported, which worker processes share."""
    gc.freeze()
    gc.enable()


def post_fork(server: Any, worker: Any) -> None:
    """Tell a new worker how long its drain is."""
    worker.drain = _loaded.web.drain


def child_exit(server: Any, worker: Any) -> None:
    """Drop the gauges of a worker process that ended."""
    # Not at the top: prometheus_client chooses how it counts when it is imported.
    from prometheus_client.multiprocess import mark_process_dead  # noqa: PLC0415

    mark_process_dead(worker.pid)  # type: ignore[no-untyped-call]


def _settings() -> Settings:
    try:
        settings = load_settings()
    except Misconfigured as error:
        sys.exit(f"hookline: {error}")
    if faults := receiver_faults(settings):
        sys.exit(f"hookline: {Misconfigured(faults)}")
    return settings


def _metrics_folder() -> str:
    """Return the folder through which the worker processes share their counters."""
    folder = tempfile.mkdtemp(prefix="hookline-metrics-", dir=MEMORY)
    owner = os.getpid()

    def remove() -> None:
        if os.getpid() == owner:
            shutil.rmtree(folder, ignore_errors=True)

    atexit.register(remove)
    return folder


# Imports leave next to no garbage (567 objects), and looking for it takes time from each start.
gc.disable()
os.environ["PROMETHEUS_MULTIPROC_DIR"] = _metrics_folder()
_loaded = _settings()
configure(form=_loaded.log.format, level=_loaded.log.level)
log_prints()

bind = netloc(_loaded.web.host, _loaded.web.port)
workers = _loaded.web.workers
threads = _loaded.web.threads
worker_class = "webhooks.serving.worker.Worker"
logger_class = "webhooks.serving.log.Log"
timeout = HANGING
graceful_timeout = int(_loaded.web.drain) + GRACE
worker_connections = 4000
# What a proxy says of the URL is believed by `web.forwarded` alone; gunicorn would believe loopback.
forwarded_allow_ips = ""
secure_scheme_headers: dict[str, str] = {}
forwarder_headers = ""
worker_tmp_dir = MEMORY
control_socket_disable = True
