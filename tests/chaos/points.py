"""Named points at which a process of the laboratory kills itself, once for each time it is armed.

Arming writes the point's name to a file that all processes know; whoever comes to that point first
takes the file away and dies.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

VARIABLE = "CHAOS_POINT"
"""Where the file is; without it no point is ever armed."""


def arm(path: Path, point: str) -> None:
    """Let the next process that comes to `point` die there."""
    fresh = path.with_suffix(".new")
    fresh.write_text(point, encoding="utf-8")
    fresh.replace(path)


def reached(point: str) -> None:
    """Die when this point is armed."""
    place = os.environ.get(VARIABLE)
    if place is None:
        return
    path = Path(place)
    try:
        armed = path.read_text(encoding="utf-8") == point
        if armed:
            # Of several processes at this point only the one that takes the file dies.
            path.rename(path.with_suffix(f".{os.getpid()}"))
    except FileNotFoundError:
        return
    if armed:
        os.kill(os.getpid(), signal.SIGKILL)


def taken(path: Path) -> set[int]:
    """Return the processes that took an armed point, and died there."""
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
