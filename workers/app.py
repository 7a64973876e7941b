"""The Celery application: `celery -A workers.app worker`, or `python -m workers`."""

from __future__ import annotations

import io
import logging
import os
import sys
from pathlib import Path
from typing import Any

from celery import Celery, signals

from webhooks.config import Settings, load_settings, redis_faults
from webhooks.errors import Misconfigured
from webhooks.telemetry.log import configure, log_step
from webhooks.telemetry.printed import log_prints
from workers.adopting import Adopting
from workers.celery_lines import correct_lines
from workers.ending import Ending
from workers.environment import celery_faults
from workers.handlers import HANDLERS, load_handlers
from workers.in_hand import about
from workers.memory import limit_memory
from workers.names import node_name
from workers.runtime import Runtime
from workers.settings import celery_settings
from workers.stopping import Closing, end_soon
from workers.sweeper import Sweeper
from workers.tasks import make_task
from workers.transport import install
from workers.watch import Watch


def _settings() -> Settings:
    try:
        settings = load_settings()
        configure(form=settings.log.format, level=settings.log.level)
        log_prints(about)
        if faults := [*redis_faults(settings), *celery_faults(os.environ)]:
            sys.exit(f"hookline: {Misconfigured(faults)}")
        sys.path.insert(0, str(Path.cwd()))
        load_handlers(settings.worker.handlers)
    except Misconfigured as error:
        sys.exit(f"hookline: {error}")
    return settings


def _warn_without_handlers() -> None:
    if not HANDLERS:
        log_step(
            "no_handlers",
            level=logging.WARNING,
            reason="every event will be unhandled: name the modules of your handlers in worker.handlers",
        )


settings = _settings()
_warn_without_handlers()
install()
app = Celery("hookline", set_as_current=True)
_closing = Closing()
app.conf.update(celery_settings(settings), hookline=settings, hookline_closing=_closing)
app.steps["worker"].update((Sweeper, Adopting, Watch, Ending))
_runtime: list[Runtime] = []
process = make_task(app, lambda: _runtime[0])


@signals.setup_logging.connect  # type: ignore[untyped-decorator]
def _set_up_logging(**_: Any) -> None:
    configure(form=settings.log.format, level=settings.log.level)
    correct_lines()


@signals.celeryd_init.connect  # type: ignore[untyped-decorator]
def _name(instance: Any, **_: Any) -> None:
    instance.hostname = node_name(instance.hostname)


@signals.worker_process_init.connect  # type: ignore[untyped-decorator]
def _begin(**_: Any) -> None:
    limit_memory(settings.worker.max_memory)
    end_soon()
    _print_at_once()
    tick = app.clock.forward if app.conf.worker_send_task_events else None
    _runtime[:] = [Runtime(settings, tick=tick, closing=_closing)]


def _print_at_once() -> None:
    """Show what a handler prints when it prints it, through a pipe or into a file too."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(line_buffering=True)


@signals.worker_process_shutdown.connect  # type: ignore[untyped-decorator]
def _end(**_: Any) -> None:
    if _runtime:
        _runtime.pop().close()
