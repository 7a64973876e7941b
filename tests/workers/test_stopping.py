"""Stopping: what a signal interrupts, what it waits for, and what becomes of the event in hand."""

from __future__ import annotations

import logging
import os
import signal
from collections.abc import Iterator
from types import SimpleNamespace

import pytest
from billiard import pool

from tests.support.life import hinted, record_of, take
from tests.support.servers import StoreServer
from tests.workers.bench import EVENT, Bench, Tapped
from webhooks.event import Event
from webhooks.lifecycle import State
from workers.retries import Dead
from workers.stopping import LAST_WAIT, Stopping, StopSwitch, end_soon


@pytest.fixture
def restored() -> Iterator[None]:
    """The answer to SIGTERM that was before the test."""
    before = signal.getsignal(signal.SIGTERM)
    yield
    signal.signal(signal.SIGTERM, before)


def _signal(bench: Bench) -> None:
    bench.switch.request(signal.SIGTERM, None)


def test_an_idle_process_stops_at_once() -> None:
    with pytest.raises(Stopping):
        StopSwitch().request(signal.SIGTERM, None)


def test_a_careful_block_is_not_interrupted() -> None:
    switch = StopSwitch()
    with switch.careful():
        switch.request(signal.SIGTERM, None)


def test_a_handler_within_a_careful_block_is_interrupted() -> None:
    switch = StopSwitch()
    with pytest.raises(Stopping), switch.careful(), switch.interruptible():
        switch.request(signal.SIGTERM, None)


def test_a_signal_that_had_to_wait_stops_before_the_next_handler() -> None:
    switch = StopSwitch()
    ran: list[str] = []

    def work() -> None:
        with switch.careful():
            switch.request(signal.SIGTERM, None)
            with switch.interruptible():
                ran.append("handler")

    with pytest.raises(Stopping):
        work()
    assert ran == []


def test_a_process_is_idle_again_after_a_careful_block_that_failed() -> None:
    switch = StopSwitch()
    with pytest.raises(OSError, match="boom"), switch.careful():
        raise OSError("boom")

    with pytest.raises(Stopping):
        switch.request(signal.SIGTERM, None)


@pytest.mark.usefixtures("restored")
def test_sigterm_is_answered_once_the_switch_is_installed() -> None:
    switch = StopSwitch()
    switch.install()
    switch.install()

    with pytest.raises(Stopping), switch.careful(), switch.interruptible():
        os.kill(os.getpid(), signal.SIGTERM)


def test_an_interrupted_event_is_given_back_with_its_attempt_not_counted(bench: Bench) -> None:
    bench.on(lambda _: _signal(bench), name="long")
    bench.admit()

    with pytest.raises(Stopping):
        bench.processor.process(EVENT)

    record = bench.record()
    assert (record.state, record.event.attempt, record.handlers) == (State.QUEUED, 1, ())
    assert hinted(bench.connection) == [EVENT, EVENT]
    assert bench.sentry.told == []
    assert take(bench.connection, EVENT).round == 1


def test_what_an_interrupted_handler_repeats_is_an_attempt_of_its_own_and_says_so(
    bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    seen: list[tuple[int, int]] = []

    def long(event: Event) -> None:
        seen.append((event.attempt, event.interrupted))
        if len(seen) < 3:
            _signal(bench)

    bench.on(long, name="long")
    bench.admit()
    caplog.set_level(logging.INFO, logger="hookline")
    for _ in range(2):
        with pytest.raises(Stopping):
            bench.processor.process(EVENT)
        bench.switch = StopSwitch()  # another process

    bench.processor.process(EVENT)

    assert seen == [(1, 0), (2, 1), (3, 2)]
    (told,) = [record for record in caplog.records if record.msg == "succeeded"]
    assert (vars(told)["fields"]["attempt"], vars(told)["fields"]["interrupted"]) == (3, 2)


def test_the_first_failure_is_reported_although_an_attempt_was_interrupted_before(bench: Bench) -> None:
    def long(event: Event) -> None:
        if event.attempt == 1:
            _signal(bench)
        raise ValueError("boom")

    bench.on(long, name="long")
    bench.admit()
    with pytest.raises(Stopping):
        bench.processor.process(EVENT)
    bench.switch = StopSwitch()  # another process

    bench.processor.process(EVENT)

    assert len(bench.sentry.told) == 1


def test_a_handler_that_gave_up_does_not_run_again_after_an_interruption(bench: Bench) -> None:
    runs: list[str] = []

    def hopeless(event: Event) -> None:
        runs.append("hopeless")
        raise Dead("no use")

    def long(event: Event) -> None:
        runs.append("long")
        if len(runs) < 4:
            _signal(bench)

    bench.on(hopeless, name="hopeless")
    bench.on(long, name="long")
    bench.admit()
    for _ in range(2):
        with pytest.raises(Stopping):
            bench.processor.process(EVENT)
        bench.switch = StopSwitch()  # another process

    bench.processor.process(EVENT)

    assert runs == ["hopeless", "long", "long", "long"]


def test_what_succeeded_before_the_signal_does_not_run_again(bench: Bench) -> None:
    runs: list[str] = []

    def first(event: Event) -> None:
        runs.append("first")

    def second(event: Event) -> None:
        runs.append("second")
        if len(runs) == 2:
            _signal(bench)

    bench.on(first, name="first")
    bench.on(second, name="second")
    bench.admit()
    with pytest.raises(Stopping):
        bench.processor.process(EVENT)

    bench.switch = StopSwitch()  # another process

    assert bench.processor.process(EVENT).state is State.SUCCEEDED
    assert runs == ["first", "second", "second"]


@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize("number", [1, 2, 3])
def test_a_signal_while_the_store_is_told_neither_loses_nor_repeats(
    bench: Bench, number: int, moment: str
) -> None:
    runs: list[str] = []

    def first(event: Event) -> None:
        runs.append("first")

    def second(event: Event) -> None:
        runs.append("second")

    bench.on(first, name="first")
    bench.on(second, name="second")
    bench.admit()
    tapped = Tapped(bench.connection)
    setattr(tapped, moment, lambda current: _signal(bench) if current == number else None)
    real, bench.connection = bench.connection, tapped

    if number == 3:  # all handlers are through: the result is recorded
        assert bench.processor.process(EVENT).state is State.SUCCEEDED
    else:
        with pytest.raises(Stopping):
            bench.processor.process(EVENT)
        assert record_of(real, EVENT).state is State.QUEUED
        bench.switch = StopSwitch()
        assert bench.processor.process(EVENT).state is State.SUCCEEDED

    assert runs == ["first", "second"]
    # No handler was interrupted, so none repeats anything; the attempt has another number all the same.
    found = record_of(real, EVENT).event
    assert (found.attempt, found.interrupted) == (1 if number == 3 else 2, 0)


def test_a_process_stops_although_the_store_is_away(own_server: StoreServer, own_bench: Bench) -> None:
    def long(event: Event) -> None:
        own_server.kill()
        _signal(own_bench)

    own_bench.on(long, name="long")
    own_bench.admit()

    with pytest.raises(Stopping):
        own_bench.processor.process(EVENT)

    own_server.start()
    assert own_bench.record().state is State.RUNNING  # until its lease runs out


def test_a_process_that_ends_waits_shortly_for_a_parent_that_reads_nothing_more(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    slept: list[float] = []
    monkeypatch.setattr(pool, "GUARANTEE_MESSAGE_CONSUMPTION_RETRY_LIMIT", 300)
    monkeypatch.setattr(pool.time, "sleep", slept.append)
    ending = object.__new__(pool.Worker)
    ending.on_ready_counter = SimpleNamespace(value=4)

    end_soon()

    assert ending._ensure_messages_consumed(completed=5) is False
    assert sum(slept) == pytest.approx(LAST_WAIT)
