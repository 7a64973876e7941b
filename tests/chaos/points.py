"""Named points at which a process of the laboratory kills or stops itself, once for each time it is armed.

Arming writes the point's name to a file that all processes know; whoever comes to that point first
takes the file away, and dies, or stops until it is continued.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

FREEZING = ("frozen, then fails", "frozen, then works on")
"""Points at which a handler stops instead of dying."""

VARIABLE = "CHAOS_POINT"
"""Where the file is; without it no point is ever armed."""


def arm(path: Path, point: str) -> None:
    """Let the next process that comes to `point` die there."""
    fresh = path.with_suffix(".new")
    fresh.write_text(point, encoding="utf-8")
    fresh.replace(path)


def reached(point: str) -> None:
    """Die when this point is armed."""
    if _takes(point):
        os.kill(os.getpid(), signal.SIGKILL)


def frozen(point: str) -> bool:
    """Stop when this point is armed; return, once it goes on, whether it was."""
    taken = _takes(point)
    if taken:
        os.kill(os.getpid(), signal.SIGSTOP)
    return taken


def _takes(point: str) -> bool:
    place = os.environ.get(VARIABLE)
    if place is None:
        return False
    path = Path(place)
    try:
        armed = path.read_text(encoding="utf-8") == point
        if armed:
            # Of several processes at this point only one takes the file.
            path.rename(path.with_suffix(f".{os.getpid()}"))
    except FileNotFoundError:
        return False
    return armed


def taken(path: Path) -> set[int]:
    """Return the processes that took an armed point."""
    return {int(file.suffix[1:]) for file in path.parent.glob(f"{path.name}.*") if file.suffix[1:].isdigit()}


def around(owner: Any, name: str, *, before: str | None = None, after: str | None = None) -> None:
    """Put points before and after a function or method."""
    real: Callable[..., Any] = getattr(owner, name)

    def stand_in(*args: Any, **options: Any) -> Any:
        if before is not None:
            reached(before)
        result = real(*args, **options)
        if after is not None:
            reached(after)
        return result

    setattr(owner, name, stand_in)
