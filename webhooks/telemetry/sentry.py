"""What Sentry is told: dead events, first failures, conflicts and faults of our own.

Sentry is a notice, never the record. Bodies, secrets and headers never leave: no integration of
the SDK is on, so that it sees nothing but what is built here.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import TracebackType
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from sentry_sdk.types import Event as Report

FLUSH = 2.0
"""Seconds that a stopping process gives its reports to leave."""


class Subject(NamedTuple):
    """What a report is about.

    Attributes:
        event: the event's id.
        source: the source.
        type: the event's type.
        handler: the handler that failed, or an empty text.
        attempts: how often it was tried.
    """

    event: str
    source: str
    type: str
    handler: str = ""
    attempts: int = 0


class Problem(NamedTuple):
    """An error as it may be shown.

    Attributes:
        kind: the exception's class.
        message: its text, redacted.
        trace: where it happened, or None.
    """

    kind: str
    message: str
    trace: TracebackType | None = None


class Sentry:
    """The door to Sentry; with no DSN it does nothing and imports nothing."""

    def __init__(self, *, dsn: str, environment: str, release: str) -> None:
        """Start the SDK's client, which sends from a thread of its own and never waits."""
        self._on = bool(dsn)
        if self._on:
            import sentry_sdk  # noqa: PLC0415 - 100 ms and 10 MB, for those who use it

            sentry_sdk.init(
                dsn=dsn,
                environment=environment,
                release=release,
                default_integrations=False,
                auto_enabling_integrations=False,
                include_local_variables=False,
                include_source_context=True,
                # send_default_pii is off unless it is set, and setting it is deprecated.
                max_request_body_size="never",
                max_breadcrumbs=0,
                server_name="",
                traces_sample_rate=None,
                shutdown_timeout=FLUSH,
            )

    def dead(self, subject: Subject, problem: Problem) -> None:
        """Report an event that nobody will try again, unless an operator says so."""
        self._send("error", f"{subject.type} is dead", subject, problem)

    def failed_first(self, subject: Subject, problem: Problem) -> None:
        """Report the first failed attempt of an event: a warning, since it will run again."""
        self._send("warning", f"{subject.type} failed and will be tried again", subject, problem)

    def conflict(self, subject: Subject) -> None:
        """Report a second body under a known id."""
        self._send("error", f"{subject.type} came again with another body", subject, None)

    def fault(self, error: BaseException) -> None:
        """Report a fault of our own."""
        problem = Problem(kind=type(error).__name__, message="", trace=error.__traceback__)
        self._send("error", "a fault in Hookline itself", None, problem)

    def flush(self) -> None:
        """Wait up to `FLUSH` seconds for what is still to be sent."""
        if self._on:
            import sentry_sdk  # noqa: PLC0415 - see __init__

            sentry_sdk.flush(timeout=FLUSH)

    def _send(self, level: str, message: str, subject: Subject | None, problem: Problem | None) -> None:
        if self._on:
            import sentry_sdk  # noqa: PLC0415 - see __init__

            sentry_sdk.capture_event(_report(level, message, subject, problem))


def _report(level: str, message: str, subject: Subject | None, problem: Problem | None) -> Report:
    report: dict[str, Any] = {"level": level, "message": message, "logger": "hookline"}
    if subject is not None:
        report["tags"] = _tags(subject)
        report["contexts"] = {
            "hookline": {
                "event": subject.event,
                "attempts": subject.attempts,
                "show": f"hookline events show {subject.event}",
                "replay": f"hookline replay {subject.event}",
            }
        }
        report["fingerprint"] = [
            subject.source,
            subject.type,
            subject.handler,
            problem.kind if problem is not None else "conflict",
        ]
        report["transaction"] = subject.handler or subject.source
    if problem is not None:
        report["exception"] = {"values": [_exception(problem)]}
    return report  # type: ignore[return-value]


def _tags(subject: Subject) -> Mapping[str, str]:
    return {
        "source": subject.source,
        "type": subject.type,
        "event": subject.event,
        "handler": subject.handler,
        "attempts": str(subject.attempts),
    }


def _exception(problem: Problem) -> dict[str, Any]:
    from sentry_sdk.utils import iter_stacks, serialize_frame  # noqa: PLC0415 - see Sentry.__init__

    frames = [
        serialize_frame(trace.tb_frame, tb_lineno=trace.tb_lineno, include_local_variables=False)
        for trace in iter_stacks(problem.trace)
    ]
    found: dict[str, Any] = {"type": problem.kind, "value": problem.message}
    if frames:
        found["stacktrace"] = {"frames": frames}
    return found
