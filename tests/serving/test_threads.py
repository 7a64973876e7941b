"""Threads that sources share."""

from __future__ import annotations

import gc
import weakref
from concurrent.futures import CancelledError
from threading import Event as Flag
from threading import Semaphore

import pytest

from webhooks.serving.threads import FairThreads

PATIENCE = 20.0


def test_a_long_queue_of_one_key_delays_another_by_one_call() -> None:
    threads = FairThreads(1, name="test")
    begin = Flag()
    order: list[str] = []
    threads.submit(begin.wait, "flooded")
    flood = [threads.submit(lambda: order.append("flooded"), "flooded") for _ in range(100)]
    threads.submit(lambda: order.append("honest"), "honest")
    begin.set()
    for future in flood:
        future.result(PATIENCE)
    assert order.index("honest") <= 1
    assert len(order) == 101
    threads.stop()


def test_calls_that_wait_leave_a_thread_for_another_key() -> None:
    threads = FairThreads(4, name="test")
    release = Flag()
    begun = Semaphore(0)

    def wait() -> bool:
        begun.release()
        return release.wait(PATIENCE)

    flood = [threads.submit(wait, "flooded") for _ in range(8)]
    for _ in range(3):
        assert begun.acquire(timeout=PATIENCE)
    assert threads.submit(lambda: "honest", "honest").result(PATIENCE) == "honest"
    assert not begun.acquire(blocking=False)
    release.set()
    assert all(future.result(PATIENCE) for future in flood)
    threads.stop()


def test_a_fault_is_raised_where_the_result_is_wanted_and_costs_no_thread() -> None:
    threads = FairThreads(2, name="test")

    def fail() -> None:
        raise ValueError("of the call")

    for _ in range(5):
        with pytest.raises(ValueError, match="of the call"):
            threads.submit(fail, "a").result(PATIENCE)
    assert threads.submit(lambda: 1, "a").result(PATIENCE) == 1
    threads.stop()


def test_what_waits_when_it_stops_is_cancelled_and_what_runs_goes_on() -> None:
    threads = FairThreads(1, name="test")
    release, begun = Flag(), Flag()

    def wait() -> bool:
        begun.set()
        return release.wait(PATIENCE)

    running = threads.submit(wait, "a")
    assert begun.wait(PATIENCE)
    waiting = threads.submit(lambda: 1, "b")
    threads.stop()
    release.set()
    assert running.result(PATIENCE)
    with pytest.raises(CancelledError):
        waiting.result(PATIENCE)


def test_a_call_does_not_outlive_its_result() -> None:
    class Call:
        """A call that may hold a whole request."""

        def __call__(self) -> None:
            """Do nothing."""

    threads = FairThreads(1, name="test")
    call = Call()
    found = weakref.ref(call)
    threads.submit(call, "a").result(PATIENCE)
    del call
    threads.submit(lambda: None, "b").result(PATIENCE)
    gc.collect()
    assert found() is None
    threads.stop()
