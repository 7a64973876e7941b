"""One attempt at an event: what is run, recorded, decided and reported."""

from __future__ import annotations

import sys

import pytest

from tests.support.events import KEEP
from tests.support.life import LAPSED, bring_to, fields_of, server_time, take
from tests.workers.bench import EVENT, SECRET, Bench, Tapped, into
from webhooks.errors import Unavailable
from webhooks.event import Event
from webhooks.lifecycle import State
from webhooks.store.keys import KEYS
from webhooks.store.processing import finish
from workers.outcome import Result
from workers.retries import Dead, Retry


def _raise(error: BaseException) -> None:
    raise error


def test_an_event_whose_handler_returns_has_succeeded(bench: Bench) -> None:
    seen: list[Event] = []
    bench.on(into(seen), name="paid")
    admitted = bench.admit()

    result = bench.processor.process(EVENT)

    assert result == Result(state=State.SUCCEEDED)
    assert bench.record().state is State.SUCCEEDED
    assert (bench.handler("paid").state, bench.handler("paid").attempt) == ("succeeded", 1)
    (event,) = seen
    assert (event.id, event.body, event.headers) == (admitted.id, admitted.body, admitted.headers)
    assert (event.attempt, event.idempotency_key) == (1, EVENT)
    assert bench.sentry.told == []


def test_an_event_that_no_handler_wants_is_unhandled(bench: Bench) -> None:
    bench.on(lambda _: None, "customer.*", name="customer")
    bench.admit()

    assert bench.processor.process(EVENT) == Result(state=State.UNHANDLED)

    assert bench.record().state is State.UNHANDLED
    assert bench.sentry.told == []


def test_an_event_whose_handler_raises_waits_as_long_as_was_decided(bench: Bench) -> None:
    bench.on(lambda _: _raise(OSError("no route")), name="mail")
    bench.admit()
    before = server_time(bench.connection)

    result = bench.processor.process(EVENT)

    assert (result.state, result.wait) == (State.WAITING, 5.0)  # half of the first 10 s, by the dice
    record = bench.record()
    assert (record.state, record.error) == (State.WAITING, "shop.mail: OSError: no route")
    assert record.next_at is not None
    assert before + 5.0 - 0.01 <= record.next_at <= server_time(bench.connection) + 5.0
    assert (bench.handler("mail").state, bench.handler("mail").error) == ("failed", "OSError: no route")


def test_sentry_is_told_of_the_first_failure_and_of_the_end_but_not_between(bench: Bench) -> None:
    bench.on(lambda _: _raise(OSError("no route")), name="mail")
    bench.admit()
    told = []

    for _ in range(3):
        bench.processor.process(EVENT)
        bench.wait_over()
        told.append(list(bench.sentry.words))

    assert told == [["failed_first"], ["failed_first"], ["failed_first", "dead"]]
    _, subject, problem = bench.sentry.told[-1]
    assert (subject.event, subject.source, subject.type) == (EVENT, "stripe", "invoice.paid")
    assert (subject.handler, subject.attempts) == ("shop.mail", 3)
    assert (problem.kind, problem.message) == ("OSError", "no route")
    assert problem.trace is not None
    assert problem.trace.tb_frame.f_code.co_filename == __file__


def test_an_event_is_dead_when_its_attempts_are_used_up(bench: Bench) -> None:
    bench.on(lambda _: _raise(OSError("no route")), name="mail")
    bench.admit()

    for _ in range(3):
        bench.wait_over()
        result = bench.processor.process(EVENT)

    assert result.state is State.DEAD
    assert bench.record().error == "shop.mail: OSError: no route (all 3 attempts are used up)"
    assert bench.handler("mail").state == "dead"


def test_dead_ends_an_event_at_once_with_its_reason(bench: Bench) -> None:
    bench.on(lambda _: _raise(Dead("no such customer")), name="paid")
    bench.admit()

    result = bench.processor.process(EVENT)

    assert (result.state, result.wait) == (State.DEAD, None)
    assert bench.record().error == "shop.paid: Dead: no such customer"
    assert bench.sentry.words == ["dead"]


def test_a_dead_event_is_kept_in_less_room_and_whole(bench: Bench) -> None:
    bench.on(lambda _: _raise(Dead("no such customer")), name="paid")
    admitted = bench.admit(body=b'{"id": "evt_1", "amount": 1000}' * 30)
    before = len(fields_of(bench.connection, EVENT)[b"content"])

    bench.processor.process(EVENT)

    assert len(fields_of(bench.connection, EVENT)[b"content"]) < before / 3
    assert bench.record().event.body == admitted.body


def test_a_store_that_goes_away_after_the_death_costs_nothing_but_room(bench: Bench) -> None:
    bench.on(lambda _: _raise(Dead("no such customer")), name="paid")
    admitted = bench.admit()
    tapped = Tapped(bench.connection)

    def cut(number: int) -> None:
        if number == 3:  # after a claim and its result
            raise Unavailable("away")

    tapped.before, way, bench.connection = cut, bench.connection, tapped

    assert bench.processor.process(EVENT).state is State.DEAD

    bench.connection = way
    assert tapped.commands == 3
    assert (bench.record().state, bench.record().event.body) == (State.DEAD, admitted.body)
    assert bench.sentry.words == ["dead"]


def test_retry_after_sets_the_wait(bench: Bench) -> None:
    bench.on(lambda _: _raise(Retry("busy", after=77.0)), name="paid")
    bench.admit()

    result = bench.processor.process(EVENT)

    assert (result.state, result.wait) == (State.WAITING, 77.0)


def test_retry_counts_as_an_attempt(bench: Bench) -> None:
    bench.on(lambda _: _raise(Retry(after=0)), name="paid")
    bench.admit()

    states = [bench.processor.process(EVENT).state for _ in range(3)]

    assert states == [State.WAITING, State.WAITING, State.DEAD]


@pytest.mark.parametrize("after", [float("inf"), float("nan"), 1e300, -1.0])
def test_a_retry_after_an_impossible_time_fails_like_any_error(bench: Bench, after: float) -> None:
    bench.on(lambda _: _raise(Retry(after=after)), name="paid")
    bench.admit()

    result = bench.processor.process(EVENT)

    assert (result.state, result.wait) == (State.WAITING, 5.0)
    assert bench.handler("paid").error.startswith("ValueError: after must be")


def test_a_handler_that_calls_exit_has_failed_like_any_other(bench: Bench) -> None:
    bench.on(lambda _: sys.exit("bye"), name="paid")
    bench.admit()

    assert bench.processor.process(EVENT).state is State.WAITING

    assert bench.handler("paid").error == "SystemExit: bye"


def test_a_handler_that_never_stops_calling_itself_has_failed_like_any_other(bench: Bench) -> None:
    def deeper(event: Event) -> None:
        deeper(event)

    bench.on(deeper, name="deeper")
    bench.admit()

    assert bench.processor.process(EVENT).state is State.WAITING

    assert bench.handler("deeper").error.startswith("RecursionError: ")


class _Unprintable(Exception):
    def __str__(self) -> str:
        msg = "no text"
        raise TypeError(msg)


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (ValueError(), "ValueError"),
        (ValueError("\x00\x1b[31m"), "ValueError: \x00\x1b[31m"),
        (ValueError("a \ud800 b"), "ValueError: a \\ud800 b"),
        (ValueError("€" * 4000), "ValueError: " + "€" * 500),
        (_Unprintable(), "_Unprintable"),
    ],
    ids=["empty", "control", "surrogate", "long", "unprintable"],
)
def test_an_error_is_recorded_whatever_its_text(bench: Bench, error: Exception, text: str) -> None:
    bench.on(lambda _: _raise(error), name="paid")
    bench.admit()

    assert bench.processor.process(EVENT).state is State.WAITING

    assert bench.handler("paid").error == text
    assert bench.record().error == f"shop.paid: {text}"


def test_an_error_quotes_neither_the_body_nor_a_secret(bench: Bench) -> None:
    def paid(event: Event) -> None:
        msg = f"cannot parse {event.body.decode()} with {SECRET}"
        raise ValueError(msg)

    bench.on(paid, name="paid")
    bench.admit(body=b'{"card": "4242 4242 4242 4242"}')

    bench.processor.process(EVENT)

    texts = [bench.record().error, bench.handler("paid").error, bench.sentry.told[0][2].message]
    assert all("4242" not in text and SECRET not in text for text in texts)
    assert all("cannot parse [masked] with [masked]" in text for text in texts)


@pytest.mark.parametrize("state", [State.SUCCEEDED, State.DEAD, State.DISCARDED, State.UNHANDLED])
def test_a_hint_of_an_event_that_has_ended_runs_nothing(bench: Bench, state: State) -> None:
    runs: list[Event] = []
    bench.on(into(runs), name="paid")
    bring_to(bench.connection, state, bench.admit())

    assert bench.processor.process(EVENT) == Result(state=None)

    assert runs == []


def test_a_hint_of_an_event_that_another_worker_holds_runs_nothing(bench: Bench) -> None:
    runs: list[Event] = []
    bench.on(into(runs), name="paid")
    bench.admit()
    take(bench.connection, EVENT)

    assert bench.processor.process(EVENT) == Result(state=None)

    assert runs == []


def test_two_hints_of_an_event_run_its_handler_once(bench: Bench) -> None:
    runs: list[Event] = []
    bench.on(into(runs), name="paid")
    bench.admit()

    assert [bench.processor.process(EVENT).state for _ in range(2)] == [State.SUCCEEDED, None]

    assert len(runs) == 1


def test_a_hint_of_an_unknown_event_runs_nothing(bench: Bench) -> None:
    assert bench.processor.process("stripe:never_seen") == Result(state=None)


def test_an_event_whose_workers_all_died_is_reported_as_dead(bench: Bench) -> None:
    bench.on(lambda _: None, name="paid")
    bench.admit()
    for _ in range(3):
        take(bench.connection, EVENT, lease=LAPSED)

    result = bench.processor.process(EVENT)

    assert result.state is State.DEAD
    ((word, subject, problem),) = bench.sentry.told
    assert (word, subject.attempts, problem.kind) == ("dead", 3, "WorkerLost")
    assert problem.message.startswith("worker lost: 3 attempts were used up")


def test_a_result_whose_lease_was_lost_changes_and_reports_nothing(bench: Bench) -> None:
    def slow(event: Event) -> None:
        bench.connection.execute("HSET", KEYS["event"] + EVENT, "lease_until", 0)
        other = take(bench.connection, EVENT)
        finish(bench.connection, EVENT, other.fence, state=State.SUCCEEDED, handlers=(), keep=KEEP)
        fields.update(fields_of(bench.connection, EVENT))
        raise OSError

    fields: dict[bytes, bytes] = {}
    bench.on(slow, name="slow")
    bench.admit()

    assert bench.processor.process(EVENT) == Result(state=None)

    assert fields_of(bench.connection, EVENT) == fields
    assert bench.sentry.told == []


def test_the_event_of_a_source_that_is_configured_no_more_is_still_processed(bench: Bench) -> None:
    bench.registry.add("*", "*", lambda _: _raise(OSError("no route")))
    bench.admit(id="gone:1", source="gone")

    result = bench.processor.process("gone:1")

    assert result.state is State.DEAD  # by the general policy, which gives one attempt
