"""What a running `hookline up` leaves in its data directory, and how the other commands find it."""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Any

import click

from webhooks.config import Settings, load_settings
from webhooks.config.environment import is_set
from webhooks.errors import HooklineError
from webhooks.store.connection import RedisConnection

DATA = ".hookline"
TIMEOUT = 5.0
"""Seconds that a command waits for an answer of the store."""


class NotRunning(HooklineError):
    """No Redis is named, and no `hookline up` runs in the data directory."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """Where a running `hookline up` is.

    Attributes:
        pid: its process.
        web: the receiver's URL, without a path.
        flower: Flower's URL.
        redis: the URL of its Redis.
        config: the configuration that it runs with, or an empty text.
        spool: the directory of its spool, or an empty text.
    """

    pid: int
    web: str
    flower: str
    redis: str
    config: str
    spool: str = ""


def data_option(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add `--data` to a command."""
    return click.option(
        "--data",
        type=click.Path(path_type=Path, file_okay=False),
        default=Path(DATA),
        envvar="HOOKLINE_DATA",
        show_default=True,
        help="Directory of a running `hookline up`; HOOKLINE_REDIS_URL goes before it.",
    )(function)


def lock(data: Path) -> IO[str] | None:
    """Take the data directory for this process; None when another one has it.

    The lock ends with the process, however that ends.
    """
    handle = (data / "up.lock").open("w", encoding="utf-8")
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        handle.close()
        return None
    return handle


def running_file(data: Path) -> Path:
    """Return the file that says where the `hookline up` of a data directory is."""
    return data / "up.json"


def in_environment(path: Path) -> str:
    """Return a path as a variable of the environment can have it, from the current directory.

    A directory may have any name, also one that no setting could be: with a line break, or with
    what would be filled in.
    """
    whole, here = path.resolve(), Path.cwd()
    sayable = str(whole).isprintable() and "${" not in str(whole)
    if sayable or not whole.is_relative_to(here):
        return str(whole)
    return f"./{whole.relative_to(here)}"


def write(data: Path, running: Running) -> None:
    """Say where this `hookline up` is."""
    path = running_file(data)
    fresh = path.with_suffix(".new")
    fresh.write_text(json.dumps(asdict(running)), encoding="utf-8")
    fresh.replace(path)


def find(data: Path) -> Running | None:
    """Return where the `hookline up` of a data directory is, or None when none runs."""
    path = running_file(data)
    if not path.exists():
        return None
    taken = lock(data)
    if taken is not None:
        taken.close()
        return None
    return Running(**json.loads(path.read_text(encoding="utf-8")))


def open_settings(data: Path, *, secrets: bool) -> Settings:
    """Read the settings as the running `hookline up` has them, or this process's own.

    Raises:
        Misconfigured: the configuration has faults.
    """
    environ = {name: value for name, value in os.environ.items() if is_set(os.environ, name)}
    running = find(data)
    if running is not None:
        environ.setdefault("HOOKLINE_REDIS_URL", running.redis)
        if running.config:
            environ.setdefault("HOOKLINE_CONFIG", in_environment(Path(running.config)))
        if running.spool:
            environ.setdefault("HOOKLINE_SPOOL_DIRECTORY", in_environment(Path(running.spool)))
    return load_settings(environ, secrets=secrets)


def connect(settings: Settings, data: Path) -> RedisConnection:
    """Return the way to the store.

    Raises:
        NotRunning: no Redis is named and none is found.
    """
    if not settings.redis.url:
        msg = (
            f"no Hookline runs with its data in {data}: start one with `hookline up`, name its directory "
            "with --data, or set HOOKLINE_REDIS_URL"
        )
        raise NotRunning(msg)
    return RedisConnection(settings.redis.url, timeout=TIMEOUT)
