"""The destination of the effects: a file to which each is one appended, synced line."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

VARIABLE = "CHAOS_LEDGER"
"""Where the handlers find the ledger."""


@dataclass(frozen=True, slots=True)
class Effect:
    """One line: the attempt that wrote it, and its position in the whole ledger."""

    attempt: int
    position: int


def write(path: Path, key: str, attempt: int) -> None:
    """Add an effect under its idempotency key; it is on disk when this returns."""
    handle = os.open(path, os.O_CREAT | os.O_APPEND | os.O_WRONLY, 0o600)
    try:
        # One write of less than a page: lines of several processes do not mix.
        os.write(handle, f"{key} {attempt}\n".encode())
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
        key, _, attempt = line.rpartition(" ")
        found.setdefault(key, []).append(Effect(int(attempt), position))
    return found
