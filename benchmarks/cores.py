"""Which core does what, and how much of it a process has used."""

from __future__ import annotations

import os
import re
from pathlib import Path

_TICK = os.sysconf("SC_CLK_TCK")
_CORE = re.compile(r"cpu\d")


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


def seconds_stolen(stat: Path = Path("/proc/stat")) -> list[float]:
    """Return for how many seconds the host of a virtual machine ran something else, by core, up to now.

    Source: "steal" in proc_stat(5), the eighth figure of a core's line.
    """
    lines = stat.read_text().splitlines()
    return [int(line.split()[8]) / _TICK for line in lines if _CORE.match(line)]


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
