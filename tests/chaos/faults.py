"""The laboratory's own record of what it did to which process, and when."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.chaos.ledger import Effect
from tests.support.processes import children_of
from tests.support.waiting import until


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that may keep a process from recording an effect it has had.

    Attributes:
        began: seconds of the monotonic clock before it was done.
        ended: seconds at which it was over.
        processes: processes or process groups that it was done to; None for all of them, where the
            store was away.
    """

    began: float
    ended: float
    processes: frozenset[int] | None

    def concerns(self, effect: Effect) -> bool:
        """Whether the process that had the effect is among those that it was done to."""
        return self.processes is None or not self.processes.isdisjoint((effect.process, effect.group))


class Faults:
    """Collects faults while they are done."""

    def __init__(self) -> None:
        """Begin with none."""
        self.done: list[Fault] = []

    def note(self, began: float, processes: Iterable[int] | None) -> None:
        """Note what was done since `began`, in seconds of the monotonic clock, and is over now."""
        concerned = None if processes is None else frozenset(processes)
        self.done.append(Fault(began, time.monotonic(), concerned))

    @contextmanager
    def during(self, processes: Iterable[int] | None) -> Iterator[None]:
        """Note that the block does something to these processes or groups, to all of them when None."""
        began = time.monotonic()
        try:
            yield
        finally:
            self.note(began, processes)


def kill_with_children(pid: int, faults: Faults) -> None:
    """Kill a worker's parent, with which the kernel kills its pool.

    Celery asks it to (celery/concurrency/prefork.py, `set_pdeathsig`), so what the children have in
    hand ends a moment later.
    """
    try:
        children = children_of(pid)
    except FileNotFoundError:
        children = []
    with faults.during(children):
        os.kill(pid, signal.SIGKILL)
        until(
            lambda: not any(Path(f"/proc/{child}/exe").exists() for child in children), what="its pool ends"
        )
