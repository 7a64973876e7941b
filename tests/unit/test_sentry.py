"""What leaves for Sentry, taken from the wire behind the real SDK."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from typing import Any

import pytest
import sentry_sdk

from tests.support.events import event
from tests.support.python import output_of
from tests.support.sentry_sink import SentrySink
from webhooks.event import Event
from webhooks.lifecycle import State
from webhooks.store.processing import Claim
from webhooks.store.record import Record
from webhooks.telemetry.sentry import Problem, Sentry, Subject
from workers.handlers import Handler
from workers.retries import Policy
from workers.running import Runner
from workers.stopping import StopSwitch

SUBJECT = Subject(
    event="stripe:evt_1", source="stripe", type="invoice.paid", handler="shop.charge", attempts=10
)
PROBLEM = Problem(kind="ValueError", message="no such order")


@pytest.fixture(scope="module")
def server() -> Iterator[SentrySink]:
    with SentrySink() as running:
        yield running


@pytest.fixture
def sink(server: SentrySink) -> SentrySink:
    """A sink that has seen nothing yet."""
    server.envelopes.clear()
    return server


@pytest.fixture
def sentry(sink: SentrySink) -> Iterator[Sentry]:
    yield Sentry(dsn=sink.dsn, environment="tests", release="1.2.3")
    sentry_sdk.get_client().close(timeout=0)
    sentry_sdk.get_global_scope().set_client(None)


def test_a_dead_event_is_an_error_found_by_its_tags(sentry: Sentry, sink: SentrySink) -> None:
    sentry.dead(SUBJECT, PROBLEM)
    (report,) = sink.wait_for(1)
    assert report["level"] == "error"
    assert report["tags"] == {
        "source": "stripe",
        "type": "invoice.paid",
        "event": "stripe:evt_1",
        "handler": "shop.charge",
        "attempts": "10",
    }
    assert report["message"] == "invoice.paid is dead"
    assert (report["environment"], report["release"]) == ("tests", "1.2.3")


def test_it_says_how_to_look_at_the_event_and_how_to_replay_it(sentry: Sentry, sink: SentrySink) -> None:
    sentry.dead(SUBJECT, PROBLEM)
    (report,) = sink.wait_for(1)
    assert report["contexts"]["hookline"] == {
        "event": "stripe:evt_1",
        "attempts": 10,
        "show": "hookline events show stripe:evt_1",
        "replay": "hookline replay stripe:evt_1",
    }


def test_failures_of_one_handler_and_kind_are_one_issue(sentry: Sentry, sink: SentrySink) -> None:
    sentry.dead(SUBJECT, PROBLEM)
    (report,) = sink.wait_for(1)
    assert report["fingerprint"] == ["stripe", "invoice.paid", "shop.charge", "ValueError"]
    assert report["transaction"] == "shop.charge"


def test_the_error_is_its_kind_and_its_redacted_message(sentry: Sentry, sink: SentrySink) -> None:
    sentry.dead(SUBJECT, PROBLEM)
    (report,) = sink.wait_for(1)
    assert report["exception"]["values"] == [{"type": "ValueError", "value": "no such order"}]


def test_the_first_failure_is_a_warning_as_it_will_be_tried_again(sentry: Sentry, sink: SentrySink) -> None:
    sentry.failed_first(SUBJECT, PROBLEM)
    (report,) = sink.wait_for(1)
    assert report["level"] == "warning"
    assert report["message"] == "invoice.paid failed and will be tried again"


def test_a_conflict_is_an_error_without_an_exception(sentry: Sentry, sink: SentrySink) -> None:
    sentry.conflict(Subject(event="stripe:evt_1", source="stripe", type="invoice.paid"))
    (report,) = sink.wait_for(1)
    assert report["level"] == "error"
    assert "exception" not in report
    assert report["fingerprint"] == ["stripe", "invoice.paid", "", "conflict"]
    assert report["transaction"] == "stripe"


def test_a_fault_of_our_own_shows_where_and_never_the_message(sentry: Sentry, sink: SentrySink) -> None:
    with pytest.raises(ValueError, match="whisper") as caught:
        int(WHISPER)
    sentry.fault(caught.value)
    (report,) = sink.wait_for(1)
    (shown,) = report["exception"]["values"]
    assert (shown["type"], shown["value"]) == ("ValueError", "")
    assert shown["stacktrace"]["frames"][-1]["function"].startswith("test_a_fault_of_our_own")
    assert WHISPER.encode() not in sink.raw


def test_two_reports_are_both_sent(sentry: Sentry, sink: SentrySink) -> None:
    sentry.failed_first(SUBJECT, PROBLEM)
    sentry.dead(SUBJECT, PROBLEM)
    assert [report["level"] for report in sink.wait_for(2)] == ["warning", "error"]


WHISPER = "whisper-of-the-tests"


class Once:
    """A policy that gives up after the first failure."""

    attempts, first, factor, longest = 1, 1.0, 1.0, 1.0


def failing(own: Event) -> None:
    # Everything that must not leave is in the frame, and in the error's text.
    headers = dict(own.headers)
    body = own.json()
    inner(body["customer"], headers["Authorization"])


def inner(customer: str, authorization: str) -> None:
    raise RuntimeError("cannot charge", customer, authorization)


def reported(sentry: Sentry, sink: SentrySink) -> dict[str, Any]:
    """Let a handler fail as in a worker, and return what reached Sentry."""
    own = event(
        body=b'{"id": "evt_1", "customer": "jane.doe@example.com"}',
        headers=(("Authorization", WHISPER),),
        attempt=1,
    )
    record = Record(
        event=own,
        state=State.RUNNING,
        handlers=(),
        error="",
        lease_until=None,
        next_at=None,
        ended_at=None,
        body_bytes=len(own.body),
    )
    policy: Policy = Once()
    runner = Runner(StopSwitch(), secrets=[WHISPER], dice=lambda: 0.5)
    handler = Handler("*", "*", failing)
    run = runner.run(
        [handler],
        Claim(record=record, fence="1-0123456789abcdef", round=1),
        policy,
        remember=lambda _: True,
        still_held=lambda: True,
    )
    (failure,) = run.failures
    sentry.dead(SUBJECT, failure.problem)
    (report,) = sink.wait_for(1)
    return report


def test_the_handlers_frames_are_shown_without_their_variables(sentry: Sentry, sink: SentrySink) -> None:
    (shown,) = reported(sentry, sink)["exception"]["values"]
    frames = shown["stacktrace"]["frames"]
    assert [frame["function"] for frame in frames] == ["failing", "inner"]
    assert all("vars" not in frame for frame in frames)
    assert "raise RuntimeError" in frames[-1]["context_line"]


def test_no_body_no_secret_and_no_header_leave(sentry: Sentry, sink: SentrySink) -> None:
    report = reported(sentry, sink)
    assert "cannot charge" in report["exception"]["values"][0]["value"]
    for hidden in ("jane.doe", "example.com", WHISPER):
        assert hidden.encode() not in sink.raw
    assert {"request", "user", "extra", "modules"} & set(report) == set()
    assert report.get("breadcrumbs", {"values": []}) == {"values": []}


def test_the_machines_name_does_not_leave(sentry: Sentry, sink: SentrySink) -> None:
    sentry.dead(SUBJECT, PROBLEM)
    (report,) = sink.wait_for(1)
    assert not report.get("server_name")


def test_without_a_dsn_nothing_is_imported_and_nothing_is_sent() -> None:
    code = """
import sys
from webhooks.telemetry.sentry import Problem, Sentry, Subject

sentry = Sentry(dsn="", environment="tests", release="1")
sentry.dead(Subject(event="e", source="s", type="t"), Problem(kind="K", message="m"))
sentry.conflict(Subject(event="e", source="s", type="t"))
sentry.fault(ValueError())
sentry.flush()
print([name for name in sys.modules if name.startswith("sentry_sdk")])
"""
    assert output_of(code) == "[]"


def test_a_sentry_that_never_answers_keeps_nobody_waiting() -> None:
    # The server takes the connection and says nothing: that the process goes on and ends is the proof.
    code = """
import sys
import webhooks.telemetry.sentry as door

door.FLUSH = 0.05
sentry = door.Sentry(dsn=sys.stdin.readline().strip(), environment="tests", release="1")
for _ in range(20):
    sentry.dead(door.Subject(event="e", source="s", type="t"), door.Problem(kind="K", message="m"))
print("reported")
sentry.flush()
print("gone")
"""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        dsn = f"http://key@127.0.0.1:{silent.getsockname()[1]}/1"
        assert output_of(code, stdin=dsn).split() == ["reported", "gone"]


def test_a_sentry_that_is_not_there_keeps_nobody_waiting() -> None:
    code = """
import webhooks.telemetry.sentry as door

sentry = door.Sentry(dsn="http://key@127.0.0.1:1/1", environment="tests", release="1")
sentry.dead(door.Subject(event="e", source="s", type="t"), door.Problem(kind="K", message="m"))
print("reported")
"""
    assert output_of(code) == "reported"
