"""Who is measured, and how each is started."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from benchmarks import stored
from benchmarks.deliveries import GITHUB_SECRET, SECRET
from benchmarks.stored import Stored
from webhooks.store.connection import Connection
from webhooks.store.keys import KEYS

HOOKLINE = "hookline"
CEILING = "ceiling"
_BIN = Path(sys.executable).parent
_NODE = Path(__file__).parent / "node"
_CONFIG = f"""
[sources.stripe]
provider = "stripe"
secrets = ["{SECRET}"]

[sources.github]
provider = "github"
secrets = ["{GITHUB_SECRET}"]

[sources.stream]
provider = "getstream"
secrets = ["fake-stream-secret-for-benchmarks"]

[sources.paypal]
provider = "paypal"
secrets = ["FAKE-WEBHOOK-ID"]
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Contestant:
    """A receiver that serves with one process.

    Attributes:
        name: for the command line.
        title: for a table.
        command: what to run; `{port}` stands for the port on which it answers.
        stored: counts what it has stored; None where it stores nothing.
        queue: the key of its list of tasks where that is a Celery queue.
        missing: why it cannot run on this machine; empty when it can.
    """

    name: str
    title: str
    command: tuple[str, ...]
    stored: Callable[[Connection], Stored] | None
    queue: str | None = None
    missing: Callable[[], str] = lambda: ""


def environ(folder: Path, port: int, url: str) -> Mapping[str, str]:
    """Return what a receiver is told.

    Args:
        folder: where it may write.
        port: on which it answers.
        url: of the store.
    """
    config = folder / "hookline.toml"
    config.write_text(_CONFIG, encoding="utf-8")
    return {
        "HOOKLINE_CONFIG": str(config),
        "HOOKLINE_REDIS_URL": url,
        "HOOKLINE_WEB_PORT": str(port),
        "HOOKLINE_WEB_DRAIN": "0",
        "HOOKLINE_WEB_WORKERS": "1",
        "HOOKLINE_SPOOL_DIRECTORY": str(folder / "spool"),
        "HOOKLINE_LOG_FORMAT": "json",
        "BENCH_PORT": str(port),
        "BENCH_REDIS_URL": url,
        "BENCH_SECRET": SECRET,
        "NODE_ENV": "production",
    }


def _gunicorn(*arguments: str) -> tuple[str, ...]:
    return (str(_BIN / "gunicorn"), *arguments)


def _uvicorn(module: str) -> tuple[str, ...]:
    return (
        *(str(_BIN / "uvicorn"), f"benchmarks.contestants.{module}:app", "--port", "{port}"),
        *("--loop", "uvloop", "--http", "httptools", "--no-access-log", "--log-level", "warning"),
    )


def no_node() -> str:
    """Return why BullMQ cannot run on this machine; nothing when it can."""
    if shutil.which("node") is None:
        return "node is not installed"
    return "" if (_NODE / "node_modules").is_dir() else "its packages are not installed, which needs npm"


CONTESTANTS = (
    Contestant(
        name=HOOKLINE,
        title="**Hookline**",
        command=_gunicorn("--config", "python:webhooks.server", "webhooks.wsgi:app"),
        stored=stored.in_hookline,
        queue=KEYS["queue"],
    ),
    Contestant(
        name="flask",
        title="Flask, gunicorn gthread, `delay()`",
        command=_gunicorn(
            *("--worker-class", "gthread", "--threads", "8", "--bind", "127.0.0.1:{port}"),
            "benchmarks.contestants.flask_celery:app",
        ),
        stored=stored.in_hashes,
        queue="celery",
    ),
    Contestant(
        name="fastapi",
        title="FastAPI, uvicorn, `delay()`",
        command=_uvicorn("fastapi_celery"),
        stored=stored.in_hashes,
        queue="celery",
    ),
    Contestant(
        name="fastapi-script",
        title="FastAPI, uvicorn, one awaited script",
        command=_uvicorn("fastapi_script"),
        stored=stored.in_hashes,
        queue="celery",
    ),
    Contestant(
        name="fastify",
        title="Fastify, BullMQ",
        command=("node", str(_NODE / "receiver.mjs")),
        stored=stored.in_bullmq,
        missing=no_node,
    ),
    Contestant(
        name=CEILING,
        title="Hookline's worker class, a constant",
        command=_gunicorn(
            *("--worker-class", "webhooks.serving.worker.Worker", "--bind", "127.0.0.1:{port}"),
            "benchmarks.contestants.constant:app",
        ),
        stored=None,
    ),
)
