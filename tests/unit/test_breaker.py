"""Three failures in a row, then one trial a second until Redis answers."""

from __future__ import annotations

from typing import Any

import pytest

from webhooks.breaker import FAILURES, PAUSE, Breaker
from webhooks.errors import Unavailable
from webhooks.store.connection import Argument, NoScript


class Redis:
    """Answers or fails as it is told, and counts who asks."""

    def __init__(self) -> None:
        self.fault: Exception | None = None
        self.asked = 0

    def execute(self, *command: Argument) -> Any:
        self.asked += 1
        if self.fault is not None:
            raise self.fault
        return b"PONG"


class Bench:
    def __init__(self) -> None:
        self.redis = Redis()
        self.now = 0.0
        self.breaker = Breaker(self.redis, pace=lambda: self.now)

    def fails(self) -> None:
        with pytest.raises(Unavailable):
            self.breaker.execute("PING")

    def opened(self) -> None:
        self.redis.fault = Unavailable("away")
        for _ in range(FAILURES):
            self.fails()
        self.redis.asked = 0


@pytest.fixture
def bench() -> Bench:
    return Bench()


def test_failures_that_are_not_in_a_row_open_nothing(bench: Bench) -> None:
    for _ in range(FAILURES):
        bench.redis.fault = Unavailable("away")
        for _ in range(FAILURES - 1):
            bench.fails()
        bench.redis.fault = None
        assert bench.breaker.execute("PING") == b"PONG"
    assert not bench.breaker.open


def test_an_open_breaker_asks_nobody(bench: Bench) -> None:
    bench.opened()
    for _ in range(10):
        bench.fails()
    assert bench.redis.asked == 0
    assert bench.breaker.open


def test_one_request_a_second_tries_for_all(bench: Bench) -> None:
    bench.opened()
    for second in range(1, 4):
        bench.now = second * PAUSE
        for _ in range(10):
            bench.fails()
        assert bench.redis.asked == second


def test_the_first_answer_closes_it(bench: Bench) -> None:
    bench.opened()
    bench.redis.fault = None
    bench.now = PAUSE
    assert bench.breaker.execute("PING") == b"PONG"
    assert not bench.breaker.open
    assert bench.breaker.execute("PING") == b"PONG"


def test_a_server_that_has_lost_its_scripts_is_back(bench: Bench) -> None:
    bench.opened()
    bench.redis.fault = NoScript()
    bench.now = PAUSE
    with pytest.raises(NoScript):
        bench.breaker.execute("EVALSHA", "0", 0)
    bench.redis.fault = None
    assert bench.breaker.execute("EVAL", "return 1", 0) == b"PONG"
