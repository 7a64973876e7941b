"""Where a call that may block is run: a server with a loop hands in its own way."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, TypeVar

T = TypeVar("T")


class Aside(Protocol):
    """Runs a call that may wait for a disk or a network, and brings its result."""

    def __call__(self, call: Callable[[], T], /) -> T:
        """Return what `call` returns, and raise what it raises."""
        ...


def at_once(call: Callable[[], T], /) -> T:
    """Run it here: for servers whose threads may wait."""
    return call()
