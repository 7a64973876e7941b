"""Several handlers of one event: each has an outcome of its own."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.support.events import KEEP
from tests.support.life import take
from tests.workers.bench import EVENT, Bench
from webhooks.event import Event
from webhooks.lifecycle import State
from webhooks.store.keys import KEYS
from webhooks.store.processing import finish
from webhooks.store.repair import replay
from workers.retries import Dead, Retry

Act = Callable[[int], None]


class Crew:
    """Handlers that do as told at each of their runs, and the runs in order."""

    def __init__(self, bench: Bench) -> None:
        self.bench = bench
        self.runs: list[str] = []

    def add(self, name: str, *acts: Exception | None) -> None:
        """Let the handler raise what is told for each of its runs; then it succeeds."""
        left = list(acts)

        def handler(event: Event) -> None:
            self.runs.append(f"{name}@{event.attempt}")
            act = left.pop(0) if left else None
            if act is not None:
                raise act

        self.bench.on(handler, name=name)

    def attempt(self) -> State | None:
        self.bench.wait_over()
        return self.bench.processor.process(EVENT).state


@pytest.fixture
def crew(bench: Bench) -> Crew:
    bench.admit()
    return Crew(bench)


def test_handlers_run_in_the_order_in_which_they_were_registered(crew: Crew) -> None:
    for name in ("c", "a", "b"):
        crew.add(name)

    assert crew.attempt() is State.SUCCEEDED

    assert crew.runs == ["c@1", "a@1", "b@1"]


def test_one_that_fails_keeps_no_other_from_running(crew: Crew) -> None:
    crew.add("first", OSError())
    crew.add("second")

    assert crew.attempt() is State.WAITING

    assert crew.runs == ["first@1", "second@1"]


def test_the_next_attempt_runs_only_what_has_not_succeeded(crew: Crew) -> None:
    crew.add("first")
    crew.add("second", OSError())
    crew.add("third")

    assert [crew.attempt(), crew.attempt()] == [State.WAITING, State.SUCCEEDED]

    assert crew.runs == ["first@1", "second@1", "third@1", "second@2"]
    assert [handler.attempt for handler in crew.bench.record().handlers] == [1, 2, 1]


def test_one_that_gave_up_does_not_run_again_while_another_is_retried(crew: Crew) -> None:
    crew.add("hopeless", Dead("no such customer"))
    crew.add("flaky", OSError("no route"))

    assert crew.attempt() is State.WAITING
    assert crew.bench.record().error == "shop.flaky: OSError: no route"
    assert crew.attempt() is State.DEAD

    assert crew.runs == ["hopeless@1", "flaky@1", "flaky@2"]
    assert crew.bench.record().error == "shop.hopeless: Dead: no such customer"
    assert crew.bench.handler("flaky").state == "succeeded"
    assert [(word, subject.handler) for word, subject, _ in crew.bench.sentry.told] == [
        ("failed_first", "shop.flaky"),
        ("dead", "shop.hopeless"),
    ]


def test_the_longest_wait_that_was_asked_for_is_kept(crew: Crew) -> None:
    crew.add("soon", Retry(after=5))
    crew.add("late", Retry(after=50))
    crew.add("scheduled", OSError())

    result = crew.bench.processor.process(EVENT)

    assert (result.state, result.wait) == (State.WAITING, 50)


def test_all_that_gave_up_make_the_event_dead_at_once(crew: Crew) -> None:
    crew.add("first", Dead("a"))
    crew.add("second", Dead("b"))

    assert crew.attempt() is State.DEAD

    assert crew.bench.record().error == "shop.first: Dead: a"


def test_a_replay_runs_again_what_gave_up_and_not_what_succeeded(crew: Crew) -> None:
    crew.add("done")
    crew.add("hopeless", Dead("no such customer"))
    assert crew.attempt() is State.DEAD

    replay(crew.bench.connection, crew.bench.record())

    assert crew.attempt() is State.SUCCEEDED
    assert crew.runs == ["done@1", "hopeless@1", "hopeless@2"]


def test_a_replay_gives_every_handler_all_attempts_anew(crew: Crew) -> None:
    crew.add("broken", *[OSError() for _ in range(6)])
    assert [crew.attempt() for _ in range(3)] == [State.WAITING, State.WAITING, State.DEAD]

    replay(crew.bench.connection, crew.bench.record())

    assert [crew.attempt() for _ in range(3)] == [State.WAITING, State.WAITING, State.DEAD]
    assert crew.runs[-1] == "broken@6"


def test_an_outcome_is_kept_before_the_next_handler_starts(crew: Crew) -> None:
    kept: list[str] = []

    def look(event: Event) -> None:
        kept.extend(f"{handler.name} {handler.state}" for handler in crew.bench.record().handlers)

    crew.add("first")
    crew.add("second", OSError())
    crew.bench.on(look, name="look")

    crew.attempt()

    assert kept == ["shop.first succeeded", "shop.second failed"]


def test_no_further_handler_runs_once_the_lease_is_lost(crew: Crew) -> None:
    connection = crew.bench.connection

    def slow(event: Event) -> None:
        connection.execute("HSET", KEYS["event"] + EVENT, "lease_until", 0)
        other = take(connection, EVENT)
        finish(connection, EVENT, other.fence, state=State.SUCCEEDED, handlers=(), keep=KEEP)

    crew.bench.on(slow, name="slow")
    crew.add("next")

    assert crew.attempt() is None

    assert crew.runs == []


def test_a_function_that_is_registered_for_two_types_runs_once(bench: Bench) -> None:
    runs: list[str] = []

    def paid(event: Event) -> None:
        runs.append(event.id)

    bench.on(paid, "invoice.*")
    bench.on(paid, "*.paid")
    bench.admit()

    assert bench.processor.process(EVENT).state is State.SUCCEEDED
    assert runs == [EVENT]
