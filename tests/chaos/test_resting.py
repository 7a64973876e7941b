"""A run that does not come to rest says so soon, and one that does is waited for."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import pytest

from tests.chaos.resting import rest


def ticking(step: float) -> Iterator[float]:
    return (step * number for number in itertools.count())


def test_what_becomes_less_is_waited_for_however_long_it_takes() -> None:
    clock, left = ticking(10.0), iter(range(20, -1, -1))
    assert rest(lambda: next(left), what="events are", clock=lambda: next(clock)) > 200


@pytest.mark.parametrize("numbers", [[7], [7, 8]], ids=["the same", "to and fro"])
def test_what_does_not_become_less_ends_the_run_within_a_minute(numbers: list[int]) -> None:
    clock, left = ticking(1.0), itertools.cycle(numbers)
    with pytest.raises(AssertionError, match="events are left, and for 45 s not less than 7"):
        rest(lambda: next(left), what="events are", clock=lambda: next(clock))
    assert next(clock) < 60
