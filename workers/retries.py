"""When a failed handler runs again: one pure function, and the words with which a handler decides."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


class Policy(Protocol):
    """How often and how patiently to try; `webhooks.config.Retry` is one."""

    @property
    def attempts(self) -> int:
        """Attempts before an event is dead."""
        ...

    @property
    def first(self) -> float:
        """Longest wait before the second attempt, in seconds."""
        ...

    @property
    def factor(self) -> float:
        """By which the longest wait grows with each attempt."""
        ...

    @property
    def longest(self) -> float:
        """Where it stops growing, in seconds."""
        ...


LONGEST_AFTER = 366 * 86400.0
"""Seconds for which a handler can ask to wait; more is a mistake, such as a time for a duration."""


class Retry(Exception):
    """Raised by a handler: not now. It counts as an attempt.

    Attributes:
        after: seconds until the next attempt; None leaves it to the schedule.
    """

    def __init__(self, reason: str = "", *, after: float | None = None) -> None:
        """Raise `ValueError` when `after` is negative, no number or longer than a year."""
        if after is not None and not 0 <= after <= LONGEST_AFTER:
            msg = f"after must be 0 or more seconds, and no more than a year, got {after!r}"
            raise ValueError(msg)
        self.after = after
        super().__init__(reason or "the handler asked to be called again")


class Dead(Exception):
    """Raised by a handler: trying again cannot help."""

    def __init__(self, reason: str) -> None:
        """Give the reason that operators will read."""
        super().__init__(reason)


@dataclass(frozen=True, slots=True)
class Again:
    """Run it again `wait` seconds after this attempt has ended."""

    wait: float


@dataclass(frozen=True, slots=True)
class GiveUp:
    """Do not run it again by itself; `reason` says why."""

    reason: str


def decide(policy: Policy, error: BaseException, *, attempt: int, dice: float) -> Again | GiveUp:
    """Decide what follows a failed attempt.

    The waits are drawn with full jitter: evenly between 0 and a limit that grows with each
    attempt, so that what failed together does not come back together.

    Args:
        policy: the source's.
        error: what the handler raised.
        attempt: 1 for the first since the event came or was replayed.
        dice: a number drawn evenly from 0 to 1.
    """
    if isinstance(error, Dead):
        return GiveUp(str(error))
    if attempt >= policy.attempts:
        return GiveUp(f"all {policy.attempts} attempts are used up")
    if isinstance(error, Retry) and error.after is not None:
        return Again(error.after)
    return Again(dice * _limit(policy, attempt))


def _limit(policy: Policy, attempt: int) -> float:
    try:
        return min(policy.longest, policy.first * policy.factor ** (attempt - 1))
    except OverflowError:
        return policy.longest
