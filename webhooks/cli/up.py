"""`hookline up`: everything on this machine, in the foreground."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import click
import requests
from rich.text import Text

from webhooks.cli.embedded import EmbeddedStore
from webhooks.cli.first_run import FirstRun, prepare
from webhooks.cli.output import console, plain
from webhooks.cli.posting import session_for
from webhooks.cli.running import Running, data_option, find, lock, write
from webhooks.cli.supervisor import Supervisor, read_procfile
from webhooks.config import Settings, Source, load_settings
from webhooks.config.addresses import local_url
from webhooks.errors import HooklineError
from webhooks.spool.disk import in_memory

READY = 30.0
"""Seconds that the receiver and Flower have to answer."""

PATIENCE = 10.0
"""Seconds beyond the worker's grace that a process has to stop."""


class CannotStart(HooklineError):
    """Something on this machine is in the way."""


@click.command()
@click.option("--port", type=click.IntRange(0, 65535), help="The receiver's port; 0 picks a free one.")
@click.option("--flower-port", type=click.IntRange(0, 65535), help="Flower's port; 0 picks a free one.")
@data_option
def command(*, port: int | None, flower_port: int | None, data: Path) -> None:
    """Run receiver, worker, Flower and, when no Redis is named, a store, until Ctrl-C."""
    data.mkdir(mode=0o700, parents=True, exist_ok=True)
    held = lock(data)
    if held is None:
        raise CannotStart(_already(data))
    with ExitStack() as stack:
        stack.callback(held.close)
        first = prepare(data)
        environ = {**os.environ, **first.environ}
        settings = load_settings(environ)
        web_port = _free_port(settings.web.host, settings.web.port if port is None else port, "--port")
        flower_at = _flower_port(settings, flower_port)
        store = _store(settings, data, stack)
        environ |= _environment(settings, store, web_port, flower_at)
        environ |= _spool(settings, data)
        running = Running(
            pid=os.getpid(),
            web=local_url(settings.web.host, web_port),
            flower=local_url(settings.flower.host, flower_at),
            redis=environ["HOOKLINE_REDIS_URL"],
            config=environ.get("HOOKLINE_CONFIG", ""),
            spool=environ.get("HOOKLINE_SPOOL_DIRECTORY", ""),
        )
        with _stop_signals() as stopped:
            _run(settings, environ, running, first, store, data, stopped)


def _run(
    settings: Settings,
    environ: dict[str, str],
    running: Running,
    first: FirstRun,
    store: EmbeddedStore | None,
    data: Path,
    stopped: list[int],
) -> None:
    supervisor = Supervisor(read_procfile(_procfile()), environ, log=data / "up.log")
    write(data, running)
    try:
        supervisor.start()
        _wait(supervisor, running, stopped)
        if not stopped:
            _greet(settings, running, first, data)
        while not stopped:
            supervisor.watch()
            if store is not None and not store.running():
                supervisor.say("system", "the store ended and is started again")
                store.start()
            time.sleep(0.2)
    finally:
        (data / "up.json").unlink(missing_ok=True)
        click.echo("stopping")
        supervisor.stop(patience=settings.worker.grace + PATIENCE)
    click.echo("stopped; everything received is kept in " + str(data))


def _store(settings: Settings, data: Path, stack: ExitStack) -> EmbeddedStore | None:
    if settings.redis.url:
        return None
    store = EmbeddedStore(data / "store")
    stack.callback(store.stop)
    store.start()
    return store


def _environment(
    settings: Settings, store: EmbeddedStore | None, web_port: int, flower_port: int
) -> dict[str, str]:
    return {
        # The console scripts of this very installation come first.
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")]),
        "PYTHONUNBUFFERED": "1",
        "HOOKLINE_REDIS_URL": store.url if store is not None else settings.redis.url,
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
    return {"HOOKLINE_SPOOL_DIRECTORY": str((data / "spool").resolve())}


def _log_format(settings: Settings) -> str:
    if settings.log.format != "auto":
        return settings.log.format
    return "text" if sys.stdout.isatty() else "json"


def _already(data: Path) -> str:
    running = find(data)
    if running is None:
        return f"another Hookline is starting or stopping with its data in {data}"
    return (
        f"Hookline runs already with its data in {data}: receiver {running.web}, Flower {running.flower}, "
        f"process {running.pid}. Stop it with Ctrl-C there, or run a second one: hookline up --port 0 "
        "--data DIR"
    )


def _free_port(host: str, port: int, option: str) -> int:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            msg = f"port {port} of {host} is taken ({error.strerror}): try another with {option}, 0 for any"
            raise CannotStart(msg) from error
        found: int = probe.getsockname()[1]
        return found


def _flower_port(settings: Settings, asked: int | None) -> int:
    """Return the port asked for, or the configured one; another when that is taken and nobody asked."""
    if asked is not None:
        return _free_port(settings.flower.host, asked, "--flower-port")
    try:
        return _free_port(settings.flower.host, settings.flower.port, "--flower-port")
    except CannotStart:
        return _free_port(settings.flower.host, 0, "--flower-port")


def _procfile() -> Path:
    here = Path("Procfile")
    return here if here.exists() else Path(__file__).resolve().parents[2] / "Procfile"


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


def _wait(supervisor: Supervisor, running: Running, stopped: list[int]) -> None:
    deadline = time.monotonic() + READY
    waiting = [f"{running.web}/readyz", f"{running.flower}/healthcheck"]
    while waiting and not stopped:
        supervisor.watch()
        waiting = [url for url in waiting if not _answers(url)]
        if waiting and time.monotonic() > deadline:
            msg = f"nothing answers at {waiting[0]} after {READY:g} s; the lines above say why"
            raise CannotStart(msg)
        time.sleep(0.1)


def _answers(url: str) -> bool:
    try:
        with session_for(url) as session:
            return session.get(url, timeout=1).ok
    except requests.RequestException:
        return False


def _greet(settings: Settings, running: Running, first: FirstRun, data: Path) -> None:
    """Print what a newcomer needs next."""
    facts = [("receiver", f"{running.web}/webhooks/{name}") for name in settings.sources]
    facts.append(("Flower", running.flower))
    if first.secret:
        facts.append(("secret", f"{first.secret}  (made for the source {first.source!r})"))
    facts.append(("handlers", plain(first.handlers)))
    lines = [
        " Ctrl-C stops it.\n",
        *(f"  {name:<10}{fact}" for name, fact in facts),
        "\nTry next, in another terminal:\n",
        *(f"  {line}" for line in _next(next(iter(settings.sources.values())), data)),
        "",
    ]
    # In one piece, so that no line of a process comes between.
    console().print(Text.assemble(("\nHookline is running.", "bold green"), "\n".join(lines)))


def _next(source: Source, data: Path) -> list[str]:
    own = Path(sys.argv[0])
    found = shutil.which("hookline")
    name = "hookline" if found and Path(found).samefile(own) else os.path.relpath(own)
    option = "" if data == Path(".hookline") else f" --data {data}"
    return [f"{name} send {source.name} {source.provider.sample_type}{option}", f"{name} events list{option}"]
