"""The store under a measurement, with the allocator and the rewrites that production has.

Redis is built with jemalloc on Linux unless it is told otherwise (redis/redis, README, "Allocator"),
and so is Debian's; the package that brings a Valkey for the tests has the C library's, with which an
admission costs half as much again, and more the more is stored.

By its own default a store rewrites its append-only file from 64 MB on. Within a turn only the fastest
receivers come so far, and pay for it with the store's core; `deploy/redis/redis.conf` has it begin later.
"""

from __future__ import annotations

import os
from ctypes.util import find_library
from pathlib import Path

from tests.support.servers import StoreServer

_JEMALLOC = find_library("jemalloc")

ENVIRON = None if _JEMALLOC is None else {**os.environ, "LD_PRELOAD": _JEMALLOC}
"""What a program gets jemalloc by; None where this machine has none."""


_SHIPPED = Path(__file__).parents[1] / "deploy" / "redis" / "redis.conf"
_REWRITES = "auto-aof-rewrite-"


class _Store(StoreServer):
    def launch(self, *options: str) -> None:
        """Start it without waiting; `options` come after those of production."""
        super().launch(*rewrites(_SHIPPED.read_text(encoding="utf-8")), *options)


def rewrites(configuration: str) -> list[str]:
    """Return when a server's configuration has it rewrite its append-only file, as options of its command."""
    settings = [line.split() for line in configuration.splitlines() if line.startswith(_REWRITES)]
    return [word for name, value in settings for word in (f"--{name}", value)]


def store_server(folder: Path) -> StoreServer:
    """Return a store in `folder` that is not started yet, with jemalloc where this machine has it."""
    server = _Store(folder)
    server.environ = ENVIRON
    return server
