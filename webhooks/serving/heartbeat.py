"""gunicorn's heartbeat of a web process, from which the time is left out in which nothing could beat."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Protocol

LOOK = 1.0
"""Seconds between two looks of gunicorn's arbiter (`Arbiter.run`)."""

HANGING = 2
"""Seconds without a beat after which a web process is ended; at the next look it is killed."""

_NANOSECONDS = 1e9


class Beating(Protocol):
    """What gunicorn makes: a file whose time is that of the last beat (`gunicorn.workers.workertmp`)."""

    def notify(self) -> None:
        """Beat."""

    def last_update(self) -> float:
        """Return the time of the last beat."""

    def fileno(self) -> int:
        """Return the file descriptor."""

    def close(self) -> None:
        """Close the file."""


class Heartbeat:
    """Separates a process that hangs from one that gets no processor, so that a short limit can be kept.

    The arbiter ends a process whose last beat is too old. On a machine with too much to do a
    process is late because it waits for a processor, and all are after the machine was suspended
    or the container frozen. What the kernel counts as waiting (the second number of `schedstat`,
    Documentation/scheduler/sched-stats.rst) and the arbiter's own lateness are added to the time of
    the last beat. A loop that spins, sleeps, or waits for a lock has neither.
    """

    def __init__(
        self,
        beating: Beating,
        pid: Callable[[], object],
        *,
        clock: Callable[[], float] = time.monotonic,
        waits: Callable[[object], Mapping[str, float]] | None = None,
    ) -> None:
        """Watch the process `pid()`, which beats by `beating`."""
        self._beating = beating
        self._pid = pid
        self._clock = clock
        self._waits = waits or read_waits
        self._beat = 0.0
        self._excused = 0.0
        self._looked = clock()
        self._waited: Mapping[str, float] = {}

    def notify(self) -> None:
        """Beat; called in the process that is watched."""
        self._beating.notify()

    def last_update(self) -> float:
        """Return the time of the last beat, in `clock`'s seconds, put off by what could not be helped.

        Called by the arbiter, about once in `LOOK`.
        """
        beat, now, waited = self._beating.last_update(), self._clock(), self._waits(self._pid())
        if beat != self._beat:
            self._beat, self._excused = beat, 0.0
        late = now - self._looked - LOOK
        starved = max((spent - self._waited.get(name, spent) for name, spent in waited.items()), default=0)
        self._excused += max(0.0, late, starved)
        self._looked, self._waited = now, waited
        return beat + self._excused

    def fileno(self) -> int:
        """Return the file descriptor of the heartbeat."""
        return self._beating.fileno()

    def close(self) -> None:
        """Close the heartbeat's file."""
        self._beating.close()


def read_waits(pid: object) -> dict[str, float]:
    """Return for how many seconds each thread of a process has waited for a processor.

    A thread that holds Python's lock keeps the loop waiting, so each counts. Nothing is known of
    them where the kernel does not count, or where the process has ended.
    """
    try:
        threads = list(Path(f"/proc/{pid}/task").iterdir())
    except OSError:
        return {}
    return {thread.name: waited for thread in threads if (waited := _waited(thread)) is not None}


def _waited(thread: Path) -> float | None:
    try:
        return int((thread / "schedstat").read_text(encoding="ascii").split()[1]) / _NANOSECONDS
    except (OSError, IndexError, ValueError):
        return None
