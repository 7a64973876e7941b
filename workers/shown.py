"""What Flower is shown of an attempt that failed."""

from __future__ import annotations

from workers.outcome import Failure, line


class HandlerFailed(Exception):
    """A failed attempt: the handler's own error with the payload masked."""


def shown(failure: Failure) -> HandlerFailed:
    """Return the error to show, with the handler's own traceback."""
    return HandlerFailed(f"{failure.handler}: {line(failure.problem)}").with_traceback(failure.problem.trace)
