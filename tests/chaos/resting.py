"""Waiting until nothing is left, for as long as it becomes less."""

from __future__ import annotations

import time
from collections.abc import Callable

from tests.support.waiting import until

STILL = 45.0
"""Seconds without progress after which a run says that it does not come to rest."""


def rest(
    left: Callable[[], int],
    *,
    what: str,
    still: float = STILL,
    clock: Callable[[], float] = time.monotonic,
) -> float:
    """Wait until `left` returns 0; return the seconds that took.

    Args:
        left: how much is left.
        what: is left, for the message.
        still: seconds without a new lowest number after which it will not end.
        clock: seconds of a monotonic clock.

    Raises:
        AssertionError: it has not become less for `still` seconds.
    """
    began = progress = clock()
    least: int | None = None

    def ended() -> bool:
        nonlocal least, progress
        now, found = clock(), left()
        if least is None or found < least:
            least, progress = found, now
        if found and now - progress > still:
            msg = f"no rest: {found:,} {what} left, and for {still:g} s not less than {least:,}"
            raise AssertionError(msg)
        return not found

    until(ended, within=float("inf"))
    return clock() - began
