"""Waiting on a condition with a deadline, never for a time."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def until(condition: Callable[[], T | None], *, within: float = 60.0, what: str = "") -> T:
    """Return the condition's first true value; fail when there is none `within` seconds.

    The time is a loaded machine's: give another only where the time is what a test is about.
    """
    deadline = time.monotonic() + within
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            msg = f"not within {within:g} s: {what or condition}"
            raise AssertionError(msg)
        # The one pause of the suite: between two looks.
        time.sleep(0.02)
