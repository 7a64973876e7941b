"""Running the handlers of one attempt: one by one, each outcome remembered by itself."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from types import TracebackType

from webhooks.event import Event
from webhooks.store.processing import Claim
from webhooks.store.record import HandlerRecord
from webhooks.telemetry.redact import redact
from webhooks.telemetry.sentry import Problem
from workers.handlers import Handler
from workers.held import HeldEvent
from workers.outcome import Failure, line
from workers.retries import GiveUp, Policy, decide
from workers.stopping import Stopping, StopSwitch

HARMLESS = frozenset(
    ("accept", "accept-encoding", "connection", "content-length", "content-type", "host", "user-agent")
)
"""Headers that an error may quote: nothing in them proves anybody."""


@dataclass(slots=True)
class Run:
    """What the handlers of one attempt did.

    Attributes:
        records: the outcome of each handler that ran.
        failures: of those that ran, and of those that gave up before.
    """

    records: list[HandlerRecord] = field(default_factory=list)
    failures: list[Failure] = field(default_factory=list)


class Runner:
    """Runs handlers and judges what they raise."""

    def __init__(self, switch: StopSwitch, *, secrets: Iterable[str], dice: Callable[[], float]) -> None:
        """Mask `secrets` in every error; draw jitter from `dice`."""
        self._switch = switch
        self._secrets = tuple(secrets)
        self._dice = dice

    def run(
        self,
        handlers: Sequence[Handler],
        claimed: Claim,
        policy: Policy,
        *,
        remember: Callable[[HandlerRecord], bool],
        still_held: Callable[[], bool],
    ) -> Run:
        """Run what has not ended yet; one that fails keeps no other from running.

        Args:
            handlers: all that want the event, in order.
            claimed: the event in hand.
            policy: when a failed one runs again.
            remember: keeps an outcome at once. It is not called for the last handler, whose
                outcome travels with the decision in one step.
            still_held: what a handler asks by `event.still_held()`.

        Raises:
            Stopping: the process is to stop; the handler at work was interrupted.
        """
        run = Run()
        event = HeldEvent.of(claimed.record.event, still_held)
        pending = [handler for handler in handlers if not self._ended(handler, claimed, run)]
        for position, handler in enumerate(pending):
            record = self._run_one(handler, event, claimed, policy, run)
            run.records.append(record)
            if position + 1 < len(pending) and not remember(record):
                break
        return run

    def _ended(self, handler: Handler, claimed: Claim, run: Run) -> bool:
        """Return whether a handler is not to run: it succeeded once, or gave up since the last replay."""
        known = next((known for known in claimed.record.handlers if known.name == handler.name), None)
        if known is None:
            return False
        if known.state == "dead" and known.attempt > claimed.record.attempts_before:
            # What was kept is one line, "Dead: <reason>".
            kind, _, reason = known.error.partition(": ")
            problem = Problem(kind=kind, message=reason)
            run.failures.append(Failure(handler=known.name, problem=problem, decision=GiveUp(reason)))
            return True
        return known.state == "succeeded"

    def _run_one(
        self, handler: Handler, event: Event, claimed: Claim, policy: Policy, run: Run
    ) -> HandlerRecord:
        try:
            with self._switch.interruptible():
                handler.function(event)
        except Stopping:
            raise
        # A handler may raise anything: one that calls sys.exit() has failed like any other.
        except BaseException as error:  # noqa: BLE001
            decision = decide(policy, error, attempt=claimed.round, dice=self._dice())
            problem = self._problem(error, event)
            run.failures.append(Failure(handler=handler.name, problem=problem, decision=decision))
            return HandlerRecord(
                name=handler.name,
                state="dead" if isinstance(decision, GiveUp) else "failed",
                attempt=event.attempt,
                error=line(problem),
            )
        return HandlerRecord(name=handler.name, state="succeeded", attempt=event.attempt)

    def _problem(self, error: BaseException, event: Event) -> Problem:
        message = redact(_text(error), body=_received(event), secrets=self._secrets)
        return Problem(kind=type(error).__name__, message=message, trace=_below(error.__traceback__))


def _received(event: Event) -> bytes:
    """Return all that an error must not quote: the body, what a header proves, and the URL's query."""
    values = [value for name, value in event.headers if name.lower() not in HARMLESS]
    return "\n".join([*values, event.url.partition("?")[2]]).encode("utf-8", "replace") + b"\n" + event.body


def _text(error: BaseException) -> str:
    """Return an error's message as text that can be stored, whatever the handler put into it."""
    try:
        text = str(error)
    except Exception:  # noqa: BLE001 - a message may fail like anything else of a handler's
        return ""
    return text.encode("utf-8", "backslashreplace").decode()


def _below(trace: TracebackType | None) -> TracebackType | None:
    """Leave out our own frame, the first, so that the handler's stands at the top."""
    return trace.tb_next if trace is not None and trace.tb_next is not None else trace
