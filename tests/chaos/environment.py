"""The laboratory's processes and their environment: leases and waits so short that faults outlast them."""

from __future__ import annotations

import sys
from pathlib import Path

from tests.chaos.load import CONFIG
from tests.support.processes import BIN

ROOT = Path(__file__).parents[2]
LEASE = 2.0
SWEEP = 0.2
GRACE = 5.0
WEB = [str(BIN / "gunicorn"), "-c", "python:tests.chaos.entry_web", "webhooks.wsgi:app"]
WORKER = [sys.executable, "-m", "tests.chaos.entry_worker"]
PLAIN_WEB = [
    *(str(BIN / "gunicorn"), "-c", "python:tests.chaos.plain.server"),
    "tests.chaos.plain.receiver:app",
]
PLAIN_WORKER = [
    *(sys.executable, "-m", "celery", "-A", "tests.chaos.plain.tasks", "worker"),
    *("--concurrency", "2", "--loglevel", "INFO", "--without-gossip", "--without-mingle"),
]


def variables(
    folder: Path, *, store_url: str, port: int, handlers: str, spool: Path | None
) -> dict[str, str]:
    """Write the configuration into a folder, and return what every process is given.

    Args:
        folder: of the stage.
        store_url: where the store is.
        port: the receiver's.
        handlers: the module of the workers' handlers.
        spool: the receiver's directory; None where it has no spool.
    """
    config = folder / "hookline.toml"
    config.write_text(CONFIG, encoding="utf-8")
    found = {
        "HOOKLINE_CONFIG": str(config),
        "HOOKLINE_REDIS_URL": store_url,
        "HOOKLINE_WEB_PORT": str(port),
        "HOOKLINE_WEB_DRAIN": "0",
        "HOOKLINE_WORKER_HANDLERS": handlers,
        "HOOKLINE_WORKER_PROCESSES": "2",
        "HOOKLINE_WORKER_LEASE": str(LEASE),
        "HOOKLINE_WORKER_SWEEP_INTERVAL": str(SWEEP),
        "HOOKLINE_WORKER_GRACE": str(GRACE),
        # A handler that was cut short is soon tried again, and often.
        "HOOKLINE_RETRY_FIRST": "0.5",
        "HOOKLINE_RETRY_LONGEST": "2",
        "HOOKLINE_RETRY_ATTEMPTS": "50",
        "HOOKLINE_LOG_FORMAT": "json",
        "HOOKLINE_LOG_LEVEL": "warning",
        "PYTHONPATH": str(ROOT),
    }
    return found | ({} if spool is None else {"HOOKLINE_SPOOL_DIRECTORY": str(spool)})
