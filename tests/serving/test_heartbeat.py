"""A process that hangs is distinguished from one that nothing lets run."""

from __future__ import annotations

import os
import subprocess
import sys

from tests.support.waiting import until
from webhooks.serving.heartbeat import LOOK, Heartbeat, read_waits

BUSY = "while True: pass"


class Watched:
    """A heartbeat whose clock, beats and waits are set by hand."""

    def __init__(self, *, looked: bool = True) -> None:
        self.now = 100.0
        self.beat = 100.0
        self.waits = {"1": 5.0, "2": 7.0}
        self.heartbeat = Heartbeat(self, lambda: 1, clock=lambda: self.now, waits=lambda _: dict(self.waits))
        if looked:
            self.age()

    def age(self, after: float = 0.0) -> float:
        """How old the last beat is held to be when the arbiter looks `after` seconds."""
        self.now += after
        return round(self.now - self.heartbeat.last_update(), 6)

    def notify(self) -> None:
        self.beat = self.now

    def last_update(self) -> float:
        return self.beat

    def fileno(self) -> int:
        return -1

    def close(self) -> None:
        pass


def test_a_process_that_hangs_is_as_old_as_its_last_beat() -> None:
    watched = Watched()
    assert [watched.age(after=LOOK) for _ in range(4)] == [1, 2, 3, 4]


def test_a_wait_for_a_processor_makes_it_no_older() -> None:
    watched = Watched()
    for expected in (0.2, 0.4, 0.6):
        watched.waits["2"] += 0.8
        assert watched.age(after=LOOK) == expected


def test_the_thread_that_waited_most_counts_and_not_their_sum() -> None:
    watched = Watched()
    watched.waits = {"1": 5.5, "2": 7.6, "new": 90.0}
    assert watched.age(after=LOOK) == 0.4


def test_the_time_for_which_the_arbiter_did_not_run_makes_it_no_older() -> None:
    watched = Watched()
    assert watched.age(after=3600) == LOOK


def test_a_beat_shortly_before_all_was_frozen_is_no_older_either() -> None:
    watched = Watched()
    watched.now += 0.5
    watched.heartbeat.notify()
    assert watched.age(after=3600) == 0.5


def test_a_process_that_is_frozen_before_anybody_looked_is_no_older_either() -> None:
    watched = Watched(looked=False)
    assert watched.age(after=3600) == LOOK


def test_what_was_excused_before_a_beat_does_not_hide_a_later_hang() -> None:
    watched = Watched()
    watched.age(after=3600)
    watched.heartbeat.notify()
    assert [watched.age(after=LOOK) for _ in range(3)] == [1, 2, 3]


def test_the_kernel_counts_how_long_a_process_waits_for_a_processor() -> None:
    processor = {min(os.sched_getaffinity(0))}
    busy = [subprocess.Popen([sys.executable, "-c", BUSY]) for _ in range(2)]
    try:
        for process in busy:
            os.sched_setaffinity(process.pid, processor)
        until(lambda: max(read_waits(busy[0].pid).values()) > 0.1, what="one waits for the other")
    finally:
        for process in busy:
            process.kill()
            process.wait()


def test_of_a_process_that_has_ended_nothing_is_known() -> None:
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    assert read_waits(ended.pid) == {}
    assert read_waits("[booting]") == {}
