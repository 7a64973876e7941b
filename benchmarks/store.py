"""The store under a measurement, with the allocator that production has.

Redis and Valkey are built with jemalloc wherever their makers, Debian or the images build them for
Linux (redis/redis, README, "Allocator"); the package that brings a Valkey for the tests has the
C library's, with which an admission costs half as much again, and more the more is stored.
"""

from __future__ import annotations

import os
import re
import subprocess
from ctypes.util import find_library
from pathlib import Path

from tests.support.servers import StoreServer

_JEMALLOC = find_library("jemalloc")


def store_server(folder: Path) -> StoreServer:
    """Return a store in `folder` that is not started yet, with jemalloc where this machine has it."""
    server = StoreServer(folder)
    if _JEMALLOC is not None:
        server.environ = _preloaded(_JEMALLOC)
    return server


def jemalloc() -> str | None:
    """Return the version of jemalloc that stores are run with; None without one."""
    if _JEMALLOC is None:
        return None
    environ = {**_preloaded(_JEMALLOC), "MALLOC_CONF": "stats_print:true"}
    said = subprocess.run(["true"], env=environ, capture_output=True, text=True, check=True).stderr
    found = re.search(r'^Version: "([^"-]+)', said, re.MULTILINE)
    return found[1] if found else None


def _preloaded(library: str) -> dict[str, str]:
    return {**os.environ, "LD_PRELOAD": library}
