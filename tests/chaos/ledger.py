"""The destination of the effects: a file to which each is one appended, synced line."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

VARIABLE = "CHAOS_LEDGER"
"""Where the handlers find the ledger."""


@dataclass(frozen=True, slots=True)
class Effect:
    """One line of the ledger.

    Attributes:
        attempt: the attempt that wrote it, as the handler knows it.
        position: its position in the whole ledger.
        process: the process that wrote it.
        group: that process's group, which is the pid of the worker it belongs to.
        at: seconds of the machine's monotonic clock, which all processes share.
        seen: the fingerprint of what the handler was given; see `content.fingerprint`.
    """

    attempt: int
    position: int
    process: int = 0
    group: int = 0
    at: float = 0.0
    seen: str = ""


def write(path: Path, key: str, attempt: int, seen: str = "-") -> None:
    """Add an effect under its idempotency key; it is on disk when this returns."""
    handle = os.open(path, os.O_CREAT | os.O_APPEND | os.O_WRONLY, 0o600)
    try:
        # One write of less than a page: lines of several processes do not mix.
        line = f"{key} {attempt} {os.getpid()} {os.getpgrp()} {time.monotonic():.6f} {seen}\n"
        os.write(handle, line.encode())
        os.fdatasync(handle)
    finally:
        os.close(handle)


def read(path: Path) -> Mapping[str, list[Effect]]:
    """Return the effects by key, in the order in which they were written; a torn last line is none."""
    found: dict[str, list[Effect]] = {}
    if not path.exists():
        return found
    lines = path.read_text(encoding="utf-8").split("\n")[:-1]
    for position, line in enumerate(lines):
        key, attempt, process, group, at, seen = line.rsplit(" ", 5)
        effect = Effect(int(attempt), position, int(process), int(group), float(at), seen)
        found.setdefault(key, []).append(effect)
    return found
