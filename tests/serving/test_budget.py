"""How bodies share the memory that there is for them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webhooks.errors import Unavailable
from webhooks.serving.budget import FREE, Budget

TOTAL = 1000


def held(budget: Budget, source: str, *, step: int = 10) -> int:
    """Let bodies of `step` bytes come for a source until one is refused; return how many bytes were taken."""
    taken = 0
    while True:
        try:
            taken += budget.take(0, FREE + step, source)
        except Unavailable:
            return taken


def test_small_bodies_are_not_counted() -> None:
    budget = Budget(total=0)
    assert budget.take(0, FREE, "a") == 0


def test_the_only_body_of_a_source_may_have_all_that_is_left() -> None:
    budget = Budget(total=TOTAL)
    taken = 0
    for size in range(0, TOTAL + 1, 100):
        taken = budget.take(taken, FREE + size, "a")
    assert taken == TOTAL
    with pytest.raises(Unavailable):
        budget.take(taken, FREE + TOTAL + 1, "a")


def test_many_bodies_of_one_source_leave_half_for_the_others() -> None:
    budget = Budget(total=TOTAL)
    assert held(budget, "flooded") == TOTAL // 2
    assert budget.take(0, FREE + TOTAL // 2, "honest") == TOTAL // 2


def test_the_more_sources_are_flooded_the_less_each_has() -> None:
    budget = Budget(total=TOTAL)
    for source in ("a", "b", "c"):
        held(budget, source)
    assert budget.take(0, FREE + TOTAL // 8, "honest") == TOTAL // 8


@given(st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 7), st.integers(0, 600))))
def test_whatever_comes_and_goes_no_more_is_held_than_there_is(
    steps: list[tuple[str, int, int]],
) -> None:
    budget = Budget(total=TOTAL)
    bodies: dict[tuple[str, int], int] = {}
    for source, number, size in steps:
        body = (source, number)
        if size == 0:
            budget.give_back(bodies.pop(body, 0), source)
            continue
        before = bodies.get(body, 0)
        try:
            bodies[body] = budget.take(before, FREE + max(size, before), source)
        except Unavailable:
            continue
        assert sum(bodies.values()) <= TOTAL
    for (source, _), counted in bodies.items():
        budget.give_back(counted, source)
    assert budget.take(0, FREE + TOTAL, "last") == TOTAL
