"""What an attempt comes to: pure values, and how several handlers' failures become one decision."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from webhooks.event import Event
from webhooks.lifecycle import State
from webhooks.store.processing import Claim
from webhooks.telemetry.sentry import Problem
from workers.retries import Again, GiveUp

LOST = "its worker died, or was frozen for longer than worker.lease"
"""Why an attempt ended without a word."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """Why one handler did not succeed.

    Attributes:
        handler: its name.
        problem: the error as it may be shown.
        decision: what follows for this handler.
    """

    handler: str
    problem: Problem
    decision: Again | GiveUp


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What became of an attempt.

    Attributes:
        state: the event's state now, or None when there was nothing to do.
        failure: what decided it, when something failed.
        wait: seconds until the next attempt, when there is one.
        event: which event it was, when there was something to do.
        next: the event that was claimed in the step that recorded this.
        duration: seconds that the attempt took.
        done: the attempt by which the event has succeeded, when there was nothing to do for that; else 0.
    """

    state: State | None
    failure: Failure | None = None
    wait: float | None = None
    event: Event | None = field(default=None, compare=False)
    next: Claim | None = field(default=None, compare=False)
    duration: float = field(default=0.0, compare=False)
    done: int = field(default=0, compare=False)


def combine(failures: Sequence[Failure], *, handled: bool) -> Result:
    """Decide for the event: it waits while one handler may still succeed, and is dead when none may."""
    if not failures:
        return Result(state=State.SUCCEEDED if handled else State.UNHANDLED)
    waits = [(failure.decision.wait, failure) for failure in failures if isinstance(failure.decision, Again)]
    if waits:
        # The longest wait, so that no handler runs before the time it asked for.
        wait, failure = max(waits, key=lambda pair: pair[0])
        return Result(state=State.WAITING, failure=failure, wait=wait)
    return Result(state=State.DEAD, failure=failures[0])


def line(problem: Problem) -> str:
    """Return an error in one line."""
    return f"{problem.kind}: {problem.message}" if problem.message else problem.kind


def sentence(failure: Failure) -> str:
    """Return why an event failed, as operators read it."""
    text = f"{failure.handler}: {line(failure.problem)}"
    if isinstance(failure.decision, GiveUp) and failure.problem.kind != "Dead":
        text += f" ({failure.decision.reason})"
    return text
