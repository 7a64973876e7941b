"""Turns that the machine's host leaves alone: one that it disturbed is had again.

A virtual machine's host may run others on a core for milliseconds, or take a third of it for minutes. Rates
and waits then say more about those than about a receiver.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

from benchmarks import cores

T = TypeVar("T")


class Host:
    """What the host took since this was made."""

    def __init__(self) -> None:
        """Begin."""
        self._begun = time.monotonic()
        self._before = cores.seconds_stolen()

    def share(self) -> float:
        """Return the share of its time that the core lost of which most was taken."""
        taken = [after - before for after, before in zip(cores.seconds_stolen(), self._before, strict=True)]
        return max(taken) / (time.monotonic() - self._begun)


def counting(
    turn: Callable[[], T], *, stolen: Callable[[T], float], most: float, tries: int
) -> tuple[T, list[T]]:
    """Have a turn, again while the host disturbs it; return the one that counts, and all that were had.

    Args:
        turn: has one.
        stolen: tells the share of a core's time that the host took in one.
        most: share up to which a turn is undisturbed.
        tries: turns at most; where none is undisturbed, the one that was disturbed least counts.
    """
    had = [turn()]
    while stolen(had[-1]) > most and len(had) < tries:
        had.append(turn())
    return min(had, key=stolen), had
