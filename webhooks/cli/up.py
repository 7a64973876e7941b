"""`hookline up`: everything on this machine, in the foreground."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import click

from webhooks.cli.embedded import EmbeddedStore
from webhooks.cli.first_run import FirstRun, prepare
from webhooks.cli.greeting import greeting
from webhooks.cli.keeping import Stopped, StoreKeeper, await_room, keep
from webhooks.cli.lines import Lines
from webhooks.cli.ports import PortTaken, free_port
from webhooks.cli.running import Running, data_option, find, in_environment, lock, running_file, write
from webhooks.cli.supervisor import COMMANDS, Supervisor
from webhooks.config import Settings, load_settings, receiver_faults
from webhooks.config.addresses import local_url
from webhooks.errors import HooklineError, Misconfigured
from webhooks.spool.disk import in_memory

PATIENCE = 10.0
"""Seconds beyond the worker's grace that a process has to stop."""

LEAVING = 5.0
"""Seconds that the receiver of a `hookline up` that was killed has to leave its port."""


class CannotStart(HooklineError):
    """Something on this machine is in the way."""


@click.command()
@click.option("--port", type=click.IntRange(0, 65535), help="The receiver's port; 0 picks a free one.")
@click.option("--flower-port", type=click.IntRange(0, 65535), help="Flower's port; 0 picks a free one.")
@data_option
def command(*, port: int | None, flower_port: int | None, data: Path) -> None:
    """Run receiver, worker, Flower and, when no Redis is named, a store, until Ctrl-C."""
    with _stop_signals() as stopped, ExitStack() as stack:
        await_room(data, click.echo, stopped)
        if stopped:
            return
        data.mkdir(mode=0o700, parents=True, exist_ok=True)
        held = lock(data)
        if held is None:
            raise CannotStart(_already(data))
        stack.callback(held.close)
        lines = Lines(data / "up.log", width=max(map(len, COMMANDS)))
        stack.callback(lines.close)
        _up(port, flower_port, data, lines, stopped, stack)


def _up(
    port: int | None,
    flower_port: int | None,
    data: Path,
    lines: Lines,
    stopped: Stopped,
    stack: ExitStack,
) -> None:
    first = prepare(data)
    environ = {**os.environ, **first.environ}
    if port is not None:
        environ["HOOKLINE_WEB_PORT"] = str(port)
    settings = load_settings(environ)
    patience = LEAVING if running_file(data).exists() else 0.0
    web_port = free_port(settings.web.host, settings.web.port, "--port", patience=patience)
    flower_at = _flower_port(settings, flower_port)
    store = None if settings.redis.url else EmbeddedStore(data / "store")
    environ |= _environment(settings, store, web_port, flower_at)
    environ |= _spool(settings, data)
    if faults := receiver_faults(load_settings(environ)):
        raise Misconfigured(faults)
    running = Running(
        pid=os.getpid(),
        web=local_url(settings.web.host, web_port),
        flower=local_url(settings.flower.host, flower_at),
        redis=environ["HOOKLINE_REDIS_URL"],
        config=_whole(environ.get("HOOKLINE_CONFIG", "")),
        spool=_whole(environ.get("HOOKLINE_SPOOL_DIRECTORY", "")),
    )
    keeper = None
    if store is not None:
        stack.callback(store.stop)
        keeper = StoreKeeper(store, lines.say)
        keeper.start(stopped)
    if not stopped:
        _run(settings, Supervisor(environ, lines), keeper, running, first, data, lines, stopped)


def _run(
    settings: Settings,
    supervisor: Supervisor,
    store: StoreKeeper | None,
    running: Running,
    first: FirstRun,
    data: Path,
    lines: Lines,
    stopped: Stopped,
) -> None:
    write(data, running)
    try:
        keep(
            supervisor,
            store,
            running,
            lines,
            greeting=greeting(settings, running, first, data),
            stopped=stopped,
        )
    finally:
        lines.show("stopping\n")
        with contextlib.suppress(OSError):
            running_file(data).unlink(missing_ok=True)
        supervisor.stop(patience=settings.worker.grace + PATIENCE)
    lines.show(f"stopped; everything received is kept in {data}\n")


def _environment(
    settings: Settings, store: EmbeddedStore | None, web_port: int, flower_port: int
) -> dict[str, str]:
    return {
        "PYTHONUNBUFFERED": "1",
        "HOOKLINE_REDIS_URL": store.url if store is not None else settings.redis.url,
        "HOOKLINE_WEB_HOST": settings.web.host,
        "HOOKLINE_WEB_PORT": str(web_port),
        "HOOKLINE_FLOWER_PORT": str(flower_port),
        # Nobody balances load on one machine, so nobody needs the notice of a drain.
        "HOOKLINE_WEB_DRAIN": "0",
        "HOOKLINE_LOG_FORMAT": _log_format(settings),
    }


def _spool(settings: Settings, data: Path) -> dict[str, str]:
    """Arm the spool, unless one is configured or the data live in memory anyway."""
    if settings.spool.directory or in_memory(data):
        return {}
    return {"HOOKLINE_SPOOL_DIRECTORY": in_environment(data / "spool")}


def _log_format(settings: Settings) -> str:
    if settings.log.format != "auto":
        return settings.log.format
    return "text" if sys.stdout.isatty() else "json"


def _whole(path: str) -> str:
    """Return a path of the environment for commands that are run elsewhere."""
    return str(Path(path).resolve()) if path else ""


def _already(data: Path) -> str:
    running = find(data)
    if running is None:
        return f"another Hookline is starting or stopping with its data in {data}"
    return (
        f"Hookline runs already with its data in {data}: receiver {running.web}, Flower {running.flower}, "
        f"process {running.pid}. Stop it with Ctrl-C there, or run a second one: hookline up --port 0 "
        "--data DIR"
    )


def _flower_port(settings: Settings, asked: int | None) -> int:
    """Return the port asked for, or the configured one; another when that is taken and nobody asked."""
    if asked is not None:
        return free_port(settings.flower.host, asked, "--flower-port")
    try:
        return free_port(settings.flower.host, settings.flower.port, "--flower-port")
    except PortTaken:
        return free_port(settings.flower.host, 0, "--flower-port")


@contextmanager
def _stop_signals() -> Iterator[list[int]]:
    """Yield a list that SIGINT and SIGTERM fill; they do nothing else meanwhile."""
    stopped: list[int] = []

    def stop(signum: int, _frame: Any) -> None:
        stopped.append(signum)

    before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield stopped
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
