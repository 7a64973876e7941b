"""The store away in the midst of an attempt: nothing is lost, and no effect is repeated."""

from __future__ import annotations

import dataclasses

import pytest

from tests.support.life import record_of
from tests.support.servers import StoreServer
from tests.workers.bench import EVENT, Bench, Tapped
from webhooks.errors import Unavailable
from webhooks.event import Event
from webhooks.lifecycle import State
from workers.outcome import Result
from workers.processing import INSIST
from workers.retries import Dead

COMMANDS = 3
"""A claim, the record of the first of two handlers, and the result."""


def _restart_at_the_second_pause(bench: Bench, server: StoreServer) -> None:
    def pause(_: float) -> None:
        if len(bench.pauses) == 2:
            server.start()

    bench.pause = pause


def test_a_store_that_dies_under_a_handler_gets_the_result_when_it_is_back(
    own_server: StoreServer, own_bench: Bench
) -> None:
    effects: list[str] = []

    def pay(event: Event) -> None:
        effects.append(event.id)
        own_server.kill()

    own_bench.on(pay, name="pay")
    own_bench.admit()
    _restart_at_the_second_pause(own_bench, own_server)

    assert own_bench.processor.process(EVENT) == Result(state=State.SUCCEEDED)

    assert own_bench.record().state is State.SUCCEEDED
    assert own_bench.processor.process(EVENT) == Result(state=None)
    assert effects == [EVENT]
    assert own_bench.pauses == [0.1, 0.2]
    assert own_bench.lost == []


def test_a_store_that_dies_between_two_handlers_gets_both_outcomes(
    own_server: StoreServer, own_bench: Bench
) -> None:
    effects: list[str] = []

    def first(event: Event) -> None:
        effects.append("first")
        own_server.kill()

    def second(event: Event) -> None:
        effects.append("second")

    own_bench.on(first, name="first")
    own_bench.on(second, name="second")
    own_bench.admit()
    _restart_at_the_second_pause(own_bench, own_server)

    assert own_bench.processor.process(EVENT).state is State.SUCCEEDED

    assert [handler.state for handler in own_bench.record().handlers] == ["succeeded", "succeeded"]
    assert effects == ["first", "second"]


def test_a_store_that_is_away_at_the_claim_runs_nothing(own_server: StoreServer, own_bench: Bench) -> None:
    effects: list[str] = []
    own_bench.on(lambda event: effects.append(event.id), name="pay")
    own_bench.admit()
    own_server.kill()

    with pytest.raises(Unavailable):
        own_bench.processor.process(EVENT)

    assert effects == []
    assert own_bench.pauses == []


def test_a_store_that_stays_away_is_given_up_after_a_bounded_time(
    own_server: StoreServer, own_bench: Bench
) -> None:
    own_bench.on(lambda _: own_server.kill(), name="pay")
    own_bench.admit()

    with pytest.raises(Unavailable):
        own_bench.processor.process(EVENT)

    assert INSIST <= sum(own_bench.pauses) < INSIST + 2.0
    assert max(own_bench.pauses) == 2.0


@pytest.fixture
def effects(bench: Bench) -> list[str]:
    """Two handlers whose effects are kept, and a lease that runs out at once."""
    done: list[str] = []

    def first(event: Event) -> None:
        done.append("first")

    def second(event: Event) -> None:
        done.append("second")

    bench.on(first, name="first")
    bench.on(second, name="second")
    bench.admit()
    bench.settings = dataclasses.replace(
        bench.settings, worker=dataclasses.replace(bench.settings.worker, lease=0.0)
    )
    return done


@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize("number", range(1, COMMANDS + 1))
def test_an_answer_that_is_lost_anywhere_repeats_no_effect(
    bench: Bench, effects: list[str], number: int, moment: str
) -> None:
    tapped = Tapped(bench.connection)

    def cut(current: int) -> None:
        if current == number:
            msg = "Redis does not answer (TimeoutError)"
            raise Unavailable(msg)

    setattr(tapped, moment, cut)
    real, bench.connection = bench.connection, tapped
    states = []
    for _ in range(2):
        try:
            states.append(bench.processor.process(EVENT).state)
        except Unavailable:
            assert number == 1

    assert record_of(real, EVENT).state is State.SUCCEEDED
    assert State.SUCCEEDED in states
    assert effects == ["first", "second"]


@pytest.mark.parametrize("moment", ["before", "after"])
def test_the_death_of_an_event_is_reported_once_although_an_answer_was_lost(
    bench: Bench, moment: str
) -> None:
    def hopeless(event: Event) -> None:
        msg = "no such customer"
        raise Dead(msg)

    bench.on(hopeless, name="hopeless")
    bench.admit()
    tapped = Tapped(bench.connection)

    def cut(current: int) -> None:
        if current == 2:
            msg = "Redis does not answer (TimeoutError)"
            raise Unavailable(msg)

    setattr(tapped, moment, cut)
    bench.connection = tapped

    assert bench.processor.process(EVENT).state is State.DEAD

    assert bench.sentry.words == ["dead"]
