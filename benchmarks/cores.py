"""Which core does what, and how much of it a process has used."""

from __future__ import annotations

import os
from pathlib import Path

_TICK = os.sysconf("SC_CLK_TCK")


def split() -> tuple[int, set[int]]:
    """Return the receiver's core, and those of the load and the store.

    Raises:
        SystemExit: there is only one core; shared, it would measure the load as well.
    """
    first, *others = sorted(os.sched_getaffinity(0))
    if not others:
        raise SystemExit("a receiver and its load need a core each; this machine has one")
    return first, set(others)


def seconds_used(pid: int) -> float:
    """Return the processor time of a process and of all its children, in seconds."""
    return sum(_ticks(member) for member in _family(pid)) / _TICK


def _family(pid: int) -> list[int]:
    members = [pid]
    for member in members:
        threads = Path(f"/proc/{member}/task").iterdir()
        members += [int(child) for thread in threads for child in (thread / "children").read_text().split()]
    return members


def _ticks(pid: int) -> int:
    # The name stands in brackets and may hold anything; user and system time are fields 14 and 15.
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return int(fields[11]) + int(fields[12])
