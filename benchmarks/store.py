"""The store under a measurement, with the allocator that production has.

Redis is built with jemalloc on Linux unless it is told otherwise (redis/redis, README, "Allocator"),
and so is Debian's; the package that brings a Valkey for the tests has the C library's, with which an
admission costs half as much again, and more the more is stored.
"""

from __future__ import annotations

import os
from ctypes.util import find_library
from pathlib import Path

from tests.support.servers import StoreServer

_JEMALLOC = find_library("jemalloc")

ENVIRON = None if _JEMALLOC is None else {**os.environ, "LD_PRELOAD": _JEMALLOC}
"""What a program gets jemalloc by; None where this machine has none."""


def store_server(folder: Path) -> StoreServer:
    """Return a store in `folder` that is not started yet, with jemalloc where this machine has it."""
    server = StoreServer(folder)
    server.environ = ENVIRON
    return server
